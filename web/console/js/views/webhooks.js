// Webhooks: what is sent to servers of one's own when something happens, and what became of it.

import { api } from '../api.js';
import { h, node, render } from '../dom.js';
import { icon } from '../icons.js';
import { agentName, byNumber, queueName, shortNumber, store, subscribe } from '../store.js';
import { duration } from '../time.js';
import { confirm, dialog } from '../ui/dialog.js';
import { formDialog } from '../ui/form.js';
import { menu } from '../ui/menu.js';
import { failure, loading } from '../ui/state.js';
import { table } from '../ui/table.js';
import { attempt, toast } from '../ui/toast.js';
import { act, dayAfter, facts, filters, gmt, head, secret, Sign, today, when } from './parts.js';

const events = {
  'dial-in': 'A call comes in', 'dial-out': 'A call goes out', answer: 'A call is answered', hangup: 'A call ends',
  'agent-login': 'An agent logs in', 'agent-logout': 'An agent logs out',
};
const often = 3000; // ms between looks while a delivery waits
const ofExtensions = ['dial-in', 'dial-out', 'answer', 'hangup'];
const ofAgents = ['agent-login', 'agent-logout'];

export function page(el, ctx) {
  return ctx.param ? one(el, ctx) : list(el, ctx);
}

// whose names what an event is of.
function whose(e) {
  if (e.agent_id) return agentName(store.agent(e.agent_id) ?? { agent_id: e.agent_id });
  const queue = store.queue(e.extension_id);
  return queue ? queueName(queue) : shortNumber(e.extension_name) || `Extension ${e.extension_id}`;
}

const enabledSign = (e) => (e.enabled ? h(Sign, { kind: 'good', icon: 'check', word: 'On' }) : h(Sign, { kind: 'none', icon: 'circle', word: 'Off' }));

function list(el, ctx) {
  const create = () => add((made) => ctx.go(`webhooks/${made.id}`));
  const t = table({
    label: 'Webhooks',
    columns: [
      { title: 'When', cell: (e) => events[e.event_type] ?? e.event_type },
      { title: 'Of', cell: whose },
      { title: 'Request', cell: (e) => h('span', { class: 'request' }, h('b', {}, e.method), ' ', e.url) },
      { title: 'State', cell: enabledSign },
    ],
    load: ({ page, per_page }) => api.list('/client/@me/event/', { page, per_page }),
    key: (e) => e.id,
    open: (e) => ctx.go(`webhooks/${e.id}`),
    actions: (e) => actions(e, () => t.reload()),
    empty: { icon: 'webhook', title: 'No webhooks yet', text: 'A webhook sends a request to your own server when a call comes in, is answered or ends, or an agent logs in or out.',
      action: { label: 'Add a webhook', run: create } },
  });
  el.append(head('Webhooks', { actions: act('Add a webhook', create, { primary: true }) }), node('section', { class: 'panel', 'aria-label': 'Webhooks' }, t.element));
}

// add makes a webhook; done is given it.
async function add(done) {
  let extensions = [];
  if (!(await attempt(async () => { extensions = await api.all('/client/@me/extension/'); }))) return;
  const name = (x) => store.queue(x.id)?.label || x.label;
  const subjects = [
    ...extensions.sort((a, b) => (a.type === b.type ? byNumber(a.name, b.name) : a.type === 'queue' ? -1 : 1))
      .map((x) => [`extension ${x.id}`, [x.type === 'queue' ? 'Queue' : 'Phone', shortNumber(x.name), name(x)].filter(Boolean).join(' ')]),
    ...store.agents().map((a) => [`agent ${a.type} ${a.agent_id}`, `Agent ${agentName(a)}`]),
  ];
  if (subjects.length === 0) {
    toast.fail(new Error('There is nothing to tell of yet. Add a phone, a queue or an agent first.'));
    return;
  }
  const ofAgent = (v) => v.subject.startsWith('agent');
  const answer = await formDialog({
    title: 'Add a webhook', submit: 'Add',
    fields: [
      { name: 'subject', label: 'Of', kind: 'select', options: subjects },
      { name: 'event_type', label: 'When', kind: 'select', options: ofExtensions.map((e) => [e, events[e]]), when: (v) => !ofAgent(v) },
      { name: 'agent_event', label: 'When', kind: 'select', options: ofAgents.map((e) => [e, events[e]]), when: ofAgent },
      ...requestFields,
    ],
    values: { subject: subjects[0][0], event_type: 'hangup', agent_event: 'agent-login', method: 'POST' },
    save: (_, v) => {
      const [kind, ...id] = v.subject.split(' ');
      const path = kind === 'agent' ? `/client/@me/agent/${id[0]}/${id[1]}/event/` : `/extension/${id[0]}/event/`;
      return api.post(path, { event_type: ofAgent(v) ? v.agent_event : v.event_type, method: v.method, url: v.url });
    },
  });
  if (!answer) return;
  toast('The webhook is added.');
  done(answer);
}

const requestFields = [
  { name: 'url', label: 'Address', required: true, kind: 'url', placeholder: 'https://crm.example.com/calls', help: 'Of your server, http or https.' },
  { name: 'method', label: 'Method', kind: 'select', options: [['POST', 'POST: the event in the body'], ['GET', 'GET: the event in the address']] },
];

