// The set-up's first steps: the organisation, and who sets it up.

import { api, session as account } from '../api.js';
import { node } from '../dom.js';
import { form } from '../ui/form.js';

export function organisation({ client, phones }, next) {
  const fixed = phones.length > 0;
  const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const zones = new Set(['UTC', here, client.time_zone, ...Intl.supportedValuesOf('timeZone')]);
  const fresh = client.name === 'Main';
  return form({
    fields: [
      { name: 'name', label: 'Name', required: true, maxlength: 255, autofocus: true, autocomplete: 'organization', help: 'What people call your company or team.' },
      { name: 'time_zone', label: 'Time zone', kind: 'select', options: [...zones].sort().map((z) => [z, z.replaceAll('_', ' ')]),
        help: 'Days of reports begin at its midnight.' },
      { name: 'domain', label: 'SIP domain', required: true, disabled: fixed, autocomplete: 'off',
        help: fixed ? 'It is in the accounts of your phones and stays.' : 'Part of every phone’s account. A name of your own, such as pbx.example.com; it need not exist in the DNS. It cannot be changed once there is a phone.' },
    ],
    values: { name: fresh ? '' : client.name, time_zone: fresh ? here : client.time_zone, domain: client.domain },
    submit: 'Continue',
    save: (_, all) => api.put('/client/@me', { name: all.name, time_zone: all.time_zone, ...(fixed ? {} : { domain: all.domain }) }),
    done: next,
  }).element;
}

export function you({ user }, next) {
  let changed = false; // the password is: a second try changes the rest only
  return node('div', {},
    form({
      fields: [
        { name: 'name', label: 'Your name', required: true, maxlength: 255, autofocus: true, autocomplete: 'name' },
        { name: 'login', label: 'Login', required: true, autocomplete: 'username', help: 'What you sign in with: an e-mail address or a short name.' },
        { name: 'old_password', label: 'Present password', kind: 'password', required: true, autocomplete: 'current-password', help: user.name === 'Administrator' ? 'The one Holdline printed at its first start.' : 'The one you signed in with.' },
        { name: 'password', label: 'New password', kind: 'password', required: true, autocomplete: 'new-password', help: 'At least 10 characters.' },
      ],
      values: { name: user.name === 'Administrator' ? '' : user.name, login: user.login },
      submit: 'Continue',
      async save(_, all) {
        if (!changed) await account.changePassword(all.old_password, all.password);
        changed = true;
        await api.put(`/client/@me/user/${user.id}`, { name: all.name, login: all.login });
      },
      done: next,
    }).element);
}
