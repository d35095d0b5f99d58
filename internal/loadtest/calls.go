package loadtest

import (
	"fmt"
	"time"

	"holdline/internal/phone"
)

// trial is one caller's call and what became of it. The generator's mutex guards it.
type trial struct {
	phase     *phase
	held      bool // stays up until the test ends it
	caller    *phone.Call
	agent     *phone.Call // the last agent rung for it
	offered   bool
	answered  bool // by the queue
	connected bool // to the agent
	callerEnd *phone.Event
	agentDone bool
	agentFail string
}

// phase is calls that are reported together. The generator's mutex guards it.
type phase struct {
	counts       CallReport
	ring, answer Sample
	open         int // calls not accounted for yet
	connected    int // connected and up
	waiting      int // answered by the queue and up
}

func newPhase() *phase { return &phase{counts: CallReport{Failures: map[string]int{}}} }

func (p *phase) report() CallReport {
	p.counts.Ring, p.counts.Answer = p.ring.quantiles(), p.answer.quantiles()
	p.counts.CutShort = p.open
	return p.counts
}

func (p *phase) fail(kind string) {
	p.counts.Failed++
	p.counts.Failures[kind]++
}

// place has a new caller call the queue. Its number is its own, and is what
// the agent's phone shows, so that both ends of a call are found again.
func (g *generator) place(p *phase, held bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.ending {
		return
	}
	g.placed++
	number := fmt.Sprintf("7%09d", g.placed)
	t := &trial{phase: p, held: held}
	g.trials[number] = t
	p.counts.Placed++
	p.open++
	t.caller = g.line.Dial(phone.Dial{To: g.world.queue, From: number, Name: "Load " + number, GiveUp: g.cfg.Patience,
		Notify: func(ev phone.Event) { g.callerEvent(number, t, ev) }})
}

func (g *generator) callerEvent(number string, t *trial, ev phone.Event) {
	g.mu.Lock()
	defer g.mu.Unlock()
	switch ev.Kind {
	case phone.Answered:
		t.answered = true
		t.phase.waiting++
		t.phase.answer.add(ev.At.Sub(ev.Call.Info().Invited))
		switch { // the agent may have been faster than the news of the queue's answer
		case t.connected:
			g.planEnd(t)
		case !t.held:
			ev.Call.HangupAfter(g.cfg.Patience)
		}
	case phone.Ended:
		t.callerEnd = &ev
		if t.answered {
			t.phase.waiting--
		}
		g.count(ev.Call.Stats(), t)
		g.settle(number, t)
	default:
		return
	}
	g.changed()
}

// rung decides what an agent's phone does, and measures. It runs on the phones' loop.
func (g *generator) rung(c *phone.Call) phone.Answering {
	info := c.Info()
	g.mu.Lock()
	defer g.mu.Unlock()
	defer g.changed()
	t := g.trials[info.Number]
	if t == nil || t.callerEnd != nil {
		if !g.ending {
			g.strangers++
		}
		return phone.Answering{Code: 480}
	}
	if !t.offered {
		t.phase.ring.add(info.Invited.Sub(t.caller.Info().Invited))
	}
	g.measureFree(c.Phone(), t, info.Invited)
	t.agent, t.offered, t.agentDone = c, true, false
	g.lastRung = info.Invited
	a := phone.Answering{Code: 200, Silent: g.cfg.NoRing}
	if !t.held && g.cfg.HangupBy == ByAgent {
		a.Talk = g.cfg.Talk
	}
	return a
}

// measureFree notes how long ago the agent's last call ended, if the caller was waiting by then. Called under mu.
func (g *generator) measureFree(agent *phone.Phone, t *trial, rung time.Time) {
	freed, known := g.freed[agent]
	delete(g.freed, agent)
	if joined := t.caller.Info().Answered; known && !joined.IsZero() && joined.Before(freed) {
		g.free.add(rung.Sub(freed))
	}
}

func (g *generator) agentEvent(ev phone.Event) {
	if ev.Kind != phone.Confirmed && ev.Kind != phone.Ended {
		return
	}
	number := ev.Call.Info().Number
	g.mu.Lock()
	defer g.mu.Unlock()
	defer g.changed()
	if ev.Kind == phone.Ended {
		g.freed[ev.Call.Phone()] = ev.At
	}
	t := g.trials[number]
	if t == nil || t.agent != ev.Call {
		return
	}
	if ev.Kind == phone.Confirmed {
		t.connected = true
		t.phase.connected++
		g.planEnd(t)
		return
	}
	stats := ev.Call.Stats()
	t.agentDone = true
	if t.connected {
		t.phase.connected--
		t.agentFail = g.heard(stats, t.caller, t, "the caller")
	} else {
		t.agentFail = fmt.Sprintf("agent rung, and ended by %v: %d %s", ev.By, ev.Code, ev.Text)
	}
	g.count(stats, t)
	g.settle(number, t)
}

