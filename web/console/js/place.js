// Which organisation this page works in. It stands in the page's address
// (/?client=12#/queues), so each tab has its own, and a reload or a link keeps
// it; without it, it is the organisation of who is signed in. To change it is
// to load the page anew: nothing of the one before is left.

const asked = new URLSearchParams(location.search).get('client');

// elsewhere is the id in the address, as a text; '' = the own organisation.
export const elsewhere = /^[1-9][0-9]{0,18}$/.test(asked ?? '') ? asked : '';

const own = '/client/@me';

// placed gives a path of the API with the organisation for @me.
export function placed(path) {
  return elsewhere && (path === own || path.startsWith(own + '/')) ? `/client/${elsewhere}${path.slice(own.length)}` : path;
}

// addressOf gives the address of a page in an organisation; no id = the own one.
export function addressOf(id, hash = '') {
  return `${location.pathname}${id ? `?client=${id}` : ''}${hash}`;
}
