// The HTTP API, with the browser's session. Every function gives the answer's
// JSON, or throws a Refusal that says what was wrong in words for people:
//
//   const queue = await api.get(`/extension/${id}/queue/`);
//   const { list, total } = await api.list('/client/@me/extension/', {type: 'queue', page: 2});
//   await api.put(`/client/@me/agent/local/${id}`, {status: 'available'});
//
// A refusal has status (HTTP), word ('invalid_parameter'), field (which value
// was wrong, or undefined) and message. form.js shows it at its field.

const base = '/api/ver1.0';
let csrf = '';
let onSignedOut = () => {};

export class Refusal extends Error {
  constructor(status, body) {
    super(body.message || `The server answered with status ${status}.`);
    this.status = status;
    this.word = body.status;
    this.field = body.field;
    this.retry = body.retry;
  }
}

// use takes a session over; signedOut is called when it has ended.
export function use(session, signedOut) {
  csrf = session?.csrf ?? '';
  if (signedOut) onSignedOut = signedOut;
}

async function send(method, url, body) {
  const headers = { Accept: 'application/json' };
  if (method !== 'GET') headers['X-CSRF-Token'] = csrf;
  if (body !== undefined && !(body instanceof FormData)) {
    headers['Content-Type'] = 'application/json';
    body = JSON.stringify(body);
  }
  let answer;
  try {
    answer = await fetch(url, { method, headers, body, credentials: 'same-origin', cache: 'no-store' });
  } catch {
    throw new Refusal(0, { message: 'The server cannot be reached. Check the network; nothing was changed.' });
  }
  if (answer.ok) return answer;
  const said = await answer.json().catch(() => ({}));
  if (answer.status === 429) said.retry = Number(answer.headers.get('Retry-After')) || undefined;
  if (answer.status === 401 && url.startsWith(base)) onSignedOut();
  throw new Refusal(answer.status, said);
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
  get: (path, params) => json('GET', base + path + query(params)),
  // list gives a page of a list and how many there are in all.
  async list(path, params) {
    const answer = await send('GET', base + path + query(params));
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
  post: (path, body) => json('POST', base + path, body),
  // upload sends a form with a file; progress is told how much of it has gone, 0 … 1.
  upload: (path, form, progress) => new Promise((resolve, reject) => {
    const x = new XMLHttpRequest();
    x.open('POST', base + path);
    x.setRequestHeader('X-CSRF-Token', csrf);
    x.responseType = 'json';
    x.upload.onprogress = (e) => e.lengthComputable && progress?.(e.loaded / e.total);
    x.onerror = () => reject(new Refusal(0, { message: 'The file could not be sent. Check the network; nothing was changed.' }));
    x.onload = () => {
      if (x.status < 300) return resolve(x.response);
      if (x.status === 401) onSignedOut();
      reject(new Refusal(x.status, x.response ?? {}));
    };
    x.send(form);
  }),
  put: (path, body) => json('PUT', base + path, body),
  delete: (path, params) => json('DELETE', base + path + query(params)),
  url: (path, params) => base + path + query(params), // for links and players
};

const here = '/console/session';

export const session = {
  get: () => json('GET', here),
  signIn: (login, password) => json('POST', here, { login, password }),
  signOut: () => json('DELETE', here),
  changePassword: (old_password, password) => json('PUT', here + '/password', { old_password, password }),
};
