// Tables of lists that come in pages, with search, empty and error states.
//
//   const t = table({
//     columns: [
//       {title: 'Number', cell: (row) => row.name, class: 'num'},
//       (a title that is an element has its text in name)
//       {title: 'Name', cell: (row) => row.label || h('span', {class: 'soft'}, 'no name')},
//     ],
//     load: ({page, search}) => api.list('/client/@me/extension/', {page, per_page: 50}),
//     key: (row) => row.id,
//     open: (row) => …,                       a click on a row, or Enter
//     actions: (row) => [{label: 'Delete', danger: true, run: …}],   a menu at the row's end
//     empty: {title: 'No phones yet', text: '…', action: {label: 'Add a phone', run: …}},
//     search: 'Search by name or number',     a search field; load gets what is typed
//     sort: 'reports',                        columns sort as those of sorting.js (by, most, start, hint), while
//                                             everything is on one page; the name under which the choice is kept
//     total: (row) => row.id === null,        rows that sum the others up: they stay on top
//     perPage: 200,                           50 if left out
//   });
//   element.append(t.element);  t.reload();  t.first();      first() goes back to page 1
//
// On a narrow screen each row becomes a card, with the columns' titles beside the values.

import { h, node, render } from '../dom.js';
import { count } from '../figures.js';
import { icon } from '../icons.js';
import { empty as emptyState, failure, loading } from './state.js';
import { menu } from './menu.js';
import { sorting } from './sorting.js';

export function table({ columns, load, key, open, actions, empty, search, label, sort, total = () => false, perPage = 50 }) {
  const state = { page: 1, search: '', rows: undefined, total: 0, error: undefined };
  const body = node('div', {});
  const order = sort && sorting(sort, columns, draw);
  let asked = 0;

  async function reload() {
    const mine = ++asked;
    try {
      const { list, total } = await load({ page: state.page, per_page: perPage, search: state.search });
      if (mine !== asked) return; // something newer is under way
      Object.assign(state, { rows: list, total, error: undefined });
    } catch (err) {
      if (mine !== asked) return;
      state.error = err;
    }
    draw();
  }

  function draw() {
    const rows = () => [...body.querySelectorAll('tbody tr')];
    const at = rows().findIndex((r) => r.contains(document.activeElement));
    const held = document.activeElement;
    render(body, view());
    // The row that had the focus is gone: the one in its place has it, or what is there instead.
    if (at >= 0 && !held.isConnected) focusNear(rows(), at);
  }

  function focusNear(rows, at) {
    const row = rows[Math.min(at, rows.length - 1)];
    const to = row ? (open ? row : row.querySelector('.row-menu button')) : element.querySelector('button, input');
    (to ?? element).focus();
  }

  function view() {
    if (state.error) return failure(state.error, reload);
    if (!state.rows) return loading();
    if (state.rows.length === 0 && state.page === 1) {
      return state.search ? emptyState({ title: `Nothing fits “${state.search}”`, text: 'Try fewer letters.' }) : emptyState(empty ?? { title: 'There is nothing here' });
    }
    const sorts = order && state.rows.length === state.total;
    return h('div', {}, sorts && h('div', { class: 'table-sort' }, order.chooser()),
      h('div', { class: 'table-scroll', ...(open || actions ? {} : { tabindex: '0', role: 'group', 'aria-label': label ?? 'Table' }) }, h('table', { class: ['table', open && 'opens'], 'aria-label': label },
        h('thead', {}, h('tr', {}, sorts ? order.heads() : columns.map((c) => h('th', { scope: 'col', class: c.class, title: c.hint }, c.title)),
          actions && h('th', { class: 'row-menu' }, h('span', { class: 'unseen' }, 'Actions')))),
        h('tbody', {}, (sorts ? inOrder() : state.rows).map(row)))),
      pages());
  }

  function inOrder() {
    const { compare } = order;
    if (!compare) return state.rows;
    const sums = state.rows.filter(total);
    return [...sums, ...state.rows.filter((r) => !sums.includes(r)).sort(compare)];
  }

  function row(r) {
    return h('tr', {
      key: key(r),
      class: total(r) && 'total',
      tabindex: open ? '0' : undefined,
      onclick: open && ((e) => !e.target.closest('button, a, input, audio') && open(r)),
      onkeydown: open && ((e) => e.key === 'Enter' && e.target === e.currentTarget && open(r)),
    },
    columns.map((c) => h('td', { class: c.class, 'data-title': c.name ?? c.title }, c.cell(r))),
    actions && h('td', { class: 'row-menu' }, h('button', {
      class: 'plain', type: 'button', 'aria-label': 'Actions', onclick: (e) => menu(e.currentTarget, actions(r)),
    }, icon('more'))));
  }

  function pages() {
    const last = Math.ceil(state.total / perPage);
    const entries = state.total - state.rows.filter(total).length;
    if (last <= 1) return h('p', { class: 'table-foot soft' }, entries === 1 ? '1 entry' : `${count(entries)} entries`);
    const to = (page) => () => {
      state.page = page;
      reload();
    };
    return h('div', { class: 'table-foot' },
      h('button', { type: 'button', disabled: state.page === 1, onclick: to(state.page - 1) }, 'Previous'),
      h('span', { class: 'soft' }, `${count((state.page - 1) * perPage + 1)}–${count(Math.min(state.page * perPage, state.total))} of ${count(state.total)}`),
      h('button', { type: 'button', disabled: state.page === last, onclick: to(state.page + 1) }, 'Next'));
  }

  function first() {
    state.page = 1;
    return reload();
  }

  let typing;
  const field = search && node('input', {
    type: 'search', class: 'search', placeholder: search, 'aria-label': search,
    oninput: (e) => {
      clearTimeout(typing);
      typing = setTimeout(() => {
        state.search = e.target.value.trim();
        state.page = 1;
        reload();
      }, 250);
    },
  });
  const element = node('div', { class: 'table-box', tabindex: '-1' }, field && node('div', { class: 'filters' }, field), body);
  draw();
  reload();
  return { element, reload, first };
}
