// Alarms of the wallboard: from which values on a figure is marked. They are
// kept in this browser, because each wall has its own.

import { formDialog } from './ui/form.js';

const initial = { wait_warn: 60, wait_bad: 180, waiting_warn: 5, waiting_bad: 10, level_warn: 80, level_bad: 60, staff: true, sound: false };

let limits = read();

function read() {
  try {
    return { ...initial, ...JSON.parse(localStorage.getItem('alarms')) };
  } catch {
    return { ...initial };
  }
}

const above = (value, warn, bad) => (bad && value >= bad ? 'bad' : warn && value >= warn ? 'warn' : '');
const below = (value, warn, bad) => (bad && value < bad ? 'bad' : warn && value < warn ? 'warn' : '');

// How grave a figure is: 'bad', 'warn' or ''.
export const grave = {
  wait: (seconds) => above(seconds, limits.wait_warn, limits.wait_bad),
  waiting: (callers) => above(callers, limits.waiting_warn, limits.waiting_bad),
  level: (percent) => (percent === null || percent === undefined ? '' : below(percent, limits.level_warn, limits.level_bad)),
  staff: (available, loggedIn, waiting) => (limits.staff && waiting > 0 && loggedIn === 0 ? 'bad' : ''),
};

export async function setAlarms() {
  const f = (name, label, unit) => ({ name, label, unit, kind: 'number', min: 0, nullable: true, half: true });
  const saved = await formDialog({
    title: 'Alarms of this wallboard',
    values: limits,
    fields: [
      { heading: 'A caller waits longer than' },
      f('wait_warn', 'Warning', 'seconds'), f('wait_bad', 'Alarm', 'seconds'),
      { heading: 'Callers waiting in a queue' },
      f('waiting_warn', 'Warning', 'callers'), f('waiting_bad', 'Alarm', 'callers'),
      { heading: 'Service level today below' },
      f('level_warn', 'Warning', '%'), f('level_bad', 'Alarm', '%'),
      { heading: 'Also' },
      { name: 'staff', label: 'Callers wait and nobody is logged in', kind: 'check' },
      { name: 'sound', label: 'Sound when an alarm begins', kind: 'check' },
    ],
    save: async (_, all) => all,
  });
  if (!saved) return;
  limits = { ...initial, ...saved };
  localStorage.setItem('alarms', JSON.stringify(limits));
}

let sounding = new Set();
let audio;

// sound tells by ear of alarms (their names) that were not there before.
export function sound(now) {
  const fresh = now.some((name) => !sounding.has(name));
  sounding = new Set(now);
  if (!fresh || !limits.sound) return;
  audio ??= new AudioContext();
  const tone = audio.createOscillator();
  const volume = audio.createGain();
  tone.frequency.value = 660;
  volume.gain.setValueAtTime(0.15, audio.currentTime);
  volume.gain.exponentialRampToValueAtTime(0.001, audio.currentTime + 0.6);
  tone.connect(volume).connect(audio.destination);
  tone.start();
  tone.stop(audio.currentTime + 0.6);
}
