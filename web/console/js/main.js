// The console begins here: who is signed in decides between the sign-in page and the shell.

import { api, session, use } from './api.js';
import { node } from './dom.js';
import { addressOf, elsewhere } from './place.js';
import { icon } from './icons.js';
import { forget } from './store.js';
import * as stream from './stream.js';
import { shell } from './shell.js';
import { signIn, signInOver } from './signin.js';
import { failure } from './ui/state.js';
import { render } from './dom.js';

const app = document.getElementById('app');
let leave; // ends what is shown
let asking; // that somebody signs in again: one question for all who wait

async function start() {
  try {
    await enter(await session.get());
  } catch (err) {
    if (err.status === 401) return signIn(app, enter);
    const place = node('main', { class: 'alone' });
    app.replaceChildren(place);
    render(place, failure(err, start));
  }
}

async function enter(who) {
  const again = (now) => {
    asking ??= goOn(who, now).finally(() => { asking = undefined; });
    return asking;
  };
  use(who, again);
  if (elsewhere && elsewhere !== String(who.client_id)) {
    who.away = await theirs();
    if (!who.away) return;
  }
  stream.open(() => stillSignedIn(who, again));
  const end = shell(app, who, signOut);
  leave = () => {
    end();
    stream.close();
    forget();
    use(undefined, () => {});
  };
}

// theirs gives the organisation of the page's address; nothing, and says so, when one cannot work in it.
async function theirs() {
  try {
    return await api.get('/client/@me');
  } catch (err) {
    const [title, text] = err.status === 404 ? ['There is no such organisation', 'It may have been deleted.'] : ['This organisation is not yours', 'Only administrators work in others than their own.'];
    if (![403, 404].includes(err.status)) throw err;
    leave?.();
    leave = undefined;
    document.title = `${title} · Holdline`;
    app.replaceChildren(node('main', { class: 'alone' }, node('div', { class: 'nothing bad', role: 'alert' }, icon('building'), node('h1', {}, title), node('p', {}, text),
      node('a', { href: addressOf() }, 'Go to your own organisation'))));
    return undefined;
  }
}

// goOn has who sign in again, unless there is a session by now; the page goes
// on with it, if it is the same person with the same rights. Gives whether it does.
async function goOn(who, now) {
  now ??= await signInOver(who);
  if (now && ['user_id', 'client_id', 'role'].every((name) => now[name] === who[name])) {
    use(now);
    return true;
  }
  signedOut();
  if (now) enter(now);
  return false;
}

function signedOut() {
  leave?.();
  leave = undefined;
  signIn(app, enter);
}

async function signOut() {
  await session.signOut();
  signedOut();
}

// stillSignedIn is asked when the stream was cut: whether the page goes on, or
// a refusal when the server cannot be reached.
async function stillSignedIn(who, again) {
  try {
    if (!(await again(await session.get()))) return false;
    return !who.away || Boolean(await theirs());
  } catch (err) {
    if (err.status !== 401) throw err;
    return again();
  }
}

start();
