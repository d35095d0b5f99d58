// Calls that are up, for supervisors: who waits, who talks, and moving, joining
// or ending them.

import { hangUp, inTalk, moveCall, supervision } from '../callactions.js';
import { h } from '../dom.js';
import { icon } from '../icons.js';
import { live } from '../live.js';
import { agentName, queueName, shortNumber, store } from '../store.js';
import { menu } from '../ui/menu.js';
import { portion } from '../ui/portion.js';
import { sorting } from '../ui/sorting.js';
import { empty, loading } from '../ui/state.js';
import { steady } from '../ui/steady.js';

// One table, the oldest call first: a caller who is answered stays in place,
// and what is new comes at the end.
const columns = [
  { title: 'From', by: (c) => c.from },
  { title: 'To', by: (c) => c.to },
  { title: 'For', by: (c) => -c.since, most: true, start: true },
  { title: 'State', by: (c) => order.indexOf(c.state) },
];

const order = ['waiting', 'ringing', 'talking', 'held', 'parked'];

const waits = (c) => c.place > 0;
const kinds = { waiting: ['Waiting in queues', waits], talking: ['Talking', inTalk], others: ['Ringing, parked', (c) => !waits(c) && !inTalk(c)] };

export function page(el, { session }) {
  const filter = { kind: '', queue: '' };
  const rows = steady();
  const again = () => {
    rows.release();
    end.redraw();
  };
  const sort = sorting('calls', columns, again);
  const part = portion(() => end.redraw());
  const end = live(el, draw);
  return end;

  function draw() {
    if (!store.ready) return loading();
    const all = described();
    const shown = rows.order({ all, key: (c) => c.id, fits, compare: sort.compare });
    const waiting = all.filter(waits).length;
    return h('div', {},
      h('header', { class: 'page-head' }, h('h1', {}, 'Calls'), h('span', { class: 'soft' }, `${waiting} waiting, ${all.length - waiting} talking or ringing`)),
      all.length + shown.length === 0
        ? empty({ icon: 'phone', title: 'No calls right now', text: 'Calls appear here the moment they come in.' })
        : h('section', { class: 'panel', 'aria-label': 'Calls' }, filters(),
          shown.length === 0
            ? empty({ title: 'No call fits', text: 'Try other filters.' })
            : h('div', { class: 'table-scroll' }, h('table', { class: 'table', 'aria-label': 'Calls' },
              h('thead', {}, h('tr', {}, sort.heads(), h('th', { class: 'row-menu' }, h('span', { class: 'unseen' }, 'Actions')))),
              h('tbody', { ref: rows.ref }, part.of(shown).map(({ row: { call, caller, ...c }, stale }) => h(CallRow, { key: c.id, ...c, call, caller, stale, session }))))), part.rest(shown)));
  }

  function filters() {
    const set = (name) => (e) => {
      filter[name] = e.target.value;
      again();
    };
    return h('div', { class: 'filters' },
      h('select', { 'aria-label': 'Which calls', value: filter.kind, onchange: set('kind') }, h('option', { value: '' }, 'All calls'),
        Object.entries(kinds).map(([k, [title]]) => h('option', { key: k, value: k }, title))),
      h('select', { 'aria-label': 'Queue', value: filter.queue, onchange: set('queue') }, h('option', { value: '' }, 'Any queue'),
        store.queues().map((q) => h('option', { key: q.extension_id, value: String(q.extension_id) }, queueName(q)))),
      sort.chooser());
  }

  function fits(c) {
    return (!filter.kind || kinds[filter.kind][1](c)) && (!filter.queue || String(c.queue) === filter.queue);
  }
}

