// Forms that are filled in and not saved: whoever leaves them is asked first.
//
//   watch(form.element, dirty)      dirty() tells whether something is not saved
//   if (await mayLeave()) …         asks, if there is something
//   settled()                       what is not saved does not matter any more

import { node } from '../dom.js';
import { dialog } from './dialog.js';

let watched = [];

export function watch(element, dirty) {
  watched.push({ element, dirty });
}

// unsaved tells whether a form that is shown is not saved.
export function unsaved() {
  watched = watched.filter((w) => w.element.isConnected || !w.shown);
  for (const w of watched) w.shown ||= w.element.isConnected;
  return watched.some((w) => w.element.isConnected && w.dirty());
}

export function settled() {
  watched = [];
}

let asking;

export function mayLeave() {
  if (!unsaved()) return Promise.resolve(true);
  asking ??= dialog({
    title: 'Leave without saving?',
    body: node('p', {}, 'What you have changed on this page is not saved.'),
    actions: [{ label: 'Stay' }, { label: 'Leave without saving', value: true, kind: 'danger' }],
  }).then((leave) => {
    asking = undefined;
    if (leave) settled();
    return Boolean(leave);
  });
  return asking;
}

// guard has pages of the address's hash left only when they may be: go shows
// the one that is meant. It gives a function that ends it.
export function guard(go) {
  let shown = location.hash;
  const arrive = async () => {
    if (unsaved()) {
      const to = location.hash;
      history.replaceState(null, '', shown); // until it is decided
      if (await mayLeave()) location.hash = to;
      return;
    }
    shown = location.hash;
    go();
  };
  const click = async (e) => { // before the address changes at all, where that can be
    const link = e.target.closest?.('a[href^="#/"]');
    if (!link || e.button || e.ctrlKey || e.metaKey || e.shiftKey || !unsaved()) return;
    e.preventDefault();
    if (await mayLeave()) location.hash = link.getAttribute('href');
  };
  const unload = (e) => {
    if (unsaved()) e.preventDefault();
  };
  addEventListener('hashchange', arrive);
  addEventListener('beforeunload', unload);
  document.addEventListener('click', click, true);
  return () => {
    removeEventListener('hashchange', arrive);
    removeEventListener('beforeunload', unload);
    document.removeEventListener('click', click, true);
  };
}
