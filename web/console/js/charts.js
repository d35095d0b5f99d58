// Charts of a day by quarters of an hour, drawn with uPlot.
//
//   const c = dayCharts(el);                 three charts in el
//   c.show(rows)                             rows of GET …/report/queues/?interval=quarter
//   c.end()
//
// Rows of several queues are added up. Times are those of the organisation.

import { node } from './dom.js';
import { count, percent } from './figures.js';
import { duration, minuteClock } from './time.js';

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

export function dayCharts(el) {
  const charts = [calls, level, waits].map((describe) => {
    const { title } = describe;
    const keys = node('p', { class: 'keys' });
    const body = node('div', { class: 'chart', role: 'img', 'aria-label': title });
    el.append(node('section', { class: 'panel', 'aria-label': title }, node('header', { class: 'panel-head' }, node('h2', {}, title), keys), body));
    return { describe, keys, body };
  });
  let data;
  let plots = [];
  let drawn; // the unit they were drawn with
  let ended = false;

  async function draw() {
    const uPlot = await load();
    if (ended || !data) return;
    plots.forEach((p) => p.destroy());
    drawn = rem();
    plots = charts.map(({ describe, keys, body }) => {
      const { options, series } = describe(data, uPlot);
      body.setAttribute('aria-label', options.label);
      body.replaceChildren();
      const tell = (at) => keys.replaceChildren(...told(options.series, at ?? undefined));
      tell();
      return new uPlot({ ...common(body), ...options, hooks: { setCursor: [(u) => tell(u.cursor.idx)] } }, series, body);
    });
  }

  // told is what the colours mean; of the quarter at the pointer also what it was.
  function told(series, at) {
    return [at !== undefined && node('span', {}, minuteClock(data.at[at])),
      ...series.slice(1).toReversed().filter((s) => s.label).map((s) => node('span', { class: ['key', s.key] }, s.label, at !== undefined && node('b', {}, s.tell(at))))].filter(Boolean);
  }

  const resized = new ResizeObserver(() => (rem() === drawn ? plots.forEach((p, i) => p.setSize({ width: charts[i].body.clientWidth, height: height() })) : draw()));
  charts.forEach(({ body }) => resized.observe(body));
  const theme = new MutationObserver(draw);
  theme.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] });

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
    },
  };
}

// rem is the page's unit in px: charts grow with a wall's type.
const rem = () => parseFloat(getComputedStyle(document.documentElement).fontSize);
const height = () => 9.5 * rem();

function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

function common(place) {
  return { width: place.clientWidth, height: height(), cursor: { y: false, points: { size: 6 } }, legend: { show: false } };
}

function axes(format, size) {
  const axis = { stroke: colour('soft'), grid: { stroke: colour('line'), width: 1 }, ticks: { show: false }, font: `${0.75 * rem()}px ${colour('font')}` };
  return [
    { ...axis, size: 1.75 * rem(), grid: { show: false }, space: 4 * rem(), incrs: [15, 30, 60, 120, 180, 240, 360], values: (_, at) => at.map(minuteClock) },
    { ...axis, size: (size / 16) * rem(), space: 2.2 * rem(), values: (_, v) => v.map(format) },
  ];
}

const x = { x: { time: false, range: (_, low, high) => [low - quarter / 2, Math.max(high, low + 8 * quarter) + quarter / 2] } };

function calls(d, uPlot) {
  const bars = uPlot.paths.bars({ size: [0.7, 40] });
  const total = d.answered.map((n, i) => n + d.abandoned[i]);
  const sum = (list) => list.reduce((a, b) => a + b, 0);
  return {
    options: {
      label: `${sum(d.answered)} calls answered and ${sum(d.abandoned)} abandoned today`,
      scales: { ...x, y: { range: (_, low, high) => [0, Math.max(4, high)] } },
      axes: axes((v) => (Number.isInteger(v) ? count(v) : ''), 40),
      series: [{},
        { label: 'Abandoned', key: 'is-unreachable', fill: colour('bad-line'), width: 0, paths: bars, points: { show: false }, tell: (i) => count(d.abandoned[i]) },
        { label: 'Answered', key: 'is-talking', fill: colour('accent'), width: 0, paths: bars, points: { show: false }, tell: (i) => count(d.answered[i]) }],
    },
    series: [d.at, total, d.answered],
  };
}

function level(d) {
  return {
    options: {
      label: 'Service level today by quarters of an hour',
      scales: { ...x, y: { range: [0, 100] } },
      axes: axes((v) => percent(v), 52),
      series: [{}, { label: 'In time', key: 'is-talking', stroke: colour('accent'), width: 2, spanGaps: true, points: { show: true, size: 5 }, tell: (i) => percent(d.level[i]) }],
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
      series: [{}, { label: 'Longest', key: 'is-wrap', stroke: colour('violet'), width: 2, spanGaps: true, points: { show: true, size: 5 }, tell: (i) => (d.longest[i] === null ? '–' : duration(d.longest[i])) }],
    },
    series: [d.at, d.longest],
  };
}

calls.title = 'Calls';
level.title = 'Service level';
waits.title = 'Longest wait';
