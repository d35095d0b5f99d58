// Icons, drawn for this console on a grid of 16, in strokes of the text's colour.

import { h } from './dom.js';

const paths = {
  wallboard: 'M2 3h12v8H2zM6 14h4M8 11v3M4.5 8.5l2-2 1.5 1.5 3-3',
  agents: 'M5.5 7.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5zM1.5 13.5c0-2.5 1.8-4 4-4s4 1.5 4 4M10.5 7.4a2.2 2.2 0 0 0 .6-4.3M11.5 9.7c1.9.3 3 1.7 3 3.8',
  desk: 'M2.5 9.5V8a5.5 5.5 0 0 1 11 0v1.5M2.5 9.5h2v3.5h-1a1 1 0 0 1-1-1zM13.5 9.5h-2v3.5h1a1 1 0 0 0 1-1zM11.5 13c0 1-1 1.5-2.5 1.5',
  phone: 'M3.2 2.5h2.3l1.2 3-1.5 1.2a8.5 8.5 0 0 0 4.1 4.1l1.2-1.5 3 1.2v2.3c0 .6-.5 1-1 1A11 11 0 0 1 2.2 3.5c0-.6.4-1 1-1z',
  ringing: 'M8 2a4 4 0 0 1 4 4c0 3.5 1.5 4.5 1.5 4.5h-11S4 9.5 4 6a4 4 0 0 1 4-4zM6.7 13a1.4 1.4 0 0 0 2.6 0',
  pencil: 'M11 2.5l2.5 2.5L6 12.5l-3.2.7.7-3.2z',
  hourglass: 'M4 2h8M4 14h8M5 2c0 4 6 4.5 6 6s-6 2-6 6M11 2c0 4-6 4.5-6 6s6 2 6 6',
  cup: 'M3 5h8v5a3 3 0 0 1-3 3H6a3 3 0 0 1-3-3zM11 6h1.2a1.6 1.6 0 0 1 0 3.8H11M5 2.2v1M7 1.8v1.4M9 2.2v1',
  circle: 'M8 3a5 5 0 1 0 0 10A5 5 0 0 0 8 3z',
  check: 'M8 2.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11zM5.5 8.2l1.8 1.8 3.2-3.6',
  unplugged: 'M2.5 2.5l11 11M5 5.5v2.5a3 3 0 0 0 4.5 2.6M11 8V5.5H8M6.5 5.5V3M9.5 5.5V3M8 11v3',
  busy: 'M8 2.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11zM5 8h6',
  alarm: 'M8 2.2l6.2 11H1.8zM8 6.5v3M8 11.4v.2',
  expand: 'M6 2.5H2.5V6M10 2.5h3.5V6M6 13.5H2.5V10M10 13.5h3.5V10',
  shrink: 'M2.5 6H6V2.5M13.5 6H10V2.5M2.5 10H6v3.5M13.5 10H10v3.5',
  sun: 'M8 5a3 3 0 1 0 0 6 3 3 0 0 0 0-6zM8 1v1.5M8 13.5V15M1 8h1.5M13.5 8H15M3 3l1 1M12 12l1 1M13 3l-1 1M4 12l-1 1',
  moon: 'M13.5 9.6A6 6 0 0 1 6.4 2.5 6 6 0 1 0 13.5 9.6z',
  settings: 'M2 4.5h6M12 4.5h2M2 11.5h2M8 11.5h6M10 2.8a1.7 1.7 0 1 0 0 3.4 1.7 1.7 0 0 0 0-3.4zM6 9.8a1.7 1.7 0 1 0 0 3.4 1.7 1.7 0 0 0 0-3.4z',
  menu: 'M2.5 4.5h11M2.5 8h11M2.5 11.5h11',
  more: 'M3.5 8h.01M8 8h.01M12.5 8h.01',
  close: 'M4 4l8 8M12 4l-8 8',
  person: 'M8 8a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM2.5 14c0-3 2.4-4.5 5.5-4.5s5.5 1.5 5.5 4.5',
  queue: 'M2.5 3.5h11M2.5 8h7M2.5 12.5h4M12 8.5v5M9.5 11l2.5 2.5 2.5-2.5',
  key: 'M10 9.5a3.5 3.5 0 1 0-3.3-2.3L2 12v2h2.5v-1.5H6V11h1.5l.9-1M10.8 5.2h.01',
  out: 'M6.5 2.5h-4v11h4M10 5l3 3-3 3M13 8H6',
  move: 'M2 8h11M9.5 4.5L13 8l-3.5 3.5',
  hangup: 'M2 10.5c-.6-.8-.5-2 .3-2.7a8.6 8.6 0 0 1 11.4 0c.8.7.9 1.9.3 2.7l-.6.8-3-1.2V8.4a8.7 8.7 0 0 0-4.8 0v1.700l-3 1.200z',
  plus: 'M8 3v10M3 8h10',
  search: 'M7 2.500a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9zM10.3 10.300l3.2 3.2',
  chevron: 'M6 4l4 4-4 4',
  down: 'M4 6l4 4 4-4',
  play: 'M5 3l8 5-8 5z',
  stop: 'M4 4h8v8H4z',
  recording: 'M2.5 8a2 2 0 1 0 4 0 2 2 0 0 0-4 0zM9.5 8a2 2 0 1 0 4 0 2 2 0 0 0-4 0zM4.5 10h7',
  history: 'M2.5 8a5.5 5.5 0 1 0 1.8-4M2.5 2.500V5H5M8 5v3.200l2.2 1.3',
  webhook: 'M6 6.500a2.5 2.5 0 1 1 3.5.6l1.8 3M4 8.500a2.5 2.5 0 1 0 2.5 3.500h4M8 4.500l-2.3 5',
  report: 'M2.5 13.5h11M4.5 11V8.5M8 11V3.5M11.5 11V6',
  number: 'M6.5 2.5l-1.500 11M11 2.5l-1.500 11M3 6h10.500M2.500 10H13',
  list: 'M3.500 2.500h9v11h-9zM6 5.500h4M6 8h4M6 10.500h2.500',
  building: 'M3 13.500v-11h7v11M10 6.500h3v7M1.500 13.500h13M5.500 5.500h2M5.500 8h2M5.500 10.500h2',
  trunk: 'M1.5 8h3M11.5 8h3M4.5 5.500h7v5h-7zM7 5.500v5M9.5 5.500v5',
  copy: 'M5.5 5.500h8v8h-8zM3 10.500h-.500v-8h8V3',
  download: 'M8 2.500v7M5 7l3 3 3-3M2.5 13.500h11',
  upload: 'M8 10V3M5 5.500l3-3 3 3M2.5 13.500h11',
  sound: 'M6 11.5a2 2 0 1 1-1.3-1.900M6 11.5V3.500l7.500-1.500v8M13.500 10a2 2 0 1 1-1.300-1.900',
  up: 'M4 10l4-4 4 4',
  trash: 'M3 4.500h10M6.5 4.500v-2h3v2M4.5 4.500l.5 9h6l.5-9M7 7v4M9 7v4',
};

// icon gives one by name. It says nothing to a screen reader unless label is given.
export function icon(name, label) {
  const props = { class: `icon icon-${name}`, viewBox: '0 0 16 16', ...(label ? { role: 'img', 'aria-label': label } : { 'aria-hidden': 'true' }) };
  return h('svg', props, h('path', { d: paths[name] ?? paths.circle }));
}
