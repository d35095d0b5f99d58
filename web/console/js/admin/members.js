// The agents of a queue: level and position, added, moved and taken out.

import { api } from '../api.js';
import { h } from '../dom.js';
import { icon } from '../icons.js';
import { live } from '../live.js';
import { agentName, queueName, shortNumber, store } from '../store.js';
import { confirm } from '../ui/dialog.js';
import { formDialog } from '../ui/form.js';
import { empty, loading } from '../ui/state.js';
import { attempt, toast } from '../ui/toast.js';
import { agentState, Badge } from '../words.js';

const path = (queue, type) => `/extension/${queue}/queue/agents/${type}/`;
const most = 100000; // of levels and positions, as the server has it

// members keeps el showing the agents of a queue, and gives a function that ends it.
export function members(el, queue) {
  return live(el, () => {
    if (!store.ready) return h('section', { class: 'panel' }, loading());
    const list = placesIn(queue);
    const levels = [...new Set(list.map((m) => m.level))];
    return h('section', { class: 'panel', 'aria-label': 'Agents of this queue' },
      h('header', { class: 'panel-head' }, h('h2', {}, 'Agents'), h('span', { class: 'soft' }, String(list.length)), h('span', { class: 'spread' }),
        h('button', { type: 'button', onclick: () => add(queue) }, icon('plus'), 'Add')),
      list.length === 0
        ? empty({ icon: 'agents', title: 'Nobody serves this queue', text: 'Add the agents who take its calls.', action: { label: 'Add an agent', run: () => add(queue) } })
        : h('div', {}, h('p', { class: 'quiet-line' }, 'Level 1 is rung before level 2; within a level the order counts.'),
          levels.map((level) => h('div', { key: level },
            h('h3', { class: 'level-head' }, `Level ${level}`),
            h('ol', {}, list.filter((m) => m.level === level).map((m, i, all) =>
              h(Member, { key: m.agent.agent_id, queue, m, agent: m.agent, up: i > 0, down: i < all.length - 1 })))))));
  });
}

// placesIn lists the places in a queue in the order in which agents are rung.
function placesIn(queue) {
  const list = [];
  for (const agent of store.agents()) {
    for (const p of agent.queues) if (p.extension_id === queue) list.push({ agent, level: p.level, position: p.position, place: p });
  }
  return list.sort((a, b) => a.level - b.level || a.position - b.position || a.agent.agent_id - b.agent.agent_id);
}

function Member({ queue, m, agent, up, down }) {
  const name = agentName(agent);
  const action = (label, sign, run, disabled) => h('button', { class: 'plain', type: 'button', title: label, 'aria-label': `${label}: ${name}`, disabled, onclick: run }, icon(sign));
  return h('li', { class: 'member' },
    h('span', { class: 'who' }, h('b', {}, name), h('small', { class: 'soft' }, agent.type === 'remote' ? `${agent.number}, outside` : shortNumber(agent.number))),
    h(Badge, { state: agentState(agent, m.place) }),
    h('span', { class: 'member-actions' },
      action('Move up', 'up', (e) => move(queue, m, -1, e.currentTarget), !up),
      action('Move down', 'down', (e) => move(queue, m, 1, e.currentTarget), !down),
      action('Level and position', 'pencil', () => edit(queue, m)),
      action('Take out of the queue', 'close', () => remove(queue, m))));
}

// move swaps an agent with the neighbour; positions are made 1, 2, 3 … of the level.
async function move(queue, m, by, button) {
  const list = placesIn(queue).filter((x) => x.level === m.level);
  const at = list.findIndex((x) => x.agent.agent_id === m.agent.agent_id);
  if (at < 0 || !list[at + by]) return;
  [list[at], list[at + by]] = [list[at + by], list[at]];
  await attempt(async () => {
    for (const [i, x] of list.entries()) if (x.position !== i + 1) await api.put(path(queue, x.agent.type) + x.agent.agent_id, { position: i + 1 });
  });
  // The row has moved in the page, which takes the focus away from its button.
  requestAnimationFrame(() => requestAnimationFrame(() => (button.disabled ? button.parentNode.querySelector('button:not(:disabled)') : button)?.focus()));
}

const order = [
  { name: 'level', half: true, label: 'Level', kind: 'number', required: true, unmarked: true, min: 0, max: most, help: 'Lower levels are rung first.' },
  { name: 'position', half: true, label: 'Position', kind: 'number', required: true, unmarked: true, min: 0, max: most, help: 'The order within the level.' },
];

async function edit(queue, m) {
  const name = agentName(m.agent);
  const saved = await formDialog({ title: `${name} in ${queueName(store.queue(queue))}`, fields: order, values: { level: m.level, position: m.position },
    save: (changed) => api.put(path(queue, m.agent.type) + m.agent.agent_id, changed) });
  if (saved) toast(`The place of ${name} is saved.`);
}

async function add(queue) {
  const there = placesIn(queue);
  const free = store.agents().filter((a) => !there.some((m) => m.agent.agent_id === a.agent_id));
  if (free.length === 0) {
    toast.fail(new Error('Every agent serves this queue already. Agents are added under Agent setup.'));
    return;
  }
  const level = there.at(-1)?.level ?? 1;
  const last = Math.max(0, ...there.filter((m) => m.level === level).map((m) => m.position));
  const done = await formDialog({
    title: `Add an agent to ${queueName(store.queue(queue))}`,
    submit: 'Add',
    values: { agent_id: free[0].agent_id, level, position: Math.min(last + 1, most) },
    fields: [{ name: 'agent_id', label: 'Agent', kind: 'select', parse: Number, options: free.map((a) => [a.agent_id, a.name ? `${a.name} (${shortNumber(a.number)})` : agentName(a)]) }, ...order],
    save: (_, all) => api.post(path(queue, store.agent(all.agent_id).type), all),
  });
  if (done) toast(`${agentName(store.agent(done.agent_id))} serves this queue.`);
}

async function remove(queue, m) {
  const name = agentName(m.agent);
  const sure = await confirm({
    title: `Take ${name} out of ${queueName(store.queue(queue))}?`,
    text: 'A call the agent has goes on. The agent stays in other queues.',
    action: 'Take out',
    danger: true,
    run: () => api.delete(path(queue, m.agent.type) + m.agent.agent_id),
  });
  if (sure) toast(`${name} is out of the queue.`);
}
