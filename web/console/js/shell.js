// What stands around every page: navigation by role, the person's menu, the
// banner that tells when what is shown may be old.

import { session } from './api.js';
import { node, render } from './dom.js';
import { icon } from './icons.js';
import { leadIn } from './leadin.js';
import { mark } from './signin.js';
import { store, subscribe } from './store.js';
import { formDialog } from './ui/form.js';
import { menu } from './ui/menu.js';
import { failure, loading } from './ui/state.js';
import { attempt, toast } from './ui/toast.js';
import { home, views } from './views.js';

export function shell(app, who, signOut) {
  const mine = views.filter((v) => v.roles.includes(who.role));
  const page = node('main', { class: 'page', id: 'page', tabindex: '-1' });
  const banner = node('div', { class: 'banner', role: 'status', hidden: true });
  const linked = mine.filter((v) => !v.aside);
  const links = linked.map((v) => node('a', { href: `#/${v.path}`, class: v.group && 'grouped' }, icon(v.icon), node('span', {}, v.title)));
  // On a narrow screen the pages with a group are in a menu.
  const more = linked.some((v) => v.group) && node('button', { class: 'plain more-pages', type: 'button', 'aria-haspopup': 'menu',
    onclick: (e) => menu(e.currentTarget, morePages(linked)) }, icon('menu'), node('span', {}, 'More'));
  const nav = node('nav', { class: 'side', 'aria-label': 'Pages' },
    node('a', { class: 'brand', href: `#/${home(who.role)}` }, mark(), node('span', {}, 'Holdline')),
    node('div', { class: 'side-links' }, groups(linked, links), more),
    node('div', { class: 'side-foot' },
      node('button', { class: 'plain person', type: 'button', 'aria-haspopup': 'menu', onclick: (e) => menu(e.currentTarget, personMenu(who, mine.filter((v) => v.aside), signOut)) },
        icon('person'), node('span', { class: 'person-name' }, who.name || who.login, node('small', {}, who.role)))));
  app.replaceChildren(node('a', { class: 'skip', href: '#page', onclick: (e) => { e.preventDefault(); page.focus(); } }, 'Skip to the page'),
    node('div', { class: 'shell' }, nav, node('div', { class: 'beside' }, banner, page)));

  let leave; // ends the page that is shown
  let visit = 0;

  async function go() {
    const [path, ...rest] = location.hash.replace(/^#\/?/, '').split('/');
    const view = mine.find((v) => v.path === path);
    if (!view) {
      location.replace(`#/${home(who.role)}`);
      return;
    }
    const this_ = ++visit;
    leave?.();
    leave = undefined;
    links.forEach((a, i) => (linked[i] === view ? a.setAttribute('aria-current', 'page') : a.removeAttribute('aria-current')));
    if (more) more.toggleAttribute('data-current', Boolean(view.group));
    document.title = `${view.title} · Holdline`;
    const slow = setTimeout(() => show(loading()), 200);
    try {
      const module = await view.load();
      if (this_ !== visit) return;
      page.replaceChildren();
      page.className = `page page-${view.path}`;
      delete page.$shown;
      leave = module.page(page, { session: who, param: rest.map(decodeURIComponent).join('/') || undefined, go: (to) => { location.hash = `#/${to}`; } });
    } catch (err) {
      console.error(err);
      // A newer version of the server has other files: loading the page anew gets them.
      if (this_ === visit) show(failure(new Error('The page could not be loaded. The server may have been updated meanwhile.'), () => location.reload()));
    } finally {
      clearTimeout(slow);
    }
  }

  function show(v) {
    const place = node('div', {});
    render(place, v);
    page.replaceChildren(place);
  }

  const tell = () => {
    banner.hidden = store.state !== 'lost';
    if (!banner.hidden) banner.replaceChildren(node('span', {}, icon('unplugged')), 'Connection lost. What you see may be old; connecting again…');
  };
  const endTell = subscribe(tell);
  tell();
  const endLead = mine.some((v) => v.path === 'setup') ? leadIn(home(who.role)) : () => {};
  addEventListener('hashchange', go);
  go();
  return () => {
    visit++;
    leave?.();
    endLead();
    endTell();
    removeEventListener('hashchange', go);
  };
}

// groups puts a heading before the links of each group.
function groups(mine, links) {
  return mine.flatMap((v, i) => (startsGroup(mine, i) ? [node('div', { class: 'side-heading' }, v.group), links[i]] : [links[i]]));
}

const startsGroup = (mine, i) => mine[i].group && mine[i].group !== mine[i - 1]?.group;

function morePages(mine) {
  return mine.flatMap((v, i) => (v.group
    ? [startsGroup(mine, i) && { heading: v.group }, { label: v.title, icon: v.icon, run: () => { location.hash = `#/${v.path}`; } }]
    : []));
}

function personMenu(who, aside, signOut) {
  const dark = isDark();
  return [
    ...aside.map((v) => ({ label: v.title, icon: v.icon, run: () => { location.hash = `#/${v.path}`; } })),
    { label: dark ? 'Light colours' : 'Dark colours', icon: dark ? 'sun' : 'moon', run: () => setTheme(dark ? 'light' : 'dark') },
    { label: 'Change password', icon: 'key', run: changePassword },
    { label: 'Sign out', icon: 'out', run: () => attempt(signOut) },
  ];
}

function isDark() {
  const chosen = document.documentElement.dataset.theme;
  return chosen ? chosen === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
}

function setTheme(theme) {
  document.documentElement.dataset.theme = theme;
  localStorage.setItem('theme', theme);
}

async function changePassword() {
  const changed = await formDialog({
    title: 'Change password',
    submit: 'Change password',
    fields: [
      { name: 'old_password', label: 'Present password', kind: 'password', required: true, autocomplete: 'current-password' },
      { name: 'password', label: 'New password', kind: 'password', required: true, autocomplete: 'new-password', help: 'At least 10 characters. You stay signed in here; other browsers are signed out.' },
    ],
    save: (_, all) => session.changePassword(all.old_password, all.password),
  });
  if (changed) toast('Your password is changed.');
}