const path = (e) => `/client/@me/event/${e.id}`;

// actions are what can be done with one; changed is called after a change, gone when it was deleted.
function actions(e, changed, gone = changed) {
  const then = (run, after = changed) => async () => {
    if (await run()) after();
  };
  return [
    { label: 'Edit…', icon: 'pencil', run: then(() => edit(e)) },
    e.enabled
      ? { label: 'Switch off', icon: 'circle', run: then(() => attempt(() => api.put(path(e), { enabled: false }), 'The webhook is switched off.')) }
      : { label: 'Switch on', icon: 'check', run: then(() => attempt(() => api.put(path(e), { enabled: true }), 'The webhook is switched on.')) },
    { label: 'Send a test', icon: 'play', run: then(() => attempt(() => api.post(`${path(e)}/test`), 'A test is on its way.')) },
    { label: 'Send a period again…', icon: 'history', run: then(() => replay(e)) },
    { label: 'Show the secret', icon: 'key', run: () => showSecret(e) },
    { label: 'Renew the secret…', icon: 'key', run: () => renewSecret(e) },
    { label: 'Delete…', icon: 'trash', danger: true, run: then(() => remove(e), gone) },
  ];
}

async function edit(e) {
  const kinds = (e.agent_id ? ofAgents : ofExtensions).map((k) => [k, events[k]]);
  const saved = await formDialog({
    title: 'Edit the webhook',
    fields: [{ name: 'event_type', label: 'When', kind: 'select', options: kinds }, ...requestFields,
      { name: 'enabled', label: 'On', kind: 'check', help: 'While it is off nothing is sent, nor afterwards.' }],
    values: e,
    save: (changed) => api.put(path(e), changed),
  });
  if (saved) toast('The webhook is saved.');
  return saved;
}

async function replay(e) {
  const answer = await formDialog({
    title: 'Send a period again', submit: 'Send again',
    fields: [
      { name: 'start_datetime', label: 'From', kind: 'date', required: true },
      { name: 'end_datetime', label: 'To and with', kind: 'date', required: true, help: 'Each event of these days is sent once more, behind what waits already. Tests are not.' },
    ],
    values: { start_datetime: today(), end_datetime: today() },
    save: (_, v) => api.post(`${path(e)}/replay`, { start_datetime: v.start_datetime, end_datetime: dayAfter(v.end_datetime) }),
  });
  if (answer) toast(answer.deliveries === 1 ? 'One event is sent again.' : `${answer.deliveries} events are sent again.`);
  return answer;
}

function signing(s) {
  const text = 'Requests are signed with this secret as Standard Webhooks says, so that your server can tell them from others.';
  return s.old_secret_until_gmt ? `${text} Until ${when(gmt(s.old_secret_until_gmt))} they are signed with the old one, too.` : text;
}

async function showSecret(e) {
  let got;
  if (await attempt(async () => { got = await api.get(`${path(e)}/secret/`); })) await secret('Secret of the webhook', signing(got), [['Secret', got.secret]]);
}

async function renewSecret(e) {
  let got;
  const sure = await confirm({ title: 'Renew the secret?', text: 'Requests are signed with a new secret from now on and, for 24 hours, with the old one, too: until then your server has to know the new one.', action: 'Renew', danger: true,
    run: async () => { got = await api.post(`${path(e)}/secret/`); } });
  if (sure) await secret('New secret of the webhook', signing(got), [['Secret', got.secret]]);
}

async function remove(e) {
  const sure = await confirm({ title: 'Delete this webhook?', text: `Nothing is sent to ${e.url} any more; the log of what was sent goes, too.`, action: 'Delete', danger: true,
    run: () => api.delete(path(e)) });
  if (sure) toast('The webhook is deleted.');
  return sure;
}

