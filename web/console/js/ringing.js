// Tells somebody who works in another window that the own phone rings: by the
// tab's title, and by a notification of the desktop where that was asked for.

import { stayAwake } from './stream.js';

const kept = 'notify-ringing';

// Browsers let pages of a secure address notify only, and only after the person has agreed.
const able = () => isSecureContext && 'Notification' in window;

export const notifying = {
  // 'unable' (no https), 'blocked' (in the browser's settings), 'off', 'on'
  get state() {
    if (!able()) return 'unable';
    if (Notification.permission === 'denied') return 'blocked';
    return Notification.permission === 'granted' && localStorage.getItem(kept) === 'on' ? 'on' : 'off';
  },
  // turn switches them on or off; it is called by a button, because the browser asks the person.
  async turn(on) {
    if (on && (await Notification.requestPermission()) !== 'granted') return;
    localStorage.setItem(kept, on ? 'on' : 'off');
  },
};

// ringing follows a phone until end() is called; show is told of the call that
// rings ({call_api_id, who, queue}), or undefined.
export function ringing() {
  const title = document.title;
  const sleep = stayAwake();
  let shown;
  let told;

  function show(call) {
    if (call?.call_api_id === shown?.call_api_id) return;
    shown = call;
    told?.close();
    told = undefined;
    document.title = call ? `${call.who} rings · ${title}` : title;
    if (call && notifying.state === 'on' && !(document.hasFocus() && !document.hidden)) tell(call);
  }

  function tell({ who, queue, call_api_id }) {
    told = new Notification(`${who} rings`, { body: queue || 'Direct call', tag: `holdline-${call_api_id}`, requireInteraction: true });
    told.onclick = () => {
      focus();
      told?.close();
    };
  }

  return {
    show,
    end() {
      show(undefined);
      sleep();
    },
  };
}
