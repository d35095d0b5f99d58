// The sign-in page.

import { session } from './api.js';
import { node } from './dom.js';
import { form } from './ui/form.js';

export function mark() {
  return node('img', { class: 'mark', src: new URL('../img/mark.svg', import.meta.url).href, alt: '', width: '28', height: '28' });
}

export function signIn(app, enter, message) {
  document.title = 'Sign in · Holdline';
  const f = form({
    fields: [
      { name: 'login', label: 'Login', required: true, autocomplete: 'username', autofocus: true },
      { name: 'password', label: 'Password', kind: 'password', required: true, autocomplete: 'current-password' },
    ],
    submit: 'Sign in',
    save: (_, all) => session.signIn(all.login, all.password),
    done: enter,
  });
  app.replaceChildren(node('main', { class: 'alone' },
    node('div', { class: 'sign-in' },
      node('div', { class: 'brand' }, mark(), node('h1', {}, 'Holdline')),
      message && node('p', { class: 'note', role: 'status' }, message),
      f.element,
      node('details', {}, node('summary', {}, 'First time here?'),
        node('p', {}, 'When Holdline started for the first time it printed a login and a password, under “First start”, in the terminal or the log it was started with. They lead through the first steps.'),
        node('p', {}, 'Everybody else gets a login from an administrator or supervisor.')))));
  f.element.querySelector('input').focus();
}
