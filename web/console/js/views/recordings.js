// Recordings: listened to, downloaded and deleted.

import { api } from '../api.js';
import { h, node } from '../dom.js';
import { agentName, queueName, shortNumber, store, subscribe } from '../store.js';
import { duration } from '../time.js';
import { confirm, dialog } from '../ui/dialog.js';
import { table } from '../ui/table.js';
import { toast } from '../ui/toast.js';
import { dayAfter, filters, gmt, head, size, when } from './parts.js';
import { period } from './period.js';
import { player, recordingSign } from './player.js';

const often = 5000; // ms between looks while one runs

const nothing = { period: '', from: '', to: '', search: '', queue: '', agent: '', state: '' };
const values = { ...nothing }; // what is looked for stays while one looks at a call

const caller = (r) => shortNumber(r.from_username ?? '') || 'unknown';
const called = (r) => (r.queue_id && queueName(store.queue(r.queue_id))) || shortNumber(r.extension_name ?? r.to_username ?? '') || '–';
const agentOf = (r) => (r.agent_id ? agentName(store.agent(r.agent_id) ?? { agent_id: r.agent_id }) : '–');

function who(r) {
  const name = r.from_screen_name !== r.from_username && r.from_screen_name;
  return h('span', { class: 'who' }, h('b', {}, r.flow ? caller(r) : '–'), name && h('small', { class: 'soft' }, name));
}

export function page(el, ctx) {
  let running = false; // one of those shown
  const t = table({
    label: 'Recordings',
    columns: [
      { title: 'Caller', cell: who },
      { title: 'Began', cell: (r) => when(gmt(r.start_time_gmt), true) },
      { title: 'To', cell: called },
      { title: 'Agent', cell: agentOf },
      { title: 'State', cell: recordingSign },
      { title: 'Length', class: 'num', cell: (r) => (r.state === 'running' ? '–' : duration(r.duration)) },
      { title: 'Size', class: 'num', cell: (r) => size(r.size) },
    ],
    load: async ({ page, per_page }) => {
      const found = await api.list('/client/@me/record/', { page, per_page, search: values.search, extension_id: values.queue, agent_id: values.agent,
        state: values.state, start_datetime: values.from, end_datetime: dayAfter(values.to) });
      running = found.list.some((r) => r.state === 'running');
      return found;
    },
    key: (r) => r.record_uuid,
    open: (r) => listen(r),
    actions: (r) => [
      { label: 'Listen', icon: 'play', run: () => listen(r) },
      { label: 'Show the call', icon: 'history', run: () => ctx.go(`history/${encodeURIComponent(r.call_uuid)}`) },
      { label: 'Delete…', icon: 'trash', danger: true, disabled: r.state === 'running', run: () => remove(r) },
    ],
    empty: { icon: 'recording', title: 'No recordings', text: 'Switch recording on in a queue’s settings: its calls are then recorded from the moment an agent answers. Or choose other filters.',
      action: { label: 'Clear the filters', run: clear } },
  });
  const bar = node('div', {});
  function draw() {
    bar.replaceChildren(filters([
      { name: 'search', label: 'Number or name', kind: 'search' }, ...period(values, t.first, { any: true }),
      { name: 'queue', label: 'Queue', options: [['', 'All queues'], ...store.queues().map((q) => [q.extension_id, queueName(q)])] },
      { name: 'agent', label: 'Agent', options: [['', 'All agents'], ...store.agents().map((a) => [a.agent_id, agentName(a)])] },
      { name: 'state', label: 'State', options: [['', 'Any state'], ['running', 'Running'], ['finished', 'Finished'], ['recovered', 'Recovered'], ['failed', 'Failed']] },
    ], values, t.first));
  }
  function clear() {
    Object.assign(values, nothing);
    draw();
    t.first();
  }
  draw();
  el.append(head('Recordings'), node('section', { class: 'panel', 'aria-label': 'Recordings' }, bar, t.element));
  const known = store.ready ? () => {} : subscribe(() => { // names of queues and agents
    if (!store.ready) return;
    known();
    draw();
    t.reload();
  });
  const timer = setInterval(() => running && !document.hidden && !document.querySelector('.menu, dialog') && t.reload(), often);
  return () => {
    known();
    clearInterval(timer);
  };

  async function listen(r) {
    const chosen = await dialog({
      title: r.flow ? `Call of ${shortNumber(r.from_username ?? '') || 'an unknown number'}` : 'Recording',
      wide: true,
      body: player(r),
      actions: [{ label: 'Show the call', value: 'call' }, { label: 'Close', kind: 'primary' }],
    });
    if (chosen === 'call') ctx.go(`history/${encodeURIComponent(r.call_uuid)}`);
  }

  async function remove(r) {
    const sure = await confirm({
      title: 'Delete this recording?',
      text: `The recording of ${when(gmt(r.start_time_gmt), true)} (${duration(r.duration)}) is removed from the disk. It cannot be brought back.`,
      action: 'Delete', danger: true,
      run: () => api.delete(`/client/@me/record/${encodeURIComponent(r.record_uuid)}`),
    });
    if (!sure) return;
    toast('The recording is deleted.');
    t.reload();
  }
}
