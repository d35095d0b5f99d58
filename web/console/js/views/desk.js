// The agent's desk: my status, my call, my queues, my day.

import { beginBreak, breakReasons, endBreak, everywhere, logIn, logOut, otherBreak, partly, ready } from '../actions.js';
import { callsOf } from '../callactions.js';
import { h } from '../dom.js';
import { icon } from '../icons.js';
import { live } from '../live.js';
import { notifying, ringing } from '../ringing.js';
import { agentName, queueName, shortNumber, store } from '../store.js';
import { duration } from '../time.js';
import { empty, loading } from '../ui/state.js';
import { agentState, stateDetail, stateIcon, stateSince, stateWord } from '../words.js';
import { DeskCall, noCall } from './deskcall.js';

export function page(el, { session }) {
  const phone = ringing();
  const end = live(el, draw);
  return () => {
    end();
    phone.end();
  };

  function draw(redraw) {
    if (!store.ready) return loading();
    const mine = store.agents().filter((a) => a.user_id === session.user_id);
    if (mine.length === 0) {
      return h('div', {}, head(), empty({ icon: 'desk', title: 'You have no phone yet',
        text: 'Your desk follows the agent at your phone. Ask a supervisor to give you a phone: the extension has to be yours, and an agent has to sit at it.' }));
    }
    const chosen = Number(localStorage.getItem('desk'));
    const a = mine.find((m) => m.agent_id === chosen) ?? mine[0];
    const calls = callsOf(a);
    phone.show(rung(calls));
    const choose = (e) => {
      localStorage.setItem('desk', e.target.value);
      redraw();
    };
    return h('div', { class: 'desk' },
      head(mine.length > 1 && h('label', { class: 'check-row' }, 'I sit at', h('select', { value: String(a.agent_id), onchange: choose },
        mine.map((m) => h('option', { key: m.agent_id, value: String(m.agent_id) }, agentName(m))))), notify(redraw)),
      h('div', { class: 'desk-columns' },
        h('div', {}, h(Status, { key: 'status', a, reasons: breakReasons(), busy: calls.length > 0 }),
          calls.length === 0 ? noCall() : calls.map((c) => h(DeskCall, { key: c.call_api_id, ...c, queueName: queueName(store.queue(c.queue)) }))),
        h('div', {}, h(Day, { key: 'day', a }), queuesOf(a))));
  }
}

function rung(calls) {
  const c = calls.find((call) => call.rings);
  return c && { call_api_id: c.call_api_id, who: shortNumber(c.number) || 'Unknown number', queue: queueName(store.queue(c.queue)) };
}

function head(...more) {
  return h('header', { class: 'page-head' }, h('h1', {}, 'My desk'), h('span', { class: 'spread' }), more);
}

// notify offers what can be had; a page on an address that is not secure has the title only.
function notify(redraw) {
  const state = notifying.state;
  if (state === 'unable') return null;
  if (state === 'blocked') return h('span', { class: 'soft wide-only' }, 'Notifications are blocked in the browser');
  return h('button', { type: 'button', class: 'plain', 'aria-pressed': String(state === 'on'), title: 'A notification when your phone rings and this page is not in front',
    onclick: () => notifying.turn(state !== 'on').then(redraw) }, icon('ringing'), state === 'on' ? 'Notifications on' : 'Notify me when it rings');
}

const hints = {
  unreachable: 'Your phone is not registered: no call can reach you. Switch it on, or check its account.',
  out: 'You are logged out. Callers do not reach you.',
};

// next is what follows what the line does now, where that is not to be free again.
const next = {
  on_break: (a) => ['After this call you are on a break', a.pause_reason].filter(Boolean).join(': '),
  logged_out: () => 'After this call you are logged out',
};

