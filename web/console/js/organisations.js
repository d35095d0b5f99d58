// Administrators work in any organisation of the server: which one this page
// is about is said beside the pages and above them, and chosen here.

import { api } from './api.js';
import { node } from './dom.js';
import { icon } from './icons.js';
import { addressOf } from './place.js';
import { store, subscribe } from './store.js';
import { dialog } from './ui/dialog.js';
import { attempt } from './ui/toast.js';

// switcher is the button beside the pages that names the organisation and
// leads to others.
export function switcher(who) {
  const name = node('span', { class: 'switcher-name' });
  const end = subscribe(() => { name.textContent = store.client?.name ?? ''; });
  const element = node('button', { class: ['plain', 'switcher', who.away && 'is-away'], type: 'button', 'aria-haspopup': 'dialog', title: 'Work in another organisation', onclick: () => choose(who) },
    icon('building'), node('span', { class: 'unseen' }, 'Organisation: '), name, icon('chevron'));
  return { element, end };
}

// awayStrip says above every page that it is about another organisation than one's own.
export function awayStrip(who) {
  return node('aside', { class: 'away', 'aria-label': 'Organisation' }, icon('building'),
    node('span', {}, 'You work in ', node('b', {}, who.away.name), `, numbers ${who.away.prefix}*`), node('span', { class: 'spread' }),
    node('button', { type: 'button', onclick: () => choose(who) }, 'Change'),
    node('a', { href: addressOf(undefined, kept()), onclick: (e) => { e.currentTarget.href = addressOf(undefined, kept()); } }, 'Back to your own'));
}

// kept is the page one looks at, without what it is about: ids are another organisation's.
function kept() {
  const [page] = location.hash.replace(/^#\/?/, '').split(/[/?]/);
  return page && !['desk', 'setup'].includes(page) ? `#/${page}` : '';
}

// workIn is the address of the console in an organisation.
export const workIn = (who, o, hash = kept()) => addressOf(o.id === who.client_id ? undefined : o.id, hash);

const many = 8; // beyond, they can be searched

export async function choose(who) {
  let all;
  if (!(await attempt(async () => { all = await api.all('/client/'); }))) return;
  all.sort((a, b) => a.name.localeCompare(b.name));
  const here = who.away?.id ?? who.client_id;
  const list = node('ul', { class: 'organisations' });
  const show = (text) => {
    const found = all.filter((o) => [o.name, o.prefix, o.domain].some((s) => s.toLowerCase().includes(text)));
    list.replaceChildren(...found.map((o) => node('li', {}, node('a', { href: workIn(who, o), 'aria-current': o.id === here ? 'true' : undefined },
      node('b', {}, o.name), node('span', { class: 'soft' }, `${o.prefix}* · ${o.domain}`),
      o.id === who.client_id && node('span', { class: 'badge' }, 'your own')))),
    ...(found.length === 0 ? [node('li', { class: 'soft' }, 'No organisation is called so.')] : []));
  };
  show('');
  const search = all.length > many && node('input', { type: 'search', autofocus: true, 'aria-label': 'Search by name, prefix or domain', placeholder: 'Search by name, prefix or domain',
    oninput: (e) => show(e.target.value.trim().toLowerCase()),
    onkeydown: (e) => e.key === 'Enter' && list.querySelector('a')?.click() });
  await dialog({ title: 'Work in an organisation', body: node('div', { class: 'choose-organisation' }, search, list) });
}
