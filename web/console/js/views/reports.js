// Reports on queues, agents and ratings, and how many agents are needed.

import { api } from '../api.js';
import { h, node, render } from '../dom.js';
import { agentName, queueName, shortNumber, store, subscribe } from '../store.js';
import { duration } from '../time.js';
import { form } from '../ui/form.js';
import { table } from '../ui/table.js';
import { dayAfter, facts, filters, head, today } from './parts.js';

const percent = (v) => (v === null || v === undefined ? '–' : `${Math.round(v)} %`);
const time = (s) => (s === null || s === undefined ? '–' : duration(s));
const count = (v) => (v === null || v === undefined ? '–' : String(v));
const queueOf = (r) => (r.extension_id ? queueName(store.queue(r.extension_id)) || shortNumber(r.extension_name ?? '') || `Queue ${r.extension_id}` : 'All queues');
const agentOf = (r) => (r.agent_id ? agentName(store.agent(r.agent_id) ?? { agent_id: r.agent_id, number: r.agent_number }) : 'All agents');

// number is a column of figures, with what its title means.
const number = (title, hint, cell) => ({ title: h('span', { title: hint }, title), name: title, class: 'num', cell });

function period(r) {
  const from = r.start_datetime;
  return from.endsWith('00:00:00') && r.end_datetime.endsWith('00:00:00') ? from.slice(0, 10) : from.slice(0, 16);
}

const kinds = {
  queues: {
    title: 'Queues', path: 'queues/', one: 'extension_id',
    name: queueOf,
    columns: () => [
      number('Calls', 'Calls that joined the queue', (r) => count(r.offered)), number('Answered', 'By an agent', (r) => count(r.answered)),
      number('Abandoned', 'The caller gave up waiting', (r) => count(r.abandoned)),
      number('Service level', 'Answered in time, of those answered', (r) => percent(r.service_level)),
      number('…of all', 'Answered or abandoned in time, of those answered or abandoned', (r) => percent(r.service_level_all)),
      number('ASA', 'Average speed of answer: mean wait of those answered', (r) => time(r.asa)), number('Longest', 'Longest wait of all', (r) => time(r.longest_wait)),
      number('AHT', 'Average handle time: talk, hold and wrap-up a call', (r) => time(r.aht)), number('Occupancy', 'How much of their time agents were at calls', (r) => percent(r.occupancy)),
      number('Rated', 'Mean of the callers’ ratings', (r) => (r.rating_mean === null ? '–' : `${r.rating_mean} (${r.ratings})`)),
    ],
  },
  agents: {
    title: 'Agents', path: 'agents/', one: 'agent_id',
    name: agentOf,
    columns: () => [
      number('Offered', 'Calls offered to the agent', (r) => count(r.offered)), number('Answered', 'Of those', (r) => count(r.answered)),
      number('Missed', 'Rang out', (r) => count(r.missed)), number('Refused', 'Met a busy, rejecting or unreachable phone', (r) => count(r.refused)),
      number('Service level', 'Answered in time, of those answered', (r) => percent(r.service_level)),
      number('Talk', 'Sum over the calls', (r) => time(r.talk)), number('AHT', 'Average handle time: talk, hold and wrap-up a call', (r) => time(r.aht)),
      number('Logged in', 'In at least one queue', (r) => time(r.logged_in)), number('Paused', 'Breaks', (r) => time(r.paused)),
      number('Occupancy', 'Talk, hold and wrap-up, of the time logged in without breaks', (r) => percent(r.occupancy)),
      number('Rated', 'Mean of the callers’ ratings', (r) => (r.rating_mean === null ? '–' : `${r.rating_mean} (${r.ratings})`)),
    ],
  },
  ratings: {
    title: 'Ratings', path: 'ratings/', one: 'extension_id',
    name: (r) => `${queueOf(r)}, ${agentOf(r)}`,
    columns: () => [
      number('Ratings', 'Calls rated by a key', (r) => count(r.ratings)), number('Mean', 'Of the keys', (r) => count(r.rating_mean)),
      ...[1, 2, 3, 4, 5].map((k) => number(`Key ${k}`, `How often callers pressed ${k}`, (r) => count(r[`rated_${k}`]))),
    ],
  },
};

const intervals = [['whole', 'The whole period'], ['day', 'By day'], ['hour', 'By hour'], ['quarter', 'By quarter of an hour']];

export function page(el, ctx) {
  const kind = kinds[ctx.param] ? ctx.param : ctx.param === 'staffing' ? 'staffing' : 'queues';
  const tabs = [...Object.entries(kinds).map(([name, k]) => [name, k.title]), ['staffing', 'Staffing']];
  el.append(head('Reports'), node('nav', { class: 'tabs', 'aria-label': 'Reports' },
    tabs.map(([name, title]) => node('a', { href: `#/reports/${name}`, 'aria-current': name === kind ? 'page' : undefined }, title))));
  if (kind === 'staffing') {
    el.append(staffing());
    return undefined;
  }
  return report(el, kinds[kind], kind);
}

