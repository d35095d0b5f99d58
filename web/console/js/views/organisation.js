// The organisation's own settings; for administrators all organisations of the server.

import { api } from '../api.js';
import { removeOrganisation } from '../admin/removal.js';
import { h, node, render } from '../dom.js';
import { workIn } from '../organisations.js';
import { addressOf } from '../place.js';
import { form, formDialog } from '../ui/form.js';
import { failure, loading } from '../ui/state.js';
import { table } from '../ui/table.js';
import { toast } from '../ui/toast.js';
import { act, day, facts, head } from './parts.js';
import { userFields } from './users.js';

const zones = () => {
  const list = Intl.supportedValuesOf('timeZone').filter((z) => z !== 'UTC'); // not every browser lists it
  return ['UTC', ...list].map((z) => [z, z.replaceAll('_', ' ')]);
};

export function page(el, { session: me }) {
  const place = node('div', {});
  el.append(head('Organisation'), node('section', { class: 'panel narrow', 'aria-label': 'Settings' }, node('header', { class: 'panel-head' }, node('h2', {}, 'Settings')), place));
  let ended = false;

  async function load() {
    render(place, loading());
    try {
      const own = await api.get('/client/@me');
      if (!ended) place.replaceChildren(settings(own, load));
      delete place.$shown;
    } catch (err) {
      if (!ended) render(place, failure(err, load));
    }
  }

  load();
  if (me.role === 'administrator') el.append(all(me));
  return () => {
    ended = true;
  };
}

const offers = [['list', 'the ones below'], ['usual', 'the usual ones'], ['none', 'none: agents type theirs, or give none']];

// reasons gives what is offered for breaks, as the API has it: null = the usual ones.
function reasons({ offered, pause_reasons: text }) {
  if (offered !== 'list') return offered === 'none' ? [] : null;
  return text.split('\n').map((l) => l.trim()).filter(Boolean);
}

function settings(own, again) {
  const list = zones();
  if (!list.some(([z]) => z === own.time_zone)) list.push([own.time_zone, own.time_zone]);
  const about = node('div', {});
  render(about, facts([['Prefix of its numbers', `${own.prefix}*`], ['SIP domain', own.domain], ['Id', String(own.id)], ['Since', day(own.create_date)]]));
  const f = form({
    fields: [
      { name: 'name', label: 'Name', required: true, maxlength: 128 },
      { name: 'time_zone', label: 'Time zone', kind: 'select', options: list, help: 'Days of reports and lists begin at its midnight.' },
      { name: 'service_level_threshold', label: 'Answered in time', kind: 'number', min: 1, max: 3600, step: 1, required: true, unmarked: true, unit: 'seconds',
        help: 'Who is answered within these seconds counts for the service level, on the wallboard and in reports.' },
      { name: 'offered', label: 'Reasons offered for breaks', kind: 'select', options: offers, help: 'Whatever is offered, another one can be typed.' },
      { name: 'pause_reasons', label: 'Reasons of breaks', kind: 'textarea', rows: 6, required: true, unmarked: true, when: (v) => v.offered === 'list', help: 'One a line, at most 30.',
        format: (v) => v.join('\n') },
      { heading: 'Agent state endpoint' },
      { name: 'login', label: 'Login', nullable: true, help: 'For programs that set agents’ states by UpdateAgentState.php. Empty: none.' },
      { name: 'password', label: 'New password', kind: 'password', autocomplete: 'new-password', parse: (v) => v || undefined, help: '8 to 128 characters. Empty: it stays as it is. It is never shown.' },
    ],
    values: { ...own, offered: own.pause_reasons.length > 0 ? 'list' : 'none' },
    rows: true,
    keeps: true,
    save({ offered, pause_reasons: text, ...changed }, all) {
      if (offered !== undefined || text !== undefined) changed.pause_reasons = reasons(all);
      return api.put('/client/@me', changed);
    },
    done: () => {
      toast('The organisation is saved.');
      again();
    },
  });
  return node('div', { class: 'panel-body' }, about, f.element);
}

// all lists every organisation of the server.
function all(me) {
  const current = me.away?.id ?? me.client_id;
  const t = table({
    label: 'Organisations',
    columns: [
      { title: 'Name', cell: (o) => h('span', {}, h('b', {}, o.name), o.id === current && h('span', { class: 'soft after' }, 'this one')) },
      { title: 'Prefix', cell: (o) => `${o.prefix}*` },
      { title: 'SIP domain', cell: (o) => o.domain },
      { title: 'Time zone', cell: (o) => o.time_zone },
    ],
    load: ({ page, per_page }) => api.list('/client/', { page, per_page }),
    key: (o) => o.id,
    open: (o) => location.assign(workIn(me, o, '#/organisation')),
    actions: (o) => [
      { label: 'Work in it', icon: 'building', disabled: o.id === current, run: () => location.assign(workIn(me, o, '#/wallboard')) },
      { label: 'Settings', icon: 'settings', disabled: o.id === current, run: () => location.assign(workIn(me, o, '#/organisation')) },
      { label: 'Add a user…', icon: 'person', run: () => addUser(me, o) },
      { label: o.id === me.client_id ? 'Delete… (only from another one)' : 'Delete…', icon: 'trash', danger: true, disabled: o.id === me.client_id, run: () => remove(o) },
    ],
    empty: { title: 'No organisations' },
  });
  async function remove(o) {
    if (!(await removeOrganisation(o))) return;
    toast(`${o.name} is deleted.`);
    if (o.id === current) location.assign(addressOf(undefined, '#/organisation'));
    else t.reload();
  }
  const add = async () => {
    const made = await formDialog({
      title: 'Add an organisation', submit: 'Add',
      fields: [
        { name: 'name', label: 'Name', required: true, maxlength: 128 },
        { name: 'prefix', label: 'Prefix of its numbers', required: true, inputmode: 'numeric', maxlength: 8, help: '1 to 8 digits: 0003 in 0003*201. It cannot be changed.' },
        { name: 'domain', label: 'SIP domain', required: true, placeholder: 'example.com', help: 'Of its phones. It cannot be changed.' },
        { name: 'time_zone', label: 'Time zone', kind: 'select', options: zones() },
      ],
      values: { time_zone: Intl.DateTimeFormat().resolvedOptions().timeZone },
      save: (_, v) => api.post('/client/', v),
    });
    if (!made) return;
    t.reload();
    await addUser(me, made);
  };
  return node('section', { class: 'panel', 'aria-label': 'Organisations' },
    node('header', { class: 'panel-head' }, node('h2', {}, 'All organisations of this server'), node('span', { class: 'spread' }), act('Add an organisation', add)), t.element);
}

async function addUser(me, o) {
  const made = await formDialog({ title: `Add a user of ${o.name}`, submit: 'Add', fields: userFields(me, { password: 'Password' }), values: { role: 'supervisor' },
    save: (_, v) => api.post(`/client/${o.id}/user/`, v) });
  if (made) toast(`${made.name} is added to ${o.name}.`);
}
