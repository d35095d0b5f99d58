// What a softphone is set up with: user, domain, server, and right after it
// was set the password, for people and as a QR code. The code is made here in
// the page: the password stands in no address and no log.

import { api } from './api.js';
import { h, node } from './dom.js';
import { icon } from './icons.js';
import { shortNumber } from './store.js';
import { dialog } from './ui/dialog.js';
import { form } from './ui/form.js';
import { toast } from './ui/toast.js';

// setUp shows an extension's account. With fresh a password is made up at once, for a phone that has none yet.
export async function setUp(extension, { fresh = false } = {}) {
  const path = `/extension/${extension.id}/sip/`;
  const account = fresh ? await api.put(path, { password: null }) : await api.get(path);
  const body = node('div', { class: 'softphone' });
  const show = (a) => body.replaceChildren(...sheet(a, extension, async (password) => show(await api.put(path, { password }))));
  show(account);
  await dialog({ title: `Softphone for ${shortNumber(extension.name)}`, body, wide: true, actions: [{ label: 'Done', kind: 'primary' }] });
}

// sheet is an account as elements; renew sets another password and is called with it, null for a random one.
export function sheet(account, extension, renew) {
  const host = account.server ?? location.hostname;
  const server = `${host.includes(':') && host[0] !== '[' ? `[${host}]` : host}:${account.port}`;
  const rows = [
    ['User name', account.username, 'Also the name for authentication.'],
    account.password && ['Password', account.password, 'Shown this once: the server keeps no copy that can be read.'],
    ['Domain', account.domain, 'Some phones call it realm or registrar.'],
    ['Server', server, `Where the domain is not known to the network, as outbound proxy. By ${account.transport.map((t) => t.toUpperCase()).join(' or ')}.`],
  ].filter(Boolean);
  return [
    node('dl', { class: 'account' }, rows.map(([title, value, help]) => node('div', {},
      node('dt', {}, title),
      node('dd', {}, node('code', {}, value), copyButton(title, value), node('small', { class: 'soft' }, help))))),
    account.password ? scanned(account, server, extension) : passwordForm(renew),
  ];
}

function copyButton(title, value) {
  if (!navigator.clipboard) return null; // without HTTPS browsers have none
  return node('button', { class: 'plain', type: 'button', 'aria-label': `Copy ${title}`,
    onclick: () => navigator.clipboard.writeText(value).then(() => toast(`${title} copied.`), () => toast.fail(new Error('The browser does not let this page copy.'))) }, icon('copy'));
}

function passwordForm(renew) {
  const f = form({
    fields: [
      { heading: 'New password' },
      { name: 'password', label: 'Password', kind: 'text', nullable: true, maxlength: 128, placeholder: 'made up by the server',
        help: 'The present one cannot be shown. With a new one the phone must be set up again; it stays registered until its registration runs out.' },
    ],
    submit: 'Set a new password',
    save: (_, all) => renew(all.password),
  });
  return f.element;
}

// scanned is the QR code in the form of Grandstream Wave, which PBXs commonly offer.
function scanned(account, server, extension) {
  const place = node('div', { class: 'scan' }, node('p', { class: 'soft' }, 'Making the QR code…'));
  const text = waveXML(account, server, extension);
  import('../vendored/qrcode.js').then(({ default: qrcode }) => {
    place.replaceChildren(drawn(qrcode, text), node('div', {},
      node('p', {}, 'To be scanned with Grandstream Wave, where it adds an account by QR code.'),
      node('p', { class: 'soft' }, 'It holds the password: let nobody else photograph it. Other softphones are set up with the values above.')));
  }, () => place.replaceChildren(node('p', { class: 'soft' }, 'The QR code could not be loaded; use the values above.')));
  return place;
}

function waveXML(account, server, extension) {
  const short = shortNumber(extension.name);
  const values = { RegisterServer: account.domain, OutboundServer: server, UserID: account.username, AuthID: account.username, AuthPass: account.password,
    AccountName: short, DisplayName: extension.label || short };
  const escaped = (s) => s.replace(/[&<>]/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[c]);
  return `<?xml version="1.0" encoding="utf-8"?><AccountConfig version="1"><Account>${
    Object.entries(values).map(([name, v]) => `<${name}>${escaped(v)}</${name}>`).join('')}</Account></AccountConfig>`;
}

const border = 4; // modules of white around the code (ISO/IEC 18004)

function drawn(qrcode, text) {
  qrcode.stringToBytes = (s) => [...new TextEncoder().encode(s)];
  const code = qrcode(0, 'L');
  code.addData(text);
  code.make();
  const n = code.getModuleCount();
  let dark = '';
  for (let y = 0; y < n; y++) for (let x = 0; x < n; x++) if (code.isDark(y, x)) dark += `M${x + border} ${y + border}h1v1h-1z`;
  const size = n + 2 * border;
  return node('svg', { class: 'qr', viewBox: `0 0 ${size} ${size}`, role: 'img', 'aria-label': 'QR code with the account', 'shape-rendering': 'crispEdges' },
    h('rect', { width: size, height: size, fill: '#fff' }), h('path', { d: dark, fill: '#000' }));
}
