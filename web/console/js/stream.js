// The live stream: connects, feeds the store, and connects again by itself
// when the network or the server was away.

import { api } from './api.js';
import { apply, setState } from './store.js';
import { setClock } from './time.js';

const firstPause = 1000;
const longestPause = 15000;
const silence = 40000; // the server says something every 15 s
const unseen = 60000; // a page nobody looks at gives its connection back: a browser has six for all its pages

let source;
let pause = firstPause;
let retry;
let watchdog;
let check; // asks whether the session still holds
let awake = 0; // how many want the stream also while the page is hidden
let asleep; // the page is hidden and its stream closed
let sleeping;

// open watches until close is called. stillSignedIn is asked before connecting
// again: it gives false when there is nobody signed in any more.
export function open(stillSignedIn) {
  check = stillSignedIn;
  connect();
  addEventListener('online', soon);
  document.addEventListener('visibilitychange', looked);
}

export function close() {
  removeEventListener('online', soon);
  document.removeEventListener('visibilitychange', looked);
  clearTimeout(sleeping);
  asleep = false;
  clearTimeout(retry);
  clearTimeout(watchdog);
  source?.close();
  source = undefined;
  check = undefined;
}

// looked closes the stream some time after the page was hidden, and opens it when it is looked at.
function looked() {
  clearTimeout(sleeping);
  if (document.hidden && awake === 0) {
    sleeping = setTimeout(() => {
      asleep = true;
      source?.close();
      clearTimeout(watchdog);
      clearTimeout(retry);
    }, unseen);
  } else if (asleep && !document.hidden) {
    asleep = false;
    soon();
  }
}

// stayAwake keeps the stream while the page is hidden, until the function it
// gives is called: for whoever works elsewhere and waits for a sign from here.
export function stayAwake() {
  awake++;
  looked();
  return () => {
    awake--;
    looked();
  };
}

function connect() {
  source?.close();
  source = new EventSource(api.url('/client/@me/stream/'));
  for (const kind of ['snapshot', 'change']) {
    source.addEventListener(kind, (e) => {
      pause = firstPause;
      heard();
      apply(kind, JSON.parse(e.data));
    });
  }
  source.addEventListener('open', heard);
  source.addEventListener('ping', (e) => {
    heard();
    setClock(JSON.parse(e.data).now);
  });
  source.addEventListener('bye', (e) => {
    again();
    if (JSON.parse(e.data).reason !== 'unavailable') soon(); // it is known at once what is to be done
  });
  // Whatever it was: the browser's own way of connecting again gives up at
  // answers like 503, so it is done here.
  source.addEventListener('error', again);
  heard();
}

// heard starts the time anew after which silence means that the connection is dead.
function heard() {
  clearTimeout(watchdog);
  watchdog = setTimeout(again, silence);
}

function again() {
  source?.close();
  clearTimeout(watchdog);
  clearTimeout(retry);
  setState('lost');
  retry = setTimeout(attempt, pause * (0.75 + Math.random() / 2));
  pause = Math.min(pause * 1.7, longestPause);
}

function soon() {
  if (asleep) return;
  pause = firstPause;
  clearTimeout(retry);
  attempt();
}

async function attempt() {
  const asked = check;
  const signedIn = await asked?.().catch(() => undefined);
  if (asked !== check || signedIn === false) return; // closed meanwhile
  if (signedIn === undefined) again(); // the server cannot be reached
  else connect();
}
