// Phones: who can register, what they do now, and how they are set up.

import { follow } from '../admin/follow.js';
import { api } from '../api.js';
import { h, node } from '../dom.js';
import { icon } from '../icons.js';
import { devices, refusal } from '../presence.js';
import { setUp } from '../softphone.js';
import { agentName, queueName, shortNumber, store } from '../store.js';
import { confirm } from '../ui/dialog.js';
import { formDialog } from '../ui/form.js';
import { table } from '../ui/table.js';
import { attempt, toast } from '../ui/toast.js';

const path = '/client/@me/extension/';
const often = 3000; // ms between looks at what phones do

export function page(el) {
  const t = table({
    label: 'Phones',
    search: 'Search by number or name',
    columns: [
      { title: 'Number', cell: (e) => h('b', {}, shortNumber(e.name)) },
      { title: 'Name', cell: (e) => e.label || h('span', { class: 'soft' }, 'no name') },
      { title: 'State', cell: (e) => h(State, { blocked: e.status === 'blocked', status: e.presence?.status }) },
      { title: 'Device', cell: (e) => h(Devices, { list: devices(e.presence).join('\n'), refused: refusal(e.presence) }) },
      { title: 'Agent', cell: (e) => (agentAt(e) ? agentName(agentAt(e)) : h('span', { class: 'soft' }, 'none')) },
    ],
    key: (e) => e.id,
    load: async (asked) => {
      const found = await api.list(path, { type: 'phone', ...asked });
      shown = await withPresence(found.list);
      return { ...found, list: shown };
    },
    open: edit,
    actions: (e) => [
      { label: 'Edit…', icon: 'pencil', run: () => edit(e) },
      { label: 'Set up a softphone…', icon: 'device', run: () => attempt(() => setUp(e)) },
      { label: e.status === 'blocked' ? 'Unblock' : 'Block', icon: 'busy', run: () => block(e) },
      { label: 'Delete…', icon: 'trash', danger: true, run: () => remove(e) },
    ],
    empty: { icon: 'device', title: 'No phones yet', text: 'A phone is a number inside with a SIP account. Agents take calls at theirs.', action: { label: 'Add a phone', run: add } },
  });
  el.append(
    node('header', { class: 'page-head' }, node('h1', {}, 'Phones'), node('span', { class: 'spread' }),
      node('button', { type: 'button', class: 'primary', onclick: add }, icon('plus'), 'Add a phone')),
    node('section', { class: 'panel', 'aria-label': 'Phones' }, t.element));

  let shown = []; // the rows of the page
  const look = async () => {
    if (document.hidden || shown.length === 0) return;
    const before = shown;
    const now = await withPresence(before).catch(() => before); // the banner tells that the server is away
    if (before === shown && JSON.stringify(now) !== JSON.stringify(before)) t.reload();
  };
  const timer = setInterval(look, often);
  const end = follow(() => store.agents().map((a) => agentName(a)).join(), t.reload);
  return () => {
    clearInterval(timer);
    end();
  };

  async function add() {
    let made;
    const answer = await formDialog({
      title: 'Add a phone',
      submit: 'Add',
      fields: [{ name: 'name', label: 'Number', required: true, inputmode: 'numeric', maxlength: 10, autofocus: true, help: '2 to 10 digits. It cannot be changed later.' }, ...fields()],
      save: async (changed) => {
        made = await api.post(path, { type: 'phone', ...changed });
        return made;
      },
    });
    if (!answer) return;
    t.reload();
    attempt(() => setUp(made, { fresh: true }));
  }

  async function edit(e) {
    const [users, owner] = await Promise.all([api.all('/client/@me/user/'), api.get(`/extension/${e.id}/owner/`)]).catch((err) => (toast.fail(err), []));
    if (!users) return;
    const answer = await formDialog({
      title: `Phone ${shortNumber(e.name)}`,
      fields: fields(users),
      values: { ...e, user_id: owner.user_id },
      save: async ({ user_id, ...changed }) => {
        if (user_id !== undefined) await api.put(`/extension/${e.id}/owner/`, { user_id });
        return api.put(path + e.id, changed);
      },
    });
    if (!answer) return;
    toast(`Phone ${shortNumber(e.name)} is saved.`);
    t.reload();
  }

  async function block(e) {
    const blocked = e.status === 'blocked';
    if (blocked) await attempt(() => api.put(path + e.id, { status: 'active' }), `Phone ${shortNumber(e.name)} can be used again.`);
    else {
      await confirm({
        title: `Block phone ${shortNumber(e.name)}?`,
        text: 'It can neither call nor be called until it is unblocked, and its registration ends now. A call it has goes on.',
        action: 'Block',
        run: () => api.put(path + e.id, { status: 'blocked' }),
      });
    }
    t.reload();
  }

  async function remove(e) {
    const dids = await api.all('/client/@me/did/').catch(() => []);
    const goes = inTheWay(e, dids);
    const sure = await confirm({
      title: `Delete phone ${shortNumber(e.name)}?`,
      text: ['The phone and its SIP account are gone for good.', ...goes].join(' '),
      action: goes.length > 0 ? 'Delete all of it' : 'Delete',
      danger: true,
      run: () => api.delete(path + e.id, { force: agentAt(e) ? true : undefined }),
    });
    if (!sure) return;
    toast(`Phone ${shortNumber(e.name)} is deleted.`);
    t.reload();
  }
}

