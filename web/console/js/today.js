// The day's history of all queues or some, kept up to date, for whatever page shows it.

import { api } from './api.js';
import { dayCharts } from './charts.js';
import { store } from './store.js';
import { now } from './time.js';

const every = 60_000;

// today fills el with the day's charts of some queues together, by id (none =
// all), until the function it gives is called; its of(ids) asks for others.
export function today(el, queues = []) {
  const charts = dayCharts(el);
  let timer;
  let asked = 0;
  let ended = false;

  async function refresh() {
    clearTimeout(timer);
    const mine = ++asked;
    try {
      const rows = await api.all('/client/@me/report/queues/', { interval: 'quarter', total: 'only', extension_id: queues });
      if (ended || mine !== asked) return; // others are wanted meanwhile
      await charts.show(rows, minuteOfDay());
    } catch (err) {
      if (err.status === undefined) throw err; // what was shown stays; it is asked for again
    }
    if (!ended && mine === asked) timer = setTimeout(refresh, every);
  }
  refresh();
  const end = () => {
    ended = true;
    clearTimeout(timer);
    charts.end();
  };
  end.of = (ids) => {
    queues = ids;
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
