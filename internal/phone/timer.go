package phone

import (
	"container/heap"
	"time"
)

// timer runs a function on the loop once.
type timer struct {
	at    int64 // ns since 1970
	fn    func()
	index int // in the heap, -1 when it is not there
}

type timerHeap []*timer

func (h timerHeap) Len() int           { return len(h) }
func (h timerHeap) Less(i, j int) bool { return h[i].at < h[j].at }
func (h timerHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].index, h[j].index = i, j
}

func (h *timerHeap) Push(x any) {
	t := x.(*timer)
	t.index = len(*h)
	*h = append(*h, t)
}

func (h *timerHeap) Pop() any {
	old := *h
	t := old[len(old)-1]
	old[len(old)-1] = nil
	*h = old[:len(old)-1]
	t.index = -1
	return t
}

func (n *Network) at(at int64, fn func()) *timer {
	t := &timer{at: at, fn: fn}
	heap.Push(&n.timers, t)
	return t
}

func (n *Network) after(d time.Duration, fn func()) *timer { return n.at(n.now+int64(d), fn) }

// stop takes a timer back; nil and timers that have run are fine.
func (n *Network) stop(t *timer) {
	if t != nil && t.index >= 0 {
		heap.Remove(&n.timers, t.index)
	}
}

// nextTimer gives when the next timer is due, 0 if there is none.
func (n *Network) nextTimer() int64 {
	if len(n.timers) == 0 {
		return 0
	}
	return n.timers[0].at
}

func (n *Network) runTimers() {
	for len(n.timers) > 0 && n.timers[0].at <= n.now {
		heap.Pop(&n.timers).(*timer).fn()
	}
}
