// Long lists that change all the time: a part is drawn, and more of it when it
// is asked for. A page that lays a thousand rows out with every change stands still.
//
//   const part = portion(redraw);
//   part.of(rows).map(…)      the first of them
//   part.rest(rows)           tells how many there are, and shows more

import { h } from '../dom.js';
import { count } from '../figures.js';

const step = 200;

export function portion(redraw) {
  let most = step;
  const more = () => {
    most += step;
    redraw();
  };
  return {
    of: (rows) => rows.slice(0, most),
    rest: (rows) => rows.length > most && h('div', { class: 'table-foot' },
      h('button', { type: 'button', onclick: more }, `Show ${count(Math.min(step, rows.length - most))} more`),
      h('span', { class: 'soft' }, `${count(most)} of ${count(rows.length)} are shown`)),
  };
}
