package engine

import (
	"container/heap"
	"time"
)

// timers says when what a leg does has taken long enough, earliest first. A
// leg that has gone on or ended meanwhile is passed over when its time comes.
type timers struct{ heap timerHeap }

type timer struct {
	at  time.Time
	leg *leg
}

func (t *timers) add(at time.Time, l *leg) { heap.Push(&t.heap, timer{at, l}) }

func (t *timers) next() (time.Time, bool) {
	if len(t.heap) == 0 {
		return time.Time{}, false
	}
	return t.heap[0].at, true
}

func (t *timers) pop(now time.Time) (*leg, bool) {
	if len(t.heap) == 0 || t.heap[0].at.After(now) {
		return nil, false
	}
	return heap.Pop(&t.heap).(timer).leg, true
}

type timerHeap []timer

func (h timerHeap) Len() int           { return len(h) }
func (h timerHeap) Less(i, j int) bool { return h[i].at.Before(h[j].at) }
func (h timerHeap) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *timerHeap) Push(x any)        { *h = append(*h, x.(timer)) }
func (h *timerHeap) Pop() any {
	old := *h
	last := old[len(old)-1]
	old[len(old)-1] = timer{}
	*h = old[:len(old)-1]
	return last
}