// fields are those of an edited phone; users only where it is known who there is.
function fields(users) {
  return [
    { name: 'label', label: 'Name', maxlength: 255, help: 'What people call it: a desk, a room, a person.' },
    { name: 'caller_id_name', label: 'Shown as', nullable: true, maxlength: 255, help: 'The name on the display of whom it calls. Default: the number alone.' },
    users && { name: 'user_id', label: 'Belongs to', kind: 'select', options: [['', 'nobody'], ...users.map((u) => [u.id, u.name || u.login])], format: (v) => v ?? '', parse: (v) => (v ? Number(v) : null),
      help: 'This user finds the phone’s agent under My desk.' },
    users && { name: 'did_as_transfer_caller_id', label: 'Number shown on transfers', nullable: true, inputmode: 'tel', help: 'Public number shown when it sends a call outside. Default: none of its own.' },
    users && { name: 'ani_rfc3325', label: 'Tell trunks the caller by P-Asserted-Identity', kind: 'check', help: 'RFC 3325; only where your provider asks for it. Default: off.' },
  ].filter(Boolean);
}

async function withPresence(list) {
  if (list.length === 0) return list;
  const known = new Map((await api.all('/client/@me/presence/', { extension_id: list.map((e) => e.id) })).map((p) => [p.extension_id, p]));
  return list.map((e) => ({ ...e, presence: known.get(e.id) }));
}

const words = { offline: ['out', 'Not registered', 'unplugged'], online: ['available', 'Registered', 'check'], ringing: ['ringing', 'Ringing', 'ringing'], busy: ['talking', 'In a call', 'phone'] };

function State({ blocked, status }) {
  const [state, word, sign] = blocked ? ['out', 'Blocked', 'busy'] : words[status] ?? words.offline;
  return h('span', { class: ['badge', `is-${state}`] }, icon(sign), h('span', {}, word));
}

function Devices({ list, refused }) {
  return h('div', { class: 'devices' }, list ? list.split('\n').map((d) => h('div', { class: 'soft' }, d)) : !refused && h('span', { class: 'soft' }, '–'),
    refused && h('div', { class: 'refused' }, refused));
}

const agentAt = (e) => store.agents().find((a) => a.type === 'local' && a.extension_id === e.id);

// inTheWay says what goes with a phone.
function inTheWay(e, dids) {
  const agent = agentAt(e);
  const out = [];
  if (agent) {
    const queues = agent.queues.map((q) => queueName(store.queue(q.extension_id))).join(', ');
    out.push(`The agent ${agentName(agent)} goes with it${queues ? `, out of ${queues}` : ''}.`);
  }
  const numbers = dids.filter((d) => d.extension_id === e.id).map((d) => d.number);
  if (numbers.length > 0) out.push(`${numbers.length > 1 ? 'The public numbers' : 'The public number'} ${numbers.join(', ')} will lead nowhere.`);
  return out;
}
