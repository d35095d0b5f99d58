// A menu of actions at a button, for keyboard and mouse.
//
//   h('button', {onclick: (e) => menu(e.currentTarget, [
//     {label: 'Log out', icon: 'out', run: () => …},
//     {heading: 'Pause'}, {label: 'Lunch', run: …},
//     {heading: 'Colours'}, {label: 'Dark', checked: true, run: …},    one of several
//     {label: 'Delete', danger: true, run: …}])})

import { h, node } from '../dom.js';
import { icon } from '../icons.js';

let open;

export function menu(button, items) {
  if (open) {
    const same = open.button === button;
    open.close();
    if (same) return;
  }
  const el = node('div', { class: 'menu', role: 'menu', popover: 'manual' }, items.filter(Boolean).map((item) =>
    item.heading
      ? node('div', { class: 'menu-heading', role: 'presentation' }, item.heading)
      : node('button', {
        type: 'button', role: item.checked === undefined ? 'menuitem' : 'menuitemradio', 'aria-checked': item.checked === undefined ? undefined : String(item.checked), tabindex: '-1', class: [item.danger && 'danger'], disabled: item.disabled,
        onclick: () => {
          close();
          button.focus(); // where a dialog that follows gives it back to, too
          item.run();
        },
      }, icon(item.icon ?? 'chevron'), item.label, item.checked && h('span', { class: 'tick' }, icon('tick')))));
  const close = () => {
    removeEventListener('pointerdown', beside, true);
    removeEventListener('scroll', away, true);
    removeEventListener('hashchange', close);
    el.remove();
    button.setAttribute('aria-expanded', 'false');
    button.dispatchEvent(new Event('menuclosed', { bubbles: true })); // a list may move again
    open = undefined;
  };
  const beside = (e) => {
    if (!el.contains(e.target) && !button.contains(e.target)) close();
  };
  const away = (e) => {
    if (!el.contains(e.target)) close();
  };
  el.addEventListener('keydown', (e) => {
    const all = [...el.querySelectorAll('[role^=menuitem]:not(:disabled)')];
    const at = all.indexOf(document.activeElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1 + (at <= 0 ? all.length : 0), Home: 0, End: all.length - 1 }[e.key];
    if (to !== undefined) all[to % all.length].focus();
    else if (e.key === 'Escape' || e.key === 'Tab') {
      close();
      button.focus();
    } else return;
    e.preventDefault();
    e.stopPropagation();
  });
  (button.closest('dialog') ?? document.body).append(el);
  el.showPopover();
  put(el, button.getBoundingClientRect());
  button.setAttribute('aria-haspopup', 'menu');
  button.setAttribute('aria-expanded', 'true');
  addEventListener('pointerdown', beside, true);
  addEventListener('scroll', away, true);
  addEventListener('hashchange', close);
  open = { button, close };
  el.querySelector('[role^=menuitem]:not(:disabled)')?.focus();
}

// put places the menu below the button, or above it where there is more room, within the window.
function put(el, at) {
  const { width, height } = el.getBoundingClientRect();
  const below = innerHeight - at.bottom > height + 12 || at.top < height + 12;
  el.style.setProperty('left', `${Math.max(8, Math.min(at.right - width, innerWidth - width - 8))}px`);
  el.style.setProperty('top', `${Math.max(8, Math.min(below ? at.bottom + 4 : at.top - height - 4, innerHeight - height - 8))}px`);
}
