package telsim

import (
	"time"

	"holdline/internal/telephony"
)

type callState uint8

const (
	trying callState = iota
	ringing
	up
	over
)

// Call is one phone's view of a call; it is also the switch's leg.
type Call struct {
	From telephony.Party // shown to the called party

	sw      *Switch
	leg     telephony.LegID
	org     int64
	phone   *Phone
	in      bool // came into the switch
	state   callState
	media   bool
	playing *telephony.Playback
	peer    *Call
	hears   []*Call // in a mix; those that have left it stay in the list
	mix     *mix
	ended   telephony.Ended

	recording     telephony.Recording
	recordedSince time.Time
	progress      int // of the transfer this phone asked for

	changed chan struct{} // closed and replaced at every change
}

// Leg gives the leg's id.
func (c *Call) Leg() telephony.LegID { return c.leg }

// Ring makes the phone ring; false when the call is over.
func (c *Call) Ring() bool {
	return c.locked(func() {
		c.set(ringing)
		c.sw.emit(c.org, telephony.Ringing{Leg: c.leg})
	})
}

// Answer picks the phone up; false when the call is over.
func (c *Call) Answer() bool {
	return c.locked(func() {
		c.media = true
		c.set(up)
		c.sw.emit(c.org, telephony.Answered{Leg: c.leg})
	})
}

// Refuse ends a call that rings, for the cause given.
func (c *Call) Refuse(cause telephony.Cause) bool {
	return c.locked(func() { c.end(telephony.Ended{Leg: c.leg, By: telephony.Remote, Cause: cause}) })
}

// Hangup ends the call from the phone: cancels it while it is not answered.
func (c *Call) Hangup() {
	c.locked(func() {
		cause := telephony.Normal
		if c.state != up {
			cause = telephony.Cancelled
		}
		c.end(telephony.Ended{Leg: c.leg, By: telephony.Remote, Cause: cause})
	})
}

// Lost ends the call as if its media had died.
func (c *Call) Lost() {
	c.locked(func() { c.end(telephony.Ended{Leg: c.leg, By: telephony.Network, Cause: telephony.MediaLost}) })
}

// Press sends a DTMF digit.
func (c *Call) Press(digit byte) {
	c.locked(func() { c.sw.emit(c.org, telephony.Digit{Leg: c.leg, Digit: digit}) })
}

// Hold puts the call on hold or takes it back.
func (c *Call) Hold(on bool) {
	c.locked(func() { c.sw.emit(c.org, telephony.Held{Leg: c.leg, On: on}) })
}

// Refer asks for a transfer to a number; with replaces, to the other side of that leg.
func (c *Call) Refer(target string, replaces telephony.LegID) {
	c.locked(func() { c.sw.emit(c.org, telephony.Referred{Leg: c.leg, Target: target, Replaces: replaces}) })
}

func (c *Call) locked(fn func()) bool {
	c.sw.mu.Lock()
	defer c.sw.mu.Unlock()
	if c.state == over {
		return false
	}
	fn()
	return true
}

// set moves the call on; the switch is locked.
func (c *Call) set(s callState) {
	if s > c.state {
		c.state = s
	}
	c.notify()
	c.tellOthers() // perhaps it has a voice now
}

// tellOthers lets those who may hear the call look again.
func (c *Call) tellOthers() {
	if c.peer != nil {
		c.peer.notify()
	}
	if c.mix != nil {
		for _, p := range c.mix.members {
			p.notify()
		}
	}
}

func (c *Call) notify() {
	close(c.changed)
	c.changed = make(chan struct{})
}

// quiet ends playback and bridge.
func (c *Call) quiet() {
	c.playing = nil
	c.tellOthers()
	if p := c.peer; p != nil {
		c.peer, p.peer = nil, nil
	}
	c.mix, c.hears = nil, nil
}

// mix is what calls that hear each other have in common.
type mix struct{ members []*Call }

// heard gives the legs whose voice the call hears.
func (c *Call) heard() (legs []telephony.LegID) {
	if !c.media {
		return nil
	}
	if c.peer != nil && c.peer.media {
		legs = append(legs, c.peer.leg)
	}
	for _, p := range c.hears {
		if p.mix == c.mix && p.media {
			legs = append(legs, p.leg)
		}
	}
	return legs
}

// endRecording tells that the recording, if there is one, is finished.
func (c *Call) endRecording() {
	if c.recording.ID != "" {
		c.sw.emit(c.org, telephony.Recorded{Leg: c.leg, ID: c.recording.ID, Duration: c.sw.world.Now().Sub(c.recordedSince)})
		c.recording = telephony.Recording{}
	}
}

func (c *Call) end(ev telephony.Ended) {
	c.quiet()
	c.endRecording()
	c.ended = ev
	c.set(over)
	delete(c.sw.legs, c.leg)
	c.sw.emit(c.org, ev)
}

func (c *Call) finishPlay(p *telephony.Playback) {
	c.sw.world.After(time.Duration(len(p.Sounds))*time.Second, func() {
		c.locked(func() {
			if c.playing == p {
				c.playing = nil
				c.notify()
				c.sw.emit(c.org, telephony.PlayDone{Leg: c.leg, ID: p.ID})
			}
		})
	})
}

// View is what the phone's owner sees and hears.
type View struct {
	Ringing bool // the phone rings, or the caller hears ringback
	Up      bool
	Over    bool
	Sounds  []int64           // heard now
	Voice   telephony.LegID   // heard now, if it is one only
	Voices  []telephony.LegID // heard now: the other end of the bridge, or those named in a mix, in that order
	Ended   telephony.Ended   // when over

	Recording string // id of the recording that runs
	Progress  int    // SIP status of the transfer this phone asked for
}

// View tells the call's state now.
func (c *Call) View() View {
	c.sw.mu.Lock()
	defer c.sw.mu.Unlock()
	return c.view()
}

func (c *Call) view() View {
	v := View{Ringing: c.state == ringing, Up: c.state == up, Over: c.state == over, Ended: c.ended,
		Recording: c.recording.ID, Progress: c.progress}
	if c.media && c.playing != nil {
		v.Sounds = c.playing.Sounds
	}
	if v.Voices = c.heard(); len(v.Voices) == 1 {
		v.Voice = v.Voices[0]
	}
	return v
}

// Await returns true when the call looks as wanted, false when it has not within limit.
func (c *Call) Await(limit time.Duration, want func(View) bool) bool {
	timeout := time.NewTimer(limit)
	defer timeout.Stop()
	for {
		c.sw.mu.Lock()
		ok, changed := want(c.view()), c.changed
		c.sw.mu.Unlock()
		if ok {
			return true
		}
		select {
		case <-changed:
		case <-timeout.C:
			return false
		}
	}
}
