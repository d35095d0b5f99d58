// The navigation: the pages of a role in groups that fold, beside the page; as
// a rail of icons where there is little room or somebody likes it better; on a
// narrow screen as a bar below, with the grouped pages in a menu.

import { node } from './dom.js';
import { icon } from './icons.js';
import { mark } from './signin.js';
import { menu } from './ui/menu.js';

const root = document.documentElement;

// choose keeps a choice about how pages look in this browser; theme.js heeds it. No value = none.
export function choose(name, value) {
  value ? localStorage.setItem(name, value) : localStorage.removeItem(name);
  root.dispatchEvent(new Event('chosen'));
}

// place is what stands above the pages, if anything. navigation gives its element, and show(view), which tells what is looked at.
export function navigation({ pages, home, place, person }) {
  const narrow = () => root.dataset.side === 'narrow';
  const links = new Map(pages.map((v) => [v, node('a', { href: `#/${v.path}`, class: v.group && 'grouped',
    onpointerenter: (e) => { e.currentTarget.title = narrow() ? v.title : ''; } }, icon(v.icon), node('span', {}, v.title))]));
  const groups = [...new Set(pages.map((v) => v.group).filter(Boolean))].map((name) => group(name, pages.filter((v) => v.group === name).map((v) => links.get(v))));
  const more = groups.length > 0 && node('button', { class: 'plain more-pages', type: 'button', 'aria-haspopup': 'menu',
    onclick: (e) => menu(e.currentTarget, grouped(pages)) }, icon('menu'), node('span', {}, 'More'));
  const element = node('nav', { class: 'side', 'aria-label': 'Pages' },
    node('a', { class: 'brand', href: `#/${home}`, 'aria-label': 'Holdline' }, mark(), node('span', {}, 'Holdline')), place,
    node('div', { class: 'side-links', onkeydown: walk }, pages.filter((v) => !v.group).map((v) => links.get(v)), groups.map((g) => g.elements), more),
    node('div', { class: 'side-foot' }, person, foldButton(narrow)));

  function show(view) {
    for (const [v, a] of links) v === view ? a.setAttribute('aria-current', 'page') : a.removeAttribute('aria-current');
    if (more) more.toggleAttribute('data-current', Boolean(view.group));
    groups.find((g) => g.name === view.group)?.fold(false);
    links.get(view)?.scrollIntoView({ block: 'nearest' });
  }
  return { element, show };
}

const folded = () => {
  try {
    return JSON.parse(localStorage.getItem('folded')) ?? [];
  } catch {
    return [];
  }
};

// group is a heading that folds the links below it. What is looked at is never folded away.
function group(name, links) {
  const id = `pages-${name.toLowerCase()}`;
  const heading = node('button', { class: 'side-heading', type: 'button', 'aria-controls': id, onclick: () => {
    const away = heading.getAttribute('aria-expanded') === 'true';
    localStorage.setItem('folded', JSON.stringify(away ? [...folded(), name] : folded().filter((n) => n !== name)));
    fold(away);
  } }, name, icon('chevron'));
  const fold = (away) => heading.setAttribute('aria-expanded', String(!away));
  fold(folded().includes(name));
  return { name, fold, elements: [heading, node('div', { class: 'side-group', id, role: 'group', 'aria-label': name }, links)] };
}

function foldButton(narrow) {
  const button = node('button', { class: 'plain side-fold', type: 'button', onclick: () => {
    choose('side', narrow() ? 'wide' : 'narrow');
    tell();
  } }, icon('fold'), node('span', {}, 'Collapse'));
  const tell = () => {
    button.setAttribute('aria-expanded', String(!narrow()));
    button.title = narrow() ? 'Expand the navigation' : '';
  };
  tell();
  return button;
}

// walk moves the focus with the arrows among what can be seen.
function walk(e) {
  const all = [...e.currentTarget.querySelectorAll('a, button')].filter((el) => el.checkVisibility({ checkVisibilityCSS: true }));
  const at = all.indexOf(document.activeElement);
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 }[e.key];
  if (to === undefined || !all[to]) return;
  e.preventDefault();
  all[to].focus();
}

function grouped(pages) {
  let heading;
  return pages.filter((v) => v.group).flatMap((v) => {
    const first = v.group !== heading;
    heading = v.group;
    return [first && { heading: v.group }, { label: v.title, icon: v.icon, run: () => { location.hash = `#/${v.path}`; } }];
  });
}
