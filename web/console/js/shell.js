// What stands around every page: navigation by role, the person's menu, the
// banner that tells when what is shown may be old.

import { node, render } from './dom.js';
import { icon } from './icons.js';
import { leadIn } from './leadin.js';
import { navigation } from './navigation.js';
import { awayStrip, choose, switcher } from './organisations.js';
import { personButton } from './person.js';
import { store, subscribe } from './store.js';
import { tellCut } from './ui/cut.js';
import { failure, loading } from './ui/state.js';
import { guard, mayLeave } from './ui/unsaved.js';
import { home, views } from './views.js';

export function shell(app, who, signOut) {
  const mine = views.filter((v) => v.roles.includes(who.role) && !(v.own && who.away));
  const anywhere = who.role === 'administrator';
  const page = node('main', { class: 'page', id: 'page', tabindex: '-1' });
  const banner = node('div', { class: 'banner', role: 'status', hidden: true });
  const aside = [...mine.filter((v) => v.aside), ...(anywhere ? [{ title: 'Work in an organisation…', icon: 'building', run: () => choose(who) }] : [])];
  const place = anywhere ? switcher(who) : undefined;
  const nav = navigation({ pages: mine.filter((v) => !v.aside), home: home(who.role), place: place?.element, person: personButton(who, aside, async () => (await mayLeave()) && signOut()) });
  app.replaceChildren(node('a', { class: 'skip', href: '#page', onclick: (e) => { e.preventDefault(); page.focus(); } }, 'Skip to the page'),
    node('div', { class: 'shell' }, nav.element, node('div', { class: 'beside' }, who.away && awayStrip(who), banner, page)));

  let leave; // ends the page that is shown
  let visit = 0;

  async function go() {
    const [place, query] = location.hash.replace(/^#\/?/, '').split('?');
    const [path, ...rest] = place.split('/');
    const view = mine.find((v) => v.path === path);
    if (!view) {
      location.replace(`#/${home(who.role)}`);
      return;
    }
    const this_ = ++visit;
    leave?.();
    leave = undefined;
    nav.show(view);
    const title = (text) => { document.title = [text, view.title, who.away?.name, 'Holdline'].filter(Boolean).join(' · '); };
    title();
    const slow = setTimeout(() => show(loading()), 200);
    try {
      const module = await view.load();
      if (this_ !== visit) return;
      page.replaceChildren();
      page.className = `page page-${view.path}`;
      delete page.$shown;
      scrollTo(0, 0);
      leave = module.page(page, { session: who, param: rest.map(decoded).join('/') || undefined, query: new URLSearchParams(query), go: (to) => { location.hash = `#/${to}`; },
        title: (text) => this_ === visit && title(text) });
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
  const endCut = tellCut(page);
  const endLead = mine.some((v) => v.path === 'setup') ? leadIn(home(who.role)) : () => {};
  const endGuard = guard(go);
  go();
  return () => {
    visit++;
    leave?.();
    endLead();
    endTell();
    endCut();
    place?.end();
    endGuard();
  };
}

// decoded reads a part of an address; what was typed wrong stays as it is, and is found nowhere.
function decoded(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
