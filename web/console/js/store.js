// What the organisation looks like now, fed by the live stream. Objects are
// those of GET /client/{client_id}/stream/ (docs/api-ver1.md, Watching live);
// one that changes is replaced, never edited, so === tells whether it changed.

import { setClock, setZone } from './time.js';

const kinds = { queue: new Map(), agent: new Map(), caller: new Map(), call: new Map() };
const subscribers = new Set();
let scheduled = false;

// Lists in order, until something in them comes, goes or is renamed: sorting
// a thousand names takes longer than all the rest of a change.
const sorted = { queue: undefined, agent: undefined };
const sortKey = { queue: (q) => q.extension_name, agent: (a) => `${agentName(a)}\n${a.agent_id}` };

function inOrder(kind) {
  sorted[kind] ??= [...kinds[kind].entries()].map(([id, o]) => [sortKey[kind](o), id]).sort((a, b) => byNumber(a[0], b[0])).map(([, id]) => id);
  return sorted[kind].map((id) => kinds[kind].get(id));
}

export const store = {
  // state of the stream: 'connecting', 'live', 'lost' (it is being connected again)
  state: 'connecting',
  ready: false, // a snapshot has come
  client: undefined,
  queue: (id) => kinds.queue.get(String(id)),
  agent: (id) => kinds.agent.get(String(id)),
  call: (id) => kinds.call.get(id),
  // queues by number
  queues: () => inOrder('queue'),
  // agents by name
  agents: () => inOrder('agent'),
  // callers in the order they are served in
  callers: () => [...kinds.caller.values()].sort((a, b) => a.joined - b.joined || (a.call_api_id < b.call_api_id ? -1 : 1)),
  calls: () => [...kinds.call.values()].sort((a, b) => a.init_time - b.init_time),
  // calls an extension makes or takes
  callsAt(extension) {
    atExtension ??= byExtension();
    return atExtension.get(extension) ?? [];
  },
};

// Calls by extension, until one comes or goes: a list of a thousand agents asks for each.
let atExtension;

function byExtension() {
  const out = new Map();
  for (const c of store.calls()) {
    for (const extension of new Set([c.caller_extension_id, c.called_extension_id])) {
      if (out.has(extension)) out.get(extension).push(c);
      else out.set(extension, [c]);
    }
  }
  return out;
}

const collator = new Intl.Collator(undefined, { numeric: true });

export function byNumber(a, b) {
  return collator.compare(a, b);
}

// shortNumber leaves the organisation's prefix out: 0003*700 is 700. Numbers outside have none.
export function shortNumber(full) {
  return full ? full.slice(full.indexOf('*') + 1) : '';
}

export function agentName(a) {
  return a.name || shortNumber(a.number) || `Agent ${a.agent_id}`;
}

export function queueName(q) {
  return q ? q.label || shortNumber(q.extension_name) : '';
}

// apply takes an event of the stream.
export function apply(event, data) {
  setClock(data.now);
  if (event === 'snapshot') clear();
  for (const [key, object] of Object.entries(data.objects)) {
    if (key === 'client') {
      store.client = object;
      setZone(object.time_zone);
      continue;
    }
    const slash = key.indexOf('/');
    const kind = key.slice(0, slash);
    const m = kinds[kind];
    const id = key.slice(slash + 1);
    if (!m) continue; // something newer than this page
    if (kind in sorted && (object === null || !m.has(id) || sortKey[kind](object) !== sortKey[kind](m.get(id)))) sorted[kind] = undefined;
    object === null ? m.delete(id) : m.set(id, object);
    if (kind === 'call') atExtension = undefined;
  }
  store.ready = true;
  store.state = 'live';
  changed();
}

function clear() {
  atExtension = undefined;
  for (const m of Object.values(kinds)) m.clear();
  for (const kind in sorted) sorted[kind] = undefined;
}

export function setState(state) {
  if (store.state === state) return;
  store.state = state;
  changed();
}

// forget empties the store, for whoever signs in next.
export function forget() {
  clear();
  store.ready = false;
  store.client = undefined;
  setState('connecting');
}

// subscribe calls fn after changes, at most once a frame, until the function it gives is called.
export function subscribe(fn) {
  subscribers.add(fn);
  return () => subscribers.delete(fn);
}

export function changed() {
  if (scheduled) return;
  scheduled = true;
  // A hidden page gets no animation frames; it is to be right when it is looked at.
  (document.hidden ? (f) => setTimeout(f, 250) : requestAnimationFrame)(() => {
    scheduled = false;
    for (const fn of [...subscribers]) fn();
  });
}
