// Sounds: upload with progress, and a field of a form that chooses one, to be
// listened to and uploaded in place.

import { api, Refusal } from '../api.js';
import { node } from '../dom.js';
import { icon } from '../icons.js';
import { formDialog } from '../ui/form.js';
import { toast } from '../ui/toast.js';

const path = '/client/@me/sound/';
const largest = 10 * 1024 * 1024; // bytes, as the server has it

export const soundFile = (id) => api.url(`${path}${id}/file`);

// uploadSound asks for a file and sends it: a new sound, or other contents for
// the one given. It gives the sound, undefined when it was called off.
export async function uploadSound(sound) {
  const bar = node('progress', { max: '1', value: '0', 'aria-label': 'Upload' });
  const told = node('p', { class: 'soft' });
  const progress = node('div', { class: 'upload', role: 'status', hidden: true }, bar, told);
  const answer = await formDialog({
    title: sound ? `Another file for ${sound.title}` : 'Add a sound',
    submit: 'Upload',
    fields: [
      { name: 'file', label: 'File', kind: 'file', required: true, accept: '.wav,.mp3,audio/wav,audio/mpeg', help: 'WAV or MP3, up to 10 MB and ten minutes.' },
      !sound && { name: 'title', label: 'Name', maxlength: 255, help: 'The name of the file if left empty.' },
      { element: progress },
    ].filter(Boolean),
    save: async (_, all) => {
      if (all.file.size > largest) throw new Refusal(413, { field: 'file', message: 'The file is larger than 10 MB. Shorten it, or convert it to 8 kHz mono.' });
      const form = new FormData();
      if (all.title) form.append('title', all.title);
      form.append('file', all.file);
      progress.hidden = false;
      const tell = (part) => {
        bar.value = part;
        told.textContent = part < 1 ? `${Math.round(part * 100)} % sent` : 'Sent; it is being converted…';
      };
      tell(0);
      try {
        return await api.upload(sound ? path + sound.id : path, form, tell);
      } finally {
        progress.hidden = true;
      }
    },
  });
  if (answer) toast(sound ? `${answer.title} has other contents.` : `${answer.title} is there.`);
  return answer;
}

// soundField gives a field that chooses one of the sounds; none says what an
// empty choice means. A sound that is uploaded here can be chosen in the form's other fields, too.
export function soundField({ sounds, none, ...field }) {
  return {
    ...field,
    kind: 'select',
    options: [['', none], ...sounds.map((s) => [s.id, s.title])],
    format: (id) => id ?? '',
    parse: (id) => (id ? Number(id) : null),
    beside: (select) => [playButton(select, field.label), uploadButton(select)],
  };
}

let playing; // one at a time

function playButton(select, label) {
  const button = node('button', { class: 'plain', type: 'button' });
  const show = (on) => {
    button.replaceChildren(node('span', {}, icon(on ? 'stop' : 'play')));
    button.setAttribute('aria-label', `${on ? 'Stop' : 'Listen to'} ${label}`);
  };
  const enable = () => {
    button.disabled = !select.value;
  };
  button.addEventListener('click', () => {
    const mine = playing?.button === button;
    playing?.stop();
    if (mine) return;
    const audio = new Audio(soundFile(select.value));
    const stop = () => {
      audio.pause();
      playing = undefined;
      show(false);
    };
    playing = { button, stop };
    audio.addEventListener('ended', stop);
    show(true);
    audio.play().catch((err) => {
      if (playing?.button !== button || err.name === 'AbortError') return;
      stop();
      toast.fail(new Error('This sound cannot be played here.'));
    });
  });
  select.addEventListener('input', () => {
    if (playing?.button === button) playing.stop();
    enable();
  });
  show(false);
  enable();
  return button;
}

// stopSounds ends what is being listened to: the page is left.
export function stopSounds() {
  playing?.stop();
}

function uploadButton(select) {
  select.dataset.sounds = '';
  return node('button', { class: 'plain', type: 'button', 'aria-label': 'Upload another sound',
    onclick: async () => {
      const sound = await uploadSound();
      if (!sound) return;
      for (const other of select.form.querySelectorAll('select[data-sounds]')) other.append(node('option', { value: sound.id }, sound.title));
      select.value = sound.id;
      select.dispatchEvent(new Event('input', { bubbles: true }));
    } }, icon('upload'));
}
