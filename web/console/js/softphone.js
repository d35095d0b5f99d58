// What a softphone is set up with: one sheet for each, with what it is to be
// told in its own words. Linphone fetches all of it itself, by a QR code;
// others need the password, which is shown right after it was set only.

import { api } from './api.js';
import { node } from './dom.js';
import { icon } from './icons.js';
import { devices, presence, refusal } from './presence.js';
import { qr } from './qr.js';
import { softphones } from './softphones.js';
import { shortNumber } from './store.js';
import { clock, now } from './time.js';
import { dialog } from './ui/dialog.js';
import { form } from './ui/form.js';
import { attempt, toast } from './ui/toast.js';

const pathOf = (extension) => `/extension/${extension.id}/sip/`;

// setUp shows an extension's account. With fresh a password is made up at once, for a phone that has none yet.
export async function setUp(extension, { fresh = false } = {}) {
  const account = fresh ? await api.put(pathOf(extension), { password: null }) : await api.get(pathOf(extension));
  const state = node('p', { class: 'softphone-state', role: 'status' });
  const stop = presence((known) => tellState(state, known.get(extension.id)), [extension.id]);
  await dialog({ title: `Softphone for ${shortNumber(extension.name)}`, body: node('div', {}, state, sheet(account, extension)), wide: true, actions: [{ label: 'Done', kind: 'primary' }] });
  stop();
}

function tellState(el, p) {
  const on = Boolean(p?.registered);
  const text = on ? devices(p).join('; ') : 'This changes by itself.';
  const refused = refusal(p);
  const shown = on + text + refused;
  if (el.dataset.shown === shown) return; // a status that is set is read out
  el.dataset.shown = shown;
  el.replaceChildren(node('span', { class: `badge ${on ? 'is-available' : 'is-out'}` }, icon(on ? 'check' : 'unplugged'), node('span', {}, on ? 'Registered' : 'Not registered yet')), node('span', {}, text), refused && node('span', { class: 'refused' }, refused));
}

let chosen = 'linphone'; // softphone; who sets up one after the other takes the same

// sheet is an account as an element. With password in the account every
// softphone can be set up; without it, Linphone, and a new password can be set:
// set is called with the account then.
export function sheet(account, extension, set = () => {}) {
  const where = reach(account);
  const body = node('div', {});
  const draw = () => body.replaceChildren(...of(softphones.find((s) => s.id === chosen), { ...account, at: hostPort(where.host, account.port), phone: extension }, where, renewed));
  const renewed = (a) => {
    account = a;
    codes.delete(extension.id);
    set(a);
    draw();
  };
  const kind = choice('Softphone', softphones.map((s) => [s.id, s.name]), chosen, (v) => {
    chosen = v;
    draw();
  });
  const hosts = where.choices.length > 1 && choice('This server’s address', where.choices.map((c) => [c, c]), where.host, (v) => {
    where.host = v;
    codes.delete(extension.id); // it holds the address
    draw();
  });
  draw();
  return node('div', { class: 'softphone' }, node('div', { class: 'softphone-choice' }, kind, hosts), where.note && node('p', { class: 'note' }, where.note), body);
}

let count = 0;

function choice(label, options, value, changed) {
  const id = `choice-${++count}`;
  return node('div', { class: 'field' }, node('label', { for: id }, label),
    node('select', { id, value, onchange: (e) => changed(e.target.value) }, options.map(([v, text]) => node('option', { value: v }, text))));
}

function of(softphone, account, where, renewed) {
  const rows = softphone.fields(account).filter(([, value]) => value);
  const values = [
    node('p', { class: 'soft softphone-how' }, softphone.how),
    node('dl', { class: 'account' }, rows.map(([title, value, help]) => node('div', { class: value.length > 40 && 'long' },
      node('dt', {}, title),
      node('dd', {}, node('code', {}, value), copyButton(title, value), help && node('small', { class: 'soft' }, help))))),
    account.password && node('p', { class: 'soft' }, 'The password is shown this once: the server keeps no copy that can be read.'),
  ];
  const unknown = !account.password && passwordForm(account.phone, renewed);
  if (softphone.fetches) {
    return [fetched(account, where), node('details', { class: 'by-hand' }, node('summary', {}, 'Enter it by hand'), values, unknown)].filter(Boolean);
  }
  return [softphone.scans && account.password && scanned(softphone, account), ...values, unknown].filter(Boolean);
}

