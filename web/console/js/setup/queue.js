// The set-up's queue, with the agents who serve it.

import { api } from '../api.js';
import { node } from '../dom.js';
import { shortNumber } from '../store.js';
import { form } from '../ui/form.js';
import { freeNumber } from './state.js';

export function queue({ phones, queue: have, staff }, next) {
  const taken = new Set(phones.map((p) => shortNumber(p.name)));
  const f = form({
    fields: [
      { name: 'label', label: 'Name', required: true, maxlength: 255, autofocus: true, help: 'Such as Sales, or Support.' },
      { name: 'name', label: 'Number', required: true, inputmode: 'numeric', pattern: '[0-9]{2,10}', disabled: Boolean(have), help: 'Dialled to reach the queue.' },
      { heading: 'Who answers' },
      ...phones.map((p) => ({ name: `phone-${p.id}`, label: [shortNumber(p.name), p.label].filter(Boolean).join(' · '), kind: 'check' })),
    ],
    values: { label: have?.label ?? 'Sales', name: have ? shortNumber(have.name) : freeNumber(700, taken),
      ...Object.fromEntries(phones.map((p) => [`phone-${p.id}`, true])) },
    submit: have && staff.length > 0 ? 'Save' : 'Make the queue',
    save: (_, all) => make(have, all, phones.filter((p) => all[`phone-${p.id}`])),
    done: next,
  });
  return node('div', {},
    node('p', { class: 'setup-text' }, 'Callers wait in a queue, with music, until one of its agents is free. Whoever is free longest is rung first; all of that can be set later.'),
    f.element);
}

// make makes what is not there yet, so that it can be asked for again after it failed half way.
async function make(have, { label, name }, chosen) {
  const existing = have ?? (await api.list('/client/@me/extension/', { type: 'queue', name })).list[0];
  const made = existing
    ? await api.put(`/client/@me/extension/${existing.id}`, { label })
    : await api.post('/client/@me/extension/', { type: 'queue', name, label });
  if (!existing) await api.put(`/extension/${made.id}/queue/`, { strategy: 'longest-idle-agent', sound_type: 'music' });
  const agents = await api.all('/client/@me/agent/local/');
  const staff = new Set((await api.all(`/extension/${made.id}/queue/agents/local/`)).map((m) => m.agent_id));
  for (const [i, phone] of chosen.entries()) {
    const agent = agents.find((a) => a.extension_id === phone.id) ?? (await api.post('/client/@me/agent/local/', { extension_id: phone.id, name: phone.label || null }));
    if (!staff.has(agent.id)) await api.post(`/extension/${made.id}/queue/agents/local/`, { agent_id: agent.id, level: 1, position: i + 1 });
  }
}
