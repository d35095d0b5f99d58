// Agents, for supervisors: who does what, and everything that can be done about it.

import { agentMenu } from '../actions.js';
import { callsOf } from '../callactions.js';
import { h } from '../dom.js';
import { icon } from '../icons.js';
import { live } from '../live.js';
import { agentName, queueName, shortNumber, store } from '../store.js';
import { duration } from '../time.js';
import { menu } from '../ui/menu.js';
import { portion } from '../ui/portion.js';
import { sorting } from '../ui/sorting.js';
import { empty, loading } from '../ui/state.js';
import { steady } from '../ui/steady.js';
import { agentState, Badge, isLoggedIn, stateDetail, stateNames, stateOrder, stateSince, stateWord } from '../words.js';

const earlier = (since) => (since === null || since === undefined ? since : -since);

// The order of states and times is that of a moment: by name nothing moves, so that is how it begins.
const columns = [
  { title: 'Agent', by: agentName },
  { title: 'State', by: (a) => stateOrder(agentState(a)) },
  { title: 'For', by: (a) => earlier(stateSince(a)), most: true },
  { title: 'Call' },
  { title: 'Queues' },
  { title: 'Answered', by: (a) => a.today?.answered, class: 'num', most: true },
  { title: 'Missed', by: (a) => a.today?.missed, class: 'num', most: true },
  { title: 'Talk', by: (a) => a.today?.talk, class: 'num', most: true },
];

export function page(el, { session }) {
  const filter = { text: '', queue: '', state: '' };
  const rows = steady();
  const again = () => {
    rows.release();
    end.redraw();
  };
  const sort = sorting('agents', columns, again);
  const part = portion(() => end.redraw());
  const end = live(el, draw);
  return end;

  function draw() {
    if (!store.ready) return loading();
    const all = store.agents();
    const shown = rows.order({ all, key: (a) => a.agent_id, fits, compare: sort.compare });
    return h('div', {},
      h('header', { class: 'page-head' }, h('h1', {}, 'Agents'), h('span', { class: 'soft' }, summary(all))),
      all.length === 0
        ? empty({ icon: 'agents', title: 'There is no agent yet', text: 'An agent is somebody who takes calls of queues, at a phone here or at a number outside.' })
        : h('section', { class: 'panel', 'aria-label': 'Agents' }, filters(),
          shown.length === 0
            ? empty({ title: 'No agent fits', text: 'Try other filters.' })
            : h('div', { class: 'table-scroll' }, h('table', { class: 'table', 'aria-label': 'Agents' },
              h('thead', {}, h('tr', {}, sort.heads(), h('th', { class: 'row-menu' }, h('span', { class: 'unseen' }, 'Actions')))),
              h('tbody', { ref: rows.ref }, part.of(shown).map(({ row: a, stale }) =>
                h(AgentRow, { key: a.agent_id, a, stale, queues: places(a), call: callText(a), session }))))), part.rest(shown)));
  }

  function filters() {
    const set = (name) => (e) => {
      filter[name] = e.target.value;
      again();
    };
    return h('div', { class: 'filters' },
      h('input', { type: 'search', placeholder: 'Name or number', 'aria-label': 'Name or number', value: filter.text, oninput: set('text') }),
      h('select', { 'aria-label': 'Queue', value: filter.queue, onchange: set('queue') }, h('option', { value: '' }, 'All queues'),
        store.queues().map((q) => h('option', { key: q.extension_id, value: String(q.extension_id) }, queueName(q)))),
      h('select', { 'aria-label': 'State', value: filter.state, onchange: set('state') }, h('option', { value: '' }, 'Any state'),
        stateNames.map((s) => h('option', { key: s, value: s }, stateWord(s)))),
      sort.chooser());
  }

  function fits(a) {
    const text = filter.text.trim().toLowerCase();
    return (!text || agentName(a).toLowerCase().includes(text) || a.number.includes(text)) &&
      (!filter.queue || a.queues.some((p) => String(p.extension_id) === filter.queue)) &&
      (!filter.state || agentState(a) === filter.state);
  }
}

function summary(all) {
  const n = all.filter(isLoggedIn).length;
  return `${n} of ${all.length} logged in`;
}

// places and callText are texts, so that a row is drawn again only when they change.
function places(a) {
  return a.queues.map((p) => {
    const text = `${queueName(store.queue(p.extension_id))} ${p.level}.${p.position}`;
    return p.status === a.status ? text : `${text} (${[placeWords[p.status], p.pause_reason].filter(Boolean).join(': ')})`;
  }).join(', ');
}

const placeWords = { available: 'available', on_break: 'paused', logged_out: 'logged out' };

function callText(a) {
  const [call] = callsOf(a);
  return call ? [shortNumber(call.number) || 'unknown', queueName(store.queue(call.queue))].filter(Boolean).join(' · ') : '';
}

function AgentRow({ a, stale, queues, call, session }) {
  const state = agentState(a);
  const detail = stateDetail(a);
  const until = (state === 'wrap' || state === 'resting') && a.until;
  const since = stateSince(a);
  return h('tr', { class: stale && 'stale' },
    h('td', { 'data-title': 'Agent' }, h('span', { class: 'who' }, h('b', {}, agentName(a)),
      h('small', { class: 'soft' }, a.name ? shortNumber(a.number) : a.type === 'remote' ? 'outside' : 'phone'))),
    h('td', { 'data-title': 'State' }, h('span', {}, h(Badge, { state }), detail && h('small', { class: 'soft after' }, detail))),
    h('td', { 'data-title': 'For' }, until ? h('span', { title: 'until free' }, h('span', { until }), ' left') : since ? h('span', { since }) : '–'),
    h('td', { class: !call && 'slim', 'data-title': 'Call' }, call || h('span', { class: 'soft' }, '–')),
    h('td', { 'data-title': 'Queues' }, queues || h('span', { class: 'soft' }, 'none')),
    h('td', { class: 'num slim', 'data-title': 'Answered' }, String(a.today?.answered ?? '–')),
    h('td', { class: 'num slim', 'data-title': 'Missed' }, String(a.today?.missed ?? '–')),
    h('td', { class: 'num slim', 'data-title': 'Talk' }, a.today ? duration(a.today.talk) : '–'),
    h('td', { class: 'row-menu' }, h('button', { class: 'plain', type: 'button', 'aria-label': `Actions for ${agentName(a)}`, 'aria-haspopup': 'menu',
      onclick: (e) => menu(e.currentTarget, agentMenu(store.agent(a.agent_id) ?? a, session)) }, icon('more'))));
}
