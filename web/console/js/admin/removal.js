// Deleting an organisation: what goes is counted and named, and its name has to be typed.

import { api } from '../api.js';
import { node } from '../dom.js';
import { formDialog } from '../ui/form.js';
import { attempt } from '../ui/toast.js';

const parts = [
  ['phone', 'phones', 'extension/', { type: 'phone' }],
  ['queue', 'queues', 'extension/', { type: 'queue' }],
  ['user', 'users', 'user/'],
  ['public number', 'public numbers', 'did/'],
  ['trunk', 'trunks', 'trunk/'],
  ['application', 'applications', 'application/'],
  ['sound', 'sounds', 'sound/'],
  ['recording', 'recordings', 'record/'],
];

// removeOrganisation gives whether it was deleted.
export async function removeOrganisation(o) {
  let counted;
  let calls;
  const got = await attempt(async () => {
    const ask = (path, params) => api.list(`/client/${o.id}/${path}`, { ...params, per_page: 1 }).then((a) => a.total);
    [calls, ...counted] = await Promise.all([ask('current_calls/'), ...parts.map(([, , path, params]) => ask(path, params))]);
  });
  if (!got) return false;
  const what = counted.map((n, i) => n > 0 && `${n} ${parts[i][n === 1 ? 0 : 1]}`).filter(Boolean);
  return Boolean(await formDialog({
    title: `Delete ${o.name}?`,
    submit: 'Delete for good',
    danger: true,
    fields: [
      { element: node('div', { class: 'goes' },
        node('p', {}, what.length > 0 ? 'With it go for good:' : 'It has nothing but its settings. They go for good.'),
        what.length > 0 && node('ul', {}, what.map((w) => node('li', {}, w))),
        node('p', {}, 'Call history, reports and audit log go, too. Recordings are removed from the disk, phones unregistered, and users signed out.'),
        calls > 0 && node('p', { class: 'problem' }, calls === 1 ? 'A call is up now: it is hung up.' : `${calls} calls are up now: they are hung up.`)) },
      { name: 'name', label: `Type ${o.name} to confirm`, required: true, unmarked: true, check: (v) => (v.trim() === o.name ? '' : `This is not its name. Type ${o.name}.`) },
    ],
    save: () => api.delete(`/client/${o.id}`).then(() => true),
  }));
}
