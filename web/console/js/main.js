// The console begins here: who is signed in decides between the sign-in page and the shell.

import { session, use } from './api.js';
import { node } from './dom.js';
import { forget } from './store.js';
import * as stream from './stream.js';
import { shell } from './shell.js';
import { signIn } from './signin.js';
import { failure } from './ui/state.js';
import { render } from './dom.js';

const app = document.getElementById('app');
let leave; // ends what is shown

async function start() {
  try {
    enter(await session.get());
  } catch (err) {
    if (err.status === 401) return ask();
    const place = node('main', { class: 'alone' });
    app.replaceChildren(place);
    render(place, failure(err, start));
  }
}

function enter(who) {
  use(who, () => signedOut('Your session has ended. Sign in again to go on.'));
  stream.open(stillSignedIn);
  const end = shell(app, who, signOut);
  leave = () => {
    end();
    stream.close();
    forget();
    use(undefined);
  };
}

function ask(message) {
  signIn(app, enter, message);
}

function signedOut(message) {
  leave?.();
  leave = undefined;
  ask(message);
}

async function signOut() {
  await session.signOut();
  signedOut();
}

// stillSignedIn is asked when the stream was cut: true, false, or a refusal when the server cannot be reached.
async function stillSignedIn() {
  try {
    use(await session.get());
    return true;
  } catch (err) {
    if (err.status !== 401) throw err;
    signedOut('Your session has ended. Sign in again to go on.');
    return false;
  }
}

start();
