// Lists that do not move under the pointer: whoever aims at a row gets that row.
//
//   const rows = steady();
//   h('tbody', {ref: rows.ref}, rows.order({all, key, fits, compare}).map(({row, stale}) => …))
//
// While the pointer, the keyboard's focus, or an open menu is in the list, its
// rows stay where they are: what comes is added at the end, what no longer
// fits or is gone stays, stale, until the list is left. rows.release() is for
// what the person does about the order: the next one is made anew.

import { changed } from '../store.js';

export function steady() {
  let place;
  let finger = false; // what points is a finger: it leaves its hover behind
  let anew = true;
  let shown = new Map(); // by key, in the order they stand in

  const held = () => place?.isConnected &&
    ((!finger && place.matches(':hover')) || place.querySelector(':focus-visible, [aria-expanded=true]') !== null);

  return {
    ref(el) {
      place = el;
      el.addEventListener('pointerover', (e) => { finger = e.pointerType === 'touch'; });
      for (const left of ['pointerleave', 'focusout', 'menuclosed']) el.addEventListener(left, changed);
    },
    release() {
      anew = true;
    },
    order({ all, key, fits = () => true, compare }) {
      const fit = all.filter(fits);
      let rows;
      if (anew || !held()) {
        rows = (compare ? fit.sort(compare) : fit).map((row) => ({ row, stale: false }));
      } else {
        const now = new Map(all.map((row) => [key(row), row]));
        const fitting = new Set(fit);
        rows = [...shown].map(([k, row]) => ({ row: now.get(k) ?? row, stale: !fitting.has(now.get(k)) }));
        rows.push(...fit.filter((row) => !shown.has(key(row))).map((row) => ({ row, stale: false })));
      }
      anew = false;
      shown = new Map(rows.map(({ row }) => [key(row), row]));
      return rows;
    },
  };
}
