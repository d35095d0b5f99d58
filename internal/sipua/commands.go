package sipua

import (
	"time"

	"holdline/internal/media"
	"holdline/internal/telephony"
)

// withLeg has the worker of a leg do something with it; nothing if there is no such leg.
func (ua *UA) withLeg(id telephony.LegID, do func(l *leg, now time.Time)) {
	ua.workerOf(string(id)).post(taskFunc(func(w *worker, now time.Time) {
		if l := w.legs[id]; l != nil {
			do(l, now)
		}
	}))
}

// Originate implements telephony.Switch.
func (ua *UA) Originate(o telephony.Origination) {
	ua.workerOf(string(o.Leg)).post(taskFunc(func(w *worker, now time.Time) { w.originate(now, o) }))
}

// Answer implements telephony.Switch.
func (ua *UA) Answer(id telephony.LegID, v telephony.Verdict) {
	ua.withLeg(id, func(l *leg, now time.Time) { l.answer(now, v) })
}

// Hangup implements telephony.Switch.
func (ua *UA) Hangup(id telephony.LegID, cause telephony.Cause) {
	ua.withLeg(id, func(l *leg, now time.Time) { l.hangup(now, cause) })
}

// Bridge implements telephony.Switch.
func (ua *UA) Bridge(a, b telephony.LegID) {
	j := &join{media: ua.media}
	ua.withLeg(a, func(l *leg, _ time.Time) { l.joinTo(j, 0) })
	ua.withLeg(b, func(l *leg, _ time.Time) { l.joinTo(j, 1) })
}

// Mix implements telephony.Switch.
func (ua *UA) Mix(members []telephony.Member) {
	g := newGathering(ua.media, members)
	for side, m := range members {
		ua.withLeg(m.Leg, func(l *leg, _ time.Time) { l.joinTo(g, side) })
	}
}

// joinTo makes the leg one side of a bridge or mix.
func (l *leg) joinTo(j joining, side int) {
	l.leaveJoin()
	l.join, l.side, l.playing = j, side, nil
	if l.heard {
		j.ready(side, l)
	}
}

// Play implements telephony.Switch.
func (ua *UA) Play(id telephony.LegID, p telephony.Playback) {
	ua.withLeg(id, func(l *leg, now time.Time) { l.play(now, p) })
}

// leaveJoin ends the leg's part in a bridge or mix.
func (l *leg) leaveJoin() {
	if l.join != nil {
		l.join.leave(l.side)
		l.join = nil
	}
}

func (l *leg) play(now time.Time, p telephony.Playback) {
	l.leaveJoin()
	out := media.Playback{ID: p.ID, Loop: p.Loop}
	for _, id := range p.Sounds {
		s := l.w.ua.cfg.Sounds.Sound(l.org, id)
		if s == nil {
			l.logger().Warn("sound not played: it does not exist or can not be read; choose another one for the queue", "sound", id)
			continue
		}
		out.Sounds = append(out.Sounds, s)
	}
	if music := l.w.ua.cfg.Sounds.Sound(l.org, 0); len(out.Sounds) == 0 && p.Loop && music != nil {
		out.Sounds = append(out.Sounds, music) // who waits in silence hangs up
	}
	if len(out.Sounds) == 0 {
		l.silence()
		if !p.Loop {
			l.emit(telephony.PlayDone{Leg: l.id, ID: p.ID, Failed: true})
		}
		return
	}
	if l.heard {
		l.stream.Play(out)
		l.narrow(now)
		return
	}
	l.playing = &out
}

// Stop implements telephony.Switch.
func (ua *UA) Stop(id telephony.LegID) {
	ua.withLeg(id, func(l *leg, _ time.Time) { l.silence() })
}

func (l *leg) silence() {
	l.leaveJoin()
	l.playing = nil
	if l.heard {
		l.stream.Stop()
	}
}

// ReferProgress implements telephony.Switch. It works for a leg that has
// ended as well: the phone may still want to know.
func (ua *UA) ReferProgress(id telephony.LegID, code int) {
	ua.workerOf(string(id)).post(taskFunc(func(w *worker, now time.Time) {
		if r := w.referrals[id]; r != nil && r.code != 0 {
			r.progress(now, code)
		}
	}))
}
