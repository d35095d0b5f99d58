// What is done with calls that are up, each through the API. A call is that of
// the store, a caller of the store, or one of callsOf.

import { api } from './api.js';
import { agentName, queueName, shortNumber, store } from './store.js';
import { confirm } from './ui/dialog.js';
import { formDialog } from './ui/form.js';
import { attempt, toast } from './ui/toast.js';
import { agentState, stateWord } from './words.js';

// callPath is where a call is addressed: under an extension it is one of. An
// agent names the own phone (via), because the queue is not the agent's.
function callPath(c) {
  const extension = c.via ?? c.extension_id ?? c.queue_id ?? c.caller_extension_id ?? c.called_extension_id;
  return `/extension/${extension}/current_calls/${encodeURIComponent(c.call_api_id)}`;
}

const order = (c, action, send_dst) => api.put(callPath(c), send_dst === undefined ? { action } : { action, send_dst });

const callerOf = (c) => shortNumber(c.number || c.caller_id_number) || 'the caller';

// callsOf gives an agent's calls, that of a queue first: number is the other
// side's, mine the agent's side of it ('caller', 'called'), held what that side
// has done to the other (null, 'order', 'phone', 'consult').
export function callsOf(a) {
  const lines = a.extension_id === null ? [] : store.callsAt(a.extension_id).map((c) => line(a, c));
  if (!a.call) return lines;
  const talk = lines.find((c) => c.call_api_id === a.call.call_api_id && a.state === 'talking');
  // One that only rings is still the queue's.
  const via = a.state === 'talking' && a.extension_id !== null ? a.extension_id : a.call.extension_id;
  return [{ ...(talk ?? { call_api_id: a.call.call_api_id, via, mine: 'called' }), number: a.call.number, name: a.call.name,
    queue: a.call.extension_id, joined: a.call.joined,
    since: a.call.answered ?? a.call.joined, talks: a.state === 'talking', rings: a.state === 'offered' }, ...lines.filter((c) => c.call_api_id !== a.call.call_api_id)];
}

function line(a, c) {
  const mine = c.caller_extension_id === a.extension_id ? 'caller' : 'called';
  const [number, name] = mine === 'called' ? [c.caller_id_number, c.caller_id_name] : [c.called_number, ''];
  return { call_api_id: c.call_api_id, via: a.extension_id, mine, number, name, queue: c.queue_id, state: c.state, since: c.answer_time ?? c.init_time,
    talks: inTalk(c), rings: c.state === 'ringing' && mine === 'called', held: c[`${mine}_hold`], heldByOther: c[mine === 'caller' ? 'called_hold' : 'caller_hold'] };
}

// inTalk tells whether two talk, so that the call can be held, listened to, joined.
export const inTalk = (c) => c.state === 'talking' || c.state === 'held';

export async function hangUp(c) {
  const sure = await confirm({
    title: 'Hang up this call?',
    text: `The call of ${callerOf(c)} ends for everybody in it.`,
    action: 'Hang up',
    danger: true,
    run: () => api.delete(callPath(c)),
  });
  if (sure) toast('The call is ended.');
}

// destinations are where a call can go, as [number, text]: not back to the phone
// it is addressed under. Of agents their state is told, so that nobody is sent
// to where no phone is. Agents know of themselves only, and type a number.
function destinations(c, queues) {
  return [
    ...queues.map((q) => [shortNumber(q.extension_name), `Queue ${queueName(q)} (${shortNumber(q.extension_name)})`]),
    ...store.agents().filter((a) => a.type === 'local' && a.extension_id !== c.via)
      .map((a) => [shortNumber(a.number), `Agent ${agentName(a)} (${shortNumber(a.number)}) – ${stateWord(agentState(a))}`]),
    ['', 'Another number…'],
  ];
}

const typed = { name: 'send_dst', label: 'Number', help: 'An extension, or a number outside.', required: true, inputmode: 'tel' };

// moveCall sends a call's caller to a queue, a phone or a number outside.
export async function moveCall(c) {
  const targets = destinations(c, store.queues().filter((q) => q.extension_id !== (c.queue ?? c.extension_id ?? c.queue_id)));
  const answer = await formDialog({
    title: `Move ${callerOf(c)}`,
    submit: 'Move',
    fields: [{ name: 'to', label: 'To', kind: 'select', options: targets, autofocus: targets.length > 1, when: () => targets.length > 1 }, { ...typed, autofocus: targets.length === 1, when: (v) => !v.to }],
    values: { to: targets[0][0] },
    save: (_, all) => order(c, 'transfer', all.to || all.send_dst),
  });
  if (answer) toast('The call is moved.');
}

