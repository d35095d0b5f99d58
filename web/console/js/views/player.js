// A recording to be listened to. The browser asks for the parts it needs, so
// that the middle of a long one is heard at once.

import { api } from '../api.js';
import { h, node } from '../dom.js';
import { icon } from '../icons.js';
import { duration } from '../time.js';
import { gmt, Sign, size, when } from './parts.js';

const states = { running: ['busy', 'recording', 'Running'], finished: ['good', 'check', 'Finished'], recovered: ['warn', 'alarm', 'Recovered'], failed: ['bad', 'alarm', 'Failed'] };

export function recordingSign(r) {
  const [kind, name, word] = states[r.state];
  return h(Sign, { kind, icon: name, word });
}

export const fileOf = (r) => api.url(`/client/@me/record/${encodeURIComponent(r.record_uuid)}/file`);

// player is an element in which a recording can be heard, or that says why not.
export function player(r) {
  const about = node('p', { class: 'soft' }, `${when(gmt(r.start_time_gmt), true)} · ${duration(r.duration)} · ${size(r.size)}`);
  if (r.state === 'running') return node('div', { class: 'player' }, about, node('p', {}, 'It still runs. It can be heard when the call is over.'));
  const trouble = node('p', { class: 'problem', role: 'alert', hidden: true });
  const audio = node('audio', { controls: true, preload: 'metadata', src: fileOf(r), 'aria-label': `Recording of ${when(gmt(r.start_time_gmt), true)}`,
    onerror: () => {
      trouble.hidden = false;
      trouble.textContent = 'It cannot be played: its file may have been removed from the disk.';
    } });
  const speed = node('select', { 'aria-label': 'Speed', onchange: (e) => { audio.playbackRate = Number(e.target.value); } },
    [['1', 'Normal speed'], ['1.25', '1.25 ×'], ['1.5', '1.5 ×'], ['2', '2 ×']].map(([v, text]) => node('option', { value: v }, text)));
  return node('div', { class: 'player' }, about,
    r.error && node('p', { class: 'note' }, r.error),
    node('div', { class: 'player-row' }, audio, speed, node('a', { class: 'button', href: fileOf(r), download: `${r.record_uuid}.wav` }, icon('download'), 'Download')), trouble);
}
