package past

import (
	"container/heap"
	"time"
)

// agenda is what is going to happen, and the time it is: it moves only from
// one entry to the next. Entries of one moment come in the order they were made.
type agenda struct {
	now     time.Time
	entries entries
	made    int
}

type entry struct {
	at    time.Time
	order int
	do    func()
}

// at puts something down for a moment; what is over already comes next.
func (a *agenda) at(t time.Time, do func()) {
	a.made++
	heap.Push(&a.entries, entry{t, a.made, do})
}

// after puts something down for d from now.
func (a *agenda) after(d time.Duration, do func()) { a.at(a.now.Add(d), do) }

// next gives the moment of the next entry, if there is one.
func (a *agenda) next() (time.Time, bool) {
	if len(a.entries) == 0 {
		return time.Time{}, false
	}
	return a.entries[0].at, true
}

// due does everything that is due, what is added meanwhile too.
func (a *agenda) due() {
	for len(a.entries) > 0 && !a.entries[0].at.After(a.now) {
		heap.Pop(&a.entries).(entry).do()
	}
}

type entries []entry

func (e entries) Len() int { return len(e) }
func (e entries) Less(i, j int) bool {
	if e[i].at.Equal(e[j].at) {
		return e[i].order < e[j].order
	}
	return e[i].at.Before(e[j].at)
}
func (e entries) Swap(i, j int) { e[i], e[j] = e[j], e[i] }
func (e *entries) Push(x any)   { *e = append(*e, x.(entry)) }
func (e *entries) Pop() any {
	old := *e
	last := old[len(old)-1]
	old[len(old)-1] = entry{}
	*e = old[:len(old)-1]
	return last
}
