// Call history: what became of calls, found by number, time, direction, result and queue.

import { api } from '../api.js';
import { h, node, render } from '../dom.js';
import { icon } from '../icons.js';
import { agentName, queueName, shortNumber, store, subscribe } from '../store.js';
import { clock, duration } from '../time.js';
import { failure, loading } from '../ui/state.js';
import { table } from '../ui/table.js';
import { dayAfter, facts, filters, gmt, head, Sign, when } from './parts.js';
import { period, setPeriod } from './period.js';
import { player } from './player.js';

const results = {
  bridged: ['good', 'check', 'Talked'], abandoned: ['bad', 'hangup', 'Abandoned'], answered: ['none', 'phone', 'Menu only'],
  'not answered': ['warn', 'ringing', 'Not answered'], busy: ['warn', 'busy', 'Busy'], rejected: ['warn', 'close', 'Rejected'], failed: ['bad', 'alarm', 'Failed'],
};
const directions = { in: 'Incoming', out: 'Outgoing', internal: 'Internal' };

function resultSign(c) {
  const [kind, name, word] = results[c.result] ?? ['none', 'circle', c.result];
  return h(Sign, { kind, icon: name, word });
}

export function page(el, ctx) {
  return ctx.param ? one(el, ctx) : list(el, ctx);
}

const numberOf = (name) => shortNumber(name ?? '');
const agentOf = (id) => (id ? agentName(store.agent(id) ?? { agent_id: id }) : '');
const queueOf = (c) => (c.queue_id ? queueName(store.queue(c.queue_id)) || (c.extension_id === c.queue_id ? numberOf(c.extension_name) : `Queue ${c.queue_id}`) : '');
const seconds = (from, to) => (from && to ? (to - from) / 1000 : undefined);

// waited is how long the caller waited to talk to somebody, in seconds.
function waited(c) {
  return c.queue_id ? seconds(gmt(c.init_time_gmt), gmt(c.bridged_time_gmt) ?? gmt(c.hangup_time_gmt)) : undefined;
}

function who(number, name) {
  const short = numberOf(number);
  return h('span', { class: 'who' }, h('b', {}, short || 'unknown'), name && name !== number && name !== short && h('small', { class: 'soft' }, name));
}

// What is looked for stays while one looks at a call; the period begins with today as soon as the organisation's day is known.
const nothing = { period: 'today', from: undefined, to: undefined, search: '', flow: '', kind: '', queue: '' };
const values = { ...nothing };

// begin makes days of the period that is named.
function begin() {
  if (store.ready && values.from === undefined) setPeriod(values, values.period);
}

function list(el, ctx) {
  const asked = () => ({ search: values.search, flow: values.flow, kind: values.kind, extension_id: values.queue, start_datetime: values.from, end_datetime: dayAfter(values.to) });
  const t = table({
    label: 'Calls',
    columns: [
      { title: 'Caller', cell: (c) => who(c.from_username, c.from_screen_name) },
      { title: 'Began', cell: (c) => when(gmt(c.init_time_gmt), true) },
      { title: 'To', cell: (c) => queueOf(c) || numberOf(c.to_username) },
      { title: 'Agent', class: 'slim', cell: (c) => agentOf(c.agent_id) || '–' },
      { title: 'Result', cell: resultSign },
      { title: 'Waited', class: 'num', cell: (c) => (waited(c) === undefined ? '–' : duration(waited(c))) },
      { title: 'Talked', class: 'num', cell: (c) => (c.bridged_duration ? duration(c.bridged_duration) : '–') },
      { title: 'Recorded', class: 'slim', cell: (c) => (c.record_uuid ? icon('recording', 'recorded') : '') },
    ],
    load: async ({ page, per_page }) => {
      begin();
      exports.href = api.url('/client/@me/call_history/', { ...asked(), format: 'csv' });
      const { list: answer, total } = await api.list('/client/@me/call_history/', { ...asked(), page, per_page });
      return { list: answer.call_history, total };
    },
    key: (c) => c.call_uuid,
    open: (c) => ctx.go(`history/${encodeURIComponent(c.call_uuid)}`),
    empty: { icon: 'history', title: 'No call fits', text: 'Calls are here once they are over. Choose an earlier day, or fewer filters.',
      action: { label: 'Clear the filters', run: clear } },
  });
  function clear() {
    Object.assign(values, nothing);
    begin();
    t.element.previousSibling.replaceWith(controls());
    t.first();
  }
  const controls = () => filters([
    { name: 'search', label: 'Number or name', kind: 'search' },
    ...period(values, t.first, { any: true }),
    { name: 'flow', label: 'Direction', options: [['', 'Any direction'], ...Object.entries(directions)] },
    { name: 'kind', label: 'Result', options: [['', 'Any result'], ['bridged', 'Talked'], ['abandoned', 'Abandoned'], ['answered', 'Menu only'], ['unanswered', 'Not answered']] },
    { name: 'queue', label: 'Queue or phone', options: [['', 'Any number here'], ...store.queues().map((q) => [q.extension_id, `Queue ${queueName(q)}`]),
      ...store.agents().filter((a) => a.extension_id).map((a) => [a.extension_id, agentName(a)])] },
  ], values, t.first);
  el.append(head('Call history', { actions: exports }), node('section', { class: 'panel', 'aria-label': 'Calls' }, t.element));
  return onceKnown(() => {
    begin();
    t.element.before(controls());
  }, t.reload);
}

const exports = node('a', { class: 'button', href: '', download: 'calls.csv' }, icon('download'), 'Export as CSV');

// onceKnown makes what needs the names of queues and agents as soon as they are known.
function onceKnown(make, again) {
  if (store.ready) {
    make();
    return () => {};
  }
  const end = subscribe(() => {
    if (!store.ready) return;
    end();
    make();
    again();
  });
  return end;
}

