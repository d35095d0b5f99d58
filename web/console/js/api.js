// The HTTP API, with the browser's session. Every function gives the answer's
// JSON, or throws a Refusal that says what was wrong in words for people:
//
//   const queue = await api.get(`/extension/${id}/queue/`);
//   const { list, total } = await api.list('/client/@me/extension/', {type: 'queue', page: 2});
//   await api.put(`/client/@me/agent/local/${id}`, {status: 'available'});
//
// @me is the organisation the page works in (place.js). A refusal has status
// (HTTP), word ('invalid_parameter'), field (which value was wrong, or
// undefined) and message. form.js shows it at its field.
//
// When the session has ended the person is asked to sign in again, and then
// the request goes on: whoever asked for something only waits longer.

import { placed } from './place.js';

const base = '/api/ver1.0';
let csrf = '';
let person = 0; // another one with each whom use has taken over
let signInAgain = async () => false;

export class Refusal extends Error {
  constructor(status, body) {
    super(body.message || `The server answered with status ${status}.`);
    this.status = status;
    this.word = body.status;
    this.field = body.field;
    this.retry = body.retry;
  }
}

// use takes a session over; with again it is somebody's who has just come.
// again is called when the session has ended, and gives whether the same person
// has signed in again.
export function use(session, again) {
  csrf = session?.csrf ?? '';
  if (!again) return;
  signInAgain = again;
  person++;
}

async function send(method, url, body) {
  const headers = { Accept: 'application/json' };
  if (body !== undefined && !(body instanceof FormData)) {
    headers['Content-Type'] = 'application/json';
    body = JSON.stringify(body);
  }
  for (const asker = { person }; ;) {
    asker.token = csrf;
    if (method !== 'GET') headers['X-CSRF-Token'] = asker.token;
    let answer;
    try {
      answer = await fetch(url, { method, headers, body, credentials: 'same-origin', cache: 'no-store' });
    } catch {
      throw new Refusal(0, { message: `The server cannot be reached. Check the network${method === 'GET' ? '' : ', then whether this was done'}.` });
    }
    if (answer.ok) return answer;
    if (await mayTryAgain(method, url, answer.status, asker)) continue;
    const said = await answer.json().catch(() => ({}));
    if (answer.status === 429) said.retry = Number(answer.headers.get('Retry-After')) || undefined;
    throw new Refusal(answer.status, said);
  }
}

// mayTryAgain tells whether a refused request would be let in now: the session
// it was sent with has ended, or another window has begun another since.
async function mayTryAgain(method, url, status, asker) {
  if (url === here) return false; // it is about the session itself
  if (status === 401 && asker.token === csrf) await signInAgain();
  if (status === 403 && method !== 'GET' && asker.token === csrf) {
    await session.get().then((now) => now.csrf !== csrf && signInAgain(now), () => {});
  }
  return [401, 403].includes(status) && asker.token !== csrf && asker.person === person;
}

async function json(method, url, body) {
  const answer = await send(method, url, body);
  return answer.status === 204 ? undefined : answer.json();
}

function query(params) {
  const q = new URLSearchParams();
  for (const [name, value] of Object.entries(params ?? {})) {
    for (const v of Array.isArray(value) ? value : [value]) if (v !== undefined && v !== null && v !== '') q.append(name, v);
  }
  const text = q.toString();
  return text ? '?' + text : '';
}

export const api = {
  get: (path, params) => json('GET', api.url(path, params)),
  // list gives a page of a list and how many there are in all.
  async list(path, params) {
    const answer = await send('GET', api.url(path, params));
    return { list: await answer.json(), total: Number(answer.headers.get('X-Total-Count')) };
  },
  // all gives every page of a list.
  async all(path, params) {
    const out = [];
    for (let page = 1; ; page++) {
      const { list, total } = await api.list(path, { ...params, page, per_page: 200 });
      out.push(...list);
      if (out.length >= total || list.length === 0) return out;
    }
  },
  post: (path, body) => json('POST', api.url(path), body),
  // upload sends a form with a file; progress is told how much of it has gone, 0 … 1.
  async upload(path, form, progress) {
    for (const asker = { person }; ;) {
      asker.token = csrf;
      const answer = await sendFile(api.url(path), form, progress);
      if (answer.status < 300) return answer.response;
      if (!(await mayTryAgain('POST', path, answer.status, asker))) throw new Refusal(answer.status, answer.response ?? {});
    }
  },
  put: (path, body) => json('PUT', api.url(path), body),
  delete: (path, params) => json('DELETE', api.url(path, params)),
  url: (path, params) => base + placed(path) + query(params), // for links and players, too
};

// sendFile gives the request when it has been answered: only an XMLHttpRequest tells how far it is.
function sendFile(url, form, progress) {
  return new Promise((resolve, reject) => {
    const x = new XMLHttpRequest();
    x.open('POST', url);
    x.setRequestHeader('X-CSRF-Token', csrf);
    x.responseType = 'json';
    x.upload.onprogress = (e) => e.lengthComputable && progress?.(e.loaded / e.total);
    x.onerror = () => reject(new Refusal(0, { message: 'The file could not be sent. Check the network, then whether the file is there.' }));
    x.onload = () => resolve(x);
    x.send(form);
  });
}

const here = '/console/session';

export const session = {
  get: () => json('GET', here),
  signIn: (login, password) => json('POST', here, { login, password }),
  signOut: () => json('DELETE', here),
  changePassword: (old_password, password) => json('PUT', here + '/password', { old_password, password }),
};
