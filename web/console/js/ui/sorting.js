// Column heads that sort, for tables that are drawn from the store.
//
//   const sort = sorting('agents', [
//     {title: 'Agent', by: agentName},                    texts or numbers; null and undefined come last
//     {title: 'Answered', by: (a) => a.today?.answered, class: 'num', most: true},   the most first
//     {title: 'Queues'},                                  does not sort
//     {title: 'For', by: …, start: true},                 the order in which rows come; else the first
//     (hint says what a column means)
//   ], redraw)
//   sort.heads()      the th elements
//   sort.chooser()    the same for narrow screens, where a table has no heads
//   sort.compare      for the list; undefined while it stands as it comes
//
// The choice is kept in this browser.

import { h } from '../dom.js';
import { icon } from '../icons.js';
import { byNumber } from '../store.js';

export function sorting(name, columns, redraw) {
  const kept = `sort-${name}`;
  const able = columns.filter((c) => c.by);
  const start = able.find((c) => c.start) ?? able[0];
  let column = start;
  let down = Boolean(start.most);
  recall();

  function recall() {
    const [title, way] = (localStorage.getItem(kept) ?? '').split('/');
    const found = able.find((c) => c.title === title);
    if (found) [column, down] = [found, way === 'down'];
  }

  function choose(c, way) {
    [column, down] = [c, way];
    localStorage.setItem(kept, `${c.title}/${down ? 'down' : 'up'}`);
    redraw();
  }

  const press = (c) => () => choose(c, c === column ? !down : Boolean(c.most));

  function head(c) {
    if (!c.by) return h('th', { scope: 'col', class: c.class, title: c.hint }, c.title);
    const on = c === column;
    return h('th', { scope: 'col', class: c.class, title: c.hint, 'aria-sort': on ? (down ? 'descending' : 'ascending') : undefined },
      h('button', { type: 'button', class: ['sorts', on && 'on'], onclick: press(c) }, c.title, icon(on && down ? 'down' : 'up')));
  }

  return {
    heads: () => columns.map(head),
    chooser: () => h('select', { class: 'narrow-only', 'aria-label': 'Sort by', value: `${able.indexOf(column)}/${down}`,
      onchange: (e) => {
        const [at, way] = e.target.value.split('/');
        choose(able[at], way === 'true');
      } },
    able.flatMap((c, i) => [false, true].map((way) => h('option', { key: `${i}/${way}`, value: `${i}/${way}` }, `${c.title}, ${way ? 'descending' : 'ascending'}`)))),
    get compare() {
      if (column === start && down === Boolean(start.most)) return undefined;
      return (a, b) => inOrder(column.by(a), column.by(b), down);
    },
  };
}

function inOrder(a, b, down) {
  const nothing = (v) => v === null || v === undefined;
  if (nothing(a) || nothing(b)) return nothing(a) - nothing(b);
  const way = typeof a === 'number' ? a - b : byNumber(a, b);
  return down ? -way : way;
}
