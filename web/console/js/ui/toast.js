// Short messages at the edge of the page.
//
//   toast('Anna is on a break.');
//   toast.fail(refusal);          an error stays until it is closed

import { node } from '../dom.js';
import { icon } from '../icons.js';

let place;

function show(text, kind, stays) {
  if (!place) {
    place = node('div', { class: 'toasts', role: 'status', 'aria-live': 'polite' });
    document.body.append(place);
  }
  const el = node('div', { class: ['toast', kind] },
    icon(kind === 'bad' ? 'alarm' : 'check'),
    node('p', {}, text),
    node('button', { class: 'plain', type: 'button', 'aria-label': 'Close this message', onclick: () => el.remove() }, icon('close')));
  // A dialog covers the page; what it is told is to be read above it.
  (document.querySelector('dialog[open] .dialog-toasts') ?? place).append(el);
  if (!stays) setTimeout(() => el.remove(), 5000);
}


export function toast(text) {
  show(text, 'good', false);
}

toast.fail = (err) => show(err.message, 'bad', true);

// attempt runs an action and tells how it went: done says what to tell, if anything.
export async function attempt(action, done) {
  try {
    const result = await action();
    if (done) toast(typeof done === 'function' ? done(result) : done);
    return true;
  } catch (err) {
    if (err.status !== 401) toast.fail(err);
    return false;
  }
}
