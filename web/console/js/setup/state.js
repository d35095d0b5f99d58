// How far the set-up of an organisation is. Nothing of it is kept apart: it is
// read from what is there, so one that was interrupted goes on where it was,
// in any browser.

import { api } from '../api.js';

// What Holdline calls an organisation and its administrator until somebody gives them names.
const freshName = 'Main';
const freshPerson = 'Administrator';

export const stepNames = ['organisation', 'you', 'phones', 'queue', 'call'];

// look reads what there is; step is the first that is not done.
export async function look(session) {
  const [client, user, phones, queues] = await Promise.all([
    api.get('/client/@me'),
    api.get(`/client/@me/user/${session.user_id}`),
    api.all('/client/@me/extension/', { type: 'phone' }),
    api.all('/client/@me/extension/', { type: 'queue' }),
  ]);
  const queue = queues[0];
  const staff = queue ? await api.all(`/extension/${queue.id}/queue/agents/local/`) : [];
  const done = {
    organisation: phones.length > 0 || client.name !== freshName,
    you: user.name !== freshPerson,
    phones: phones.length > 0,
    queue: staff.length > 0,
  };
  return { client, user, phones, queue, staff, done, step: stepNames.find((s) => !done[s]) };
}

// freeNumber is the first number from so on that nobody has.
export function freeNumber(from, taken) {
  let n = from;
  while (taken.has(String(n))) n++;
  return String(n);
}