// described gives the calls as they are shown: texts, so that a row is drawn
// again only when they change. A caller in a queue is there before the call is told of, too.
function described() {
  const callers = store.callers();
  const places = new Map();
  const inQueue = new Map(callers.map((c) => {
    const waiting = c.state !== 'Answered';
    if (waiting) places.set(c.extension_id, (places.get(c.extension_id) ?? 0) + 1);
    return [c.call_api_id, { caller: c, place: waiting ? places.get(c.extension_id) : 0 }];
  }));
  const calls = store.calls();
  const known = new Set(calls.map((c) => c.call_api_id));
  return [...calls.map((c) => talk(c, inQueue.get(c.call_api_id))),
    ...callers.filter((c) => !known.has(c.call_api_id)).map((c) => talk(undefined, inQueue.get(c.call_api_id)))].sort((a, b) => a.since - b.since);
}

function talk(call, at) {
  const caller = at?.caller;
  const waiting = at && at.place > 0;
  const agent = store.agent(caller?.agent_id ?? call?.agent_id);
  const queue = store.queue(caller?.extension_id ?? call?.queue_id);
  const state = waiting ? 'waiting' : call?.state ?? 'talking';
  return {
    call, caller, state, id: call?.call_api_id ?? caller.call_api_id, place: at?.place ?? 0,
    from: shortNumber(caller?.number ?? call.caller_id_number), name: caller?.name ?? call.caller_id_name,
    to: waiting ? `${queueName(queue)}, place ${at.place}` : [agent ? agentName(agent) : !queue && shortNumber(call?.called_number), queueName(queue)].filter(Boolean).join(' · '),
    queue: queue?.extension_id, recorded: Boolean(call?.record_uuid),
    rings: caller?.state === 'Trying' ? (agent ? `rings ${agentName(agent)}` : 'rings agents') : '',
    // A queue's music answers a call before anybody talks.
    since: waiting ? caller.joined : (caller ? caller.answered : call.answer_time) ?? call.init_time,
  };
}

const stateTexts = { waiting: 'waits', ringing: 'ringing', talking: 'talking', held: 'on hold', parked: 'parked' };
const stateIcons = { waiting: 'hourglass', ringing: 'ringing', talking: 'phone', held: 'pause', parked: 'pause' };

function CallRow({ id, from, name, to, since, state, rings, recorded, stale, call, caller, session }) {
  return h('tr', { class: stale && 'stale' },
    h('td', { 'data-title': 'From' }, h('span', { class: 'who' }, h('b', {}, from || 'unknown'), name && name !== from && h('small', { class: 'soft' }, name))),
    h('td', { 'data-title': 'To' }, to),
    h('td', { 'data-title': state === 'waiting' ? 'Waits' : 'For' }, h('b', { since })),
    h('td', { 'data-title': 'State' }, h('span', {}, icon(rings ? 'ringing' : stateIcons[state]), ` ${stale ? 'over' : rings || stateTexts[state]}`,
      recorded && h('span', { class: 'recorded' }, icon('recording'), ' recorded'))),
    h('td', { class: 'row-menu' }, h('button', { class: 'plain', type: 'button', disabled: stale, 'aria-label': `Actions for the call of ${from || 'unknown'}`, 'aria-haspopup': 'menu',
      onclick: (e) => menu(e.currentTarget, callMenu(store.call(id) ?? call ?? caller, session)) }, icon('more'))));
}

function callMenu(c, session) {
  return [
    ...supervision(c, sides(c), session),
    { heading: 'Call' },
    { label: 'Move the caller…', icon: 'move', run: () => moveCall(c) },
    { label: 'Hang up…', icon: 'hangup', danger: true, run: () => hangUp(c) },
  ];
}

// sides are who can be whispered to: a queue's agent, or each phone of ours in the call.
function sides(c) {
  const agent = c.agent_id && store.agent(c.agent_id);
  if (c.queue_id && agent) return [{ extension: c.queue_id, name: agentName(agent), agent: true }];
  return [[c.caller_extension_id, c.caller_id_number], [c.called_extension_id, c.called_number]]
    .filter(([extension]) => extension).map(([extension, number]) => ({ extension, name: shortNumber(number) }));
}
