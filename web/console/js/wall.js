// A wallboard on a wall: which queues it shows, and how large it can be drawn.
//
// Both stand in the page's address, so that a wall can be bookmarked:
// #/wallboard?queues=700,701 shows two queues, #/wallboard?wall fills the
// window even where no full screen can be asked for, as in a kiosk.

import { node } from './dom.js';
import { queueName, shortNumber, store } from './store.js';
import { dialog } from './ui/dialog.js';

// choice is what a wall shows: numbers (short; none = all) of queues.
export function choice(query) {
  const state = { numbers: (query.get('queues') ?? '').split(',').filter(Boolean), wall: query.has('wall') };
  let seats = new WeakMap(); // agents as they stand in the queues chosen, by agent

  const write = () => {
    const asked = [state.numbers.length > 0 && `queues=${state.numbers.map(encodeURIComponent).join(',')}`, state.wall && 'wall'].filter(Boolean).join('&');
    history.replaceState(null, '', `#/wallboard${asked && '?'}${asked}`);
  };
  const shows = (q) => state.numbers.length === 0 || state.numbers.includes(shortNumber(q.extension_name));

  return {
    get wall() {
      return state.wall;
    },
    set wall(on) {
      state.wall = on;
      write();
    },
    get some() {
      return state.numbers.length > 0;
    },
    queues: () => store.queues().filter(shows),
    // missing are numbers of the address that no queue has.
    missing: () => state.numbers.filter((n) => !store.queues().some((q) => shortNumber(q.extension_name) === n)),
    // agents are those of the queues chosen, with the status they have there.
    agents(queues) {
      if (state.numbers.length === 0) return store.agents();
      const ids = new Set(queues.map((q) => q.extension_id));
      return store.agents().filter((a) => a.queues.some((p) => ids.has(p.extension_id))).map((a) => {
        if (!seats.has(a)) seats.set(a, seat(a, ids));
        return seats.get(a);
      });
    },
    async ask() {
      const rows = store.queues().map((q) => ({ q, box: node('input', { type: 'checkbox', checked: shows(q) }) }));
      const chosen = await dialog({
        title: 'Queues of this wallboard',
        body: node('div', {}, node('p', { class: 'soft' }, 'The choice stands in the page’s address: bookmark it for this screen.'),
          node('div', { class: 'choices' }, rows.map(({ q, box }) => node('label', { class: 'check-row' }, box, `${queueName(q)} (${shortNumber(q.extension_name)})`)))),
        actions: [{ label: 'Cancel' }, { label: 'Show', value: true, kind: 'primary' }],
      });
      if (!chosen) return;
      const on = rows.filter(({ box }) => box.checked);
      state.numbers = on.length === rows.length ? [] : on.map(({ q }) => shortNumber(q.extension_name));
      seats = new WeakMap();
      write();
    },
  };
}

const better = ['available', 'on_break', 'logged_out'];

// seat is an agent with the status of the places in some queues only.
function seat(a, ids) {
  const [best] = a.queues.filter((p) => ids.has(p.extension_id)).sort((p, q) => better.indexOf(p.status) - better.indexOf(q.status));
  return best.status === a.status ? a : { ...a, status: best.status, pause_reason: best.pause_reason, status_since: best.since };
}

const smallest = 9; // px of the page's unit: what does not fit then is scrolled
const largest = 40;

// fit draws a wall as large as it can be without scrolling, and tells how many
// lines of callers there is room for.
export function fit(board) {
  const root = document.documentElement;
  const agents = board.querySelector('.agents');
  const callers = board.querySelector('.callers');
  if (!agents) return undefined;
  const size = (px) => root.style.setProperty('font-size', `${px}px`);
  const fits = () => agents.scrollHeight <= agents.clientHeight + 1 && board.scrollHeight <= board.clientHeight + 1;
  root.removeAttribute('data-long');
  let [low, high] = [smallest, Math.min(largest, innerWidth / 76)];
  size(high);
  if (!fits()) {
    for (let i = 0; i < 7; i++) { // what fits is between the two
      const middle = (low + high) / 2;
      size(middle);
      fits() ? (low = middle) : (high = middle);
    }
    size(low);
  }
  if (!fits()) root.setAttribute('data-long', '');
  const line = 2.625 * parseFloat(getComputedStyle(root).fontSize);
  return Math.max(3, Math.floor((callers.clientHeight - callers.firstElementChild.offsetHeight) / line) - 1);
}
