// Lists of the API that show something of the store, too.

import { subscribe } from '../store.js';

// follow calls changed whenever the text that what gives is another one, until the function it gives is called.
export function follow(what, changed) {
  let was = what();
  return subscribe(() => {
    const now = what();
    if (now === was) return;
    was = now;
    changed();
  });
}
