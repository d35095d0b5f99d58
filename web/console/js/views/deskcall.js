// A call at one's own phone, and what can be done with it: only what is true now.

import { askFirst, handOver, hangUp, hold, moveCall, resume } from '../callactions.js';
import { h } from '../dom.js';
import { icon } from '../icons.js';
import { shortNumber } from '../store.js';
import { duration } from '../time.js';

export function noCall() {
  return h('section', { key: 'no call', class: 'panel', 'aria-label': 'My call' }, h('header', { class: 'panel-head' }, h('h2', {}, 'My call')),
    h('p', { class: 'quiet-line' }, 'No call. The next one appears here, and in this tab’s title, while your phone rings.'));
}

const heads = { ringing: 'You are calling', waiting: 'You wait in a queue', parked: 'Parked' };

// DeskCall draws one of callsOf.
export function DeskCall({ queueName, ...c }) {
  const held = Boolean(c.held || c.heldByOther);
  return h('section', { class: ['panel', 'my-call', c.talks ? (held ? 'is-wrap' : 'is-talking') : 'is-ringing'], 'aria-label': 'My call', 'aria-live': 'polite' },
    h('header', { class: 'panel-head' }, h('h2', {}, c.talks ? (held ? 'On hold' : 'You are talking') : c.rings ? 'Your phone rings' : heads[c.state] ?? 'Your call'),
      h('span', { class: 'soft' }, queueName)),
    h('div', { class: 'panel-body' },
      h('p', { class: 'my-caller' }, h('b', {}, shortNumber(c.number) || 'unknown number'), c.name && c.name !== c.number && h('span', { class: 'soft' }, c.name)),
      h('dl', { class: 'facts' },
        c.talks && h('div', { key: 'talk' }, h('dt', {}, 'Talking'), h('dd', { since: c.since })),
        c.joined !== undefined ? h('div', { key: 'wait' }, h('dt', {}, c.talks ? 'Waited' : 'Waiting'),
          c.talks ? h('dd', { key: 'done' }, duration((c.since - c.joined) / 1000)) : h('dd', { key: 'on', since: c.joined }))
          : !c.talks && h('div', { key: 'since' }, h('dt', {}, 'Since'), h('dd', { since: c.since }))),
      c.held === 'phone' && h('p', { key: 'at-phone', class: 'soft' }, 'You put this call on hold at your phone: take it back there.'),
      c.held === 'consult' && h('p', { key: 'asking', class: 'soft' }, 'Your phone calls somebody else meanwhile. Hand the call over, or come back to it.'),
      c.heldByOther && h('p', { key: 'other', class: 'soft' }, 'The other side has put you on hold.'),
      actions(c)));
}

function actions(c) {
  const button = (key, kind, sign, label, run) => h('button', { key, type: 'button', class: kind, onclick: () => run(c) }, icon(sign), label);
  if (c.rings) return null; // it is answered at the phone
  if (!c.talks) return h('div', { class: 'my-actions' }, button('end', 'danger', 'hangup', 'Hang up', hangUp));
  if (c.held === 'consult') {
    return h('div', { class: 'my-actions' }, button('over', 'primary', 'check', 'Hand over', handOver), button('back', '', 'phone', 'Back to the call', resume));
  }
  return h('div', { class: 'my-actions' },
    c.held === 'order' ? button('resume', 'primary', 'phone', 'Resume', resume) : !c.held && button('hold', '', 'pause', 'Hold', hold),
    // A transfer at once sends whoever called, which is oneself in a call one has made.
    c.mine === 'called' && button('move', '', 'move', 'Transfer…', moveCall),
    !c.held && button('ask', '', 'person', 'Ask first…', askFirst),
    button('end', 'danger', 'hangup', 'Hang up', hangUp));
}
