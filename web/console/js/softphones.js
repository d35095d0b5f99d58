// What each softphone calls what it has to be told. A softphone is {id, name,
// how: how to get to its account, fields: (account) => [[its word, value, help]],
// scans: (account, extension) => text of the QR code it reads}. An account is
// the API's, with at (host:port of SIP), phone (the extension) and, right
// after it was set, password.
//
// Only what is documented or can be read in sources is here: Linphone's own
// (linphone-android, remote provisioning), MicroSIP's and Zoiper's account
// pages as guides of other PBXs show them, Wave Lite's as Telnyx's guide does;
// the QR code of Wave Lite is the one IvozProvider and others have long shown.

import { shortNumber } from './store.js';

const password = (a) => ['Password', a.password];

export const softphones = [
  {
    id: 'linphone', name: 'Linphone', fetches: true,
    how: 'Without a QR code: Login, Use a third party SIP account; what stands last is behind Advanced settings.',
    fields: (a) => [['Username', a.username], password(a), ['Domain', a.domain], ['Transport', 'TCP'],
      ['Registrar URI', `sip:${a.at}`], ['Outbound SIP Proxy URI', `sip:${a.at}`]],
  },
  {
    id: 'wave', name: 'Grandstream Wave Lite',
    how: 'Settings, Account Settings, +; then scan the QR code, or choose Generic Account, SIP Account and enter:',
    fields: (a) => [['Account Name', shortNumber(a.phone.name)], ['SIP Server', a.at], ['SIP User ID', a.username], ['SIP Authentication ID', a.username], password(a)],
    scans: waveXML,
  },
  {
    id: 'zoiper', name: 'Zoiper',
    how: 'On a computer it asks for these one page after the other; Authentication and outbound proxy can be skipped.',
    fields: (a) => [['Username', `${a.username}@${a.at}`], password(a), ['Hostname', a.at]],
  },
  {
    id: 'microsip', name: 'MicroSIP',
    how: 'Menu, Add Account.',
    fields: (a) => [['Account name', shortNumber(a.phone.name)], ['SIP server', a.at], ['SIP proxy', a.at], ['Username', a.username], ['Domain', a.domain], ['Login', a.username], password(a)],
  },
  {
    id: 'baresip', name: 'baresip',
    how: 'One line in the file accounts, in .baresip of your home directory.',
    fields: (a) => [['Account', baresip({ ...a, password: a.password ?? '…' }), /[;<>"\s]/.test(a.password) ? 'baresip cannot take this password: set one of letters and digits.' : undefined]],
  },
  {
    id: 'other', name: 'Another softphone, or a desk phone',
    how: 'Softphones have different names for these. Where the domain is not known to the network the server is the outbound proxy; one without such a field takes the server as its domain.',
    fields: (a) => [['User name', a.username, 'Also the name for authentication.'], password(a), ['Domain', a.domain, 'Also called realm or registrar.'],
      ['Server', a.at, `By ${a.transport.map((t) => t.toUpperCase()).join(' or ')}.`]],
  },
];

function baresip(a) {
  return `<sip:${a.username}@${a.domain}>;auth_user=${a.username};auth_pass=${a.password};outbound="sip:${a.at}"`;
}

function waveXML(a) {
  const short = shortNumber(a.phone.name);
  const values = { RegisterServer: a.at, OutboundServer: '', UserID: a.username, AuthID: a.username, AuthPass: a.password, AccountName: short, DisplayName: a.phone.label || short };
  const escaped = (s) => s.replace(/[&<>]/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[c]);
  return `<?xml version="1.0" encoding="utf-8"?><AccountConfig version="1"><Account>${
    Object.entries(values).map(([name, v]) => `<${name}>${escaped(v)}</${name}>`).join('')}</Account></AccountConfig>`;
}