// askFirst calls somebody for one's own side before the other side is handed
// over, while it hears music.
export async function askFirst(c) {
  const targets = destinations(c, []);
  const answer = await formDialog({
    title: `Ask somebody about ${callerOf(c)}`,
    submit: 'Call',
    fields: [
      { name: 'to', label: 'Who is asked', kind: 'select', options: targets, autofocus: targets.length > 1, when: () => targets.length > 1,
        help: `${callerOf(c)} hears music meanwhile. Then you hand over, or come back.` },
      { ...typed, autofocus: targets.length === 1, when: (v) => !v.to },
    ],
    values: { to: targets[0][0] },
    save: (_, all) => order(c, 'attended_transfer', all.to || all.send_dst),
  });
  if (answer) toast('The other phone rings.');
}

export const handOver = (c) => attempt(() => order(c, 'attended_transfer'), `${callerOf(c)} is handed over.`);
export const hold = (c) => attempt(() => order(c, 'hold')); // what it leads to is shown with the call
export const resume = (c) => attempt(() => order(c, 'offhold'));

// The ways in which a supervisor takes part.
const ways = {
  eavesdrop: { title: 'Listen in', submit: 'Listen', help: 'You hear both, and nobody hears you.' },
  whisper: { title: 'Whisper', submit: 'Whisper', help: 'You hear both, and only the agent hears you.' },
  conference: { title: 'Join the call', submit: 'Join', help: 'All hear each other.' },
};

const kept = 'supervision-phone'; // the number chosen last, in this browser

// takePart rings a phone of the supervisor's for a call: 'eavesdrop',
// 'whisper' (to the side the call is addressed under) or 'conference'.
async function takePart(c, way, whom, session) {
  const { title, submit, help } = ways[way];
  let phones;
  if (!(await attempt(async () => { phones = await ownPhones(session); }))) return;
  const options = [...phones, ['', 'Another number…']];
  const last = localStorage.getItem(kept) ?? phones[0]?.[0] ?? '';
  const offered = options.some(([number]) => number === last);
  let rung;
  const answer = await formDialog({
    title: `${title}: ${whom}`,
    submit,
    fields: [
      { name: 'phone', label: 'Phone to ring', kind: 'select', options, autofocus: true, help },
      { ...typed, help: 'An extension, or a number outside.', when: (v) => v.phone === '' },
    ],
    values: { phone: offered ? last : '', send_dst: offered ? '' : last },
    save: (_, all) => order(c, way, (rung = all.phone || all.send_dst)),
  });
  if (!answer) return;
  localStorage.setItem(kept, rung);
  toast(`${rung} rings. Answer it, and you are in the call; hang up to leave.`);
}

// ownPhones gives the phones of who is signed in, as [number, text].
async function ownPhones(session) {
  if (!session.user_id) return [];
  const list = await api.all('/client/@me/extension/', { type: 'phone', user_id: session.user_id });
  if (list.length === 0) return [];
  const presence = await api.all('/client/@me/presence/', { extension_id: list.map((e) => e.id) });
  const off = new Set(presence.filter((p) => p.status === 'offline').map((p) => p.extension_id));
  return list.map((e) => [shortNumber(e.name), [shortNumber(e.name), e.label && `(${e.label})`, off.has(e.id) && '– not registered'].filter(Boolean).join(' ')]);
}

// supervision is the part of a call's menu for taking part in it; whispers go
// to each of sides ({extension, name}), the agent or the phones that talk.
export function supervision(c, sides, session) {
  if (!inTalk(c) && !c.talks) return [];
  const whom = sides.map((s) => s.name).join(' and ') || callerOf(c);
  return [
    { heading: 'Supervise' },
    { label: 'Listen in…', icon: 'listen', run: () => takePart(c, 'eavesdrop', whom, session) },
    ...sides.map((s) => ({ label: s.agent ? 'Whisper to the agent…' : `Whisper to ${s.name}…`, icon: 'whisper',
      run: () => takePart({ ...c, via: s.extension }, 'whisper', s.name, session) })),
    { label: 'Join the call…', icon: 'join', run: () => takePart(c, 'conference', whom, session) },
  ];
}
