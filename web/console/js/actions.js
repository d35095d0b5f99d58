// What supervisors and agents do to agents, each through the API. Every
// function asks what it has to ask, does it, and tells how it went.

import { api } from './api.js';
import { callsOf, hangUp, moveCall, supervision } from './callactions.js';
import { node } from './dom.js';
import { agentName, queueName, store } from './store.js';
import { confirm, dialog } from './ui/dialog.js';
import { formDialog } from './ui/form.js';
import { attempt, toast } from './ui/toast.js';

const agentPath = (a) => `/client/@me/agent/${a.type}/${a.agent_id}`;

// breakReasons are those the organisation offers when a break begins; others can be typed.
export const breakReasons = () => store.client?.pause_reasons ?? [];

export function logIn(a) {
  return attempt(() => api.put(agentPath(a), { status: 'available' }), `${agentName(a)} is logged in.`);
}

// A status that is set during a call begins to count after it.
const later = (a) => (['talking', 'offered', 'on_call'].includes(a.state) ? ' after this call' : '');

export function logOut(a) {
  return attempt(() => api.put(agentPath(a), { status: 'logged_out' }), `${agentName(a)} is logged out${later(a)}.`);
}

// ready ends wrap-up or rest before its time.
export function ready(a) {
  return attempt(() => api.post(`${agentPath(a)}/ready/`, {}), `${agentName(a)} can be called again.`);
}

export function endBreak(a) {
  return attempt(() => api.put(agentPath(a), { status: 'available' }), `${agentName(a)} is back from the break.`);
}

// partly tells that an agent who is available is not so in every queue: one
// paused or logged out there by a program, a phone code, or calls that were missed.
export const partly = (a) => a.queues.some((p) => p.status !== a.status);

export function everywhere(a) {
  return attempt(() => api.put(agentPath(a), { status: 'available' }), `${agentName(a)} is available in all queues.`);
}

export function beginBreak(a, reason) {
  return attempt(() => api.put(agentPath(a), { status: 'on_break', pause_reason: reason || null }), `${agentName(a)} is on a break${later(a)}.`);
}

// otherBreak asks for a reason that is not in the list.
export async function otherBreak(a) {
  const answer = await formDialog({
    title: `Break of ${agentName(a)}`,
    submit: 'Begin break',
    fields: [{ name: 'reason', label: 'Reason', required: true, maxlength: 80, autofocus: true }],
    save: (_, all) => api.put(agentPath(a), { status: 'on_break', pause_reason: all.reason }),
  });
  if (answer) toast(`${agentName(a)} is on a break${later(a)}.`);
}

// release frees an agent whose line seems to be stuck.
export async function release(a) {
  const sure = await confirm({
    title: `Force ${agentName(a)} free?`,
    text: 'A call the agent has is ended, and the agent can be called again at once. Use it when the state shown is not true any more.',
    action: 'Force free',
    danger: true,
    run: () => api.post(`${agentPath(a)}/release`, {}),
  });
  if (sure) toast(`${agentName(a)} is free.`);
}

// chooseQueues edits which queues an agent serves, on which level and position.
export async function chooseQueues(a) {
  const rows = store.queues().map((q) => {
    const place = a.queues.find((p) => p.extension_id === q.extension_id);
    const name = queueName(q);
    const number = (what, value) => node('input', { type: 'number', min: 0, max: 100000, required: true, value: String(value), 'aria-label': `${what} in ${name}` });
    return { q, place, name,
      serves: node('input', { type: 'checkbox', checked: Boolean(place), 'aria-label': `Serves ${name}` }),
      level: number('Level', place?.level ?? 1), position: number('Position', place?.position ?? 1) };
  });
  const arrange = () => {
    for (const r of rows) r.level.disabled = r.position.disabled = !r.serves.checked;
  };
  arrange();
  const body = rows.length === 0 ? node('p', {}, 'There is no queue yet.') : node('div', {},
    node('p', { class: 'soft' }, 'Level 1 is called before level 2; within a level the lower position comes first.'),
    node('table', { class: 'table fixed', onchange: arrange },
      node('thead', {}, node('tr', {}, ['Queue', 'Level', 'Position'].map((t) => node('th', { scope: 'col' }, t)))),
      node('tbody', {}, rows.map((r) => node('tr', {},
        node('td', {}, node('label', { class: 'check-row' }, r.serves, r.name)), node('td', {}, r.level), node('td', {}, r.position))))));
  const saved = await dialog({
    title: `Queues of ${agentName(a)}`,
    body,
    actions: [{ label: 'Cancel' }, { label: 'Save', value: true, kind: 'primary', run: () => saveQueues(a, rows) }],
  });
  if (saved) toast(`The queues of ${agentName(a)} are saved.`);
}

async function saveQueues(a, rows) {
  const wrong = rows.find((r) => r.serves.checked && !(r.level.reportValidity() && r.position.reportValidity()));
  if (wrong) return false;
  for (const r of rows) {
    const place = r.serves.checked ? { level: r.level.valueAsNumber, position: r.position.valueAsNumber } : undefined;
    if (place?.level === r.place?.level && place?.position === r.place?.position) continue;
    await savePlace(a, r.q.extension_id, place);
    r.place = place; // when another one is refused, this one is not saved again
  }
  return true;
}

// savePlace puts an agent to a place in a queue, or takes it out where there is
// none. Somebody else may have done so since the dialog was opened.
async function savePlace(a, queue, place) {
  const path = `/extension/${queue}/queue/agents/${a.type}/`;
  const there = store.agent(a.agent_id)?.queues.some((p) => p.extension_id === queue);
  if (place && there) await api.put(path + a.agent_id, place);
  else if (place) await api.post(path, { agent_id: a.agent_id, ...place });
  else if (there) await api.delete(path + a.agent_id);
}

// agentMenu is everything that can be done to an agent now.
export function agentMenu(a, session) {
  const [call] = callsOf(a);
  const more = [
    ...(call ? supervision(call, [{ extension: call.via, name: agentName(a), agent: true }], session) : []),
    call && { heading: 'Call' },
    call && call.mine === 'called' && { label: 'Move the caller…', icon: 'move', run: () => moveCall(call) },
    call && { label: 'Hang up…', icon: 'hangup', danger: true, run: () => hangUp(call) },
    { heading: 'Agent' },
    { label: 'Queues, levels…', icon: 'queue', run: () => chooseQueues(a) },
    { label: 'Force free…', icon: 'unplugged', danger: true, run: () => release(a) },
  ];
  if (a.status === 'logged_out') return [{ label: 'Log in', icon: 'check', run: () => logIn(a) }, ...more];
  return [
    ['wrap_up', 'resting'].includes(a.state) && { label: a.state === 'resting' ? 'End the rest' : 'End wrap-up', icon: 'check', run: () => ready(a) },
    a.status === 'on_break' && { label: 'End the break', icon: 'check', run: () => endBreak(a) },
    a.status === 'available' && partly(a) && { label: 'Available in all queues', icon: 'check', run: () => everywhere(a) },
    { label: 'Log out', icon: 'out', run: () => logOut(a) },
    { heading: 'Break' },
    ...breakReasons().map((r) => ({ label: r, icon: 'cup', run: () => beginBreak(a, r) })),
    { label: 'Another reason…', icon: 'cup', run: () => otherBreak(a) },
    ...more,
  ];
}
