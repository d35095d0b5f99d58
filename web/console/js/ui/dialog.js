// Dialogs. Each gives a promise.
//
//   await dialog({title, body, actions})       body: an element or text; actions below
//   if (await confirm({title: 'Hang up?', text: '…', action: 'Hang up', danger: true})) …
//
// An action is {label, value, kind: 'primary' | 'danger' | undefined, run}. The
// promise gives the value of the action that was chosen, undefined when the
// dialog was closed. run, if there is one, is awaited first and keeps the
// dialog open when it throws (the error is shown) or gives false. A firm dialog
// is left by its actions only, and hides what is behind it.

import { node } from '../dom.js';
import { icon } from '../icons.js';
import { toast } from './toast.js';

let count = 0;

// The element of a dialog has finish(value), which ends it.
export function dialog({ title, body, actions = [], wide = false, firm = false }) {
  return new Promise((resolve) => {
    const id = `dialog-${++count}`;
    let result;
    let chosen = false;
    const close = (value) => {
      chosen = true;
      result = value;
      el.close();
    };
    const el = node('dialog', { class: ['dialog', wide && 'wide', firm && 'firm'], 'aria-labelledby': id, closedby: firm && 'none' },
      node('header', {}, node('h2', { id }, title),
        !firm && node('button', { class: 'plain', type: 'button', 'aria-label': 'Close', onclick: () => close() }, icon('close'))),
      node('div', { class: 'dialog-body' }, body),
      actions.length > 0 && node('footer', {}, ...actions.map((a) => button(a, close))),
      node('div', { class: 'dialog-toasts' }));
    const here = location.hash;
    const left = () => location.hash !== here && !firm && close(); // it belongs to its page
    addEventListener('hashchange', left);
    if (firm) el.addEventListener('cancel', (e) => e.preventDefault());
    el.addEventListener('close', () => {
      if (firm && !chosen) return el.showModal(); // some browsers insist on Escape
      removeEventListener('hashchange', left);
      el.remove();
      resolve(result);
    });
    el.addEventListener('mousedown', (e) => {
      if (e.target === el && !firm) close(); // beside it
    });
    el.finish = close;
    document.body.append(el);
    el.showModal();
    (el.querySelector('[autofocus]') ?? el.querySelector('.dialog-body :is(input, select, textarea, button)') ?? el.querySelector('footer button'))?.focus();
  });
}

function button(action, close) {
  const el = node('button', { type: action.submits ? 'submit' : 'button', form: action.submits, class: action.kind }, action.label);
  el.addEventListener('click', async () => {
    if (action.submits) return; // the form sees to it
    if (!action.run) return close(action.value);
    el.disabled = true;
    try {
      if ((await action.run()) !== false) close(action.value);
    } catch (err) {
      if (err.status !== 401) toast.fail(err);
    } finally {
      el.disabled = false;
    }
  });
  return el;
}

export async function confirm({ title, text, action, danger = false, run }) {
  return (await dialog({
    title,
    body: node('p', {}, text),
    actions: [{ label: 'Cancel' }, { label: action, value: true, kind: danger ? 'danger' : 'primary', run }],
  })) === true;
}
