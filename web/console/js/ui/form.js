// Forms from a description of their fields, with the server's refusals shown
// at the field they are about.
//
//   const f = form({
//     fields: [
//       {name: 'label', label: 'Name', help: 'What agents see.'},
//       {name: 'strategy', label: 'Who is called', kind: 'select', options: [['ring-all', 'Everybody'], …]},
//       {name: 'max_wait_time', label: 'Longest wait', kind: 'number', min: 0, unit: 'seconds'},
//       {name: 'record_enabled', label: 'Record calls', kind: 'check'},
//       {heading: 'What callers hear'},
//     ],
//     values: queue,                          what is shown at first
//     submit: 'Save',                         label of the button
//     save: (changed, all) => api.put(…, changed),
//     done: (answer) => …,
//   });
//   element.append(f.element);
//
// Kinds: text (default), number, select, check, password, textarea, search,
// file. A field is also: required, min, max, placeholder, autocomplete, nullable (empty is sent
// as null), disabled, when: (values) => bool (shown only then), parse and
// format (between the value and what is typed). save gets what differs
// from what was shown at first, and everything; what it throws is shown.
//
// A field that is required but has a value from the beginning is unmarked.
// A field may have something beside its control: beside: (control) => elements.
// list is the id of a datalist; {element, when} is an element among the fields.
//
// With rows: true, for pages of many settings, what a field is stands at the
// left of its control, and headings are of the page's second level.
//
// formDialog({title, …the same…}) shows it in a dialog and gives what save gave.

import { node } from '../dom.js';
import { icon } from '../icons.js';
import { dialog } from './dialog.js';

let count = 0;

export function form({ fields, values = {}, submit = 'Save', save, done, cancel, rows = false }) {
  const id = `form-${++count}`;
  const allNeeded = fields.every((f) => f.required || !f.name); // then none has to be marked
  const parts = fields.map((f) => (f.element ? f : f.heading ? heading(f, rows ? 'h2' : 'h3') : field(f, `${id}-${f.name}`, values[f.name], !allNeeded)));
  const problem = node('p', { class: 'problem', role: 'alert', hidden: true });
  const button = submit && node('button', { type: 'submit', class: 'primary' }, submit);
  const element = node('form', { id, class: ['form', rows && 'rows'], novalidate: true },
    ...parts.map((p) => p.element), problem,
    submit && node('div', { class: 'form-actions' }, cancel && node('button', { type: 'button', onclick: cancel }, 'Cancel'), button));

  const read = () => Object.fromEntries(parts.filter((p) => p.read && !p.element.hidden).map((p) => [p.name, p.read()]));
  const initial = Object.fromEntries(parts.filter((p) => p.read).map((p) => [p.name, p.read()]));
  const arrange = () => {
    const now = read();
    for (const p of parts) if (p.when) p.element.hidden = !p.when(now);
  };
  element.addEventListener('input', arrange);
  arrange();

  const tell = (err) => {
    const at = err.field && parts.find((p) => p.name === err.field);
    if (at && !at.element.hidden) {
      // The server names the field as the API does; people know it by its label.
      at.tell(err.message.startsWith(`${err.field} `) ? at.label + err.message.slice(err.field.length) : err.message);
      return;
    }
    problem.hidden = false;
    problem.textContent = err.message;
  };

  element.addEventListener('submit', async (e) => {
    e.preventDefault();
    problem.hidden = true;
    for (const p of parts) p.tell?.('');
    const invalid = parts.filter((p) => p.check && !p.element.hidden && p.check());
    if (invalid.length > 0) {
      invalid[0].focus();
      return;
    }
    const all = read();
    const changed = Object.fromEntries(Object.entries(all).filter(([name, v]) => v !== initial[name]));
    if (button) button.disabled = true;
    element.setAttribute('aria-busy', 'true');
    try {
      const answer = await save(changed, all);
      Object.assign(initial, all); // what is shown now is what is saved
      done?.(answer, all);
    } catch (err) {
      if (err.status === undefined) throw err;
      tell(err);
      element.querySelector('[aria-invalid]')?.focus();
    } finally {
      if (button) button.disabled = false;
      element.removeAttribute('aria-busy');
    }
  });
  return { element, read, tell, id };
}

