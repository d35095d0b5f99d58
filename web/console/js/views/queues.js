// Queues: the list, and a page for each with all its settings and its agents.

import { api, Refusal } from '../api.js';
import { h, node, render } from '../dom.js';
import { icon } from '../icons.js';
import { follow } from '../admin/follow.js';
import { members } from '../admin/members.js';
import { queueFields, strategies, strategyName } from '../admin/queuefields.js';
import { stopSounds } from '../admin/sounds.js';
import { queueName, shortNumber, store } from '../store.js';
import { duration } from '../time.js';
import { confirm } from '../ui/dialog.js';
import { form, formDialog } from '../ui/form.js';
import { failure, loading } from '../ui/state.js';
import { table } from '../ui/table.js';
import { toast } from '../ui/toast.js';
import { settled } from '../ui/unsaved.js';

const path = '/client/@me/extension/';
const settings = (id) => `/extension/${id}/queue/`;

export function page(el, ctx) {
  return ctx.param ? one(el, ctx) : all(el, ctx);
}

function all(el, ctx) {
  const agents = (q) => store.agents().filter((a) => a.queues.some((p) => p.extension_id === q.id)).length;
  const t = table({
    label: 'Queues',
    search: 'Search by number or name',
    columns: [
      { title: 'Queue', cell: (q) => h('b', {}, q.label || shortNumber(q.name)) },
      { title: 'Number', cell: (q) => shortNumber(q.name) },
      { title: 'Who is rung', cell: (q) => strategyName(q.strategy) },
      { title: 'Callers hear', cell: (q) => (q.sound_type === 'music' ? 'music' : 'ringing') },
      { title: 'Longest wait', class: 'num', cell: (q) => (q.max_wait_time ? duration(q.max_wait_time) : h('span', { class: 'soft' }, 'no limit')) },
      { title: 'Recorded', cell: (q) => (q.record_enabled ? 'yes' : h('span', { class: 'soft' }, 'no')) },
      { title: 'Agents', class: 'num', cell: (q) => String(agents(q)) },
      { title: 'State', cell: (q) => (q.status === 'blocked' ? h('span', { class: 'badge is-out' }, icon('busy'), h('span', {}, 'Blocked')) : 'open') },
    ],
    key: (q) => q.id,
    load: async (asked) => {
      const found = await api.list(path, { type: 'queue', ...asked });
      const list = await Promise.all(found.list.map(async (e) => ({ ...(await api.get(settings(e.id))), ...e })));
      return { ...found, list };
    },
    open: (q) => ctx.go(`queues/${q.id}`),
    actions: (q) => [
      { label: 'Settings, agents…', icon: 'settings', run: () => ctx.go(`queues/${q.id}`) },
      { label: 'Delete…', icon: 'trash', danger: true, run: async () => (await remove(q)) && t.reload() },
    ],
    empty: { icon: 'queue', title: 'No queues yet', text: 'Callers wait in a queue until an agent is free. It has a number, settings and agents.', action: { label: 'Add a queue', run: () => add(ctx) } },
  });
  el.append(
    node('header', { class: 'page-head' }, node('h1', {}, 'Queues'), node('span', { class: 'spread' }),
      node('button', { type: 'button', class: 'primary', onclick: () => add(ctx) }, icon('plus'), 'Add a queue')),
    node('section', { class: 'panel', 'aria-label': 'Queues' }, t.element));
  return follow(() => store.agents().map((a) => a.queues.map((p) => p.extension_id).join()).join(';'), t.reload);
}

async function add(ctx) {
  let made; // if its settings are refused the queue is there all the same
  const answer = await formDialog({
    title: 'Add a queue',
    submit: 'Add',
    values: { strategy: 'ring-all', sound_type: 'music' },
    fields: [
      { name: 'name', label: 'Number', required: true, inputmode: 'numeric', maxlength: 10, autofocus: true, help: '2 to 10 digits. It cannot be changed later.' },
      { name: 'label', label: 'Name', maxlength: 255, help: 'What people call it, such as Sales.' },
      { name: 'strategy', label: 'Who is rung', kind: 'select', options: strategies },
      { name: 'sound_type', label: 'Callers hear', kind: 'select', options: [['music', 'music'], ['ring', 'a ringing tone']], help: 'With a ringing tone the call is answered, and paid for, only when an agent answers.' },
    ],
    save: async (_, { name, label, ...rest }) => {
      made ??= await api.post(path, { type: 'queue', name, label });
      return api.put(settings(made.id), rest);
    },
  });
  if (!answer) return;
  toast(`Queue ${shortNumber(made.name)} is added. Choose its agents next.`);
  ctx.go(`queues/${made.id}`);
}

