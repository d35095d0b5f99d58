// A small virtual DOM. Views are functions of the state:
//
//   h('p', {class: 'note'}, 'Hello ', name)      an element
//   h(Row, {key: agent.agent_id, agent})         a component: a function of its props
//   render(container, vnode)                     makes the container show it
//
// A component whose props are the same as before (each by ===) is not called
// again, so a view over thousands of objects costs only what changed: the
// store replaces an object when it changes and leaves the others alone.
// A component gives one element (or null for nothing).
//
// Props are attributes, but for: on… (a listener: onclick), class (a text, or a
// list of which the false ones are left out), style (an object of CSS properties), value,
// checked (properties),
// ref (called with the element when it is made), and since / until (moments in
// ms: time.js keeps the text, the element has no children).

import { watchTime } from './time.js';

const TEXT = Symbol('text');
const NOTHING = Symbol('nothing');
const NODE = Symbol('node'); // an element that was made elsewhere
const SVG = 'http://www.w3.org/2000/svg';
const clocks = ['since', 'until'];

export function h(type, props, ...children) {
  props = props ?? {};
  const list = [];
  collect(children, list);
  return { type, props, key: props.key, children: list };
}

function collect(children, into) {
  for (const c of children) {
    if (Array.isArray(c)) collect(c, into);
    else if (c === null || c === undefined || c === false || c === true) continue;
    else into.push(vnode(c));
  }
}

function vnode(v) {
  if (v === null || v === undefined || v === false) return { type: NOTHING };
  if (v instanceof Node) return { type: NODE, node: v };
  return typeof v === 'object' ? v : { type: TEXT, text: String(v) };
}

// render makes container show one vnode, changing as little as it can.
export function render(container, v) {
  v = vnode(v);
  const old = container.$shown;
  const el = old ? patch(old, v) : mount(v);
  if (el.parentNode !== container) container.replaceChildren(el);
  container.$shown = v;
}

function mount(v, svg = false) {
  if (v.type === TEXT) return (v.el = document.createTextNode(v.text));
  if (v.type === NOTHING) return (v.el = document.createComment(''));
  if (v.type === NODE) return (v.el = v.node);
  if (typeof v.type === 'function') {
    v.child = vnode(v.type({ ...v.props, children: v.children }));
    return (v.el = mount(v.child, svg));
  }
  svg = svg || v.type === 'svg';
  const el = svg ? document.createElementNS(SVG, v.type) : document.createElement(v.type);
  v.el = el;
  for (const child of v.children) el.append(mount(child, svg));
  for (const name in v.props) setProp(el, name, v.props[name], undefined); // after the children: a select's value needs its options
  if (v.props.ref) v.props.ref(el);
  return el;
}

function patch(old, v) {
  if (old === v) return old.el;
  if (old.type !== v.type || old.key !== v.key || old.node !== v.node) {
    const el = mount(v, old.el instanceof SVGElement && old.el.tagName !== 'svg');
    old.el.replaceWith(el);
    return el;
  }
  if (v.type === TEXT) {
    v.el = old.el;
    if (old.text !== v.text) v.el.data = v.text;
    return v.el;
  }
  if (v.type === NOTHING || v.type === NODE) return (v.el = old.el);
  if (typeof v.type === 'function') {
    if (sameProps(old.props, v.props) && !v.children.length && !old.children.length) {
      v.child = old.child;
      return (v.el = old.el);
    }
    v.child = vnode(v.type({ ...v.props, children: v.children }));
    return (v.el = patch(old.child, v.child));
  }
  v.el = old.el;
  patchProps(v.el, old.props, v.props);
  patchChildren(v.el, old.children, v.children);
  return v.el;
}

function sameProps(a, b) {
  const names = Object.keys(b);
  return names.length === Object.keys(a).length && names.every((n) => a[n] === b[n]);
}

function patchProps(el, old, now) {
  for (const name in old) if (!(name in now)) setProp(el, name, undefined, old[name]);
  for (const name in now) if (now[name] !== old[name] || name === 'value') setProp(el, name, now[name], old[name]);
}

function patchChildren(parent, old, now) {
  const keyed = new Map();
  const plain = [];
  for (const c of old) c.key === undefined ? plain.push(c) : keyed.set(c.key, c);
  let at = parent.firstChild;
  for (const c of now) {
    let was;
    if (c.key === undefined) was = plain.shift();
    else if ((was = keyed.get(c.key))) keyed.delete(c.key);
    if (!was) {
      parent.insertBefore(mount(c, parent.namespaceURI === SVG), at);
      continue;
    }
    // One that was taken out before this one comes later, or goes: not all behind it are moved for it.
    const same = was.el === at || (at && was.el === at.nextSibling);
    if (same) at = was.el.nextSibling;
    const el = patch(was, c);
    if (!same) parent.insertBefore(el, at);
  }
  for (const c of plain) c.el.remove();
  for (const c of keyed.values()) c.el.remove();
}

function setProp(el, name, value, old) {
  if (name === 'key' || name === 'ref' || name === 'children') return;
  if (clocks.includes(name)) return watchTime(el, name, value);
  if (name.startsWith('on')) {
    el[name] = value ?? null;
  } else if (name === 'class') {
    const text = Array.isArray(value) ? value.filter(Boolean).join(' ') : value;
    text ? el.setAttribute('class', text) : el.removeAttribute('class');
  } else if (name === 'style') {
    for (const p in old ?? {}) if (!(p in (value ?? {}))) el.style.removeProperty(p);
    for (const p in value ?? {}) el.style.setProperty(p, value[p]);
  } else if (name === 'value' || name === 'checked' || name === 'indeterminate') {
    if (el[name] !== value) el[name] = value ?? '';
  } else if (value === undefined || value === null || value === false) {
    el.removeAttribute(name);
  } else {
    el.setAttribute(name, value === true ? '' : value);
  }
}

// node makes an element at once, for what is built once and not rendered
// again: forms, dialogs. Children may be elements, too.
export function node(type, props, ...children) {
  return mount(h(type, props, ...children));
}
