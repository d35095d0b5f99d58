// Calls that are up, for supervisors: who waits, who talks, and moving or ending them.

import { hangUp, moveCall } from '../actions.js';
import { h } from '../dom.js';
import { icon } from '../icons.js';
import { live } from '../live.js';
import { agentName, queueName, shortNumber, store } from '../store.js';
import { menu } from '../ui/menu.js';
import { empty, loading } from '../ui/state.js';
import { stateIcon } from '../words.js';

export function page(el) {
  return live(el, draw);
}

function draw() {
  if (!store.ready) return loading();
  const callers = new Map(store.callers().map((c) => [c.call_api_id, c]));
  const calls = store.calls();
  const waiting = [...callers.values()].filter((c) => c.state !== 'Answered');
  const others = calls.filter((c) => !waiting.some((w) => w.call_api_id === c.call_api_id));
  return h('div', {},
    h('header', { class: 'page-head' }, h('h1', {}, 'Calls'), h('span', { class: 'soft' }, `${waiting.length} waiting, ${others.length} talking or ringing`)),
    calls.length + waiting.length === 0
      ? empty({ icon: 'phone', title: 'No calls right now', text: 'Calls appear here the moment they come in.' })
      : [waiting.length > 0 && h('section', { key: 'waiting', class: 'panel', 'aria-label': 'Waiting' },
        h('header', { class: 'panel-head' }, h('h2', {}, 'Waiting in queues')),
        list(['Caller', 'Queue', 'Waits', 'State'], numbered(waiting).map(([position, c]) =>
          h(WaitingRow, { key: c.call_api_id, c, position, queue: queueName(store.queue(c.extension_id)), agent: c.agent_id ? agentName(store.agent(c.agent_id) ?? {}) : '' })))),
      others.length > 0 && h('section', { key: 'others', class: 'panel', 'aria-label': 'Calls' },
        h('header', { class: 'panel-head' }, h('h2', {}, 'Talking or ringing')),
        list(['From', 'To', 'For', 'State'], others.map((c) =>
          h(CallRow, { key: c.call_api_id, c, to: called(c), from: calling(c), talks: talkSince(c, callers.get(c.call_api_id)) }))))]);
}

// numbered gives each caller the place in its queue.
function numbered(waiting) {
  const places = new Map();
  return waiting.map((c) => {
    const n = (places.get(c.extension_id) ?? 0) + 1;
    places.set(c.extension_id, n);
    return [n, c];
  });
}

function list(titles, rows) {
  return h('table', { class: 'table' },
    h('thead', {}, h('tr', {}, titles.map((t) => h('th', { scope: 'col' }, t)), h('th', { class: 'row-menu' }, h('span', { class: 'unseen' }, 'Actions')))),
    h('tbody', {}, rows));
}

function WaitingRow({ c, position, queue, agent }) {
  return h('tr', {},
    h('td', { 'data-title': 'Caller' }, who(shortNumber(c.number), c.name)),
    h('td', { 'data-title': 'Queue' }, `${queue}, place ${position}`),
    h('td', { 'data-title': 'Waits' }, h('b', { since: c.joined })),
    h('td', { 'data-title': 'State' }, c.state === 'Trying' ? h('span', {}, stateIcon('ringing'), agent ? ` rings ${agent}` : ' rings agents') : 'waits'),
    actions(c, shortNumber(c.number)));
}

function CallRow({ c, from, to, talks }) {
  return h('tr', {},
    h('td', { 'data-title': 'From' }, who(from, c.caller_id_name)),
    h('td', { 'data-title': 'To' }, to),
    h('td', { 'data-title': 'For' }, h('b', { since: talks ?? c.init_time })),
    h('td', { 'data-title': 'State' }, h('span', {}, talks ? stateIcon('talking') : stateIcon('ringing'), talks ? ' talking' : ' ringing',
      c.record_uuid && h('span', { class: 'recorded' }, icon('recording'), ' recorded'))),
    actions(c, from));
}

function who(number, name) {
  return h('span', { class: 'who' }, h('b', {}, number || 'unknown'), name && name !== number && h('small', { class: 'soft' }, name));
}

function actions(c, number) {
  return h('td', { class: 'row-menu' }, h('button', { class: 'plain', type: 'button', 'aria-label': `Actions for the call of ${number || 'unknown'}`, 'aria-haspopup': 'menu',
    onclick: (e) => menu(e.currentTarget, [
      { label: 'Move the caller…', icon: 'move', run: () => moveCall(c) },
      { label: 'Hang up…', icon: 'hangup', danger: true, run: () => hangUp(c) },
    ]) }, icon('more')));
}

const calling = (c) => shortNumber(c.caller_id_number);

function called(c) {
  const agent = c.agent_id && store.agent(c.agent_id);
  const queue = c.queue_id && queueName(store.queue(c.queue_id));
  return [agent ? agentName(agent) : !queue && shortNumber(c.called_number), queue].filter(Boolean).join(' · ');
}

// talkSince is when the two began to talk: a queue's music answers the call before.
function talkSince(c, caller) {
  return caller ? caller.answered : c.answer_time;
}