// remove asks, naming what goes with a queue, and deletes it.
async function remove(q) {
  const name = q.label || shortNumber(q.name);
  const dids = (await api.all('/client/@me/did/').catch(() => [])).filter((d) => d.extension_id === q.id).map((d) => d.number);
  const n = store.agents().filter((a) => a.queues.some((p) => p.extension_id === q.id)).length;
  const sure = await confirm({
    title: `Delete queue ${name}?`,
    text: ['The queue and its settings are gone for good, and callers in it are hung up.',
      n > 0 && `${n === 1 ? 'One agent leaves it' : `${n} agents leave it`}, and stay agents of others.`,
      dids.length > 0 && `${dids.length > 1 ? 'The public numbers' : 'The public number'} ${dids.join(', ')} will lead nowhere.`].filter(Boolean).join(' '),
    action: 'Delete',
    danger: true,
    run: () => api.delete(path + q.id, { force: n > 0 ? true : undefined }),
  });
  if (sure) toast(`Queue ${name} is deleted.`);
  return sure;
}

function one(el, ctx) {
  const place = node('div', {});
  el.append(place);
  let end;
  let left = false;
  const show = async () => {
    render(place, h('div', {}, h('h1', { class: 'unseen' }, 'Queue'), loading()));
    try {
      const [extension, sounds, extensions] = await Promise.all([api.get(path + encodeURIComponent(ctx.param)), api.all('/client/@me/sound/'), api.all(path)]);
      const queue = await api.get(settings(extension.id)); // by its id: a number would be one of the own organisation's
      if (!left) end = fill(el, ctx, { extension, queue, sounds, extensions });
    } catch (err) {
      if (!left) render(place, h('div', {}, h('h1', {}, 'Queue'), failure(err, show)));
    }
  };
  show();
  return () => {
    left = true;
    end?.();
    stopSounds();
  };
}

function fill(el, ctx, { extension, queue, sounds, extensions }) {
  const heading = node('h1', {}, queueTitle(extension));
  // both are the settings as they are now: a queue consists of two objects.
  const both = async () => {
    const [q, e] = await Promise.all([api.get(settings(extension.id)), api.get(path + extension.id)]);
    return { ...q, label: e.label, status: e.status };
  };
  let known = { ...queue, label: extension.label, status: extension.status };
  const unchanged = async () => {
    const now = await both();
    if (Object.keys(known).some((name) => now[name] !== known[name])) throw new Refusal(412, { message: 'Somebody else has changed this queue meanwhile.' });
  };
  const f = form({
    fields: queueFields({ sounds, extensions }),
    values: known,
    rows: true,
    keeps: true,
    submit: 'Save the settings',
    save: async (changed) => {
      await unchanged(); // of what two people set, the second is told of the first
      await save(extension.id, changed);
      known = await both();
    },
    latest: async () => (known = await both()),
    done: (_, { label }) => {
      heading.textContent = queueTitle({ ...extension, label });
      ctx.title(heading.textContent);
      toast('The settings are saved. They hold at once, for waiting callers, too.');
    },
  });
  const place = node('div', { tabindex: '-1' });
  el.replaceChildren(
    node('header', { class: 'page-head' },
      node('a', { href: '#/queues', class: 'back', 'aria-label': 'All queues' }, node('span', {}, icon('chevron')), 'Queues'), heading, node('span', { class: 'spread' }),
      node('button', { type: 'button', class: 'to-agents', onclick: () => lead(place) }, 'Agents'),
      node('button', { type: 'button', class: 'danger', onclick: async () => (await remove({ ...extension, label: heading.textContent })) && (settled(), ctx.go('queues')) }, icon('trash'), 'Delete…')),
    node('div', { class: 'queue-setup' },
      groups(f.element),
      node('section', { class: 'panel', 'aria-label': 'Settings' }, node('div', { class: 'panel-body' }, f.element)),
      node('div', { class: 'queue-beside' }, place)));
  ctx.title(heading.textContent);
  return members(place, extension.id);
}

// groups leads to the groups of the settings, which are many, and tells which one is looked at.
function groups(settings) {
  const headings = [...settings.querySelectorAll('.form-heading')];
  let chosen = headings.at(-1); // where the page ends: the last ones cannot be scrolled to the top
  const buttons = headings.map((heading) => {
    heading.tabIndex = -1;
    return node('button', { type: 'button', class: 'plain', onclick: () => {
      chosen = heading;
      lead(heading);
      look();
    } }, heading.textContent);
  });
  const look = () => {
    const ended = innerHeight + scrollY >= document.documentElement.scrollHeight - 2;
    const at = ended ? chosen : headings.findLast((heading) => heading.getBoundingClientRect().top < innerHeight / 5) ?? headings[0];
    headings.forEach((heading, i) => (heading === at ? buttons[i].setAttribute('aria-current', 'true') : buttons[i].removeAttribute('aria-current')));
  };
  const seen = new IntersectionObserver(look, { rootMargin: '0px 0px -80% 0px' });
  headings.forEach((heading) => seen.observe(heading));
  return node('nav', { class: 'queue-groups', 'aria-label': 'Groups of settings' }, buttons);
}

function lead(to) {
  to.scrollIntoView({ block: 'start' });
  to.focus({ preventScroll: true });
}

const queueTitle = (e) => (e.label ? `${e.label} (${shortNumber(e.name)})` : shortNumber(e.name));

// save sends what has changed to the two objects a queue consists of.
async function save(id, { label, status, ...queue }) {
  if (Object.keys(queue).length > 0) await api.put(settings(id), queue);
  if (label !== undefined || status !== undefined) await api.put(path + id, { label, status });
}