function heading(f, level) {
  return { element: node(level, { class: 'form-heading' }, f.heading), when: f.when };
}

function field(f, id, value, marked) {
  const input = control(f, id, value);
  const wrong = node('p', { class: 'wrong', id: `${id}-wrong`, hidden: true });
  const help = f.help && node('p', { class: 'help', id: `${id}-help` }, f.help);
  const label = node('label', { for: id }, f.label, marked && f.required && !f.unmarked && node('span', { class: 'needed', 'aria-hidden': 'true' }, ' *'));
  const described = [help && `${id}-help`, `${id}-wrong`].filter(Boolean).join(' ');
  input.setAttribute('aria-describedby', described);
  const boxed = f.beside ? node('div', { class: 'with-beside' }, input, f.beside(input)) : f.unit ? node('div', { class: 'with-unit' }, input, node('span', { class: 'unit' }, f.unit)) : input;
  const element = f.kind === 'check'
    ? node('div', { class: 'field check' }, node('div', { class: 'check-row' }, input, label), help, wrong)
    : node('div', { class: 'field' }, label, boxed, help, wrong);
  const tell = (message) => {
    wrong.hidden = !message;
    wrong.replaceChildren(...(message ? [node('span', {}, icon('alarm')), message] : []));
    message ? input.setAttribute('aria-invalid', 'true') : input.removeAttribute('aria-invalid');
  };
  return {
    name: f.name, label: f.label, element, when: f.when, tell,
    read: () => readControl(f, input),
    focus: () => input.focus(),
    // check tells what the browser itself sees; true = something is wrong
    check() {
      if (input.checkValidity()) return false;
      tell(input.validity.valueMissing ? `${f.label} is missing.` : input.validationMessage);
      return true;
    },
  };
}

function control(f, id, value) {
  const shown = f.format ? f.format(value) : value;
  const common = { id, name: f.name, required: f.required, disabled: f.disabled, autofocus: f.autofocus, autocomplete: f.autocomplete ?? 'off' };
  switch (f.kind) {
    case 'check':
      return node('input', { ...common, type: 'checkbox', checked: Boolean(shown) });
    case 'select':
      return node('select', { ...common, value: String(shown ?? '') }, f.options.map(([v, text]) => node('option', { value: v ?? '' }, text)));
    case 'textarea':
      return node('textarea', { ...common, rows: f.rows ?? 3, value: shown ?? '' });
    case 'file':
      return node('input', { ...common, type: 'file', accept: f.accept });
    default:
      return node('input', { ...common, type: f.kind ?? 'text', min: f.min, max: f.max, step: f.step, maxlength: f.maxlength,
        list: f.list, inputmode: f.inputmode, pattern: f.pattern, placeholder: f.placeholder, value: shown ?? '' });
  }
}

function readControl(f, input) {
  let v;
  switch (f.kind) {
    case 'check':
      v = input.checked;
      break;
    case 'number':
      v = input.value === '' ? null : input.valueAsNumber;
      break;
    case 'file':
      v = input.files[0];
      break;
    default:
      v = input.value;
  }
  if (f.nullable && v === '') v = null;
  return f.parse ? f.parse(v) : v;
}

export async function formDialog({ title, submit = 'Save', wide, ...rest }) {
  let answer;
  const f = form({
    ...rest,
    submit: '',
    done(a) {
      answer = { value: a };
      f.element.closest('dialog').close();
    },
  });
  await dialog({ title, body: f.element, wide, actions: [{ label: 'Cancel' }, { label: submit, kind: 'primary', submits: f.id }] });
  return answer?.value ?? (answer ? true : undefined);
}
