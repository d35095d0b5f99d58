// The wallboard: every queue, caller and agent, to be read from across a room.

import { grave, setAlarms, sound } from '../alarms.js';
import { h, node } from '../dom.js';
import { count, percent } from '../figures.js';
import { icon } from '../icons.js';
import { live } from '../live.js';
import { queueMenu } from '../queueactions.js';
import { agentName, queueName, shortNumber, store } from '../store.js';
import { age, clock, date, now } from '../time.js';
import { today } from '../today.js';
import { menu } from '../ui/menu.js';
import { empty, loading } from '../ui/state.js';
import { agentState, isLoggedIn, stateDetail, stateIcon, stateNames, stateSince, stateWord } from '../words.js';
import { choice, fit } from '../wall.js';

export function page(el, { session, go, query }) {
  const root = document.documentElement;
  const chosen = choice(query);
  const charts = node('div', { class: 'charts' });
  const room = { lines: mostCallers, key: '' }; // for callers, on a wall
  let endCharts;
  let charted;
  const full = () => chosen.wall || document.fullscreenElement !== null;
  const screen = () => {
    if (!document.fullscreenElement) chosen.wall = false; // left by Esc, too
    end.redraw();
  };
  const end = live(el, draw, { ticks: true });
  document.addEventListener('fullscreenchange', screen);
  addEventListener('resize', end.redraw);
  return () => {
    end();
    endCharts?.();
    document.removeEventListener('fullscreenchange', screen);
    removeEventListener('resize', end.redraw);
    for (const mark of ['data-wall', 'data-long']) root.removeAttribute(mark);
    root.style.removeProperty('font-size');
  };

  async function toggle() {
    if (full()) {
      chosen.wall = false;
      if (document.fullscreenElement) await document.exitFullscreen();
    } else {
      chosen.wall = true;
      await root.requestFullscreen().catch(() => {}); // a kiosk may refuse: the window is filled all the same
    }
    end.redraw();
  }

  function draw(redraw) {
    if (!store.ready) return loading();
    const queues = chosen.queues();
    const ids = queues.map((q) => q.extension_id);
    const agents = chosen.agents(queues);
    const callers = chosen.some ? store.callers().filter((c) => ids.includes(c.extension_id)) : store.callers();
    chart(chosen.some ? ids : []);
    fill(queues, agents);
    sound(queues.filter(alarmed).map((q) => `queue ${q.extension_id}`));
    const head = h(Head, { name: chosen.some ? queues.map(queueName).join(', ') : store.client?.name ?? '', missing: chosen.missing().join(', '),
      minute: clock(now()), full: full(), toggle, ask: () => chosen.ask().then(redraw), redraw });
    if (queues.length === 0) return h('div', { class: 'wallboard' }, head, none(redraw));
    const states = counts(agents);
    return h('div', { class: 'wallboard' }, head,
      h(Tiles, { key: 'tiles', ...sums(queues, agents) }),
      h('section', { key: 'queues', class: 'panel', 'aria-label': 'Queues' }, h(QueueHead, {}),
        queues.map((q) => h(QueueRow, { key: q.extension_id, q, wait: graveWait(q), states: states(q), go }))),
      h('div', { key: 'both', class: 'columns' },
        h('section', { class: 'panel callers', 'aria-label': 'Callers' }, panelHead('Callers', callers.length), callerList(callers, full() ? room.lines : mostCallers)),
        h('section', { class: 'panel agents', 'aria-label': 'Agents' }, panelHead('Agents', agents.length, h(StateCounts, { states: stateText(agents) })), agentGrid(agents))),
      charts);
  }

  function none(redraw) {
    return chosen.some
      ? empty({ icon: 'queue', title: 'None of these queues is there', text: 'The numbers in the address are no queue’s any more.', action: { label: 'Choose queues', run: () => chosen.ask().then(redraw) } })
      : empty({ icon: 'queue', title: 'There is no queue yet', text: 'A queue holds callers until an agent is free. Once there is one, it is shown here.',
        action: session.role === 'administrator' && { label: 'Begin with the first steps', run: () => go('setup') } });
  }

  // chart has the charts follow the choice.
  function chart(ids) {
    const asked = ids.join();
    if (asked === charted) return;
    charted = asked;
    endCharts ? endCharts.of(ids) : (endCharts = today(charts, ids));
  }

  // fill draws a wall anew when there is more or less on it, or its screen is another; a change of states moves nothing.
  function fill(queues, agents) {
    root.toggleAttribute('data-wall', full());
    const key = full() ? [queues.length, agents.filter(isLoggedIn).length, innerWidth, innerHeight].join() : '';
    if (key === room.key) return;
    room.key = key;
    if (!full()) {
      root.removeAttribute('data-long');
      root.style.removeProperty('font-size');
      return;
    }
    requestAnimationFrame(() => {
      const board = el.querySelector('.wallboard');
      if (!board || room.key !== key) return;
      room.lines = fit(board) ?? mostCallers;
      end.redraw();
    });
  }
}