function Status({ a, reasons, busy }) {
  const state = agentState(a);
  const rests = state === 'wrap' || state === 'resting';
  const until = rests && a.until;
  const since = stateSince(a);
  const inn = a.status !== 'logged_out';
  const onBreak = a.status === 'on_break';
  const inCall = busy && ['talking', 'ringing', 'other'].includes(state);
  const then = (inCall || rests) && next[a.status]?.(a);
  return h('section', { class: ['panel', 'my-status', `is-${state}`], 'aria-label': 'My status' },
    h('div', { class: 'my-state', role: 'status' },
      h('span', { class: 'my-sign' }, stateIcon(state)),
      h('div', {}, h('p', { class: 'my-word' }, stateWord(state)), h('p', { class: 'soft' }, [stateDetail(a), hints[state]].filter(Boolean).join(' · ')),
        then && h('p', { class: 'my-next' }, icon(onBreak ? 'cup' : 'out'), rests ? then.replace('After this call', 'Then') : then)),
      h('p', { class: 'my-time' }, until ? h('span', { until }) : since ? h('span', { since }) : null,
        h('small', { class: 'soft' }, until && inn && !onBreak ? 'until you are called again' : ''))),
    h('div', { class: 'my-actions' },
      h('div', { class: 'breaks' },
        rests && inn && !onBreak && h('button', { key: 'ready', class: 'primary', type: 'button', onclick: () => ready(a) }, icon('check'), 'Ready now'),
        !inn && h('button', { key: 'in', class: 'primary', type: 'button', onclick: () => logIn(a) }, icon('check'), inCall ? 'Stay logged in' : 'Log in'),
        onBreak && h('button', { key: 'back', class: 'primary', type: 'button', onclick: () => endBreak(a) }, icon('check'), inCall || rests ? 'No break' : 'Back from the break'),
        inn && !onBreak && h('div', { key: 'breaks', class: 'breaks', role: 'group', 'aria-label': 'Begin a break' },
          h('span', { class: 'soft' }, icon('cup'), inCall ? ' Break after this call:' : ' Break:'),
          reasons.map((r) => h('button', { key: r, type: 'button', onclick: () => beginBreak(a, r) }, r)),
          h('button', { key: 'other', type: 'button', onclick: () => otherBreak(a) }, 'Other…'))),
      inn && h('button', { key: 'out', class: 'plain', type: 'button', onclick: () => logOut(a) }, icon('out'), 'Log out')));
}

function Day({ a }) {
  const t = a.today;
  const figure = (title, value) => h('div', { class: 'tile' }, h('h2', {}, title), h('p', { class: 'figure' }, value));
  return h('section', { class: 'tiles my-day', 'aria-label': 'My day' },
    figure('Answered', t ? String(t.answered) : '–'), figure('Missed', t ? String(t.missed) : '–'),
    figure('Talked', t ? duration(t.talk) : '–'), figure('Mean handle time', t && t.aht ? duration(t.aht) : '–'));
}

function queuesOf(a) {
  return h('section', { key: 'queues', class: 'panel', 'aria-label': 'My queues' },
    h('header', { class: 'panel-head' }, h('h2', {}, 'My queues'),
      a.status === 'available' && partly(a) && h('button', { class: 'spread-end', type: 'button', onclick: () => everywhere(a) }, icon('check'), 'Available in all queues')),
    a.queues.length === 0 ? h('p', { class: 'quiet-line' }, 'You are in no queue. A supervisor can add you.')
      : a.queues.map((p) => h(Queue, { key: p.extension_id, p, status: a.status, q: store.queue(p.extension_id) })));
}

function Queue({ p, status, q }) {
  const waiting = q ? q.waiting_members + q.trying_members : 0;
  return h('div', { class: 'my-queue' },
    h('b', {}, q ? queueName(q) : '', q && h('small', { class: 'soft after' }, shortNumber(q.extension_name))),
    h('span', {}, waiting === 0 ? h('span', { class: 'soft' }, 'nobody waits') : waiting === 1 ? '1 caller waits' : `${waiting} callers wait`),
    q && q.longest_joined !== null ? h('b', { since: q.longest_joined }) : h('span', {}, ''),
    h('span', { class: 'soft' }, p.status === status ? `level ${p.level}` : [places[p.status], p.pause_reason].filter(Boolean).join(': ')));
}

const places = { available: 'available here', on_break: 'paused here', logged_out: 'logged out here' };
