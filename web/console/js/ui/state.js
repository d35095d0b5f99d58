// What is shown where there is nothing to show: not yet, nothing there, or an error.

import { h } from '../dom.js';
import { icon } from '../icons.js';

// empty says what is missing and what to do first: {title, text, icon, action: {label, run}}.
export function empty({ title, text, icon: name, action }) {
  return h('div', { class: 'nothing' },
    name && icon(name),
    h('h2', {}, title),
    text && h('p', {}, text),
    action && h('button', { class: 'primary', type: 'button', onclick: action.run }, action.label));
}

// failure says what went wrong, and tries again.
export function failure(err, again) {
  return h('div', { class: 'nothing bad', role: 'alert' },
    icon('alarm'),
    h('h2', {}, 'This could not be loaded'),
    h('p', {}, err.message),
    again && h('button', { type: 'button', onclick: again }, 'Try again'));
}

export function loading(text = 'Loading…') {
  return h('div', { class: 'quiet', 'aria-busy': 'true' }, h('p', { class: 'unseen' }, text), h('i', {}), h('i', {}), h('i', {}), h('i', {}));
}