// A webhook with the log of its deliveries.
function one(el, ctx) {
  const top = node('div', {});
  const values = { state: '', from: '', to: '' };
  let waits = false; // one of those shown
  const log = table({
    label: 'Deliveries',
    columns: [
      { title: 'Happened', cell: (d) => when(gmt(d.event_time_gmt), true) },
      { title: 'State', cell: (d) => h('span', {}, deliverySign(d.state), d.test && h('span', { class: 'soft after' }, 'test')) },
      { title: 'Answer', cell: (d) => (d.status_code ? `HTTP ${d.status_code}` : d.error ?? '–') },
      { title: 'Tries', class: 'num', cell: (d) => String(d.attempts) },
      { title: 'Done or next try', cell: (d) => when(gmt(d.end_time_gmt ?? d.next_attempt_gmt), true) },
    ],
    load: async ({ page, per_page }) => {
      const found = await api.list(`/client/@me/event/${ctx.param}/deliveries/`, { page, per_page, state: values.state, start_datetime: values.from, end_datetime: dayAfter(values.to) });
      waits = found.list.some((d) => d.state === 'pending');
      return found;
    },
    key: (d) => d.id,
    open: (d) => showDelivery({ id: ctx.param }, d, again),
    actions: (d) => [
      { label: 'Show', icon: 'search', run: () => showDelivery({ id: ctx.param }, d, again) },
      { label: 'Send again', icon: 'history', run: () => resend({ id: ctx.param }, d, again) },
    ],
    empty: { icon: 'webhook', title: 'Nothing was sent', text: 'Send a test to see whether your server takes it, or choose other filters.' },
  });
  const again = () => log.reload();
  let shown;
  let ended = false;

  async function load() {
    try {
      shown = await api.get(`/client/@me/event/${ctx.param}`);
      if (!ended) draw();
    } catch (err) {
      if (!ended) render(top, failure(err, load));
    }
  }

  function draw() {
    const e = shown;
    const changed = () => {
      load();
      again();
    };
    const items = () => actions(e, changed, () => ctx.go('webhooks'));
    render(top, h('div', {}, h('header', { class: 'page-head' },
      h('a', { class: 'back', href: '#/webhooks' }, icon('chevron'), 'Webhooks'),
      h('h1', {}, `${events[e.event_type] ?? e.event_type}: ${whose(e)}`), enabledSign(e), h('span', { class: 'spread' }),
      h('button', { type: 'button', class: 'primary', onclick: () => attempt(() => api.post(`${path(e)}/test`), 'A test is on its way.').then(changed) }, icon('play'), 'Send a test'),
      h('button', { type: 'button', 'aria-haspopup': 'menu', 'aria-label': 'Actions for this webhook', onclick: (ev) => menu(ev.currentTarget, items()) }, icon('more'))),
    h('p', { class: 'request under-head' }, h('b', {}, e.method), ' ', e.url)));
  }

  render(top, loading());
  load();
  el.append(top, node('section', { class: 'panel', 'aria-label': 'Deliveries' },
    node('header', { class: 'panel-head' }, node('h2', {}, 'What was sent'), node('span', { class: 'spread' }), node('button', { type: 'button', onclick: again }, 'Look again')),
    filters([
      { name: 'state', label: 'State', options: [['', 'Any state'], ['pending', 'Waiting'], ['delivered', 'Delivered'], ['dead', 'Given up']] },
      { name: 'from', label: 'From', kind: 'date' }, { name: 'to', label: 'To', kind: 'date' },
    ], values, log.first), log.element));
  const end = subscribe(() => shown && draw());
  const timer = setInterval(() => waits && !document.hidden && !document.querySelector('.menu, dialog') && again(), often);
  return () => {
    ended = true;
    clearInterval(timer);
    end();
  };
}

const deliveries = { pending: ['warn', 'hourglass', 'Waiting'], delivered: ['good', 'check', 'Delivered'], dead: ['bad', 'alarm', 'Given up'] };

function deliverySign(state) {
  const [kind, name, word] = deliveries[state];
  return h(Sign, { kind, icon: name, word });
}

async function resend(e, d, done) {
  if (await attempt(() => api.post(`${path(e)}/deliveries/${d.id}/replay/`), 'It is sent again.')) done();
}

// showDelivery shows what was sent and every try at it.
async function showDelivery(e, d, done) {
  let full;
  if (!(await attempt(async () => { full = await api.get(`${path(e)}/deliveries/${d.id}`); }))) return;
  const data = [...new URLSearchParams(full.data)];
  const again = await dialog({
    title: `${events[full.event_type] ?? full.event_type}${full.test ? ' (test)' : ''}`,
    wide: true,
    body: node('div', { class: 'delivery' },
      facts([['State', deliverySign(full.state)], ['Happened', when(gmt(full.event_time_gmt), true)], ['Next try', full.next_attempt_gmt && when(gmt(full.next_attempt_gmt), true)],
        ['Webhook-Id', h('code', {}, full.webhook_id)]]),
      node('h3', {}, 'What is sent'),
      data.length === 0 ? node('p', { class: 'soft' }, 'Nothing.') : node('dl', { class: 'sent' }, data.map(([name, value]) => node('div', {}, node('dt', {}, name), node('dd', {}, value)))),
      node('h3', {}, 'Tries'),
      full.log.length === 0 ? node('p', { class: 'soft' }, 'None yet.') : node('ol', { class: 'tries' }, full.log.map(tried))),
    actions: [{ label: 'Close' }, { label: 'Send again', value: true, kind: 'primary', run: () => api.post(`${path(e)}/deliveries/${d.id}/replay/`) }],
  });
  if (again) {
    toast('It is sent again.');
    done();
  }
}

function tried(t) {
  return node('li', {},
    node('p', {}, node('b', {}, `${t.attempt}. ${when(gmt(t.start_time_gmt), true)}`), ` · ${t.seconds < 10 ? `${Math.round(t.seconds * 1000)} ms` : duration(t.seconds)} · `,
      t.status_code ? `HTTP ${t.status_code}` : 'no answer'),
    t.error && node('p', { class: 'problem' }, t.error),
    node('p', { class: 'request soft' }, `${t.method} ${t.url}`),
    t.answer && node('pre', { tabindex: '0', role: 'region', 'aria-label': `Answer to try ${t.attempt}` }, t.answer));
}
