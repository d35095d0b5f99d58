// Agents as they are set up: at a phone here or at a number outside, their
// times, and the queues they serve.

import { chooseQueues } from '../actions.js';
import { follow } from '../admin/follow.js';
import { api } from '../api.js';
import { h, node } from '../dom.js';
import { icon } from '../icons.js';
import { byNumber, queueName, shortNumber, store } from '../store.js';
import { confirm } from '../ui/dialog.js';
import { formDialog } from '../ui/form.js';
import { table } from '../ui/table.js';
import { toast } from '../ui/toast.js';

const path = (type) => `/client/@me/agent/${type}/`;

export function page(el) {
  let phones = new Map(); // by id

  const t = table({
    label: 'Agents',
    search: 'Search by name or number',
    columns: [
      { title: 'Agent', cell: (a) => h('b', {}, nameOf(a)) },
      { title: 'At', cell: (a) => (a.type === 'local' ? `phone ${a.number}` : h('span', {}, a.number, h('small', { class: 'soft after' }, 'outside'))) },
      { title: 'Rings', class: 'num', cell: (a) => `${a.call_timeout} s` },
      { title: 'Wrap-up', class: 'num', cell: (a) => `${a.wrap_up_time} s` },
      { title: 'Queues', cell: (a) => placesOf(a) || h('span', { class: 'soft' }, 'none') },
    ],
    key: (a) => a.id,
    load: find,
    open: edit,
    actions: (a) => [
      { label: 'Edit…', icon: 'pencil', run: () => edit(a) },
      { label: 'Queues, levels…', icon: 'queue', run: () => queuesOf(a) },
      { label: 'Delete…', icon: 'trash', danger: true, run: () => remove(a) },
    ],
    empty: { icon: 'agents', title: 'No agents yet', text: 'An agent takes the calls of queues: at a phone here, or at a number outside.', action: { label: 'Add an agent', run: add } },
  });
  el.append(
    node('header', { class: 'page-head' }, node('h1', {}, 'Agent setup'), node('span', { class: 'spread' }),
      node('button', { type: 'button', class: 'primary', onclick: add }, icon('plus'), 'Add an agent')),
    node('section', { class: 'panel', 'aria-label': 'Agents' }, t.element));
  return follow(places, t.reload);

  async function find({ page: number, per_page, search }) {
    const [local, remote, extensions] = await Promise.all([api.all(path('local')), api.all(path('remote')), api.all('/client/@me/extension/', { type: 'phone' })]);
    phones = new Map(extensions.map((e) => [e.id, e]));
    const all = [
      ...local.map((a) => ({ ...a, type: 'local', number: shortNumber(phones.get(a.extension_id)?.name) })),
      ...remote.map((a) => ({ ...a, type: 'remote' })),
    ].sort((x, y) => byNumber(nameOf(x), nameOf(y)) || x.id - y.id);
    const text = search.toLowerCase();
    const found = all.filter((a) => nameOf(a).toLowerCase().includes(text) || a.number.includes(text));
    return { list: found.slice((number - 1) * per_page, number * per_page), total: found.length };
  }

  async function add() {
    await find({ page: 1, per_page: 1, search: '' }).catch(() => {}); // the phones there are now
    const taken = new Set(store.agents().filter((a) => a.type === 'local').map((a) => a.extension_id));
    const free = [...phones.values()].filter((e) => !taken.has(e.id));
    const made = await formDialog({
      title: 'Add an agent',
      submit: 'Add',
      wide: true,
      values: { type: free.length > 0 ? 'local' : 'remote', extension_id: free[0]?.id, ...defaults },
      fields: [
        { name: 'type', label: 'Takes calls at', kind: 'select', options: [['local', 'a phone here'], ['remote', 'a number outside']] },
        free.length > 0
          ? { name: 'extension_id', label: 'Phone', kind: 'select', parse: Number, options: free.map((e) => [e.id, phoneName(e)]), when: (v) => v.type === 'local', help: 'Phones that have no agent yet.' }
          : { element: node('p', { class: 'note' }, 'Every phone has an agent already, or there is none: add a phone first.'), when: (v) => v.type === 'local' },
        { name: 'number', label: 'Number', required: true, inputmode: 'tel', when: (v) => v.type === 'remote', help: '3 to 20 digits, with a leading + if you like. It is called through a trunk.' },
        ...fields,
      ],
      save: async (_, { type, ...all }) => ({ ...(await api.post(path(type), all)), type }),
    });
    if (!made) return;
    t.reload();
    toast(`${nameOf({ number: shortNumber(phones.get(made.extension_id)?.name), ...made })} is added.`);
    if (store.queues().length > 0) await queuesOf({ number: shortNumber(phones.get(made.extension_id)?.name), ...made });
  }

  async function edit(a) {
    const saved = await formDialog({
      title: nameOf(a),
      wide: true,
      values: a,
      fields: [
        a.type === 'local'
          ? { name: 'extension_id', label: 'Phone', kind: 'select', parse: Number, options: [...phones.values()].map((e) => [e.id, phoneName(e)]), help: 'Where the agent sits. A phone has one agent.' }
          : { name: 'number', label: 'Number', required: true, inputmode: 'tel', help: '3 to 20 digits, with a leading + if you like. It is called through a trunk.' },
        ...fields,
      ],
      save: (changed) => api.put(path(a.type) + a.id, changed),
    });
    if (!saved) return;
    toast(`${nameOf({ ...a, ...saved })} is saved.`);
    t.reload();
  }

  async function queuesOf(a) {
    await chooseQueues(store.agent(a.id) ?? { type: a.type, agent_id: a.id, name: a.name, number: a.number, queues: [] });
    t.reload();
  }

  async function remove(a) {
    const queues = placesOf(a);
    const sure = await confirm({
      title: `Delete ${nameOf(a)}?`,
      text: `The agent is gone for good${queues ? ` and taken out of ${queues}` : ''}. ${a.type === 'local' ? 'The phone stays. ' : ''}A call the agent has goes on; reports keep what was.`,
      action: 'Delete',
      danger: true,
      run: () => api.delete(path(a.type) + a.id),
    });
    if (!sure) return;
    toast(`${nameOf(a)} is deleted.`);
    t.reload();
  }
}

