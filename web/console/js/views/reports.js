// Reports on queues, agents and ratings, and how many agents are needed.

import { api } from '../api.js';
import { h, node, render } from '../dom.js';
import { count, percent } from '../figures.js';
import { icon } from '../icons.js';
import { agentName, byNumber, queueName, shortNumber, store, subscribe } from '../store.js';
import { day, duration, minuteClock } from '../time.js';
import { form } from '../ui/form.js';
import { table } from '../ui/table.js';
import { dayAfter, facts, filters, head } from './parts.js';
import { period, setPeriod } from './period.js';

const share = (v) => percent(v);
const time = (s) => (s === null || s === undefined ? '–' : duration(s));
const queueOf = (r) => (r.extension_id ? queueName(store.queue(r.extension_id)) || shortNumber(r.extension_name ?? '') || `Queue ${r.extension_id}` : 'All queues');
const agentOf = (r) => (r.agent_id ? agentName(store.agent(r.agent_id) ?? { agent_id: r.agent_id, number: r.agent_number }) : 'All agents');

// number is a column of figures: a field of the rows, with what its title means.
const number = (title, hint, field, write = count) => ({ title, hint, class: 'num', most: true, by: (r) => r[field], cell: (r) => write(r[field], r) });
const rated = { ...number('Rated', 'Mean of the callers’ ratings', 'rating_mean'), cell: (r) => (r.rating_mean === null ? '–' : `${r.rating_mean} (${count(r.ratings)})`) };
const aht = number('AHT', 'Average handle time: talk, hold and wrap-up a call', 'aht', (s) => (s ? time(s) : '–'));

function began(r) {
  const from = r.start_datetime;
  return from.endsWith('00:00:00') && r.end_datetime.endsWith('00:00:00') ? day(from) : `${day(from)}, ${minuteClock(60 * Number(from.slice(11, 13)) + Number(from.slice(14, 16)))}`;
}

const kinds = {
  queues: {
    title: 'Queues', path: 'queues/', one: 'extension_id', name: queueOf,
    columns: [
      number('Calls', 'Calls that joined the queue', 'offered'), number('Answered', 'By an agent', 'answered'), number('Abandoned', 'The caller gave up waiting', 'abandoned'),
      number('Service level', 'Answered in time, of those answered', 'service_level', share),
      number('…of all', 'Answered or abandoned in time, of those answered or abandoned', 'service_level_all', share),
      number('ASA', 'Average speed of answer: mean wait of those answered', 'asa', (s, r) => (r.answered ? time(s) : '–')), number('Longest', 'Longest wait of all', 'longest_wait', time),
      { ...number('At once', 'Callers waiting at once: at most, and on average', 'waiting_most'), cell: (r) => `${count(r.waiting_most)} (${r.waiting_mean.toFixed(r.waiting_mean < 1 ? 2 : 1)})` },
      aht, number('Occupancy', 'How much of their time agents were at calls', 'occupancy', share), rated,
    ],
  },
  agents: {
    title: 'Agents', path: 'agents/', one: 'agent_id', name: agentOf,
    columns: [
      number('Offered', 'Calls offered to the agent', 'offered'), number('Answered', 'Of those', 'answered'), number('Missed', 'Rang out', 'missed'),
      number('Refused', 'Met a busy, rejecting or unreachable phone', 'refused'), number('Service level', 'Answered in time, of those answered', 'service_level', share),
      number('Talk', 'Sum over the calls', 'talk', time), aht, number('Logged in', 'In at least one queue', 'logged_in', time), number('Paused', 'Breaks', 'paused', time),
      number('Occupancy', 'Talk, hold and wrap-up, of the time logged in without breaks', 'occupancy', share), rated,
    ],
  },
  ratings: {
    title: 'Ratings', path: 'ratings/', one: 'extension_id', name: (r) => `${queueOf(r)}, ${agentOf(r)}`,
    columns: [
      number('Ratings', 'Calls rated by a key', 'ratings'), number('Mean', 'Of the keys', 'rating_mean'),
      ...[1, 2, 3, 4, 5].map((k) => number(`Key ${k}`, `How often callers pressed ${k}`, `rated_${k}`)),
    ],
  },
};

const intervals = [['whole', 'The whole period'], ['day', 'By day'], ['hour', 'By hour'], ['quarter', 'By quarter of an hour']];

// What was asked for stays while one looks at another report.
const values = { period: '', from: '', to: '', interval: 'whole', of: '', threshold: '' };

export function page(el, ctx) {
  const kind = kinds[ctx.param] ? ctx.param : ctx.param === 'staffing' ? 'staffing' : 'queues';
  const tabs = [...Object.entries(kinds).map(([name, k]) => [name, k.title]), ['staffing', 'Staffing']];
  const exports = node('a', { class: 'button', href: '', download: `${kind}.csv` }, icon('download'), 'Export as CSV');
  el.append(head('Reports', { actions: kind === 'staffing' ? [] : exports }), node('nav', { class: 'tabs', 'aria-label': 'Reports' },
    tabs.map(([name, title]) => node('a', { href: `#/reports/${name}`, 'aria-current': name === kind ? 'page' : undefined }, title))));
  values.of = '';
  const begin = () => el.append(kind === 'staffing' ? staffing() : report(kind, exports));
  if (store.ready) {
    begin();
    return undefined;
  }
  const end = subscribe(() => { // days and names are the organisation's
    if (!store.ready) return;
    end();
    begin();
  });
  return end;
}

