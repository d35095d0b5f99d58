// The set-up's phones: extensions, and what a softphone has to be told.

import { api } from '../api.js';
import { node } from '../dom.js';
import { icon } from '../icons.js';
import { devices, presence, refusal } from '../presence.js';
import { sheet } from '../softphone.js';
import { shortNumber } from '../store.js';
import { form } from '../ui/form.js';
import { freeNumber } from './state.js';

const passwords = new Map(); // by extension: the server keeps hashes only

// phones shows the phones with their accounts; changed is called when there is one more.
export function phones({ phones: list, queue, done }, { changed, next }) {
  const cards = list.map(card);
  const taken = new Set([...list, ...(queue ? [queue] : [])].map((e) => shortNumber(e.name)));
  const add = form({
    fields: [
      { name: 'name', label: 'Number', required: true, inputmode: 'numeric', pattern: '[0-9]{2,10}', help: '2 to 10 digits. Others call this phone by it.' },
      { name: 'label', label: 'Name', required: true, maxlength: 255, autofocus: true, placeholder: list.length === 0 ? 'Anna' : 'Ben', help: 'Who sits there.' },
    ],
    values: { name: freeNumber(101, taken) },
    submit: list.length === 0 ? 'Add the first phone' : 'Add another phone',
    async save(_, all) {
      const made = await api.post('/client/@me/extension/', { name: all.name, label: all.label, type: 'phone' });
      await newPassword(made);
    },
    done: changed,
  });
  const stop = presence((known) => cards.forEach((c) => c.tell(known.get(c.id))));
  const element = node('div', {},
    node('p', { class: 'setup-text' }, 'Two phones are enough for a test call: one calls, the other rings. Linphone on a mobile phone sets itself up by a QR code; any other softphone or desk phone is told what is shown here.'),
    node('div', { class: 'accounts' }, cards.map((c) => c.element)),
    node('div', { class: 'setup-add' }, add.element),
    done.phones && node('div', { class: 'form-actions' }, node('button', { type: 'button', class: 'primary', onclick: next }, 'Continue')));
  return { element, stop };
}

async function newPassword(phone) {
  const account = await api.put(`/extension/${phone.id}/sip/`, { password: null });
  passwords.set(phone.id, account.password);
}

// card is a phone with what its softphone is told; what it says when the phone
// is registered takes that away again.
function card(phone) {
  const state = node('span', { class: 'badge is-out', role: 'status' });
  const body = node('div', { class: 'panel-body' });
  const refused = node('p', { class: 'refused', hidden: true });
  const element = node('section', { class: ['panel', 'wide'], 'aria-label': `Phone ${shortNumber(phone.name)}` },
    node('header', { class: 'panel-head' }, node('h3', {}, shortNumber(phone.name)), node('span', {}, phone.label), node('span', { class: 'spread' }), state),
    body);
  const known = passwords.has(phone.id);
  const open = () => api.get(`/extension/${phone.id}/sip/`).then(
    (a) => body.replaceChildren(refused, sheet({ ...a, password: passwords.get(phone.id) }, phone, (renewed) => passwords.set(phone.id, renewed.password))),
    (err) => body.replaceChildren(node('p', { class: 'problem' }, err.message)));
  const close = (text) => body.replaceChildren(node('p', { class: 'soft' }, text), node('button', { type: 'button', onclick: open }, 'Set up a softphone'));
  if (known) open();
  else close('Not shown, because it was set up before.');
  let was;
  return {
    element,
    tell(p) {
      const on = Boolean(p?.registered);
      refused.textContent = refusal(p);
      refused.hidden = !refused.textContent;
      if (on === was) return;
      state.className = `badge ${on ? 'is-available' : 'is-out'}`;
      state.replaceChildren(node('span', {}, icon(on ? 'check' : 'circle')), on ? 'signed in' : 'not signed in yet');
      if (on && !body.contains(document.activeElement)) close(devices(p).join('; '));
      was = on;
    },
    id: phone.id,
  };
}
