// What supervisors do to a queue at once, without going to its settings.

import { api } from './api.js';
import { queueName } from './store.js';
import { confirm } from './ui/dialog.js';
import { toast } from './ui/toast.js';

const waitingNow = (q) => q.waiting_members + q.trying_members;

// openOrClose has new callers be refused, or taken again.
async function openOrClose(q) {
  const close = q.status !== 'blocked';
  const name = queueName(q);
  const n = waitingNow(q);
  const sure = await confirm({
    title: close ? `Close ${name} for calls?` : `Open ${name} for calls?`,
    text: close
      ? `Whoever calls ${name} from now on is refused, and no call can be moved there. ${n === 0 ? 'Nobody waits now.' : n === 1 ? 'The one who waits is still served.' : `The ${n} who wait are still served.`}`
      : `${name} takes calls again, at once.`,
    action: close ? 'Close' : 'Open',
    danger: close,
    run: () => api.put(`/client/@me/extension/${q.extension_id}`, { status: close ? 'blocked' : 'active' }),
  });
  if (sure) toast(close ? `${name} is closed for calls.` : `${name} is open for calls.`);
}

// queueMenu is what can be done to a queue now.
export function queueMenu(q, go) {
  return [
    q.status === 'blocked'
      ? { label: 'Open for calls…', icon: 'check', run: () => openOrClose(q) }
      : { label: 'Close for calls…', icon: 'busy', danger: true, run: () => openOrClose(q) },
    { label: 'Settings', icon: 'settings', run: () => go(`queues/${q.extension_id}`) },
  ];
}
