// The set-up's phones: extensions, and what a softphone has to be told.

import { api } from '../api.js';
import { node } from '../dom.js';
import { icon } from '../icons.js';
import { sheet } from '../softphone.js';
import { shortNumber } from '../store.js';
import { form } from '../ui/form.js';
import { attempt } from '../ui/toast.js';
import { freeNumber } from './state.js';

const passwords = new Map(); // by extension: the server keeps hashes only

// phones shows the phones with their accounts; changed is called when there is one more.
export function phones({ phones: list, queue, done }, { changed, next }) {
  const cards = list.map(card);
  const taken = new Set([...list, ...(queue ? [queue] : [])].map((e) => shortNumber(e.name)));
  const add = form({
    fields: [
      { name: 'name', label: 'Number', required: true, inputmode: 'numeric', pattern: '[0-9]{2,10}', help: '2 to 10 digits. Others call this phone by it.' },
      { name: 'label', label: 'Name', required: true, maxlength: 255, autofocus: true, placeholder: 'Anna', help: 'Who sits there.' },
    ],
    values: { name: freeNumber(101, taken) },
    submit: list.length === 0 ? 'Add the first phone' : 'Add another phone',
    async save(_, all) {
      const made = await api.post('/client/@me/extension/', { name: all.name, label: all.label, type: 'phone' });
      await newPassword(made);
    },
    done: changed,
  });
  const stop = watch(cards);
  const element = node('div', {},
    node('p', { class: 'setup-text' }, 'Two phones are enough for a test call: one calls, the other rings. Any softphone does, such as Linphone, MicroSIP or Zoiper, or a desk phone: give it the data that is shown here.'),
    node('div', { class: 'accounts' }, cards.map((c) => c.element)),
    node('div', { class: 'setup-add' }, add.element),
    done.phones && node('div', { class: 'form-actions' }, node('button', { type: 'button', class: 'primary', onclick: next }, 'Continue')));
  return { element, stop };
}

async function newPassword(phone) {
  const account = await api.put(`/extension/${phone.id}/sip/`, { password: null });
  passwords.set(phone.id, account.password);
}

function card(phone) {
  const state = node('span', { class: 'badge is-out', role: 'status' });
  const body = node('div', { class: 'panel-body' });
  const known = passwords.has(phone.id);
  const element = node('section', { class: ['panel', known && 'wide'], 'aria-label': `Phone ${shortNumber(phone.name)}` },
    node('header', { class: 'panel-head' }, node('h3', {}, shortNumber(phone.name)), node('span', {}, phone.label), node('span', { class: 'spread' }), state),
    body);
  const show = (account) => {
    passwords.set(phone.id, account.password);
    element.classList.add('wide');
    body.replaceChildren(...sheet(account, phone));
  };
  if (known) {
    api.get(`/extension/${phone.id}/sip/`).then((a) => show({ ...a, password: passwords.get(phone.id) }), (err) => body.replaceChildren(node('p', { class: 'problem' }, err.message)));
  } else {
    body.append(node('p', { class: 'soft' }, 'Its password was shown once, when it was made.'),
      node('button', { type: 'button', onclick: () => attempt(async () => show(await api.put(`/extension/${phone.id}/sip/`, { password: null }))) }, 'Make a new password'));
  }
  return { id: phone.id, element, state };
}

// watch keeps telling which phones are registered, until the function it gives is called.
function watch(cards) {
  return presence((there) => cards.forEach((c) => {
    const on = there.has(c.id);
    c.state.className = `badge ${on ? 'is-available' : 'is-out'}`;
    c.state.replaceChildren(node('span', {}, icon(on ? 'check' : 'circle')), on ? 'signed in' : 'not signed in yet');
  }));
}

const often = 2000; // ms between two looks

// presence calls show with the ids of the phones that are registered, over and over.
export function presence(show) {
  let over = false;
  let timer;
  const ask = async () => {
    try {
      const list = document.hidden ? undefined : await api.all('/client/@me/presence/');
      if (list && !over) show(new Set(list.filter((p) => p.registered).map((p) => p.extension_id)));
    } catch {
      // The next look tells; that the server is away is said by the banner.
    }
    if (!over) timer = setTimeout(ask, often);
  };
  ask();
  return () => {
    over = true;
    clearTimeout(timer);
  };
}
