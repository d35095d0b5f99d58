// The agent's desk: my status, my call, my queues, my day.

import { beginBreak, breakReasons, endBreak, logIn, logOut, otherBreak } from '../actions.js';
import { hangUp, moveCall } from '../callactions.js';
import { h } from '../dom.js';
import { icon } from '../icons.js';
import { live } from '../live.js';
import { agentName, queueName, shortNumber, store } from '../store.js';
import { duration } from '../time.js';
import { empty, loading } from '../ui/state.js';
import { agentState, stateDetail, stateIcon, stateSince, stateWord } from '../words.js';

export function page(el, { session }) {
  return live(el, draw);

  function draw(redraw) {
    if (!store.ready) return loading();
    const mine = store.agents().filter((a) => a.user_id === session.user_id);
    if (mine.length === 0) {
      return h('div', {}, head(), empty({ icon: 'desk', title: 'You have no phone yet',
        text: 'Your desk follows the agent at your phone. Ask a supervisor to give you a phone: the extension has to be yours, and an agent has to sit at it.' }));
    }
    const chosen = Number(localStorage.getItem('desk'));
    const a = mine.find((m) => m.agent_id === chosen) ?? mine[0];
    const choose = (e) => {
      localStorage.setItem('desk', e.target.value);
      redraw();
    };
    return h('div', { class: 'desk' },
      head(mine.length > 1 && h('label', { class: 'check-row' }, 'I sit at', h('select', { value: String(a.agent_id), onchange: choose },
        mine.map((m) => h('option', { key: m.agent_id, value: String(m.agent_id) }, agentName(m)))))),
      h(Status, { key: 'status', a, reasons: breakReasons() }),
      h(Call, { key: 'call', a, queue: a.call ? queueName(store.queue(a.call.extension_id)) : '' }),
      h(Day, { key: 'day', a }),
      h('section', { key: 'queues', class: 'panel', 'aria-label': 'My queues' },
        h('header', { class: 'panel-head' }, h('h2', {}, 'My queues')),
        a.queues.length === 0 ? h('p', { class: 'quiet-line' }, 'You are in no queue. A supervisor can add you.')
          : a.queues.map((p) => h(Queue, { key: p.extension_id, p, q: store.queue(p.extension_id) }))));
  }
}

function head(more) {
  return h('header', { class: 'page-head' }, h('h1', {}, 'My desk'), h('span', { class: 'spread' }), more);
}

const hints = {
  unreachable: 'Your phone is not registered: no call can reach you. Switch it on, or check its account.',
  out: 'You are logged out. Callers do not reach you.',
};

function Status({ a, reasons }) {
  const state = agentState(a);
  const until = (state === 'wrap' || state === 'resting') && a.until;
  const since = stateSince(a);
  const inn = a.status !== 'logged_out';
  const onBreak = a.status === 'on_break';
  return h('section', { class: ['panel', 'my-status', `is-${state}`], 'aria-label': 'My status' },
    h('div', { class: 'my-state', role: 'status' },
      h('span', { class: 'my-sign' }, stateIcon(state)),
      h('div', {}, h('p', { class: 'my-word' }, stateWord(state)), h('p', { class: 'soft' }, [stateDetail(a), hints[state]].filter(Boolean).join(' · '))),
      h('p', { class: 'my-time' }, until ? h('span', { until }) : since ? h('span', { since }) : null,
        h('small', { class: 'soft' }, until ? 'until you are called again' : ''))),
    h('div', { class: 'my-actions' },
      !inn && h('button', { key: 'in', class: 'primary', type: 'button', onclick: () => logIn(a) }, icon('check'), 'Log in'),
      onBreak && h('button', { key: 'back', class: 'primary', type: 'button', onclick: () => endBreak(a) }, icon('check'), 'End my break'),
      inn && !onBreak && h('div', { key: 'breaks', class: 'breaks', role: 'group', 'aria-label': 'Begin a break' }, h('span', { class: 'soft' }, 'Break:'),
        reasons.map((r) => h('button', { key: r, type: 'button', onclick: () => beginBreak(a, r) }, icon('cup'), r)),
        h('button', { key: 'other', type: 'button', onclick: () => otherBreak(a) }, icon('cup'), 'Other…')),
      inn && h('button', { key: 'out', class: 'plain', type: 'button', onclick: () => logOut(a) }, icon('out'), 'Log out')));
}

function Call({ a, queue }) {
  const c = a.call && { ...a.call, via: a.extension_id ?? undefined };
  if (!c) {
    return h('section', { class: 'panel', 'aria-label': 'My call' }, h('header', { class: 'panel-head' }, h('h2', {}, 'My call')),
      h('p', { class: 'quiet-line' }, 'No call. The next one appears here while your phone rings.'));
  }
  const talking = a.state === 'talking';
  return h('section', { class: ['panel', 'my-call', talking ? 'is-talking' : 'is-ringing'], 'aria-label': 'My call', 'aria-live': 'polite' },
    h('header', { class: 'panel-head' }, h('h2', {}, talking ? 'You are talking' : 'Your phone rings'), h('span', { class: 'soft' }, queue)),
    h('div', { class: 'panel-body' },
      h('p', { class: 'my-caller' }, h('b', {}, shortNumber(c.number) || 'unknown number'), c.name && c.name !== c.number && h('span', { class: 'soft' }, c.name)),
      h('dl', { class: 'facts' },
        talking && h('div', { key: 'talk' }, h('dt', {}, 'Talking'), h('dd', { since: c.answered ?? a.state_since })),
        h('div', { key: 'wait' }, h('dt', {}, talking ? 'Waited' : 'Waiting'),
          talking ? h('dd', { key: 'done' }, c.answered ? duration((c.answered - c.joined) / 1000) : '–') : h('dd', { key: 'on', since: c.joined }))),
      talking && h('div', { class: 'my-actions' },
        h('button', { type: 'button', onclick: () => moveCall(c) }, icon('move'), 'Transfer…'),
        h('button', { type: 'button', class: 'danger', onclick: () => hangUp(c) }, icon('hangup'), 'Hang up'))));
}

function Day({ a }) {
  const t = a.today;
  const figure = (title, value) => h('div', { class: 'tile' }, h('h2', {}, title), h('p', { class: 'figure' }, value));
  return h('section', { class: 'tiles my-day', 'aria-label': 'My day' },
    figure('Answered', t ? String(t.answered) : '–'), figure('Missed', t ? String(t.missed) : '–'),
    figure('Talked', t ? duration(t.talk) : '–'), figure('Mean handle time', t && t.aht ? duration(t.aht) : '–'));
}

function Queue({ p, q }) {
  const waiting = q ? q.waiting_members + q.trying_members : 0;
  return h('div', { class: 'my-queue' },
    h('b', {}, q ? queueName(q) : '', q && h('small', { class: 'soft after' }, shortNumber(q.extension_name))),
    h('span', {}, waiting === 0 ? h('span', { class: 'soft' }, 'nobody waits') : waiting === 1 ? '1 caller waits' : `${waiting} callers wait`),
    q && q.longest_joined !== null ? h('b', { since: q.longest_joined }) : h('span', {}, ''),
    h('span', { class: 'soft' }, `level ${p.level}`));
}