function copyButton(title, value) {
  if (!navigator.clipboard) return null; // without HTTPS browsers have none
  return node('button', { class: 'plain', type: 'button', 'aria-label': `Copy ${title}`,
    onclick: () => navigator.clipboard.writeText(value).then(() => toast(`${title} copied.`), () => toast.fail(new Error('The browser does not let this page copy.'))) }, icon('copy'));
}

function passwordForm(extension, renewed) {
  const f = form({
    fields: [
      { heading: 'New password' },
      { name: 'password', label: 'Password', kind: 'text', nullable: true, maxlength: 128, placeholder: 'made up by the server',
        help: 'The present one cannot be shown. With a new one all its softphones must be set up again; they stay registered until their registration runs out.' },
    ],
    submit: 'Set a new password',
    save: async (_, all) => renewed(await api.put(pathOf(extension), { password: all.password })),
  });
  return f.element;
}

// scanned is a code that holds the account itself, password and all.
function scanned(softphone, account) {
  return node('div', { class: 'scan' }, qr(softphone.scans(account), 'QR code with the account'), node('div', {},
    node('p', {}, `Scan it with ${softphone.name}.`),
    node('p', { class: 'soft' }, 'It holds the password: let nobody else photograph it.')));
}

const codes = new Map(); // by extension: {path, expires} that can still be fetched

// fetched is the code by which a softphone fetches its account. Making one for
// a phone that is in use is asked for first: it gives the account away.
function fetched(account, where) {
  const place = node('div', { class: 'scan' });
  const { id } = account.phone;
  const draw = (busy) => {
    const code = codes.get(id);
    if (code && now() < code.expires) return place.replaceChildren(...ready(where.base(where.host) + code.path, code, make));
    const more = node('button', { type: 'button', class: 'primary', disabled: busy, onclick: make }, code ? 'Make a new QR code' : 'Make a QR code');
    return place.replaceChildren(node('div', {}, node('p', {}, busy ? 'Making the QR code…' : code ? 'The QR code has run out.' : 'Linphone sets itself up by a QR code; the password stays as it is.'), !busy && more));
  };
  async function make() {
    codes.delete(id); // the server ends it
    draw(true);
    let made;
    const done = await attempt(async () => {
      made = await api.post(`${pathOf(account.phone)}provisioning/`, { server: account.server ?? where.host });
    });
    if (done) {
      const code = { path: made.path, expires: Date.parse(`${made.expires_gmt.replace(' ', 'T')}Z`) };
      codes.set(id, code);
      setTimeout(() => place.isConnected && draw(), code.expires - now() + 500);
    }
    draw();
  }
  if (account.password && !codes.has(id)) make();
  else draw();
  return place;
}

function ready(address, code, make) {
  return [qr(address, 'QR code for Linphone'), node('div', {},
    node('ol', { class: 'how' },
      node('li', {}, 'Install Linphone, from the phone’s app store.'),
      node('li', {}, 'Open it and choose ', node('b', {}, 'Scan QR code'), ', on its login page.'),
      node('li', {}, 'Scan: it is registered in a moment.')),
    node('p', {}, 'On this device: ', node('a', { class: 'link', href: `linphone-config:${address}` }, 'open in Linphone'), '.'),
    node('p', { class: 'soft' }, `Good for three devices until ${clock(code.expires)}; whoever has it has the phone. If Linphone has an account already, its first one is replaced.`),
    node('button', { type: 'button', class: 'plain', onclick: make }, 'Make a new QR code'))];
}

// reach finds by which address phones reach this server: what the server says,
// else the one this page was reached by, unless that leads to this very device.
function reach(account) {
  const page = location.hostname.replace(/^\[|\]$/g, '');
  const here = isLoopback(page);
  const choices = account.server ? [account.server] : here && account.addresses.length > 0 ? account.addresses : [page];
  const origin = (host) => (here && !isLoopback(host) ? `${location.protocol}//${hostPort(host, location.port)}` : location.origin);
  let note;
  if (isLoopback(choices[0])) note = `Only softphones on this very computer reach the server at ${choices[0]}. For others, start it with --sip :${account.port} and open this page by the computer’s address in the network.`;
  else if (here && !account.server) note = `This page is open at ${page}, which phones cannot reach. QR codes and addresses below have the computer’s address in its network instead; behind a NAT, or in a container, start the server with --advertise and the address phones use.`;
  return { host: choices[0], choices, base: origin, note };
}

const isLoopback = (host) => host === 'localhost' || host === '::1' || /^127\./.test(host);

function hostPort(host, port) {
  const name = host.includes(':') ? `[${host}]` : host;
  return port ? `${name}:${port}` : name;
}
