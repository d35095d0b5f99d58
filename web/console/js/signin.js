// Signing in: on a page of its own, and over the page when a session has ended.

import { session } from './api.js';
import { node } from './dom.js';
import { dialog } from './ui/dialog.js';
import { form } from './ui/form.js';

export function mark() {
  return node('img', { class: 'mark', src: new URL('../img/mark.svg', import.meta.url).href, alt: '', width: '28', height: '28' });
}

function asked({ login, ...more }) {
  return form({
    fields: [
      { name: 'login', label: 'Login', required: true, autocomplete: 'username', autofocus: !login },
      { name: 'password', label: 'Password', kind: 'password', required: true, autocomplete: 'current-password', autofocus: Boolean(login) },
    ],
    values: { login },
    save: (_, all) => session.signIn(all.login, all.password),
    ...more,
  });
}

export function signIn(app, enter, message) {
  document.title = 'Sign in · Holdline';
  const f = asked({ submit: 'Sign in', done: enter });
  app.replaceChildren(node('main', { class: 'alone' },
    node('div', { class: 'sign-in signing-in' },
      node('div', { class: 'brand' }, mark(), node('h1', {}, 'Holdline')),
      message && node('p', { class: 'note', role: 'status' }, message),
      f.element,
      node('details', {}, node('summary', {}, 'First time here?'),
        node('p', {}, 'When Holdline started for the first time it printed a login and a password, under “First start”, in the terminal or the log it was started with. They lead through the first steps.'),
        node('p', {}, 'Everybody else gets a login from an administrator or supervisor. Whoever runs the server sets a forgotten password with “holdline password”.')))));
  f.element.querySelector('input').focus();
}

// signInOver asks who was signed in to sign in again, over the page, which
// stays as it is behind the dialog. It gives the new session; undefined when
// the page is to be left instead.
export async function signInOver(who) {
  let now;
  const f = asked({ login: who.login, submit: '', done: (s) => finish(s) });
  const body = node('div', { class: 'signing-in' }, node('p', { class: 'note' }, 'Your session has ended. Sign in again to go on: the page is as you left it, with what you have typed.'), f.element);
  const finish = (s) => {
    now = s;
    body.closest('dialog').finish();
  };
  // Another window may have signed in again: they share the session.
  const look = () => !document.hidden && session.get().then(finish, () => {});
  addEventListener('focus', look);
  document.addEventListener('visibilitychange', look);
  await dialog({ title: 'Sign in again', firm: true, body, actions: [{ label: 'Leave this page' }, { label: 'Sign in', kind: 'primary', submits: f.id }] });
  removeEventListener('focus', look);
  document.removeEventListener('visibilitychange', look);
  return now;
}
