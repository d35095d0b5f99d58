// Sounds: music, greetings and announcements, to be listened to and replaced.

import { api } from '../api.js';
import { h, node } from '../dom.js';
import { icon } from '../icons.js';
import { soundFile, uploadSound } from '../admin/sounds.js';
import { confirm } from '../ui/dialog.js';
import { formDialog } from '../ui/form.js';
import { table } from '../ui/table.js';
import { toast } from '../ui/toast.js';

const path = '/client/@me/sound/';

export function page(el) {
  const replaced = new Map(); // how often, by id: a player keeps what it has loaded
  const t = table({
    label: 'Sounds',
    search: 'Search by name or file',
    columns: [
      { title: 'Name', cell: (s) => h('b', {}, s.title) },
      { title: 'File', cell: (s) => h('span', { class: 'file-name soft' }, s.filename) },
      { title: 'Listen', class: 'listen', cell: (s) => h('audio', { key: `${s.id}-${replaced.get(s.id) ?? 0}`, controls: true, preload: 'none', src: soundFile(s.id), 'aria-label': `Listen to ${s.title}` }) },
    ],
    key: (s) => `${s.id}-${replaced.get(s.id) ?? 0}`,
    load: find,
    actions: (s) => [
      { label: 'Rename…', icon: 'pencil', run: () => rename(s) },
      { label: 'Another file…', icon: 'upload', run: () => replace(s) },
      { label: 'Delete…', icon: 'trash', danger: true, run: () => remove(s) },
    ],
    empty: { icon: 'sound', title: 'No sounds yet', text: 'Queues play their own music, greetings and announcements once you upload them. Until then callers hear the built-in music, or a ringing tone.',
      action: { label: 'Add a sound', run: add } },
  });
  el.append(
    node('header', { class: 'page-head' }, node('h1', {}, 'Sounds'), node('span', { class: 'spread' }),
      node('button', { type: 'button', class: 'primary', onclick: add }, icon('plus'), 'Add a sound')),
    node('section', { class: 'panel', 'aria-label': 'Sounds' }, t.element));

  async function add() {
    if (await uploadSound()) t.reload();
  }

  async function replace(s) {
    if (!(await uploadSound(s))) return;
    replaced.set(s.id, (replaced.get(s.id) ?? 0) + 1);
    t.reload();
  }

  async function rename(s) {
    const done = await formDialog({
      title: `Rename ${s.title}`,
      fields: [{ name: 'title', label: 'Name', required: true, maxlength: 255, autofocus: true }],
      values: s,
      save: (_, all) => api.put(path + s.id, { title: all.title }),
    });
    if (!done) return;
    toast(`${done.title} is saved.`);
    t.reload();
  }

  async function remove(s) {
    const sure = await confirm({
      title: `Delete ${s.title}?`,
      text: 'The sound and its file are gone for good. A sound that a queue plays cannot be deleted.',
      action: 'Delete',
      danger: true,
      run: () => api.delete(path + s.id),
    });
    if (!sure) return;
    toast(`${s.title} is deleted.`);
    t.reload();
  }
}

// find gives a page of the sounds with what is searched in their names; an organisation has few.
async function find({ page: number, per_page, search }) {
  if (!search) return api.list(path, { page: number, per_page });
  const text = search.toLowerCase();
  const found = (await api.all(path)).filter((s) => s.title.toLowerCase().includes(text) || s.filename.toLowerCase().includes(text));
  return { list: found.slice((number - 1) * per_page, number * per_page), total: found.length };
}
