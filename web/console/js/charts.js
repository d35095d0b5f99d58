// Charts of a day by quarters of an hour, drawn with uPlot.
//
//   const c = dayCharts(el);                 three charts in el
//   c.show(rows)                             rows of GET …/report/queues/?interval=quarter
//   c.end()
//
// Rows of several queues are added up. Times are those of the organisation.

import { node } from './dom.js';
import { duration } from './time.js';

let library;

// load gets uPlot when a chart is first wanted: it is a script of its own, not a module.
function load() {
  library ??= new Promise((resolve, reject) => {
    const here = (file) => new URL(`../vendored/${file}`, import.meta.url).href;
    document.head.append(node('link', { rel: 'stylesheet', href: here('uPlot.min.css') }),
      node('script', { src: here('uPlot.iife.min.js'), onload: () => resolve(window.uPlot), onerror: () => reject(new Error('The charts could not be loaded.')) }));
  });
  return library;
}

const quarter = 15;

// byQuarter adds rows up: minutes since midnight, and the day's figures at each quarter.
export function byQuarter(rows, untilMinute) {
  const sums = new Map();
  let first = Infinity;
  for (const r of rows) {
    const [hour, minute] = r.start_datetime.slice(11, 16).split(':').map(Number);
    const at = hour * 60 + Math.floor(minute / quarter) * quarter;
    if (r.offered > 0) first = Math.min(first, at);
    const s = sums.get(at) ?? { answered: 0, abandoned: 0, inTime: 0, longest: 0 };
    s.answered += r.answered;
    s.abandoned += r.abandoned;
    s.inTime += ((r.service_level ?? 0) * r.answered) / 100;
    s.longest = Math.max(s.longest, r.longest_wait);
    sums.set(at, s);
  }
  const out = { at: [], answered: [], abandoned: [], level: [], longest: [] };
  if (first === Infinity) return out;
  for (let at = Math.max(0, first - quarter); at <= untilMinute; at += quarter) {
    const s = sums.get(at) ?? { answered: 0, abandoned: 0, inTime: 0, longest: 0 };
    out.at.push(at);
    out.answered.push(s.answered);
    out.abandoned.push(s.abandoned);
    out.level.push(s.answered ? Math.round((100 * s.inTime) / s.answered) : null);
    out.longest.push(s.answered + s.abandoned ? s.longest : null);
  }
  return out;
}

const hhmm = (at) => `${String(Math.floor(at / 60) % 24).padStart(2, '0')}:${String(at % 60).padStart(2, '0')}`;

export function dayCharts(el) {
  const places = ['Calls', 'Service level', 'Longest wait'].map((title) => {
    const body = node('div', { class: 'chart', role: 'img', 'aria-label': title });
    el.append(node('section', { class: 'panel chart-panel', 'aria-label': title }, node('header', { class: 'panel-head' }, node('h3', {}, title)), body));
    return body;
  });
  let data;
  let plots = [];
  let ended = false;

  async function draw() {
    const uPlot = await load();
    if (ended || !data) return;
    plots.forEach((p) => p.destroy());
    plots = [calls, level, waits].map((describe, i) => {
      const place = places[i];
      const { options, series } = describe(data, uPlot);
      place.setAttribute('aria-label', options.label);
      place.replaceChildren();
      return new uPlot({ ...common(place), ...options }, series, place);
    });
  }

  const resized = new ResizeObserver(() => plots.forEach((p, i) => p.setSize({ width: places[i].clientWidth, height })));
  places.forEach((p) => resized.observe(p));
  const theme = new MutationObserver(draw);
  theme.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] });
  const scheme = matchMedia('(prefers-color-scheme: dark)');
  scheme.addEventListener('change', draw);

  return {
    show(rows, untilMinute) {
      data = byQuarter(rows, untilMinute);
      return draw();
    },
    end() {
      ended = true;
      plots.forEach((p) => p.destroy());
      resized.disconnect();
      theme.disconnect();
      scheme.removeEventListener('change', draw);
    },
  };
}

const height = 150; // px

function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

function common(place) {
  return { width: place.clientWidth, height, cursor: { y: false, points: { size: 6 } }, legend: { live: true } };
}

function axes(format, size) {
  const axis = { stroke: colour('soft'), grid: { stroke: colour('line'), width: 1 }, ticks: { show: false }, font: '12px system-ui, sans-serif' };
  return [
    { ...axis, size: 28, grid: { show: false }, space: 60, incrs: [15, 30, 60, 120, 180, 240, 360], values: (_, at) => at.map(hhmm) },
    { ...axis, size, space: 35, values: (_, v) => v.map(format) },
  ];
}

const time = { label: 'Quarter from', value: (_, at) => (at === null || at === undefined ? '–' : hhmm(at)) };
const x = { x: { time: false, range: (_, low, high) => [low - quarter / 2, Math.max(high, low + 8 * quarter) + quarter / 2] } };

function calls(d, uPlot) {
  const bars = uPlot.paths.bars({ size: [0.7, 40] });
  const total = d.answered.map((n, i) => n + d.abandoned[i]);
  const sum = (list) => list.reduce((a, b) => a + b, 0);
  return {
    options: {
      label: `${sum(d.answered)} calls answered and ${sum(d.abandoned)} abandoned today`,
      scales: { ...x, y: { range: (_, low, high) => [0, Math.max(4, high)] } },
      axes: axes((v) => (Number.isInteger(v) ? String(v) : ''), 40),
      series: [time,
        { label: 'Abandoned', fill: colour('bad-line'), stroke: colour('bad-line'), width: 0, paths: bars, points: { show: false }, value: (u, v, s, i) => (i === null || i === undefined ? '–' : d.abandoned[i]) },
        { label: 'Answered', fill: colour('accent'), stroke: colour('accent'), width: 0, paths: bars, points: { show: false }, value: (_, v) => v ?? '–' }],
    },
    series: [d.at, total, d.answered],
  };
}

function level(d) {
  return {
    options: {
      label: 'Service level today by quarters of an hour',
      scales: { ...x, y: { range: [0, 100] } },
      axes: axes((v) => `${v} %`, 52),
      series: [time, { label: 'Service level', stroke: colour('accent'), width: 2, spanGaps: true, points: { show: true, size: 5 }, value: (_, v) => (v === null || v === undefined ? '–' : `${v} %`) }],
    },
    series: [d.at, d.level],
  };
}

function waits(d) {
  return {
    options: {
      label: 'Longest wait today by quarters of an hour',
      scales: { ...x, y: { range: (_, low, high) => [0, Math.max(30, high)] } },
      axes: axes((v) => duration(v), 48),
      series: [time, { label: 'Longest wait', stroke: colour('violet'), width: 2, spanGaps: true, points: { show: true, size: 5 }, value: (_, v) => (v === null || v === undefined ? '–' : duration(v)) }],
    },
    series: [d.at, d.longest],
  };
}
