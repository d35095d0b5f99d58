// What pages of lists and records share: filters, moments, badges, secrets.

import { h, node } from '../dom.js';
import { icon } from '../icons.js';
import { store } from '../store.js';
import { now, organisationZone } from '../time.js';
import { dialog } from '../ui/dialog.js';
import { toast } from '../ui/toast.js';

// gmt reads a moment of the API (2026-03-16 12:11:13, UTC) as ms; undefined for none.
export function gmt(text) {
  return text ? Date.parse(`${text.replace(' ', 'T')}Z`) : undefined;
}

export { day, when } from '../time.js';

// today is the organisation's date n days from now, as YYYY-MM-DD.
export function today(n = 0) {
  const parts = new Intl.DateTimeFormat('en-CA', { timeZone: store.client?.time_zone, year: 'numeric', month: '2-digit', day: '2-digit' }).format(now());
  const day = new Date(`${parts}T00:00:00Z`);
  day.setUTCDate(day.getUTCDate() + n);
  return day.toISOString().slice(0, 10);
}

// dayAfter is the date after one: periods of the API exclude their end.
export function dayAfter(date) {
  if (!date) return undefined;
  const day = new Date(`${date}T00:00:00Z`);
  day.setUTCDate(day.getUTCDate() + 1);
  return day.toISOString().slice(0, 10);
}

// filters is a bar of controls above a list; changed is told of each change.
//
//   filters([
//     {name: 'flow', label: 'Direction', options: [['', 'Any direction'], …]},
//     {name: 'from', label: 'From', kind: 'date'},
//     {name: 'search', label: 'Number or name', kind: 'search'},
//   ], values, changed)
//
// values is kept up to date. Days are the organisation's. A control may be among the fields, as of period.js.
export function filters(fields, values, changed) {
  let typing;
  const control = (f) => {
    const set = (e) => {
      values[f.name] = e.target.value.trim();
      clearTimeout(typing);
      typing = setTimeout(changed, f.kind === 'search' ? 250 : 0);
    };
    if (f.options) return node('select', { 'aria-label': f.label, value: values[f.name] ?? '', onchange: set }, f.options.map(([v, text]) => node('option', { value: v }, text)));
    if (f.kind === 'search') return node('input', { type: 'search', 'aria-label': f.label, placeholder: f.label, value: values[f.name] ?? '', oninput: set });
    return node('label', { class: 'filter-date' }, node('span', { class: 'soft' }, f.label), node('input', { type: 'date', value: values[f.name] ?? '', onchange: set }));
  };
  const zone = organisationZone();
  return node('div', { class: 'filters', role: 'group', 'aria-label': 'Filters' }, fields.map((f) => (f instanceof Node ? f : control(f))),
    zone && fields.some((f) => f instanceof Node || f.kind === 'date') && node('span', { class: 'soft filter-zone' }, `Days of ${zone}`));
}

const signs = { good: 'is-available', bad: 'is-unreachable', warn: 'is-break', busy: 'is-talking', none: 'is-out' };

// Sign is a word with an icon; kind (good, bad, warn, busy, none) is its colour.
export function Sign({ kind, icon: name, word }) {
  return h('span', { class: ['badge', signs[kind]] }, icon(name), h('span', {}, word));
}

// head is a page's head: a title, the way back, and what can be done.
export function head(title, { back, note, actions = [] } = {}) {
  return node('header', { class: 'page-head' },
    back && node('a', { class: 'back', href: back.href }, icon('chevron'), back.label),
    node('h1', {}, title), note && node('span', { class: 'soft' }, note), node('span', { class: 'spread' }), actions);
}

// act is a button of a page's head.
export function act(label, run, { primary = false, name = 'plus', danger = false } = {}) {
  return node('button', { type: 'button', class: [primary && 'primary', danger && 'danger'], onclick: run }, name && icon(name), label);
}

// secret shows what cannot be looked up again, to be copied: values are [label, text].
export function secret(title, text, values) {
  return dialog({
    title,
    body: node('div', { class: 'form' }, node('p', {}, text), values.map(([label, value]) => copied(label, value))),
    actions: [{ label: 'Done', kind: 'primary' }],
  });
}

let count = 0;

function copied(label, value) {
  const id = `copied-${++count}`;
  const input = node('input', { id, class: 'code', readonly: true, value, onfocus: (e) => e.target.select() });
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(value);
      toast(`${label} is copied.`);
    } catch { // only allowed with https
      input.focus();
      toast(`${label} is selected: copy it with Ctrl+C.`);
    }
  };
  return node('div', { class: 'field' }, node('label', { for: id }, label),
    node('div', { class: 'with-button' }, input, node('button', { type: 'button', 'aria-label': `Copy ${label}`, onclick: copy }, icon('copy'), 'Copy')));
}

// facts is a list of what there is to say of something: [term, value]; what has no value is left out.
export function facts(list) {
  return h('dl', { class: 'fact-list' }, list.filter(([, v]) => v !== undefined && v !== null && v !== '').map(([term, v]) => h('div', { key: term }, h('dt', {}, term), h('dd', {}, v))));
}

// size writes a number of bytes.
export function size(bytes) {
  if (!bytes) return '–';
  return bytes < 1e6 ? `${Math.max(1, Math.round(bytes / 1e3))} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}
