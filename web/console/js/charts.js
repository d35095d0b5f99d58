// Charts of a day by quarters of an hour, drawn with uPlot.
//
//   const c = dayCharts(el);                 four charts in el, and a table of them for screen readers
//   c.show(rows, minute)                     rows of GET …/report/queues/?interval=quarter&total=only, and how far the day is
//   c.end()
//
// Times are those of the organisation.

import { Refusal } from './api.js';
import { node } from './dom.js';
import { count, percent } from './figures.js';
import { duration, minuteClock } from './time.js';

let library;

// load gets uPlot when a chart is first wanted: it is a script of its own, not a module.
function load() {
  library ??= new Promise((resolve, reject) => {
    const here = (file) => new URL(`../vendored/${file}`, import.meta.url).href;
    document.head.append(node('link', { rel: 'stylesheet', href: here('uPlot.min.css') }),
      node('script', { src: here('uPlot.iife.min.js'), onload: () => resolve(window.uPlot),
        onerror: () => {
          library = undefined; // the next who wants it tries again
          reject(new Refusal(0, { message: 'The charts could not be loaded.' }));
        } }));
  });
  return library;
}

const quarter = 15;

const nothing = { answered: 0, abandoned: 0, service_level: null, waiting_most: 0, waiting_mean: 0, longest_wait: 0 };

const minuteOf = (r) => {
  const [hour, minute] = r.start_datetime.slice(11, 16).split(':').map(Number);
  return hour * 60 + Math.floor(minute / quarter) * quarter;
};

// byQuarter gives the day's figures at each quarter since the day's calls
// began: at is minutes since midnight.
export function byQuarter(rows, untilMinute) {
  const known = new Map(rows.map((r) => [minuteOf(r), r]));
  const out = { at: [], answered: [], abandoned: [], level: [], most: [], mean: [], longest: [] };
  const first = beginning(rows) ?? Math.max(0, Math.floor((untilMinute - 60) / 60) * 60); // without a call: the last hour, of nothing
  for (let at = first; at <= untilMinute; at += quarter) {
    const r = known.get(at) ?? nothing;
    out.at.push(at);
    out.answered.push(r.answered);
    out.abandoned.push(r.abandoned);
    out.level.push(r.service_level);
    out.most.push(r.waiting_most);
    out.mean.push(r.waiting_mean);
    out.longest.push(r.answered + r.abandoned ? r.longest_wait : null);
  }
  return out;
}

const lull = 180; // minutes
const few = 0.05; // of the day's calls

// beginning is the full hour in which the day's calls began. A few of the
// night, with hours of nothing after them, are not the day's beginning.
function beginning(rows) {
  const busy = rows.filter((r) => r.offered > 0).map((r) => [minuteOf(r), r.offered]).sort((a, b) => a[0] - b[0]);
  if (busy.length === 0) return undefined;
  const all = busy.reduce((n, [, calls]) => n + calls, 0);
  let begins = busy[0][0];
  let before = 0;
  busy.forEach(([at, calls], i) => {
    if (i > 0 && at - busy[i - 1][0] > lull && before <= few * all) begins = at;
    before += calls;
  });
  return begins - (begins % 60);
}

export function dayCharts(el) {
  const charts = [calls, waiting, level, waits].map((describe) => {
    const { title } = describe;
    const keys = node('p', { class: 'keys' });
    const body = node('div', { class: 'chart', role: 'img', 'aria-label': title });
    el.append(node('section', { class: 'panel', 'aria-label': title }, node('header', { class: 'panel-head' }, node('h2', {}, title), keys), body));
    return { describe, keys, body };
  });
  const table = node('div', { class: 'unseen' });
  el.append(table);
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

  const resized = new ResizeObserver(() => (!drawn || rem() === drawn ? plots.forEach((p, i) => p.setSize({ width: charts[i].body.clientWidth, height: height() })) : draw()));
  charts.forEach(({ body }) => resized.observe(body));
  const theme = new MutationObserver(() => drawn && draw());
  theme.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] });

  return {
    show(rows, untilMinute) {
      data = byQuarter(rows, untilMinute);
      table.replaceChildren(asTable(data));
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
  return { width: place.clientWidth, height: height(), padding: [null, 1.75 * rem(), null, null] /* half of the last label */, cursor: { y: false, points: { size: 6 } }, legend: { show: false } };
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

function waiting(d, uPlot) {
  const most = Math.max(0, ...d.most);
  return {
    options: {
      label: `At most ${count(most)} callers waited at once today`,
      scales: { ...x, y: { range: (_, low, high) => [0, Math.max(4, high)] } },
      axes: axes((v) => (Number.isInteger(v) ? count(v) : ''), 40),
      series: [{},
        { label: 'Most', key: 'is-most', fill: colour('edge'), width: 0, paths: uPlot.paths.bars({ size: [0.7, 40] }), points: { show: false }, tell: (i) => count(d.most[i]) },
        { label: 'Mean', key: 'is-talking', stroke: colour('accent'), width: 2, points: { show: false }, tell: (i) => d.mean[i].toFixed(1) }],
    },
    series: [d.at, d.most, d.mean],
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
waiting.title = 'Waiting';
level.title = 'Service level';
waits.title = 'Longest wait';

// asTable is what the charts show, for who cannot see them.
function asTable(d) {
  const columns = [['Answered', d.answered, count], ['Abandoned', d.abandoned, count], ['Most waiting at once', d.most, count], ['Mean waiting', d.mean, (v) => v.toFixed(1)],
    ['Service level', d.level, percent], ['Longest wait', d.longest, (v) => (v === null ? '–' : duration(v))]];
  return node('table', {}, node('caption', {}, 'Today by quarters of an hour'),
    node('thead', {}, node('tr', {}, ['From', ...columns.map(([title]) => title)].map((t) => node('th', { scope: 'col' }, t)))),
    node('tbody', {}, d.at.map((at, i) => node('tr', {}, node('th', { scope: 'row' }, minuteClock(at)), columns.map(([, values, text]) => node('td', {}, text(values[i])))))));
}
