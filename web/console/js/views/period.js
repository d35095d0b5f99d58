// A period of days as people name it, or from one date to another.

import { node } from '../dom.js';
import { today } from './parts.js';

// shifted is a date (YYYY-MM-DD) so many days later.
function shifted(date, days) {
  const day = new Date(`${date}T00:00:00Z`);
  day.setUTCDate(day.getUTCDate() + days);
  return day.toISOString().slice(0, 10);
}

// weekBegan is the first day of a date's week, as the viewer's language counts weeks.
function weekBegan(date) {
  const locale = new Intl.Locale(navigator.language);
  const first = (locale.getWeekInfo?.() ?? locale.weekInfo)?.firstDay ?? 1; // 1 = Monday … 7
  return shifted(date, -((new Date(`${date}T00:00:00Z`).getUTCDay() - first + 7) % 7));
}

function lastMonth(date) {
  const end = shifted(`${date.slice(0, 8)}01`, -1);
  return [`${end.slice(0, 8)}01`, end];
}

// The days are the organisation's: of now, so that a page open over midnight means the new day.
const named = {
  today: ['Today', (now) => [now, now]],
  yesterday: ['Yesterday', (now) => [shifted(now, -1), shifted(now, -1)]],
  week: ['This week', (now) => [weekBegan(now), now]],
  days7: ['Last 7 days', (now) => [shifted(now, -6), now]],
  month: ['This month', (now) => [`${now.slice(0, 8)}01`, now]],
  lastMonth: ['Last month', lastMonth],
};

// setPeriod puts the days of a named period into values.from and values.to.
export function setPeriod(values, name) {
  values.period = name;
  if (named[name]) [values.from, values.to] = named[name][1](today());
}

// period gives controls for filters(): a choice of named periods and the two
// dates, kept the same; with any, all days are a choice, too. values has
// period, from and to. The dates are shown for other days only.
export function period(values, changed, { any = false } = {}) {
  const options = [...(any ? [['', 'Any day']] : []), ...Object.entries(named).map(([name, [title]]) => [name, title]), ['other', 'Other days']];
  const choice = node('select', { 'aria-label': 'Period', value: values.period, onchange: () => {
    setPeriod(values, choice.value);
    if (choice.value === '') values.from = values.to = '';
    from.value = values.from;
    to.value = values.to;
    mark();
    if (choice.value === 'other') from.focus();
    else changed();
  } }, options.map(([v, title]) => node('option', { value: v }, title)));
  const date = (name) => node('input', { type: 'date', 'aria-label': name === 'from' ? 'From' : 'To', value: values[name], onchange: (e) => {
    values[name] = e.target.value;
    values.period = choice.value = any && !values.from && !values.to ? '' : 'other';
    mark();
    changed();
  } });
  const from = date('from');
  const to = date('to');
  const labelled = (input) => node('label', { class: 'filter-date' }, node('span', { class: 'soft' }, input.getAttribute('aria-label')), input);
  const dates = [labelled(from), labelled(to)];
  const mark = () => dates.forEach((d) => d.classList.toggle('implied', values.period !== 'other'));
  mark();
  return [choice, ...dates];
}