function report(el, k, kind) {
  const values = { from: today(), to: today(), interval: 'whole', of: '', threshold: '20' };
  const interval = kind !== 'ratings';
  const t = table({
    label: `Report on ${k.title.toLowerCase()}`,
    columns: [
      { title: kind === 'agents' ? 'Agent' : 'Queue', cell: (r) => h('b', {}, k.name(r)) },
      { title: 'From', cell: period },
      ...k.columns(),
    ],
    load: ({ page, per_page }) => api.list(`/client/@me/report/${k.path}`, { page, per_page, start_datetime: values.from, end_datetime: dayAfter(values.to),
      interval: interval ? values.interval : undefined, threshold: interval ? values.threshold : undefined, [k.one]: values.of }),
    key: (r) => `${r.extension_id ?? ''} ${r.agent_id ?? ''} ${r.start_datetime}`,
    empty: { icon: 'history', title: 'Nothing to report', text: kind === 'ratings' ? 'Callers rate with a key after the agent hangs up, where the queue asks for it.' : 'There were no calls in this period.' },
  });
  const place = node('div', {});
  const draw = () => place.replaceChildren(filters([
    { name: 'from', label: 'From', kind: 'date' }, { name: 'to', label: 'To', kind: 'date' },
    { name: 'of', label: kind === 'agents' ? 'Agent' : 'Queue', options: kind === 'agents'
      ? [['', 'All agents'], ...store.agents().map((a) => [a.agent_id, agentName(a)])] : [['', 'All queues'], ...store.queues().map((q) => [q.extension_id, queueName(q)])] },
    ...(interval ? [{ name: 'interval', label: 'Cut into', options: intervals },
      { name: 'threshold', label: 'In time is', options: [5, 10, 15, 20, 30, 45, 60, 90, 120].map((s) => [s, `In time: within ${s} s`]) }] : []),
  ], values, t.first));
  el.append(node('section', { class: 'panel report', 'aria-label': k.title }, place, t.element));
  draw();
  if (store.ready) return undefined;
  const end = subscribe(() => {
    if (!store.ready) return;
    end();
    values.from = values.to = today();
    draw();
    t.reload();
  });
  return end;
}

// staffing is an Erlang C calculator.
function staffing() {
  const answer = node('div', { class: 'staffing-answer', role: 'status' });
  const f = form({
    submit: 'Calculate',
    fields: [
      { name: 'arrivals', label: 'Calls', kind: 'number', min: 0.001, step: 'any', required: true, help: 'That come in the interval.' },
      { name: 'interval', label: 'Interval', kind: 'select', options: [[900, 'A quarter of an hour'], [1800, 'Half an hour'], [3600, 'An hour']], parse: Number },
      { name: 'aht', label: 'A call takes', kind: 'number', min: 1, step: 'any', required: true, unit: 'seconds', help: 'Talk, hold and wrap-up together: AHT of the report.' },
      { name: 'target', label: 'Service level', kind: 'number', min: 1, max: 99.999, step: 'any', required: true, unit: '% answered' },
      { name: 'threshold', label: 'Within', kind: 'number', min: 0, max: 3600, step: 'any', required: true, unit: 'seconds' },
      { name: 'max_occupancy', label: 'Agents are busy at most', kind: 'number', min: 1, max: 100, step: 'any', required: true, unit: '% of the time' },
      { name: 'agents', label: 'Agents', kind: 'number', min: 1, step: 1, help: 'Leave it empty to learn how many are needed; or see what a number of them achieves.' },
    ],
    values: { arrivals: 100, interval: 1800, aht: 180, target: 80, threshold: 20, max_occupancy: 85 },
    save: (_, v) => api.get('/client/@me/report/staffing/', v),
    done: (s, asked) => render(answer, h('div', {},
      h('p', { class: 'staffing-figure' }, h('b', {}, String(s.agents)), asked.agents ? ' agents achieve' : ' agents are needed'),
      facts([['Service level', `${s.service_level} % within ${asked.threshold} s`], ['ASA', `${s.asa.toFixed(1)} s`], ['Occupancy', percent(s.occupancy)],
        ['Callers who wait at all', percent(s.wait_probability)], ['Traffic', `${s.traffic} erlangs`]]))),
  });
  return node('section', { class: 'panel staffing', 'aria-label': 'Staffing' }, node('div', { class: 'panel-body' },
    node('p', { class: 'soft' }, 'Erlang C: calls come by chance, nobody gives up. Breaks, training and illness come on top.'), f.element), answer);
}
