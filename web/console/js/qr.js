// QR codes, drawn in the page: what they hold stands in no address and no log.

import { h, node } from './dom.js';

const border = 4; // modules of white around the code (ISO/IEC 18004)

// qr gives an element that becomes the code of a text once its library has come.
export function qr(text, label) {
  const place = node('div', { class: 'qr-place' });
  import('../vendored/qrcode.js').then(
    ({ default: make }) => place.replaceChildren(drawn(make, text, label)),
    () => place.replaceChildren(node('p', { class: 'soft' }, 'The QR code could not be loaded; load the page again, or use the values below.')));
  return place;
}

function drawn(make, text, label) {
  make.stringToBytes = (s) => [...new TextEncoder().encode(s)];
  const code = make(0, text.length > 150 ? 'L' : 'M'); // finer squares are harder to scan than damaged ones
  code.addData(text);
  code.make();
  const n = code.getModuleCount();
  let dark = '';
  for (let y = 0; y < n; y++) for (let x = 0; x < n; x++) if (code.isDark(y, x)) dark += `M${x + border} ${y + border}h1v1h-1z`;
  const size = n + 2 * border;
  return node('svg', { class: 'qr', viewBox: `0 0 ${size} ${size}`, role: 'img', 'aria-label': label, 'shape-rendering': 'crispEdges' },
    h('rect', { width: size, height: size, fill: '#fff' }), h('path', { d: dark, fill: '#000' }));
}