function report(kind, exports) {
  const k = kinds[kind];
  const cut = kind !== 'ratings';
  if (!values.period || values.period !== 'other') setPeriod(values, values.period || 'today');
  const asked = () => ({ start_datetime: values.from, end_datetime: dayAfter(values.to), [k.one]: values.of,
    ...(cut && { interval: values.interval, threshold: values.threshold, total: values.of ? undefined : true }) });
  const total = (r) => cut && !r.extension_id && !r.agent_id;
  const place = node('div', {});
  let interval;
  let t;

  function show() {
    exports.href = api.url(`/client/@me/report/${k.path}`, { ...asked(), format: 'csv' });
    if (t && interval === values.interval) return t.first();
    interval = values.interval;
    t = rows();
    place.replaceChildren(t.element);
    return undefined;
  }

  // rows makes the table: one cut into stretches has another column.
  const rows = () => table({
    label: `Report on ${k.title.toLowerCase()}`, sort: `report-${kind}-${interval === 'whole' ? 'whole' : 'cut'}`, perPage: 200,
    columns: [
      { title: kind === 'agents' ? 'Agent' : 'Queue', by: k.name, start: interval === 'whole' || !cut, cell: (r) => h('b', {}, k.name(r)) },
      ...(cut && interval !== 'whole' ? [{ title: 'From', by: (r) => r.start_datetime, start: true, cell: began }] : []),
      ...k.columns,
    ],
    load: async ({ page, per_page }) => {
      const found = await api.list(`/client/@me/report/${k.path}`, { page, per_page, ...asked() });
      if (interval === 'whole' || !cut) found.list.sort((a, b) => total(b) - total(a) || byNumber(k.name(a), k.name(b)));
      return found;
    },
    key: (r) => `${r.extension_id ?? ''} ${r.agent_id ?? ''} ${r.start_datetime}`,
    total,
    empty: { icon: 'history', title: 'Nothing to report', text: kind === 'ratings' ? 'Callers rate with a key after the agent hangs up, where the queue asks for it.' : 'There were no calls in this period.' },
  });
  show();
  const own = store.client.threshold;
  const bar = filters([
    ...period(values, show),
    { name: 'of', label: kind === 'agents' ? 'Agent' : 'Queue', options: kind === 'agents'
      ? [['', 'All agents'], ...store.agents().map((a) => [a.agent_id, agentName(a)])] : [['', 'All queues'], ...store.queues().map((q) => [q.extension_id, queueName(q)])] },
    ...(cut ? [{ name: 'interval', label: 'Cut into', options: intervals },
      { name: 'threshold', label: 'In time is', options: [['', `In time: within ${own} s`], ...[5, 10, 15, 20, 30, 45, 60, 90, 120].filter((s) => s !== own).map((s) => [s, `Within ${s} s`])] }] : []),
  ], values, show);
  return node('section', { class: 'panel report', 'aria-label': k.title }, bar, place);
}

// staffing is an Erlang C calculator.
function staffing() {
  const answer = node('div', { class: 'staffing-answer', role: 'status' });
  const f = form({
    submit: 'Calculate',
    fields: [
      { name: 'arrivals', half: true, label: 'Calls', kind: 'number', min: 0.001, step: 'any', required: true, help: 'That come in the interval.' },
      { name: 'interval', half: true, label: 'Interval', kind: 'select', options: [[900, 'A quarter of an hour'], [1800, 'Half an hour'], [3600, 'An hour']], parse: Number },
      { name: 'aht', half: true, label: 'A call takes', kind: 'number', min: 1, step: 'any', required: true, unit: 'seconds', help: 'Talk, hold and wrap-up together: AHT of the report.' },
      { name: 'target', half: true, label: 'Service level', kind: 'number', min: 1, max: 99.999, step: 'any', required: true, unit: '% answered' },
      { name: 'threshold', half: true, label: 'Within', kind: 'number', min: 0, max: 3600, step: 'any', required: true, unit: 'seconds' },
      { name: 'max_occupancy', half: true, label: 'Agents are busy at most', kind: 'number', min: 1, max: 100, step: 'any', required: true, unit: '% of the time' },
      { name: 'agents', half: true, label: 'Agents', kind: 'number', min: 1, step: 1, help: 'Leave it empty to learn how many are needed; or see what a number of them achieves.' },
    ],
    values: { arrivals: 100, interval: 1800, aht: 180, target: 80, threshold: store.client.threshold, max_occupancy: 85 },
    save: (_, v) => api.get('/client/@me/report/staffing/', v),
    done: (s, asked) => render(answer, h('div', {},
      h('p', { class: 'staffing-figure' }, h('b', {}, String(s.agents)), asked.agents ? ' agents achieve' : ' agents are needed'),
      facts([['Service level', `${percent(s.service_level, true)} within ${asked.threshold} s`], ['ASA', `${s.asa.toFixed(1)} s`], ['Occupancy', percent(s.occupancy)],
        ['Callers who wait at all', percent(s.wait_probability)], ['Traffic', `${s.traffic} erlangs`]]))),
  });
  return node('section', { class: 'panel staffing', 'aria-label': 'Staffing' }, node('div', { class: 'panel-body' },
    node('p', { class: 'soft' }, 'Erlang C: calls come by chance, nobody gives up. Breaks, training and illness come on top.'), f.element), answer);
}