const nameOf = (a) => a.name || a.number || `Agent ${a.id}`;
const phoneName = (e) => (e.label ? `${shortNumber(e.name)} · ${e.label}` : shortNumber(e.name));

function placesOf(a) {
  return (store.agent(a.id)?.queues ?? []).map((p) => queueName(store.queue(p.extension_id))).join(', ');
}

// places is all that the table shows of the store, as a text.
function places() {
  return store.agents().map((a) => `${a.agent_id}:${a.queues.map((p) => p.extension_id)}`).join() + store.queues().map(queueName).join();
}

const defaults = { call_timeout: 60, wrap_up_time: 0, busy_delay_time: 10, no_answer_delay_time: 10, reject_delay_time: 10, max_no_answer: 0 };

const seconds = (name, label, help) => ({ name, label, kind: 'number', required: true, unmarked: true, min: 0, max: 86400, unit: 'seconds', help: `${help} Default: ${defaults[name]}.` });

const fields = [
  { name: 'name', label: 'Name', nullable: true, maxlength: 255, help: 'What people call the agent. Default: the number.' },
  { heading: 'When a call comes' },
  seconds('call_timeout', 'Rings for', 'How long the phone is rung for one call; then the next agent is.'),
  seconds('wrap_up_time', 'Wrap-up', 'Rest after each call, to write down what was said.'),
  { heading: 'When it is not taken' },
  seconds('no_answer_delay_time', 'Rest after no answer', 'How long no call is offered after one that rang out.'),
  seconds('busy_delay_time', 'Rest after busy', 'How long no call is offered after the phone was busy.'),
  seconds('reject_delay_time', 'Rest after a rejected call', 'How long no call is offered after the agent rejected one.'),
  { name: 'max_no_answer', label: 'Break after missed calls', kind: 'number', required: true, unmarked: true, min: 0, max: 1000, unit: 'in a row', help: 'After so many calls that rang out the agent is put on a break, reason “no answer”. 0 = never. Default: 0.' },
  { heading: 'For other programs' },
  { name: 'extra_params', label: 'Note for other programs', nullable: true, maxlength: 4096, help: 'A text of your own, e.g. an id of your CRM; Holdline does not read it. Default: none.' },
];
