// The day's history of all queues or one, kept up to date, for whatever page shows it.

import { api } from './api.js';
import { dayCharts } from './charts.js';
import { store } from './store.js';
import { now } from './time.js';

const every = 60_000;

// today fills el with the day's charts until the function it gives is called.
// failed is told of what cannot be loaded, and of undefined when it can again.
export function today(el, failed = () => {}) {
  const charts = dayCharts(el);
  let timer;
  let queue;
  let ended = false;

  async function refresh() {
    clearTimeout(timer);
    try {
      const rows = await api.all('/client/@me/report/queues/', { interval: 'quarter', extension_id: queue });
      if (ended) return;
      await charts.show(rows, minuteOfDay());
      failed(undefined);
    } catch (err) {
      if (!ended) failed(err);
    }
    if (!ended) timer = setTimeout(refresh, every);
  }
  refresh();
  const end = () => {
    ended = true;
    clearTimeout(timer);
    charts.end();
  };
  end.of = (id) => {
    queue = id || undefined;
    refresh();
  };
  return end;
}

// minuteOfDay is how far the organisation's day is.
function minuteOfDay() {
  const parts = new Intl.DateTimeFormat('en-GB', { timeZone: store.client?.time_zone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).formatToParts(now());
  const get = (type) => Number(parts.find((p) => p.type === type).value);
  return get('hour') * 60 + get('minute');
}
