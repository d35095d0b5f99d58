// Users: who signs in here, with which role, and whose phones are whose.

import { api } from '../api.js';
import { h, node } from '../dom.js';
import { byNumber, shortNumber } from '../store.js';
import { confirm, dialog } from '../ui/dialog.js';
import { formDialog } from '../ui/form.js';
import { table } from '../ui/table.js';
import { attempt, toast } from '../ui/toast.js';
import { act, day, head, Sign } from './parts.js';

const path = '/client/@me/user/';
const roles = {
  agent: ['none', 'desk', 'Agent'], supervisor: ['busy', 'agents', 'Supervisor'], administrator: ['good', 'key', 'Administrator'],
};

function roleSign(u) {
  const [kind, name, word] = roles[u.role];
  return h(Sign, { kind, icon: name, word });
}

// fields are those of a user; only administrators make others.
export function userFields(me, { password }) {
  const allowed = [['agent', 'Agent: own phones, calls and status'], ['supervisor', 'Supervisor: everything of the organisation'],
    ...(me.role === 'administrator' ? [['administrator', 'Administrator: the whole server']] : [])];
  return [
    { name: 'login', label: 'Login', required: true, maxlength: 128, placeholder: 'ann@example.com', help: 'An e-mail address, or a short name in small letters.' },
    { name: 'name', label: 'Name', required: true, maxlength: 128 },
    { name: 'role', label: 'Role', kind: 'select', options: allowed },
    { name: 'password', label: password, kind: 'password', required: password === 'Password', autocomplete: 'new-password', parse: (v) => v || undefined,
      help: password === 'Password' ? 'At least 10 characters. It can be changed after signing in.' : 'Leave it empty to keep the present one. A new one signs the user out everywhere.' },
  ];
}

export function page(el, { session: me }) {
  const t = table({
    label: 'Users',
    columns: [
      { title: 'Login', cell: (u) => h('span', {}, h('b', {}, u.login), u.id === me.user_id && h('span', { class: 'soft after' }, 'you')) },
      { title: 'Name', cell: (u) => u.name },
      { title: 'Role', cell: roleSign },
      { title: 'Since', class: 'slim', cell: (u) => day(u.create_date) },
    ],
    load: ({ page, per_page }) => api.list(path, { page, per_page }),
    key: (u) => u.id,
    open: (u) => edit(u),
    actions: (u) => [
      { label: 'Edit…', icon: 'pencil', run: () => edit(u) },
      { label: 'Phones…', icon: 'phone', run: () => phones(u) },
      { label: 'Set a password…', icon: 'key', run: () => setPassword(u) },
      { label: 'Delete…', icon: 'trash', danger: true, disabled: u.id === me.user_id, run: () => remove(u) },
    ],
    empty: { icon: 'person', title: 'No users yet', text: 'A user signs in here: agents to their desk, supervisors to everything.', action: { label: 'Add a user', run: add } },
  });
  el.append(head('Users', { actions: act('Add a user', add, { primary: true }) }), node('section', { class: 'panel', 'aria-label': 'Users' }, t.element));

  async function add() {
    const made = await formDialog({ title: 'Add a user', submit: 'Add', fields: userFields(me, { password: 'Password' }), values: { role: 'agent' }, save: (_, v) => api.post(path, v) });
    if (!made) return;
    toast(`${made.name} is added.`);
    t.reload();
    if (made.role === 'agent') phones(made);
  }

  async function edit(u) {
    const saved = await formDialog({ title: `Edit ${u.name}`, fields: userFields(me, { password: 'New password' }), values: u, save: (changed) => api.put(path + u.id, changed) });
    if (!saved) return;
    toast(`${saved.name} is saved.`);
    t.reload();
  }

  async function setPassword(u) {
    const saved = await formDialog({
      title: `Password of ${u.name}`, submit: 'Set it',
      fields: [{ name: 'password', label: 'New password', kind: 'password', required: true, autocomplete: 'new-password', help: 'At least 10 characters. The user is signed out everywhere.' }],
      save: (_, v) => api.put(path + u.id, v),
    });
    if (saved) toast(`${u.name} has a new password.`);
  }

  async function remove(u) {
    const sure = await confirm({ title: `Delete ${u.name}?`, text: `${u.login} cannot sign in any more, and is signed out now. The phones stay, without an owner.`, action: 'Delete', danger: true,
      run: () => api.delete(path + u.id) });
    if (!sure) return;
    toast(`${u.name} is deleted.`);
    t.reload();
  }
}

// phones chooses which phones are a user's.
async function phones(u) {
  let all;
  let own;
  const got = await attempt(async () => {
    [all, own] = await Promise.all([api.all('/client/@me/extension/', { type: 'phone' }), api.all('/client/@me/extension/', { type: 'phone', user_id: u.id })]);
  });
  if (!got) return;
  const had = new Set(own.map((e) => e.id));
  const rows = all.sort((a, b) => byNumber(a.name, b.name)).map((e) => ({ e, box: node('input', { type: 'checkbox', checked: had.has(e.id) }) }));
  const saved = await dialog({
    title: `Phones of ${u.name}`,
    body: rows.length === 0 ? node('p', {}, 'There is no phone yet. Add one under Phones.') : node('div', {},
      node('p', { class: 'soft' }, 'A phone is one user’s only: to tick it takes it from who had it. An agent sees the desk of the own phones.'),
      node('ul', { class: 'ticks' }, rows.map((r) => node('li', {}, node('label', { class: 'check-row' }, r.box, node('b', {}, shortNumber(r.e.name)), r.e.label))))),
    actions: [{ label: 'Cancel' }, { label: 'Save', value: true, kind: 'primary', run: () => save(u, rows.filter((r) => r.box.checked !== had.has(r.e.id))) }],
  });
  if (saved) toast(`The phones of ${u.name} are saved.`);
}

async function save(u, changed) {
  for (const r of changed) await api.put(`/extension/${r.e.id}/owner/`, { user_id: r.box.checked ? u.id : null });
}
