// Where phones are registered, and why one was refused: asked for over and
// over, because the live stream does not tell.

import { api } from './api.js';
import { clock, now, when } from './time.js';

const often = 2000; // ms between two looks
const recent = 15 * 60_000; // ms a refusal is told of a phone that is registered all the same

// presence calls show with what is known of the phones (ids; all if there are
// none), by their id, until the function it gives is called.
export function presence(show, ids) {
  let over = false;
  let timer;
  const ask = async () => {
    try {
      const list = document.hidden ? undefined : await api.all('/client/@me/presence/', ids && { extension_id: ids });
      if (list && !over) show(new Map(list.map((p) => [p.extension_id, p])));
    } catch {
      // The next look tells; that the server is away is said by the banner.
    }
    if (!over) timer = setTimeout(ask, often);
  };
  ask();
  return () => {
    over = true;
    clearTimeout(timer);
  };
}

// devices says for each device of a phone what it is, where it is and since when.
export function devices(p) {
  return (p?.registrations ?? []).map((r) => {
    const name = r.device || 'unknown device';
    if (!r.expires_gmt) return `${name}, lost`;
    return [name, r.address && `from ${r.address}`, r.since_gmt && `since ${moment(r.since_gmt)}`].filter(Boolean).join(', ');
  });
}

const reasons = {
  wrong_password: 'wrong password',
  wrong_user: 'the name for authentication is not this phone’s',
  blocked: 'the phone is blocked',
  bad_request: 'it asked for what is not possible; the server’s log says more',
};

// refusal says why a phone was not let in last, as long as that matters; '' = nothing to say.
export function refusal(p) {
  if (!p?.refused_gmt || (p.registered && now() - parse(p.refused_gmt) > recent)) return '';
  return `Last refused ${moment(p.refused_gmt)}: ${reasons[p.refused_reason] ?? p.refused_reason}, from ${p.refused_address}`;
}

const parse = (gmt) => Date.parse(`${gmt.replace(' ', 'T')}Z`);

// moment is the time of today's moments, and the day, too, of others.
function moment(gmt) {
  const ms = parse(gmt);
  return new Date(ms).toDateString() === new Date(now()).toDateString() ? clock(ms) : when(ms);
}
