// Package telsim is a telephone switch made of nothing: scripted phones that
// ring, answer, refuse and hang up, without sockets, in whatever time runs
// around it (testing/synctest makes it virtual). Any command can be made to
// get lost. It passes the same suite as the real switch (package teltest).
package telsim

import (
	"strconv"
	"sync"
	"time"

	"holdline/internal/telephony"
)

// Switch implements telephony.Switch.
type Switch struct {
	mu      sync.Mutex // guards everything below and the state of all phones and calls
	handler telephony.Handler
	legs    map[telephony.LegID]*Call
	phones  map[int64]*Phone
	outside map[string]*Phone
	lose    func(command string, leg telephony.LegID) bool
	world   World
	pending []event // to be delivered, in order
	posting bool    // a goroutine is delivering
}

type event struct {
	org int64
	ev  telephony.Event
}

// World is what a switch lives in: the time, and the names of what comes in.
type World struct {
	Now func() time.Time
	// After calls fn once d has passed, and not before whoever called After has gone on.
	After func(d time.Duration, fn func())
	// Leg names the next leg that comes in.
	Leg func() telephony.LegID
}

// New gives a switch without phones that lives in whatever time runs around
// it; its events go to handler.
func New(handler telephony.Handler) *Switch {
	legs := 0
	return NewIn(World{Now: time.Now, After: func(d time.Duration, fn func()) { time.AfterFunc(d, fn) }, Leg: func() telephony.LegID {
		legs++
		return telephony.LegID("in" + strconv.Itoa(legs))
	}}, handler)
}

// NewIn gives a switch that lives in a world of the caller's.
func NewIn(w World, handler telephony.Handler) *Switch {
	return &Switch{world: w, handler: handler, legs: map[telephony.LegID]*Call{}, phones: map[int64]*Phone{}, outside: map[string]*Phone{}}
}

// Lose makes the switch drop every command for which lost says so: the
// command's name ("originate", "answer", "bridge", "mix", "play", "stop",
// "record", "refer", "hangup") and its leg, the first of a mix.
func (s *Switch) Lose(lost func(command string, leg telephony.LegID) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lose = lost
}

// Leg gives the call behind a leg that is up, or nil.
func (s *Switch) Leg(id telephony.LegID) *Call {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.legs[id]
}

// Up gives the number of legs that have not ended.
func (s *Switch) Up() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.legs)
}

// emit queues an event; the caller holds mu. Delivery is outside the lock,
// since a handler may send commands at once.
func (s *Switch) emit(org int64, ev telephony.Event) {
	s.pending = append(s.pending, event{org, ev})
	if !s.posting {
		s.posting = true
		s.world.After(0, s.deliver)
	}
}

func (s *Switch) deliver() {
	for {
		s.mu.Lock()
		batch := s.pending
		s.pending = nil
		s.posting = len(batch) > 0
		s.mu.Unlock()
		if len(batch) == 0 {
			return
		}
		for _, e := range batch {
			s.handler.HandleEvent(e.org, e.ev)
		}
	}
}

// with runs fn on a leg that is up, unless the command gets lost.
func (s *Switch) with(command string, id telephony.LegID, fn func(*Call)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c := s.legs[id]; c != nil && (s.lose == nil || !s.lose(command, id)) {
		fn(c)
	}
}

// Originate implements telephony.Switch.
func (s *Switch) Originate(o telephony.Origination) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.lose != nil && s.lose("originate", o.Leg) {
		return
	}
	p := s.outside[o.To.Number]
	if o.To.Extension != 0 {
		p = s.phones[o.To.Extension]
	}
	c := &Call{sw: s, leg: o.Leg, org: o.Org, phone: p, From: o.From, state: trying, changed: make(chan struct{})}
	s.legs[o.Leg] = c
	if p == nil || !p.reachable {
		c.end(telephony.Ended{Leg: o.Leg, By: telephony.Remote, Cause: telephony.Unreachable, Code: 480, Reason: "no phone is registered"})
		return
	}
	p.rung(c)
}

// Answer implements telephony.Switch.
func (s *Switch) Answer(id telephony.LegID, v telephony.Verdict) {
	s.with("answer", id, func(c *Call) {
		if !c.in || c.state == up {
			return
		}
		switch v.Disposition {
		case telephony.Ring:
			c.set(ringing)
		case telephony.Early:
			c.media = true
			c.set(ringing)
		case telephony.Accept:
			c.media = true
			c.set(up)
		case telephony.Reject:
			c.end(telephony.Ended{Leg: id, By: telephony.Local, Cause: v.Cause})
		case telephony.Drop:
			c.end(telephony.Ended{Leg: id, By: telephony.Local, Cause: telephony.Failed})
		}
	})
}

// Bridge implements telephony.Switch.
func (s *Switch) Bridge(a, b telephony.LegID) {
	s.with("bridge", a, func(ca *Call) {
		if cb := s.legs[b]; cb != nil && cb != ca {
			ca.quiet()
			cb.quiet()
			ca.peer, cb.peer = cb, ca
			ca.notify()
			cb.notify()
		}
	})
}

// Mix implements telephony.Switch.
func (s *Switch) Mix(members []telephony.Member) {
	if len(members) == 0 {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.lose != nil && s.lose("mix", members[0].Leg) {
		return
	}
	m := &mix{}
	for _, member := range members {
		if c := s.legs[member.Leg]; c != nil {
			c.quiet()
			c.mix = m
			m.members = append(m.members, c)
		}
	}
	for _, member := range members {
		c := s.legs[member.Leg]
		if c == nil {
			continue
		}
		for _, id := range member.Hears {
			if p := s.legs[id]; p != nil && p != c && p.mix == m {
				c.hears = append(c.hears, p)
			}
		}
		c.notify()
	}
}

// Play implements telephony.Switch: a playback that does not loop is over at once in silence, a second a sound.
func (s *Switch) Play(id telephony.LegID, p telephony.Playback) {
	s.with("play", id, func(c *Call) {
		c.quiet()
		c.playing = &p
		c.notify()
		if !p.Loop {
			c.finishPlay(&p)
		}
	})
}

// Stop implements telephony.Switch.
func (s *Switch) Stop(id telephony.LegID) {
	s.with("stop", id, func(c *Call) { c.quiet(); c.notify() })
}

// Record implements telephony.Switch: nothing is written, but the end is told.
func (s *Switch) Record(id telephony.LegID, r telephony.Recording) {
	s.with("record", id, func(c *Call) {
		c.endRecording()
		c.recording, c.recordedSince = r, s.world.Now()
	})
}

// ReferProgress implements telephony.Switch.
func (s *Switch) ReferProgress(id telephony.LegID, code int) {
	s.with("refer", id, func(c *Call) { c.progress = code; c.notify() })
}

// Hangup implements telephony.Switch.
func (s *Switch) Hangup(id telephony.LegID, cause telephony.Cause) {
	s.with("hangup", id, func(c *Call) {
		c.end(telephony.Ended{Leg: id, By: telephony.Local, Cause: cause})
	})
}
