// Applications: programs that use the API, with the keys to it.

import { api } from '../api.js';
import { h, node } from '../dom.js';
import { confirm } from '../ui/dialog.js';
import { formDialog } from '../ui/form.js';
import { table } from '../ui/table.js';
import { attempt, toast } from '../ui/toast.js';
import { act, day, head, secret, Sign } from './parts.js';

const path = '/client/@me/application/';
const reaches = { user: 'One user’s things', organisation: 'The organisation', administrator: 'Every organisation' };

export function page(el, { session: me }) {
  let users = [];
  const userName = (id) => users.find((u) => u.id === id)?.name ?? `user ${id}`;
  const t = table({
    label: 'Applications',
    columns: [
      { title: 'Name', cell: (a) => h('b', {}, a.name) },
      { title: 'client_id', cell: (a) => h('code', {}, a.client_id) },
      { title: 'Reach', cell: (a) => (a.reach === 'user' ? userName(a.user_id) : reaches[a.reach]) },
      { title: 'State', cell: (a) => (a.suspended ? h(Sign, { kind: 'bad', icon: 'busy', word: 'Suspended' }) : h(Sign, { kind: 'good', icon: 'check', word: 'Active' })) },
      { title: 'Since', class: 'slim', cell: (a) => day(a.create_date) },
    ],
    load: async ({ page, per_page }) => {
      const [found, all] = await Promise.all([api.list(path, { page, per_page }), api.all('/client/@me/user/')]);
      users = all;
      return found;
    },
    key: (a) => a.id,
    open: (a) => edit(a),
    actions: (a) => [
      { label: 'Edit…', icon: 'pencil', run: () => edit(a) },
      { label: 'Renew the secret…', icon: 'key', run: () => renew(a) },
      a.suspended ? { label: 'Let it in again', icon: 'check', run: () => resume(a) } : { label: 'Suspend…', icon: 'busy', danger: true, run: () => suspend(a) },
      { label: 'Delete…', icon: 'trash', danger: true, run: () => remove(a) },
    ],
    empty: { icon: 'code', title: 'No applications yet', text: 'An application is a program that uses the API: it gets tokens with its client_id and secret.', action: { label: 'Add an application', run: add } },
  });
  el.append(head('Applications', { actions: act('Add an application', add, { primary: true }) }), node('section', { class: 'panel', 'aria-label': 'Applications' }, t.element));

  const fields = () => [
    { name: 'name', label: 'Name', required: true, maxlength: 128, help: 'Users see it when they are asked for consent.' },
    { name: 'reach', label: 'Reach', kind: 'select', options: Object.entries(reaches).filter(([r]) => r !== 'administrator' || me.role === 'administrator'), help: 'How far it sees and changes things.' },
    { name: 'user_id', label: 'User', kind: 'select', options: users.map((u) => [u.id, `${u.name} (${u.login})`]), parse: Number, when: (v) => v.reach === 'user' },
    { name: 'redirect_uris', label: 'Redirect URIs', kind: 'textarea', placeholder: 'https://crm.example.com/back',
      help: 'One a line, letter by letter. Only for applications in which users sign in with a browser.',
      format: (v) => (v ?? []).join('\n'), parse: (v) => v.split('\n').map((s) => s.trim()).filter(Boolean) },
  ];
  const once = 'The secret is shown this once. Copy it now; if it gets lost, make a new one.';
  const keys = (a) => [['client_id', a.client_id], ['client_secret', a.client_secret]];

  async function add() {
    const made = await formDialog({ title: 'Add an application', submit: 'Add', fields: fields(), values: { reach: 'organisation', user_id: users[0]?.id }, save: (_, v) => api.post(path, v) });
    if (!made) return;
    t.reload();
    await secret(`${made.name} is added`, once, keys(made));
  }

  async function edit(a) {
    const saved = await formDialog({ title: `Edit ${a.name}`, fields: fields(), values: a, save: (_, v) => api.put(path + a.id, v.reach === 'user' ? v : { ...v, user_id: null }) });
    if (!saved) return;
    toast(`${saved.name} is saved.`);
    t.reload();
  }

  async function renew(a) {
    let made;
    const sure = await confirm({ title: `Renew the secret of ${a.name}?`, text: 'The old secret and all its tokens end at once. The program does not work until it has the new one.', action: 'Renew', danger: true,
      run: async () => { made = await api.post(`${path}${a.id}/secret/`, {}); } });
    if (sure) await secret(`New secret of ${a.name}`, once, keys(made));
  }

  async function suspend(a) {
    const sure = await confirm({ title: `Suspend ${a.name}?`, text: 'It gets no tokens, and those it has end at once. You can let it in again.', action: 'Suspend', danger: true, run: () => api.put(path + a.id, { suspended: true }) });
    if (!sure) return;
    toast(`${a.name} is suspended.`);
    t.reload();
  }

  async function resume(a) {
    if (await attempt(() => api.put(path + a.id, { suspended: false }), `${a.name} is let in again.`)) t.reload();
  }

  async function remove(a) {
    const sure = await confirm({ title: `Delete ${a.name}?`, text: 'Its secret and tokens end at once, for good.', action: 'Delete', danger: true, run: () => api.delete(path + a.id) });
    if (!sure) return;
    toast(`${a.name} is deleted.`);
    t.reload();
  }
}