function Head({ name, missing, minute, full, toggle, ask, redraw }) {
  const screen = full ? 'Leave full screen' : 'Full screen';
  return h('header', { class: 'page-head' },
    h('h1', {}, 'Wallboard'), h('span', { class: 'soft wide-only' }, name),
    missing && h('span', { class: 'badge is-break' }, icon('alarm'), `Not there: ${missing}`),
    h('span', { class: 'spread' }),
    h('span', { class: 'soft wide-only' }, date(now())),
    h('time', { class: 'wall-clock' }, minute),
    h('button', { class: 'plain', type: 'button', title: 'Choose queues', 'aria-label': 'Choose queues', onclick: ask }, icon('queue')),
    h('button', { class: 'plain', type: 'button', title: 'Alarms', 'aria-label': 'Alarms', onclick: () => setAlarms().then(redraw) }, icon('bell')),
    h('button', { class: 'plain', type: 'button', title: screen, 'aria-label': screen, onclick: toggle }, icon(full ? 'shrink' : 'expand')));
}

// sums adds the queues up; the service level is that of all answered calls.
function sums(queues, agents) {
  const out = { waiting: 0, first: null, answered: 0, abandoned: 0, level: null, available: 0, talking: 0, loggedIn: 0 };
  let inTime = 0;
  for (const q of queues) {
    out.waiting += q.waiting_members + q.trying_members;
    if (q.longest_joined !== null) out.first = Math.min(out.first ?? Infinity, q.longest_joined);
    out.answered += q.today?.answered ?? 0;
    out.abandoned += q.today?.abandoned ?? 0;
    inTime += ((q.today?.service_level ?? 0) * (q.today?.answered ?? 0)) / 100;
  }
  if (out.answered > 0) out.level = (100 * inTime) / out.answered;
  for (const a of agents) {
    const state = agentState(a);
    if (state === 'available') out.available++;
    if (state === 'talking') out.talking++;
    if (isLoggedIn(a)) out.loggedIn++;
  }
  out.wait = out.first === null ? '' : grave.wait(age(out.first));
  return out;
}

function Tiles({ waiting, first, wait, answered, abandoned, level, available, talking, loggedIn }) {
  const lost = answered + abandoned > 0 ? `${percent((100 * abandoned) / (answered + abandoned), true)} of calls` : '';
  return h('section', { class: 'tiles', 'aria-label': 'All queues' },
    tile('Waiting', count(waiting), '', grave.waiting(waiting)),
    h('div', { class: ['tile', wait] }, h('h2', {}, 'Longest wait', sign(wait)), first === null ? h('p', { class: 'figure none' }, '–') : h('p', { class: 'figure', since: first })),
    tile('Service level', percent(level), store.client ? `within ${store.client.threshold} s` : '', grave.level(level)),
    tile('Answered', count(answered), 'today'),
    tile('Abandoned', count(abandoned), lost),
    tile('Available', count(available), `of ${count(loggedIn)} logged in`),
    tile('Talking', count(talking), ''));
}

