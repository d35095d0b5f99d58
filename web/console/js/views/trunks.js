// Trunks: lines to providers, by which calls come from outside and go there.

import { api } from '../api.js';
import { h, node } from '../dom.js';
import { icon } from '../icons.js';
import { confirm } from '../ui/dialog.js';
import { formDialog } from '../ui/form.js';
import { table } from '../ui/table.js';
import { attempt, toast } from '../ui/toast.js';
import { act, head, Sign } from './parts.js';

const path = '/client/@me/trunk/';
const states = {
  registered: ['good', 'check', 'Registered'], registering: ['warn', 'hourglass', 'Registering'], failing: ['bad', 'alarm', 'Failing'],
  idle: ['none', 'circle', 'Not yet'], unregistering: ['none', 'hourglass', 'Signing off'], stopped: ['none', 'circle', 'Stopped'],
};
const often = 5000; // ms between looks at the registrations

function stateSign(t) {
  if (!t.register) return h('span', { class: 'soft' }, 'not needed');
  const [kind, name, word] = states[t.registration] ?? states.idle;
  return h('span', {}, h(Sign, { kind, icon: name, word }), t.registration_problem && h('p', { class: 'trouble' }, t.registration_problem));
}

const lines = { format: (v) => (v ?? []).join('\n'), parse: (v) => v.split('\n').map((s) => s.trim()).filter(Boolean) };

function fields(has) {
  return [
    { name: 'name', label: 'Name', required: true, maxlength: 128, placeholder: 'My provider' },
    { name: 'host', half: true, label: 'Provider’s host', required: true, placeholder: 'sip.example.com', help: 'Name or address, with :port if it is not 5060.' },
    { name: 'transport', half: true, label: 'Transport', kind: 'select', options: [['udp', 'UDP'], ['tcp', 'TCP']] },
    { name: 'default', label: 'For calls to numbers outside', kind: 'check', help: 'One trunk is; this takes it from the others.' },
    { heading: 'Account' },
    { name: 'register', label: 'Register at the provider', kind: 'check', help: 'Most providers need it, unless they know your address.' },
    { name: 'username', half: true, label: 'User name', nullable: true, maxlength: 128 },
    { name: 'password', half: true, label: has ? 'New password' : 'Password', kind: 'password', autocomplete: 'new-password', parse: (v) => v || undefined,
      help: has ? 'Leave it empty to keep the present one. It is never shown.' : 'It is never shown again.' },
    { name: 'caller_id', label: 'Number shown to who is called', nullable: true, inputmode: 'tel', help: 'Empty: the caller’s own.' },
    { heading: 'Incoming calls' },
    { name: 'addresses', label: 'Addresses calls may come from', kind: 'textarea', ...lines, placeholder: '192.0.2.10\n198.51.100.0/24', help: 'One a line, also ranges. Empty: those of the provider’s host.' },
  ];
}

export function page(el) {
  const t = table({
    label: 'Trunks',
    columns: [
      { title: 'Name', cell: (r) => h('span', {}, h('b', {}, r.name), r.default && h('span', { class: 'soft after' }, 'for calls outside')) },
      { title: 'Host', cell: (r) => `${r.host} (${r.transport.toUpperCase()})` },
      { title: 'Account', cell: (r) => r.username ?? '–' },
      { title: 'Registration', cell: stateSign },
    ],
    load: ({ page, per_page }) => api.list(path, { page, per_page }),
    key: (r) => r.id,
    open: (r) => edit(r),
    actions: (r) => [
      { label: 'Edit…', icon: 'pencil', run: () => edit(r) },
      !r.default && { label: 'Use for calls outside', icon: 'check', run: () => attempt(() => api.put(path + r.id, { default: true }), `${r.name} is used for calls outside.`).then(t.reload) },
      { label: 'Delete…', icon: 'trash', danger: true, run: () => remove(r) },
    ],
    empty: { icon: 'trunk', title: 'No trunks yet', text: 'A trunk is a line to your provider. Without one there are only calls between your own phones.', action: { label: 'Add a trunk', run: add } },
  });
  el.append(head('Trunks', { actions: [node('a', { class: 'button', href: '#/numbers' }, icon('number'), 'Public numbers'), act('Add a trunk', add, { primary: true })] }),
    node('section', { class: 'panel', 'aria-label': 'Trunks' }, t.element));
  const timer = setInterval(() => document.hidden || document.querySelector('.menu') || t.reload(), often);
  return () => clearInterval(timer);

  async function add() {
    const made = await formDialog({ title: 'Add a trunk', submit: 'Add', wide: true, fields: fields(false), values: { transport: 'udp', register: true, default: true }, save: (_, v) => api.post(path, v) });
    if (!made) return;
    toast(`${made.name} is added. Next, say where its public numbers lead.`);
    t.reload();
  }

  async function edit(r) {
    const saved = await formDialog({ title: `Edit ${r.name}`, wide: true, fields: fields(true), values: r, save: (changed) => api.put(path + r.id, changed) });
    if (!saved) return;
    toast(`${saved.name} is saved.`);
    t.reload();
  }

  async function remove(r) {
    const sure = await confirm({ title: `Delete ${r.name}?`, text: 'No call comes or goes by it any more. Calls that are up go on.', action: 'Delete', danger: true, run: () => api.delete(path + r.id) });
    if (!sure) return;
    toast(`${r.name} is deleted.`);
    t.reload();
  }
}