// A call, its legs told in order.
function one(el, ctx) {
  let call;
  let ended = false;
  const place = node('div', {});
  const heard = node('div', {});
  el.append(head('Call', { back: { href: '#/history', label: 'Call history' } }), place, heard);

  async function load() {
    render(place, loading());
    try {
      call = await api.get(`/client/@me/call_history/${encodeURIComponent(ctx.param)}`);
      if (ended) return;
      draw();
      ctx.title(`Call of ${numberOf(call.from_username) || 'an unknown number'}`);
      if (call.record_uuid) {
        const { list: recordings } = await api.list('/client/@me/record/', { call_uuid: call.call_uuid, order: 'asc' });
        if (!ended) heard.replaceChildren(node('section', { class: 'panel', 'aria-label': 'Recording' }, node('header', { class: 'panel-head' }, node('h2', {}, 'Recording')),
          node('div', { class: 'panel-body' }, recordings.map(player))));
      }
    } catch (err) {
      if (!ended) render(place, failure(err, load));
    }
  }

  function draw() {
    const c = call;
    const talked = c.bridged_duration;
    render(place, h('div', {},
      h('section', { class: 'panel', 'aria-label': 'The call' }, h('div', { class: 'panel-body' },
        h('p', { class: 'call-title' }, who(c.from_username, c.from_screen_name), icon('chevron'), h('b', {}, queueOf(c) || numberOf(c.to_username)), resultSign(c)),
        facts([['Began', when(gmt(c.init_time_gmt), true)], ['Direction', directions[c.flow]], ['Dialled', c.to_username], ['Agent', agentOf(c.agent_id)],
          ['Waited', waited(c) !== undefined && duration(waited(c))], ['Talked', talked ? duration(talked) : ''], ['Lasted', duration(c.duration)],
          ['Left the queue', left[c.queue_result]], ['Rated', c.rating && `${c.rating} of 5`], ['Id', h('code', {}, c.call_uuid)]].map(([t, v]) => [t, v || undefined])))),
      h('section', { class: 'panel', 'aria-label': 'What happened' }, h('header', { class: 'panel-head' }, h('h2', {}, 'What happened')),
        h('ol', { class: 'story' }, story(c).map((s, i) => h('li', { key: i, class: s.kind }, h('time', {}, clock(s.at, true)), icon(s.icon), h('span', {}, s.text)))))));
  }

  load();
  const end = subscribe(() => call && draw());
  return () => {
    ended = true;
    end();
  };
}

const left = {
  answered: 'An agent answered', abandoned: 'The caller gave up', timeout: 'Waited as long as allowed', no_agent: 'No agent was there',
  exit_key: 'The caller chose to', transferred: 'Was sent elsewhere', failed: 'The call failed',
};

const ends = {
  busy: 'is busy', rejected: 'rejects the call', no_answer: 'does not answer', unreachable: 'cannot be reached', unavailable: 'cannot be reached',
  answered_elsewhere: 'stops ringing: another phone was faster', cancelled: 'stops ringing', media_timeout: 'is not heard any more: the call ends',
};

// story tells a call's legs in the order of time: {at, icon, text, kind}.
export function story(c) {
  const out = [];
  const add = (at, name, text, kind = '') => at && out.push({ at, icon: name, text, kind, order: out.length });
  for (const l of c.cdr) {
    const began = gmt(l.start_time_gmt);
    const answered = gmt(l.answer_time_gmt);
    const ended = gmt(l.hangup_time_gmt);
    if (l.flow === 'in') {
      const name = [numberOf(l.from_username) || 'An unknown number', l.from_screen_name !== l.from_username && l.from_screen_name].filter(Boolean).join(', ');
      add(began, 'phone', `${name} calls ${numberOf(l.to_username)}`);
      if (l.leg_uuid === c.call_uuid && c.queue_id) add(c.extension_id === c.queue_id ? began : answered ?? began, 'queue', `The caller waits in ${queueOf(c)}`);
      const caller = l.leg_uuid === c.call_uuid ? 'The caller' : name;
      add(ended, 'hangup', l.hangup_by === 'remote' ? `${caller} ${answered ? 'hangs up' : 'gives up'}` : `The call ends for ${caller === 'The caller' ? 'the caller' : caller}${why(l)}`, 'end');
      continue;
    }
    const phone = numberOf(l.to_username);
    const name = l.agent_id && agentOf(l.agent_id) !== phone ? `${agentOf(l.agent_id)} (${phone})` : l.extension_id ? `Phone ${phone}` : phone;
    add(began, 'ringing', `${name} rings`);
    if (answered) add(answered, 'check', `${name} answers after ${duration((answered - began) / 1000)}`, 'good');
    if (answered) add(ended, 'hangup', l.hangup_by === 'remote' ? `${name} hangs up` : `The call ends for ${name}${why(l)}`, 'end');
    else add(ended, 'close', `${name} ${ends[l.hangup_cause] ?? `does not answer: ${cause(l)}`}${l.sip_code ? ` (${l.sip_code})` : ''}`, 'bad');
  }
  return out.sort((a, b) => a.at - b.at || (a.kind === 'end') - (b.kind === 'end') || a.order - b.order);
}

const cause = (l) => (l.hangup_cause ?? 'unknown').replaceAll('_', ' ');

const reasons = { normal: '', media_lost: ': nothing was heard any more', session_expired: ': it was not there any more', shutdown: ': the server was stopped', server_restart: ': the server was started anew' };

// why tells of a call that did not end by hanging up what it was.
const why = (l) => reasons[l.hangup_cause] ?? `: ${cause(l)}`;