function tile(title, figure, note, level = '') {
  return h('div', { class: ['tile', level] }, h('h2', {}, title, sign(level)), h('p', { class: 'figure' }, figure), h('p', { class: 'soft' }, note));
}

// sign is what is seen of an alarm without colours.
function sign(level) {
  return level && h('span', { class: ['sign', level] }, icon('alarm', level === 'bad' ? 'Alarm' : 'Warning'));
}

const graveWait = (q) => (q.longest_joined === null ? '' : grave.wait(age(q.longest_joined)));

function graveWaiting(q) {
  const n = q.waiting_members + q.trying_members;
  return grave.staff(q.agents_available, q.agents_logged_in, n) || grave.waiting(n);
}

const alarmed = (q) => [graveWait(q), graveWaiting(q), grave.level(q.today?.service_level)].includes('bad');

// inWords writes numbers by state as a text that can be compared: 'talking 2,break 1'.
const inWords = (n) => stateNames.filter((s) => n[s]).map((s) => `${s} ${n[s]}`).join(',');

function stateText(agents) {
  const n = {};
  for (const a of agents) {
    const state = agentState(a);
    n[state] = (n[state] ?? 0) + 1;
  }
  return inWords(n);
}

function StateCounts({ states }) {
  return h('span', { class: 'staff' }, states !== '' && states.split(',').map((part) => {
    const [state, n] = part.split(' ');
    return h('span', { key: state, class: ['count', `is-${state}`], title: stateWord(state) }, stateIcon(state, stateWord(state)), n);
  }));
}

// counts tells how many of each queue's agents are in each state, by queue.
function counts(agents) {
  const byQueue = new Map();
  for (const a of agents) {
    for (const place of a.queues) {
      let n = byQueue.get(place.extension_id);
      if (!n) byQueue.set(place.extension_id, (n = {}));
      const state = agentState(a, place);
      n[state] = (n[state] ?? 0) + 1;
    }
  }
  return (q) => inWords(byQueue.get(q.extension_id) ?? {});
}

function QueueHead() {
  return h('div', { class: 'queue-row queue-head', 'aria-hidden': 'true' },
    ...['Queue', 'Waiting', 'Longest wait', 'Service level', 'Answered', 'Abandoned', 'Agents', ''].map((t) => h('span', {}, t)));
}

function QueueRow({ q, wait, states, go }) {
  const waiting = q.waiting_members + q.trying_members;
  const level = grave.level(q.today?.service_level);
  return h('article', { class: 'queue-row', 'aria-label': queueName(q) },
    h('h2', { class: 'queue-name' }, h('span', {}, queueName(q)), q.label && h('small', { class: 'soft' }, shortNumber(q.extension_name)),
      q.status === 'blocked' && h('span', { class: 'badge is-unreachable' }, icon('busy'), 'closed')),
    figure('Waiting', count(waiting), graveWaiting(q), waiting === 0),
    q.longest_joined === null ? figure('Longest wait', '–', '', true) : h('p', { class: ['cell', wait], 'data-title': 'Longest wait' }, h('b', { since: q.longest_joined }), sign(wait)),
    h('p', { class: ['cell level', level], 'data-title': 'Service level' }, h('b', {}, percent(q.today?.service_level)), sign(level), bar(q.today?.service_level)),
    figure('Answered', q.today ? count(q.today.answered) : '–'),
    figure('Abandoned', q.today ? count(q.today.abandoned) : '–'),
    h('div', { class: 'cell crew', 'data-title': 'Agents' }, states === '' ? h('span', { class: 'soft' }, 'nobody') : h(StateCounts, { states })),
    h('button', { class: 'plain queue-menu', type: 'button', 'aria-label': `Actions for ${queueName(q)}`, 'aria-haspopup': 'menu',
      onclick: (e) => menu(e.currentTarget, queueMenu(store.queue(q.extension_id) ?? q, go)) }, icon('more')));
}

