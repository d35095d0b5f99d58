// The console begins here: who is signed in decides between the sign-in page and the shell.

import { session, use } from './api.js';
import { node } from './dom.js';
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
    enter(await session.get());
  } catch (err) {
    if (err.status === 401) return signIn(app, enter);
    const place = node('main', { class: 'alone' });
    app.replaceChildren(place);
    render(place, failure(err, start));
  }
}

function enter(who) {
  const again = (now) => {
    asking ??= goOn(who, now).finally(() => { asking = undefined; });
    return asking;
  };
  use(who, again);
  stream.open(() => stillSignedIn(who, again));
  const end = shell(app, who, signOut);
  leave = () => {
    end();
    stream.close();
    forget();
    use(undefined, () => {});
  };
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
    return await again(await session.get());
  } catch (err) {
    if (err.status !== 401) throw err;
    return again();
  }
}

start();
