package sipua

import "time"

// ticker is something that waits for a time: a transaction, a leg.
type ticker interface {
	tick(w *worker, now time.Time, kind timerKind)
}

// timerKind tells the timers of one owner apart.
type timerKind uint8

// timer is one entry of a worker's heap, kept inside its owner: arming it
// allocates nothing, and a lost timer is impossible.
type timer struct {
	at    time.Time
	owner ticker
	kind  timerKind
	slot  int // place in the heap, from 1; 0 = not armed
}

// timers is a binary heap of everything a worker waits for.
type timers []*timer

// next gives the earliest time, zero if there is none.
func (h timers) next() time.Time {
	if len(h) == 0 {
		return time.Time{}
	}
	return h[0].at
}

// arm sets a timer, moving it if it is set already; a zero time disarms it.
func (h *timers) arm(t *timer, at time.Time) {
	if at.IsZero() {
		h.disarm(t)
		return
	}
	t.at = at
	if t.slot == 0 {
		*h = append(*h, t)
		t.slot = len(*h)
	}
	h.settle(t.slot - 1)
}

// disarm forgets a timer; nothing happens if it is not armed.
func (h *timers) disarm(t *timer) {
	if t.slot == 0 {
		return
	}
	i, last := t.slot-1, len(*h)-1
	h.swap(i, last)
	(*h)[last] = nil
	*h = (*h)[:last]
	t.slot = 0
	if i < last {
		h.settle(i)
	}
}

// settle moves entry i up or down to where it belongs.
func (h timers) settle(i int) {
	for i > 0 && h[i].at.Before(h[(i-1)/2].at) {
		h.swap(i, (i-1)/2)
		i = (i - 1) / 2
	}
	for {
		least := 2*i + 1
		if least >= len(h) {
			return
		}
		if right := least + 1; right < len(h) && h[right].at.Before(h[least].at) {
			least = right
		}
		if !h[least].at.Before(h[i].at) {
			return
		}
		h.swap(i, least)
		i = least
	}
}

func (h timers) swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].slot, h[j].slot = i+1, j+1
}
