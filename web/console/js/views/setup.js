// The first steps of an empty system: organisation, password, phones, queue, test call.

import { node, render } from '../dom.js';
import { icon } from '../icons.js';
import { begun, ended } from '../leadin.js';
import { call } from '../setup/call.js';
import { organisation, you } from '../setup/people.js';
import { phones } from '../setup/phones.js';
import { queue } from '../setup/queue.js';
import { look, stepNames } from '../setup/state.js';
import { failure, loading } from '../ui/state.js';

const titles = { organisation: 'Your organisation', you: 'You', phones: 'Phones', queue: 'A queue', call: 'Test call' };

export function page(el, { session, param, go }) {
  const list = node('ol', { class: 'steps', 'aria-label': 'Steps' });
  const title = node('h2', { tabindex: '-1' });
  const body = node('div', {});
  let stop; // ends what the step keeps doing
  let left = false;
  let name = session.name; // the person's, as it is now
  let current = stepNames.includes(param) ? param : undefined;

  el.append(node('div', { class: 'setup' },
    node('header', { class: 'page-head' }, node('h1', {}, 'First steps'), node('span', { class: 'spread' }),
      node('button', { type: 'button', class: 'plain', onclick: leave }, 'Later')),
    list, node('section', { class: 'panel setup-step' }, title, body)));
  begun();
  show();
  return () => {
    left = true;
    stop?.();
  };

  function leave() {
    ended();
    go('wallboard');
    if (name !== session.name) location.reload(); // what stands around the page has the old one
  }

  async function show(step = current) {
    stop?.();
    stop = undefined;
    if (!body.hasChildNodes()) render(body, loading());
    let found;
    try {
      found = await look(session);
    } catch (err) {
      if (!left) render(body, failure(err, () => show()));
      return;
    }
    if (left) return;
    name = found.user.name;
    current = reachable(step, found) ? step : found.step;
    const made = build(found);
    stop = made.stop;
    tell(found);
    delete body.$shown;
    body.replaceChildren(made.element ?? made);
    (body.querySelector('[autofocus]') ?? title).focus();
  }

  function build(found) {
    const next = () => show(stepNames[stepNames.indexOf(current) + 1]);
    switch (current) {
      case 'organisation': return organisation(found, next);
      case 'you': return you(found, next);
      case 'phones': return phones(found, { changed: () => show('phones'), next });
      case 'queue': return queue(found, next);
      default: return call(found, leave);
    }
  }

  function tell(found) {
    title.textContent = titles[current];
    list.replaceChildren(...stepNames.map((s) => node('li', { class: [found.done[s] && 'done'] },
      node('button', { type: 'button', class: 'plain', disabled: !reachable(s, found), 'aria-current': s === current && 'step', onclick: () => show(s) },
        icon(found.done[s] ? 'check' : 'circle', found.done[s] ? 'Done' : undefined), titles[s]))));
  }
}

// reachable: what is done can be looked at again, and the first that is not.
function reachable(step, found) {
  if (!stepNames.includes(step)) return false;
  const needed = step === 'call' ? ['phones', 'queue'] : step === 'queue' ? ['phones'] : [];
  return found.done[step] || step === found.step || (needed.length > 0 && needed.every((s) => found.done[s])) || stepNames.indexOf(step) < stepNames.indexOf(found.step);
}
