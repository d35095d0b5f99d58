// Pages that follow the store.

import { render } from './dom.js';
import { subscribe } from './store.js';
import { everySecond } from './time.js';

// live keeps el showing what draw() gives: after every change, and every
// second if it depends on the time. draw is given redraw, for changes of the
// page's own state; live gives a function that ends it, which has redraw, too.
export function live(el, draw, { ticks = false } = {}) {
  const redraw = () => render(el, draw(redraw));
  const ends = [subscribe(redraw), ticks && everySecond(redraw)];
  redraw();
  const end = () => ends.forEach((e) => e && e());
  end.redraw = redraw;
  return end;
}
