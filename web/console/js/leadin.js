// Who signs in to a system without a queue, or left the first steps half way, is led to them.

import { store, subscribe } from './store.js';

const mark = 'setup';

// begun remembers in this browser that the first steps are under way; ended forgets it.
export const begun = () => localStorage.setItem(mark, 'begun');
export const ended = () => localStorage.removeItem(mark);

// leadIn goes to the first steps, once, if home is what is looked at; the function it gives ends it.
export function leadIn(home) {
  if (!['', '#', '#/', `#/${home}`].includes(location.hash)) return () => {};
  const look = () => {
    if (!store.ready) return;
    end();
    if (store.queues().length === 0 || localStorage.getItem(mark)) location.replace('#/setup');
  };
  const end = subscribe(look);
  look();
  return end;
}
