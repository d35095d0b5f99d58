package telsim

import (
	"time"

	"holdline/internal/telephony"
)

// Never as a duration of a Script: the phone does not do it.
const Never = time.Duration(-1)

// Script is what a phone does by itself with a call that rings it.
type Script struct {
	Ring   time.Duration   // until it rings
	Answer time.Duration   // from then until it answers or refuses
	Refuse telephony.Cause // refuses with this instead of answering; 0 = answers
	Talk   time.Duration   // from the answer until it hangs up
}

// Manual is a phone that does nothing by itself.
var Manual = Script{Ring: Never, Answer: Never, Talk: Never}

// Phone is a scripted phone.
type Phone struct {
	sw        *Switch
	org, ext  int64
	reachable bool
	script    Script
	calls     chan *Call
}

// Phone puts a phone on an extension and registers it.
func (s *Switch) Phone(org, ext int64, script Script) *Phone {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := &Phone{sw: s, org: org, ext: ext, script: script, calls: make(chan *Call, 1024)}
	s.phones[ext] = p
	p.register(true)
	return p
}

// Outside puts a phone behind the trunk.
func (s *Switch) Outside(org int64, number string, script Script) *Phone {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := &Phone{sw: s, org: org, reachable: true, script: script, calls: make(chan *Call, 1024)}
	s.outside[number] = p
	return p
}

// Register makes the phone reachable or not.
func (p *Phone) Register(on bool) {
	p.sw.mu.Lock()
	defer p.sw.mu.Unlock()
	p.register(on)
}

func (p *Phone) register(on bool) {
	p.reachable = on
	p.sw.emit(p.org, telephony.Registered{Extension: p.ext, Reachable: on})
}

// SetScript changes what the phone does with calls from now on.
func (p *Phone) SetScript(script Script) {
	p.sw.mu.Lock()
	defer p.sw.mu.Unlock()
	p.script = script
}

// Extension gives the id of the phone's extension, 0 outside.
func (p *Phone) Extension() int64 { return p.ext }

// Calls gives the calls that come to this phone.
func (p *Phone) Calls() <-chan *Call { return p.calls }

// Dial places a call from the phone (or, outside, through trunk 1).
func (p *Phone) Dial(from telephony.Party, dialled string) *Call {
	return p.call(from, telephony.Incoming{Dialled: dialled})
}

// Replace places a call that is to take a leg's place.
func (p *Phone) Replace(from telephony.Party, leg telephony.LegID) *Call {
	return p.call(from, telephony.Incoming{Dialled: "replace", Replaces: leg})
}

func (p *Phone) call(from telephony.Party, in telephony.Incoming) *Call {
	p.sw.mu.Lock()
	defer p.sw.mu.Unlock()
	c := &Call{sw: p.sw, leg: p.sw.world.Leg(), org: p.org, phone: p, in: true, From: from, state: trying, changed: make(chan struct{})}
	p.sw.legs[c.leg] = c
	in.Leg, in.From, in.Extension, in.SIPCallID = c.leg, from, p.ext, string(c.leg)+"@telsim"
	if p.ext == 0 {
		in.Trunk = 1
	}
	p.sw.emit(c.org, in)
	return c
}

// rung takes a call that comes to the phone; the switch is locked.
func (p *Phone) rung(c *Call) {
	script := p.script
	select {
	case p.calls <- c:
	default: // nobody listens
	}
	if script.Ring < 0 {
		return
	}
	p.sw.world.After(script.Ring, func() {
		if !c.Ring() || script.Answer < 0 {
			return
		}
		p.sw.world.After(script.Answer, func() { p.decide(c, script) })
	})
}

func (p *Phone) decide(c *Call, script Script) {
	if script.Refuse != 0 {
		c.Refuse(script.Refuse)
		return
	}
	if c.Answer() && script.Talk >= 0 {
		p.sw.world.After(script.Talk, c.Hangup)
	}
}