// planEnd has the caller hang up when the talk is over, or, where the agent
// is to do so, notices that this did not get through.
func (g *generator) planEnd(t *trial) {
	switch {
	case t.held:
	case g.cfg.HangupBy == ByCaller:
		t.caller.HangupAfter(g.cfg.Talk)
	default:
		t.caller.HangupAfter(g.cfg.Talk + g.cfg.Patience)
	}
}

// slack is the packets a talk may lack at its two ends, where one side sends
// already or still while the other is being connected or has gone.
const slack = 5

// heard checks that one party heard the other for most of the talk. How long
// that was the agent knows best, who sends from the answer to the end.
func (g *generator) heard(s phone.Stats, from *phone.Call, t *trial, who string) string {
	talk := t.agent.Stats().Sent
	switch {
	case t.held || talk <= slack:
		return ""
	case s.Heard != from.ID():
		return "no audio from " + who
	case s.HeardPackets+slack < talk*8/10:
		return "less than 80 % of the audio from " + who
	}
	return ""
}

// settle accounts for a call when both its ends are over.
func (g *generator) settle(number string, t *trial) {
	if t.callerEnd == nil || t.agent != nil && !t.agentDone {
		return
	}
	delete(g.trials, number)
	p := t.phase
	if g.ending {
		return // counted as cut short
	}
	p.open--
	kind := g.failure(t)
	if t.held && t.connected || t.held && g.cfg.Mode == Waiting && t.answered {
		kind = "a call that was to stay up ended: " + endOf(t.callerEnd)
	}
	switch {
	case kind == "":
		p.counts.Completed++
	case kind == refused && t.held: // it is to come up all the same
		p.counts.Refused503++
		g.trunk.After(t.callerEnd.RetryAfter, func() { g.place(p, true) })
	case kind == refused:
		p.counts.Refused503++
		if g.cfg.Mode != Overload {
			p.fail("INVITE refused: 503, Retry-After")
		}
	default:
		p.fail(kind)
	}
	if g.onSettled != nil {
		g.onSettled(kind == "")
	}
}

// refused is the kind of a polite refusal: 503 with Retry-After.
const refused = "refused"

// failure says what went wrong with a call; "" if nothing did.
func (g *generator) failure(t *trial) string {
	ev := t.callerEnd
	switch {
	case ev.Code == 503 && ev.RetryAfter >= 0:
		return refused
	case ev.Code >= 300 && ev.By == phone.Remote:
		return fmt.Sprintf("INVITE refused: %d %s", ev.Code, ev.Text)
	case !t.answered:
		return "INVITE not answered: " + endOf(ev)
	case !t.offered:
		return "no agent was rung: " + endOf(ev)
	case !t.connected && t.agentFail != "":
		return t.agentFail
	case !t.connected:
		return "agent rung, never connected: " + endOf(ev)
	case g.cfg.HangupBy == ByAgent && ev.By == phone.Local:
		return "the agent's hang-up did not reach the caller"
	case g.cfg.HangupBy == ByCaller && ev.By != phone.Local:
		return "the call ended before the talk was over: " + endOf(ev)
	case t.agentFail != "":
		return t.agentFail
	}
	return g.heard(ev.Call.Stats(), t.agent, t, "the agent")
}

func endOf(ev *phone.Event) string {
	if ev.Code == 0 {
		return fmt.Sprintf("ended by %v", ev.By)
	}
	return fmt.Sprintf("ended by %v, %d %s", ev.By, ev.Code, ev.Text)
}

// count adds the audio of an end. Calls that are held are counted where the mode measures them.
func (g *generator) count(s phone.Stats, t *trial) {
	if !t.held && g.cfg.Mode != Overload {
		g.packets.add(s)
	}
}

func (p *Packets) add(s phone.Stats) {
	p.Sent += s.Sent
	p.Received += s.Received
	p.Lost += s.Lost
	p.EndToEnd += s.HeardLost
	p.Late += s.Late
	p.MaxGap = max(p.MaxGap, milliseconds(s.MaxGap))
	p.MaxDelay = max(p.MaxDelay, milliseconds(s.MaxDelay))
	if p.Received > 0 {
		p.LostPer = 1000 * float64(max(p.Lost, p.EndToEnd)) / float64(p.Received)
		p.LateShare = float64(p.Late) / float64(p.Received)
	}
}
