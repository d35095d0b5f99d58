// Text that is cut off at the end of its cell or line is told in full by a
// title, as soon as the pointer is on it.

const most = 3; // elements outwards that may be what cuts

// tellCut watches what is in el, until the function it gives is called.
export function tellCut(el) {
  const look = (e) => {
    let at = e.target;
    for (let i = 0; i < most && at instanceof HTMLElement && at !== el; i++, at = at.parentElement) tell(at);
  };
  el.addEventListener('pointerover', look);
  return () => el.removeEventListener('pointerover', look);
}

const told = new WeakSet(); // those whose title is ours

function tell(el) {
  if (el.title && !told.has(el)) return;
  const cut = el.scrollWidth > el.clientWidth && getComputedStyle(el).textOverflow === 'ellipsis';
  if (cut) {
    told.add(el);
    el.title = el.innerText.trim();
  } else if (told.delete(el)) {
    el.removeAttribute('title');
  }
}
