// Times for people: the server's clock, durations that tick, and formats.

let offset = 0; // the server's clock minus this browser's, ms
let zone; // of the organisation

// language is the viewer's, with the digits and the calendar of all that does
// not come from the browser: durations, numbers of phones, dates of filters.
export const language = new Intl.Locale(new Intl.DateTimeFormat().resolvedOptions().locale, { numberingSystem: 'latn', calendar: 'gregory' });

// setClock is told the server's time with every event of the stream. Small
// differences are how long the event was under way: they change nothing.
export function setClock(serverNow) {
  const now = serverNow - Date.now();
  if (Math.abs(now - offset) > 1000 || offset === 0) offset = now;
}

export function setZone(name) {
  try {
    new Intl.DateTimeFormat(undefined, { timeZone: name });
    zone = name;
  } catch {
    zone = undefined; // one this browser does not know: its own
  }
}

// now gives the server's time in ms.
export function now() {
  return Date.now() + offset;
}

// duration writes whole seconds as 0:05, 12:34, 1:02:03.
export function duration(seconds) {
  const s = Math.max(0, Math.floor(seconds));
  const two = (n) => String(n).padStart(2, '0');
  const h = Math.floor(s / 3600);
  const m = Math.floor(s / 60) % 60;
  return h > 0 ? `${h}:${two(m)}:${two(s % 60)}` : `${m}:${two(s % 60)}`;
}

// age gives how long ago a moment was, in seconds.
export function age(ms) {
  return (now() - ms) / 1000;
}

const formats = new Map();

function format(options) {
  const key = JSON.stringify(options);
  let f = formats.get(key);
  if (!f) formats.set(key, (f = new Intl.DateTimeFormat(language, options)));
  return f;
}

// The time of a day as the viewer's language writes it: 14:05 or 2:05 PM.
const ofDay = (withSeconds) => ({ hour: 'numeric', minute: '2-digit', ...(withSeconds && { second: '2-digit' }) });

// clock writes a moment as 14:05 in the viewer's zone.
export function clock(ms, withSeconds = false) {
  return format(ofDay(withSeconds)).format(ms);
}

// minuteClock writes the time that many minutes after midnight.
export function minuteClock(minutes) {
  return format({ ...ofDay(false), timeZone: 'UTC' }).format(minutes * 60_000);
}

// when writes a moment in the viewer's zone, with as much of the date as it needs.
export function when(ms, withSeconds = false) {
  if (ms === undefined || ms === null) return '–';
  const thisYear = new Date(ms).getFullYear() === new Date(now()).getFullYear();
  return format({ day: 'numeric', month: 'short', ...(!thisYear && { year: 'numeric' }), ...ofDay(withSeconds) }).format(ms);
}

// day writes a date of the API (2026-11-22, and what follows is left out) as the viewer's language does.
export function day(text) {
  return text ? format({ day: 'numeric', month: 'short', year: 'numeric', timeZone: 'UTC' }).format(Date.parse(`${text.slice(0, 10)}T00:00:00Z`)) : '–';
}

export function date(ms) {
  return format({ weekday: 'long', day: 'numeric', month: 'long' }).format(ms);
}

// organisationZone is the zone days are counted in, where it is not the viewer's.
export function organisationZone() {
  return zone && zone !== Intl.DateTimeFormat().resolvedOptions().timeZone ? zone : undefined;
}

// watchTime keeps the text of an element that shows how long ago (since) or in
// how long (until) a moment is.
export function watchTime(el, kind, ms) {
  if (ms === undefined || ms === null) {
    delete el.dataset[kind];
    el.textContent = '';
    return;
  }
  el.dataset[kind] = ms;
  show(el, kind);
}

function show(el, kind) {
  const ms = Number(el.dataset[kind]);
  const text = duration(kind === 'since' ? age(ms) : Math.ceil(-age(ms)));
  if (el.textContent !== text) el.textContent = text;
}

const listeners = new Set();

// everySecond calls fn each second until the function it gives is called.
export function everySecond(fn) {
  listeners.add(fn);
  return () => listeners.delete(fn);
}

function tick() {
  for (const el of document.querySelectorAll('[data-since]')) show(el, 'since');
  for (const el of document.querySelectorAll('[data-until]')) show(el, 'until');
  for (const fn of listeners) fn();
  setTimeout(tick, 1000 - (now() % 1000));
}
tick();
