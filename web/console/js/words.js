// What states are called, and their signs: each has an icon and a word, so
// that colour is never the only sign.

import { h } from './dom.js';
import { icon } from './icons.js';

const states = {
  available: { word: 'Available', icon: 'check', order: 4 },
  ringing: { word: 'Ringing', icon: 'ringing', order: 1 },
  talking: { word: 'Talking', icon: 'phone', order: 0 },
  wrap: { word: 'Wrap-up', icon: 'pencil', order: 2 },
  resting: { word: 'Resting', icon: 'hourglass', order: 5 },
  other: { word: 'Other call', icon: 'busy', order: 3 },
  break: { word: 'Break', icon: 'cup', order: 6 },
  unreachable: { word: 'No phone', icon: 'unplugged', order: 7 },
  out: { word: 'Logged out', icon: 'circle', order: 8 },
};

// stateNames lists the states in the order in which they are shown.
export const stateNames = Object.keys(states).sort((a, b) => states[a].order - states[b].order);

export const stateWord = (name) => states[name].word;
export const stateOrder = (name) => states[name].order;
export const stateIcon = (name, label) => icon(states[name].icon, label);

const lineStates = { talking: 'talking', offered: 'ringing', wrap_up: 'wrap', on_call: 'other' };

// agentState says how an agent stands, of the words above: what the line does
// counts first, then the status; of one queue only if its place there is given.
export function agentState(a, place = a) {
  if (place !== a && place.status === 'logged_out') return 'out';
  if (lineStates[a.state]) return lineStates[a.state];
  if (place.status === 'logged_out') return 'out';
  if (place.status === 'on_break') return 'break';
  return { unreachable: 'unreachable', resting: 'resting' }[a.state] ?? 'available';
}

// isLoggedIn tells whether an agent serves queues, on a break, too. Who is
// logged out and in a call of the own is not.
export const isLoggedIn = (a) => a.status !== 'logged_out';

// stateSince is since when an agent stands like that.
export function stateSince(a) {
  const state = agentState(a);
  if (state === 'talking') return a.call?.answered ?? a.state_since;
  if (state === 'break' || state === 'out') return a.status_since;
  if (state === 'available') return Math.max(a.state_since ?? 0, a.status_since ?? 0) || null;
  return a.state_since;
}

const causes = { busy: 'was busy', no_answer: 'did not answer', rejected: 'rejected the call', unreachable: 'phone not reached' };

// stateDetail says more of a state: a break's reason, why an agent rests.
export function stateDetail(a) {
  const state = agentState(a);
  if (state === 'break') return a.pause_reason ?? '';
  if (state === 'resting') return causes[a.cause] ?? '';
  return '';
}

export function Badge({ state, word }) {
  return h('span', { class: ['badge', `is-${state}`] }, stateIcon(state), h('span', {}, word ?? stateWord(state)));
}
