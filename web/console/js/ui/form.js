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
// format (between the value and what is typed), check: (value) => what is
// wrong with it, '' = nothing. save gets what differs
// from what was shown at first, and everything; what it throws is shown.
//
// A field that is required but has a value from the beginning is unmarked.
// A field may have something beside its control: beside: (control) => elements.
// list is the id of a datalist; {element, when} is an element among the fields.
//
// With keeps: true a form that is not saved says so, and is not left unasked.
// When save is refused because somebody else has changed the same thing
// meanwhile (status 412), latest() is asked for the values there are now: those
// that were not touched here are taken over, and the person saves again.
//
// A field that is half stands beside another one, where there is room.
// With rows: true, for pages of many settings, what a field is stands at the
// left of its control, and headings are of the page's second level.
//
// formDialog({title, …the same…}) shows it in a dialog and gives what save gave.

import { node } from '../dom.js';
import { icon } from '../icons.js';
import { dialog } from './dialog.js';
import { watch } from './unsaved.js';

let count = 0;

export function form({ fields, values = {}, submit = 'Save', save, done, cancel, latest, keeps = false, rows = false }) {
  const id = `form-${++count}`;
  const allNeeded = fields.every((f) => f.required || !f.name); // then none has to be marked
  const parts = fields.map((f) => (f.element ? f : f.heading ? heading(f, rows ? 'h2' : 'h3') : field(f, `${id}-${f.name}`, values[f.name], !allNeeded)));
  const problem = node('p', { class: 'problem', role: 'alert', hidden: true });
  const unsavedSign = node('span', { class: 'unsaved', role: 'status' });
  const button = submit && node('button', { type: 'submit', class: 'primary' }, submit);
  const element = node('form', { id, class: ['form', rows && 'rows'], novalidate: true },
    ...parts.map((p) => p.element), problem,
    submit && node('div', { class: 'form-actions' }, keeps && unsavedSign, cancel && node('button', { type: 'button', onclick: cancel }, 'Cancel'), button));

  const read = () => Object.fromEntries(parts.filter((p) => p.read && !p.element.hidden).map((p) => [p.name, p.read()]));
  const initial = Object.fromEntries(parts.filter((p) => p.read).map((p) => [p.name, p.read()]));
  const arrange = () => {
    const now = read();
    for (const p of parts) if (p.when) p.element.hidden = !p.when(now);
  };
  const differing = (all = read()) => Object.fromEntries(Object.entries(all).filter(([name, v]) => v !== initial[name]));
  const dirty = () => Object.keys(differing()).length > 0;
  const sign = () => { unsavedSign.textContent = dirty() ? 'Unsaved changes' : ''; };
  for (const event of ['input', 'change']) {
    element.addEventListener(event, () => {
      arrange();
      sign();
    });
  }
  arrange();
  if (keeps) watch(element, dirty);

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
    const changed = differing(all);
    if (button) button.disabled = true;
    element.setAttribute('aria-busy', 'true');
    try {
      const answer = await save(changed, all);
      Object.assign(initial, all); // what is shown now is what is saved
      sign();
      done?.(answer, all);
    } catch (err) {
      if (err.status === undefined) throw err;
      if (err.status === 412 && latest) await takeOver().catch(tell);
      else tell(err);
      element.querySelector('[aria-invalid]')?.focus();
    } finally {
      if (button) button.disabled = false;
      element.removeAttribute('aria-busy');
    }
  });

  // takeOver takes what somebody else has set meanwhile, but for what was changed here, too.
  async function takeOver() {
    const now = await latest();
    const changed = parts.filter((p) => p.write && p.name in now && p.follow(initial, now[p.name]));
    arrange();
    sign();
    problem.hidden = false;
    problem.textContent = `Somebody else has changed this meanwhile${changed.length > 0 ? `: ${changed.map((p) => p.label).join(', ')}` : ''}. It is taken over here, but for what you have changed yourself. Look at it, and save again.`;
    problem.scrollIntoView({ block: 'nearest' });
  }
  return { element, read, tell, id, dirty };
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
    : node('div', { class: ['field', f.half && 'half'] }, label, boxed, help, wrong);
  const tell = (message) => {
    wrong.hidden = !message;
    wrong.replaceChildren(...(message ? [node('span', {}, icon('alarm')), message] : []));
    message ? input.setAttribute('aria-invalid', 'true') : input.removeAttribute('aria-invalid');
  };
  return {
    name: f.name, label: f.label, element, when: f.when, tell,
    read: () => readControl(f, input),
    write: !['file', 'password'].includes(f.kind) && ((v) => writeControl(f, input, v)),
    // follow shows what somebody else has set, unless it was changed here; true = it is another value than at first.
    follow(initial, value) {
      const [mine, typed] = [this.read(), f.kind === 'check' ? input.checked : input.value];
      this.write(value);
      const theirs = this.read();
      const [was, same] = [initial[f.name], mine === initial[f.name]];
      initial[f.name] = theirs;
      if (!same) f.kind === 'check' ? (input.checked = typed) : (input.value = typed);
      if (!same && theirs !== was && theirs !== mine) tell(`Somebody else has set this to ${f.kind === 'check' ? (theirs ? 'on' : 'off') : theirs ?? 'nothing'} meanwhile. What you save replaces it.`);
      return theirs !== was;
    },
    focus: () => input.focus(),
    // check tells what the browser itself sees; true = something is wrong
    check() {
      const wrong = !input.checkValidity() ? (input.validity.valueMissing ? `${f.label} is missing.` : input.validationMessage) : f.check?.(readControl(f, input));
      tell(wrong);
      return Boolean(wrong);
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

function writeControl(f, input, value) {
  const shown = f.format ? f.format(value) : value;
  if (f.kind === 'check') input.checked = Boolean(shown);
  else input.value = String(shown ?? '');
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

export async function formDialog({ title, submit = 'Save', wide, danger = false, ...rest }) {
  let answer;
  const f = form({
    ...rest,
    submit: '',
    done(a) {
      answer = { value: a };
      f.element.closest('dialog').finish();
    },
  });
  await dialog({ title, body: f.element, wide, actions: [{ label: 'Cancel' }, { label: submit, kind: danger ? 'danger' : 'primary', submits: f.id }] });
  return answer?.value ?? (answer ? true : undefined);
}
