// Recordings: listened to, downloaded and deleted.

import { api } from '../api.js';
import { node } from '../dom.js';
import { shortNumber } from '../store.js';
import { duration } from '../time.js';
import { confirm, dialog } from '../ui/dialog.js';
import { table } from '../ui/table.js';
import { toast } from '../ui/toast.js';
import { dayAfter, filters, gmt, head, size, when } from './parts.js';
import { player, recordingSign } from './player.js';

const often = 5000; // ms between looks while one runs

export function page(el, ctx) {
  const values = { from: '', to: '', state: '' };
  let running = false; // one of those shown
  const t = table({
    label: 'Recordings',
    columns: [
      { title: 'Began', cell: (r) => when(gmt(r.start_time_gmt), true) },
      { title: 'Caller', cell: (r) => (r.call ? shortNumber(r.call.from_username) || r.call.from_username || 'unknown' : '–') },
      { title: 'To', cell: (r) => (r.call ? shortNumber(r.call.extension_name ?? r.call.to_username) : '–') },
      { title: 'State', cell: recordingSign },
      { title: 'Length', class: 'num', cell: (r) => (r.state === 'running' ? '–' : duration(r.duration)) },
      { title: 'Size', class: 'num', cell: (r) => size(r.size) },
    ],
    load: async ({ page, per_page }) => {
      const found = await api.list('/client/@me/record/', { page, per_page, state: values.state, start_datetime: values.from, end_datetime: dayAfter(values.to) });
      running = found.list.some((r) => r.state === 'running');
      return { ...found, list: await withCalls(found.list) };
    },
    key: (r) => r.record_uuid,
    open: (r) => listen(r),
    actions: (r) => [
      { label: 'Listen', icon: 'play', run: () => listen(r) },
      { label: 'Show the call', icon: 'history', run: () => ctx.go(`history/${encodeURIComponent(r.call_uuid)}`) },
      { label: 'Delete…', icon: 'trash', danger: true, disabled: r.state === 'running', run: () => remove(r) },
    ],
    empty: { icon: 'recording', title: 'No recordings', text: 'Switch recording on in a queue’s settings: its calls are then recorded from the moment an agent answers. Or choose other filters.' },
  });
  el.append(head('Recordings'), node('section', { class: 'panel', 'aria-label': 'Recordings' },
    filters([
      { name: 'from', label: 'From', kind: 'date' }, { name: 'to', label: 'To', kind: 'date' },
      { name: 'state', label: 'State', options: [['', 'Any state'], ['running', 'Running'], ['finished', 'Finished'], ['recovered', 'Recovered'], ['failed', 'Failed']] },
    ], values, t.first), t.element));
  const timer = setInterval(() => running && !document.hidden && !document.querySelector('.menu, dialog') && t.reload(), often);
  return () => clearInterval(timer);

  async function listen(r) {
    const chosen = await dialog({
      title: r.call ? `Call of ${shortNumber(r.call.from_username) || 'an unknown number'}` : 'Recording',
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

const known = new Map(); // calls that are over, by id

// withCalls adds the call to each recording; one whose call is not known stays without.
async function withCalls(list) {
  return Promise.all(list.map(async (r) => {
    let call = known.get(r.call_uuid);
    if (!call) {
      call = await api.get(`/client/@me/call_history/${encodeURIComponent(r.call_uuid)}`).catch(() => undefined);
      if (call?.hangup_time_gmt) known.set(r.call_uuid, call);
    }
    return { ...r, call };
  }));
}
