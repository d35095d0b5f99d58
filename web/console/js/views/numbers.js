// Public numbers, and the queues or phones they lead to.

import { api } from '../api.js';
import { h, node } from '../dom.js';
import { byNumber, shortNumber } from '../store.js';
import { confirm } from '../ui/dialog.js';
import { formDialog } from '../ui/form.js';
import { table } from '../ui/table.js';
import { attempt, toast } from '../ui/toast.js';
import { act, head } from './parts.js';

const path = '/client/@me/did/';

export function page(el) {
  let extensions = new Map();
  const name = (e) => [e.type === 'queue' ? 'Queue' : 'Phone', shortNumber(e.name), e.label].filter(Boolean).join(' ');
  const t = table({
    label: 'Public numbers',
    columns: [
      { title: 'Number', cell: (d) => h('b', {}, d.number) },
      { title: 'Leads to', cell: (d) => (extensions.has(d.extension_id) ? name(extensions.get(d.extension_id)) : `Extension ${d.extension_id}`) },
    ],
    load: async ({ page, per_page }) => {
      const [found, all] = await Promise.all([api.list(path, { page, per_page }), api.all('/client/@me/extension/')]);
      extensions = new Map(all.map((e) => [e.id, e]));
      return found;
    },
    key: (d) => d.number,
    open: (d) => edit(d),
    actions: (d) => [
      { label: 'Change where it leads…', icon: 'move', run: () => edit(d) },
      { label: 'Delete…', icon: 'trash', danger: true, run: () => remove(d) },
    ],
    empty: { icon: 'number', title: 'No public numbers yet', text: 'Say to which queue or phone the numbers lead that your provider gave you.', action: { label: 'Add a number', run: add } },
  });
  el.append(head('Public numbers', { actions: act('Add a number', add, { primary: true }) }), node('section', { class: 'panel', 'aria-label': 'Public numbers' }, t.element));

  const to = () => ({ name: 'extension_id', label: 'Leads to', kind: 'select', parse: Number,
    options: [...extensions.values()].sort((a, b) => (a.type === b.type ? byNumber(a.name, b.name) : a.type === 'queue' ? -1 : 1)).map((e) => [e.id, name(e)]) });

  async function add() {
    if (extensions.size === 0) {
      await attempt(async () => { extensions = new Map((await api.all('/client/@me/extension/')).map((e) => [e.id, e])); });
      if (extensions.size === 0) return toast.fail(new Error('There is nothing a number could lead to. Add a queue or a phone first.'));
    }
    const where = to();
    const made = await formDialog({
      title: 'Add a public number', submit: 'Add',
      fields: [{ name: 'number', label: 'Number', required: true, inputmode: 'tel', placeholder: '4930123456', help: 'As the provider sends it.' }, where],
      values: { extension_id: where.options[0][0] },
      save: (_, v) => api.post(path, v),
    });
    if (!made) return;
    toast(`${made.number} is added.`);
    t.reload();
  }

  async function edit(d) {
    const saved = await formDialog({ title: `Where ${d.number} leads`, fields: [to()], values: d, save: (changed) => api.put(path + encodeURIComponent(d.number), changed) });
    if (!saved) return;
    toast(`${d.number} is saved.`);
    t.reload();
  }

  async function remove(d) {
    const sure = await confirm({ title: `Delete ${d.number}?`, text: 'Calls to this number are refused from now on.', action: 'Delete', danger: true, run: () => api.delete(path + encodeURIComponent(d.number)) });
    if (!sure) return;
    toast(`${d.number} is deleted.`);
    t.reload();
  }
}
