package acd

import "container/heap"

// timerKind says what a timer means to its owner.
type timerKind uint8

const (
	holdTimer    timerKind = iota + 1 // agent: wrap-up or rest is over
	offerTimer                        // offer: rang long enough, or its leg's end was not confirmed
	againTimer                        // caller: the next level, pace or pause between offers is due
	soundTimer                        // caller: next announcement, or a playback that never reported its end
	maxWaitTimer                      // caller: max_wait_time
	noAgentTimer                      // caller: max_wait_time_with_no_agent
)

// timer is one deadline, embedded in its owner so that arming never allocates.
type timer struct {
	at    Time
	order uint64 // of arming, so that timers of one moment fire in a defined order
	place int    // in the heap, from 1; 0 = not armed
	kind  timerKind
	agent *agent
	call  *caller
}

func (t *timer) armed() bool { return t.place > 0 }

// timers is a heap, earliest first.
type timers []*timer

func (h timers) Len() int { return len(h) }

func (h timers) Less(i, j int) bool {
	if h[i].at != h[j].at {
		return h[i].at < h[j].at
	}
	return h[i].order < h[j].order
}

func (h timers) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].place, h[j].place = i+1, j+1
}

// Push implements heap.Interface.
func (h *timers) Push(x any) {
	t := x.(*timer)
	*h = append(*h, t)
	t.place = len(*h)
}

// Pop implements heap.Interface.
func (h *timers) Pop() any {
	old := *h
	t := old[len(old)-1]
	old[len(old)-1] = nil
	*h = old[:len(old)-1]
	t.place = 0
	return t
}

// arm sets or moves a deadline.
func (e *Engine) arm(t *timer, at Time) {
	e.armings++
	t.at, t.order = at, e.armings
	if t.armed() {
		heap.Fix(&e.timers, t.place-1)
		return
	}
	heap.Push(&e.timers, t)
}

func (e *Engine) disarm(t *timer) {
	if t.armed() {
		heap.Remove(&e.timers, t.place-1)
	}
}

// due tells whether a deadline has come.
func (e *Engine) due() bool { return len(e.timers) > 0 && e.timers[0].at <= e.now }

// fireTimers lets every deadline up to now happen.
func (e *Engine) fireTimers() {
	for e.due() {
		t := heap.Pop(&e.timers).(*timer)
		switch t.kind {
		case holdTimer:
			e.refresh(t.agent)
		case offerTimer:
			e.offerOverdue(&t.agent.offer)
		case againTimer:
			e.touch(t.call)
		case soundTimer:
			e.soundDue(t.call)
		case maxWaitTimer:
			e.expire(t.call, OutcomeTimeout)
		case noAgentTimer:
			e.noAgentDue(t.call)
		default:
			impossible("timer of kind %d", t.kind)
		}
	}
}
