// The menu of who is signed in: pages that are aside, colours, password, signing out.

import { session } from './api.js';
import { node } from './dom.js';
import { icon } from './icons.js';
import { choose } from './navigation.js';
import { formDialog } from './ui/form.js';
import { menu } from './ui/menu.js';
import { attempt, toast } from './ui/toast.js';

export function personButton(who, aside, signOut) {
  const name = who.name || who.login;
  return node('button', { class: 'plain person', type: 'button', 'aria-haspopup': 'menu', title: `${name}, ${who.role}`,
    onclick: (e) => menu(e.currentTarget, items(aside, signOut)) },
  icon('person'), node('span', { class: 'person-name' }, name, node('small', {}, who.role)));
}

const themes = [['light', 'Light', 'sun'], ['dark', 'Dark', 'moon'], ['', 'As the system has them', 'wallboard']];

function items(aside, signOut) {
  const chosen = localStorage.getItem('theme') ?? '';
  return [
    ...aside.map((v) => ({ label: v.title, icon: v.icon, run: v.run ?? (() => { location.hash = `#/${v.path}`; }) })),
    { heading: 'Colours' },
    ...themes.map(([theme, label, sign]) => ({ label, icon: sign, checked: theme === chosen, run: () => choose('theme', theme) })),
    { heading: 'Account' },
    { label: 'Change password…', icon: 'key', run: changePassword },
    { label: 'Sign out', icon: 'out', run: () => attempt(signOut) },
  ];
}

async function changePassword() {
  const changed = await formDialog({
    title: 'Change password',
    submit: 'Change password',
    fields: [
      { name: 'old_password', label: 'Present password', kind: 'password', required: true, autocomplete: 'current-password' },
      { name: 'password', label: 'New password', kind: 'password', required: true, autocomplete: 'new-password', help: 'At least 10 characters. You stay signed in here; other browsers are signed out.' },
    ],
    save: (_, all) => session.changePassword(all.old_password, all.password),
  });
  if (changed) toast('Your password is changed.');
}
