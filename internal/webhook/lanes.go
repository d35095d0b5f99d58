package webhook

import (
	"context"
	"sync"
	"time"
)

const (
	// quickLane is how many requests may be under way to receivers that answer within reason.
	quickLane = 512
	// slowLane is how many further ones may be under way to those that do not.
	slowLane = 1024
	// perReceiver is how many of an organisation's requests may be in the
	// quick lane to one host and port.
	perReceiver = 16
	// quick is how long a request may stay in the quick lane.
	quick = time.Second
)

// lanes bound how much is under way at a time such that those who do not
// answer never take the places of those who do. A request that is not answered
// within a second leaves the quick lane for the slow one, and its subscription
// begins there until it is quick again; until it has, an organisation's
// receiver has few places. Waiting is first come, first served.
type lanes struct {
	quick, slow chan struct{} // a token for each place taken
	each        int

	mu    sync.Mutex // guards doors
	doors map[receiver]*door
}

// receiver is a host and port as one organisation uses it.
type receiver struct {
	org  int64
	host string
}

// door is a receiver's places in the quick lane.
type door struct {
	places chan struct{}
	users  int
}

func newLanes(quick, slow, each int) *lanes {
	return &lanes{quick: make(chan struct{}, quick), slow: make(chan struct{}, slow), each: each, doors: map[receiver]*door{}}
}

// ticket is a place taken.
type ticket struct {
	l  *lanes
	to receiver

	mu       sync.Mutex // guards the rest
	door     *door      // nil = in the slow lane
	over     chan struct{}
	finished bool
	timer    *time.Timer
}

// enter waits for a place: in the slow lane for those known to be slow.
func (l *lanes) enter(ctx context.Context, to receiver, slow bool) (*ticket, error) {
	t := &ticket{l: l, to: to, over: make(chan struct{})}
	if slow {
		return t, take(ctx, l.slow)
	}
	d := l.open(to)
	if err := take(ctx, d.places); err != nil {
		l.close(to, d)
		return nil, err
	}
	if err := take(ctx, l.quick); err != nil {
		<-d.places
		l.close(to, d)
		return nil, err
	}
	t.door = d
	t.mu.Lock()
	t.timer = time.AfterFunc(quick, t.giveWay)
	t.mu.Unlock()
	return t, nil
}

func take(ctx context.Context, places chan struct{}) error {
	select {
	case places <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (l *lanes) open(to receiver) *door {
	l.mu.Lock()
	defer l.mu.Unlock()
	d := l.doors[to]
	if d == nil {
		d = &door{places: make(chan struct{}, l.each)}
		l.doors[to] = d
	}
	d.users++
	return d
}

func (l *lanes) close(to receiver, d *door) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if d.users--; d.users == 0 {
		delete(l.doors, to)
	}
}

// giveWay moves a request that takes long to the slow lane as soon as there is a place.
func (t *ticket) giveWay() {
	select {
	case t.l.slow <- struct{}{}:
	case <-t.over:
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.finished {
		<-t.l.slow
		return
	}
	t.leaveQuick()
}

func (t *ticket) leaveQuick() {
	<-t.l.quick
	<-t.door.places
	t.l.close(t.to, t.door)
	t.door = nil
}

// leave gives the place back.
func (t *ticket) leave() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.finished = true
	close(t.over)
	if t.timer != nil {
		t.timer.Stop()
	}
	if t.door != nil {
		t.leaveQuick()
		return
	}
	<-t.l.slow
}