function figure(title, value, level = '', faint = false) {
  return h('p', { class: ['cell', level, faint && 'none'], 'data-title': title }, h('b', {}, value), sign(level));
}

function bar(value) {
  return value === null || value === undefined ? null : h('span', { class: 'bar', 'aria-hidden': 'true' }, h('i', { style: { width: `${value}%` } }));
}

function panelHead(title, n, more) {
  return h('header', { class: 'panel-head' }, h('h2', {}, title), h('span', { class: 'soft' }, count(n)), more);
}

const mostCallers = 60;

function callerList(callers, most) {
  if (callers.length === 0) return h('p', { class: 'quiet-line' }, 'Nobody is calling.');
  const places = new Map();
  const waiting = callers.filter((c) => c.state !== 'Answered');
  const rows = waiting.map((c) => {
    const position = (places.get(c.extension_id) ?? 0) + 1;
    places.set(c.extension_id, position);
    return h(CallerRow, { key: c.call_api_id, c, position, queue: queueName(store.queue(c.extension_id)), agent: c.agent_id && store.agent(c.agent_id), wait: grave.wait(age(c.joined)) });
  });
  rows.push(...callers.filter((c) => c.state === 'Answered').map((c) =>
    h(CallerRow, { key: c.call_api_id, c, position: 0, queue: queueName(store.queue(c.extension_id)), agent: c.agent_id && store.agent(c.agent_id), wait: '' })));
  const more = rows.length - most;
  return h('ol', { class: 'lines' }, rows.slice(0, most), more > 0 && h('li', { key: 'more', class: 'quiet-line' }, `and ${more} more`));
}

function CallerRow({ c, position, queue, agent, wait }) {
  const talking = c.state === 'Answered';
  return h('li', { class: ['line', wait] },
    h('span', { class: 'position' }, position > 0 ? String(position) : stateIcon('talking', 'Talking')),
    h('span', { class: 'who' }, h('b', {}, shortNumber(c.number) || 'unknown'), h('small', { class: 'soft' }, [queue, c.name !== c.number && c.name].filter(Boolean).join(' · '))),
    h('span', { class: 'doing' }, talking ? `talks to ${agent ? agentName(agent) : 'an agent'}`
      : c.state === 'Trying' ? [stateIcon('ringing'), agent ? ` rings ${agentName(agent)}` : ' rings agents'] : 'waits'),
    h('span', { class: ['clock', wait] }, sign(wait), h('b', { since: talking ? c.answered : c.joined })));
}

// agentGrid shows who is logged in, by name: from across a room the eye finds a
// person by place and the state by its colour, so nobody changes places when
// states do. How many are in each state stands above.
function agentGrid(agents) {
  if (agents.length === 0) return h('p', { class: 'quiet-line' }, 'There is no agent yet.');
  const there = agents.filter((a) => agentState(a) !== 'out');
  const out = agents.length - there.length;
  return h('div', {},
    h('ul', { class: 'agent-grid' }, there.map((a) => h(AgentCard, { key: a.agent_id, a }))),
    out > 0 && h('p', { class: 'quiet-line' }, there.length === 0 ? 'Nobody is logged in.' : `${out} more logged out`));
}

function AgentCard({ a }) {
  const state = agentState(a);
  const detail = state === 'talking' || state === 'ringing' ? callLine(a.call) : stateDetail(a);
  const until = (state === 'wrap' || state === 'resting') && a.until;
  const since = stateSince(a);
  return h('li', { class: ['agent', `is-${state}`] },
    h('span', { class: 'agent-name' }, agentName(a)),
    h('span', { class: 'clock' }, until ? h('b', { until, title: 'until free' }) : since ? h('b', { since }) : null),
    h('span', { class: 'agent-state', title: [stateWord(state), detail].filter(Boolean).join(' · ') }, stateIcon(state), h('span', {}, stateWord(state)), detail && h('span', { class: 'agent-detail' }, detail)));
}

function callLine(call) {
  return call ? [shortNumber(call.number), queueName(store.queue(call.extension_id))].filter(Boolean).join(' · ') : '';
}
