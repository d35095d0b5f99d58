// The audit log: who changed what, and when.

import { api } from '../api.js';
import { h, node } from '../dom.js';
import { table } from '../ui/table.js';
import { dayAfter, filters, gmt, head, today, when } from './parts.js';

const kinds = { 'agent.': 'Agents', 'application.': 'Applications', 'call.': 'Calls', 'did.': 'Public numbers', 'extension.': 'Extensions', 'membership.': 'Queues’ agents',
  'organisation.': 'Organisation', 'queue.': 'Queues', 'recording.': 'Recordings', 'session.': 'Sign-ins', 'sound.': 'Sounds', 'subscription.': 'Webhooks',
  'trunk.': 'Trunks', 'user.': 'Users' };

export function page(el) {
  const values = { from: today(-6), to: '', action: '', user: '' };
  const t = table({
    label: 'Audit log',
    columns: [
      { title: 'When', class: 'one-line', cell: (e) => when(gmt(e.time_gmt), true) },
      { title: 'Who', cell: (e) => h('span', { class: 'who' }, h('b', {}, e.actor), e.address && h('small', { class: 'soft' }, e.address)) },
      { title: 'What', class: 'one-line', cell: (e) => h('code', {}, e.action) },
      { title: 'To', cell: (e) => e.target },
      { title: 'Detail', cell: (e) => h('span', { class: 'detail' }, e.detail || '–') },
    ],
    load: ({ page, per_page }) => api.list('/client/@me/audit/', { page, per_page, start_datetime: values.from, end_datetime: dayAfter(values.to), action: values.action, user_id: values.user }),
    key: (e) => e.id,
    empty: { icon: 'history', title: 'Nothing was changed', text: 'Every change stands here with who made it. Choose an earlier day, or fewer filters.' },
  });
  const place = node('div', {});
  el.append(head('Audit log'), node('section', { class: 'panel', 'aria-label': 'Audit log' }, place, t.element));
  const show = (users) => place.replaceChildren(filters([
    { name: 'from', label: 'From', kind: 'date' }, { name: 'to', label: 'To', kind: 'date' },
    { name: 'action', label: 'What', options: [['', 'Everything'], ...Object.entries(kinds)] },
    { name: 'user', label: 'Who', options: [['', 'Everybody'], ...users.map((u) => [u.id, u.name])] },
  ], values, t.first));
  show([]);
  api.all('/client/@me/user/').then((users) => users.length && show(users)).catch(() => {}); // without names everybody's can be seen
}
