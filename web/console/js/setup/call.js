// The set-up's test call: what to dial, and what is seen of it, live.

import { h, node } from '../dom.js';
import { icon } from '../icons.js';
import { live } from '../live.js';
import { agentName, shortNumber, store } from '../store.js';
import { presence, refusal } from '../presence.js';

// call shows the test call; over is called by whoever has seen enough.
export function call({ phones, queue, staff }, over) {
  const seen = { registered: new Set(), refused: '', caller: '', rung: '', answered: '' }; // stays when the call is over
  const element = node('div', {});
  const end = live(element, () => {
    follow(queue.id, seen);
    return view({ phones, queue, staff, seen, over });
  });
  const stop = presence((known) => {
    seen.registered = new Set([...known.values()].filter((p) => p.registered).map((p) => p.extension_id));
    seen.refused = phones.map((p) => [shortNumber(p.name), refusal(known.get(p.id))]).filter(([, why]) => why).map((w) => w.join(': ')).join('. ');
    end.redraw();
  });
  return { element, stop: () => { end(); stop(); } };
}

function follow(queue, seen) {
  for (const c of store.callers().filter((c) => c.extension_id === queue)) {
    seen.caller = shortNumber(c.number) || 'somebody';
    const agent = c.agent_id ? store.agent(c.agent_id) : undefined;
    if (agent) seen.rung = agentName(agent);
    if (c.state === 'Answered') seen.answered = seen.rung || 'an agent';
  }
}

function view({ phones, queue, staff, seen, over }) {
  const on = phones.filter((p) => seen.registered.has(p.id));
  const number = shortNumber(queue.name);
  const names = on.map((p) => [shortNumber(p.name), p.label].filter(Boolean).join(' ')).join(', ');
  return h('div', {},
    h('p', { class: 'dial' }, 'Dial ', h('strong', {}, number), ' on one of your phones.'),
    h('ol', { class: 'checks', 'aria-live': 'polite' },
      check('Phones are signed in', on.length > 0, on.length > 0 ? [names, seen.refused].filter(Boolean).join('. ') : seen.refused || 'Scan the QR code, or enter the account in the softphone. Nothing happens? Check server and user name, and that UDP and TCP port 5060 of this server can be reached.'),
      check(`A call is in ${queue.label || number}`, seen.caller, seen.caller ? `from ${seen.caller}` : `waiting for a call to ${number}`),
      check('An agent’s phone rings', seen.rung, seen.rung || rings(on, staff)),
      check('The call is answered', seen.answered, seen.answered ? `by ${seen.answered}` : 'take the call')),
    seen.answered && h('p', { class: 'note' }, 'It works. You can hear each other? Then your call centre is ready.'),
    h('div', { class: 'form-actions' }, h('button', { type: 'button', class: seen.answered && 'primary', onclick: over }, seen.answered ? 'To the wallboard' : 'Finish without a test call')));
}

// rings says what keeps a caller waiting.
function rings(on, staff) {
  if (on.length < 2) return 'it takes a second phone that is signed in: who calls is not rung. With one phone you hear the music.';
  const free = store.agents().filter((a) => staff.some((m) => m.agent_id === a.agent_id) && a.state === 'idle' && a.status === 'available');
  return free.length > 0 ? 'who is free longest is rung' : 'no agent is free';
}

function check(text, done, note) {
  return h('li', { class: done ? 'done' : '' }, icon(done ? 'check' : 'circle', done ? 'Done' : 'Not yet'), h('div', {}, h('b', {}, text), h('p', { class: 'soft' }, note)));
}
