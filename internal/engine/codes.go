package engine

import (
	"context"
	"time"

	"holdline/internal/acd"
	"holdline/internal/telephony"
)

// Codes is the use cases behind numbers dialled to change a status
// (contracts/engine.md, Phone codes).
type Codes interface {
	// IsCode tells a code from a number.
	IsCode(dialled string) bool
	// Dial carries out a code that was dialled at a phone extension and gives
	// what the phone is to hear. It may wait; it is not called in an engine's goroutine.
	Dial(ctx context.Context, org, extension int64, dialled string) (sounds []int64)
}

// codeTime is the most a phone code takes, its confirmation included.
const codeTime = 20 * time.Second

// codeDone brings what a phone is to hear back to the organisation's goroutine.
type codeDone struct {
	leg    telephony.LegID
	sounds []int64
}

// phoneCode answers the phone and has the code carried out.
func (o *org) phoneCode(l *leg, extension int64, dialled string) {
	l.role = told
	o.accept(l)
	o.limit(l, codeTime)
	ctx, cancel := context.WithTimeout(context.Background(), codeTime)
	go func() {
		defer cancel()
		o.box.put(codeDone{l.id, o.host.cfg.Codes.Dial(ctx, o.id, extension, dialled)})
	}()
}

func (o *org) codeDone(done codeDone) {
	l := o.legs[done.leg]
	switch {
	case l == nil:
	case len(done.sounds) == 0:
		o.hangup(l)
	default:
		o.sw.Play(l.id, telephony.Playback{Sounds: done.sounds})
	}
}

// ratingTime is how long a caller may take for the key, the question included.
const ratingTime = 20 * time.Second

// askRating lets a caller whose talk is over rate the agent.
func (o *org) askRating(l *leg, c acd.Command) {
	o.part(l)
	sounds := o.prompts().Rate(c.Language)
	if len(sounds) == 0 {
		o.hangup(l)
		return
	}
	l.role = rating
	l.rated = &acd.Fact{Kind: acd.FactRated, Call: c.Call, Queue: c.Queue, Agent: c.Agent}
	o.limit(l, ratingTime)
	o.sw.Play(l.id, telephony.Playback{Sounds: sounds})
}

// rate takes a key from 1 to 5; others are not heard.
func (o *org) rate(l *leg, digit byte) {
	if digit < '1' || digit > '5' {
		return
	}
	l.rated.Reason = string(digit)
	o.step(acd.Note{Fact: *l.rated})
	l.role = told
	if sounds := o.prompts().Thanks(""); len(sounds) > 0 {
		o.sw.Play(l.id, telephony.Playback{Sounds: sounds})
		return
	}
	o.hangup(l)
}
