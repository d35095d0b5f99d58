package script

import (
	"fmt"
	"strings"

	"holdline/internal/acd"
)

// lineWords say what an agent's line does.
var lineWords = map[acd.State]string{
	acd.Idle: "idle", acd.Offered: "offered", acd.Talking: "talking", acd.WrapUp: "in wrap-up",
	acd.Resting: "resting", acd.OnCall: "in another call", acd.Unreachable: "unreachable",
}

// tell puts a fact of the journal into words.
func (w *world) tell(f acd.Fact) string {
	switch f.Kind {
	case acd.FactCallerJoined:
		return fmt.Sprintf("%s joined %d", f.Call, f.Queue) + with(" from ", f.Number)
	case acd.FactOffered:
		return fmt.Sprintf("%s offered to %d (offer %d)", f.Call, f.Agent, f.Offer)
	case acd.FactRinging:
		return fmt.Sprintf("%d rings for %s", f.Agent, f.Call)
	case acd.FactOfferEnded:
		return fmt.Sprintf("%s not taken by %d: %s", f.Call, f.Agent, words(f.Cause))
	case acd.FactConnected:
		return fmt.Sprintf("%s talks to %d after %s", f.Call, f.Agent, seconds(f.Duration))
	case acd.FactTalkEnded:
		return fmt.Sprintf("%s and %d talked for %s: %s", f.Call, f.Agent, seconds(f.Duration), words(f.Cause))
	case acd.FactCallerLeft:
		return fmt.Sprintf("%s left %d: %s, waited %s", f.Call, f.Queue, words(f.Outcome), seconds(f.Duration))
	case acd.FactStatus:
		return fmt.Sprintf("%d is %s in %d", f.Agent, words(f.Status), f.Queue) + with(": ", f.Reason) + by(f.Source)
	case acd.FactAgentLogin:
		return fmt.Sprintf("%d logged in", f.Agent)
	case acd.FactAgentLogout:
		return fmt.Sprintf("%d logged out", f.Agent)
	case acd.FactAgentState:
		return fmt.Sprintf("%d is %s", f.Agent, lineWords[f.State]) + w.until(f.Until) + with(": ", words(f.Cause))
	case acd.FactMissed:
		return fmt.Sprintf("%d missed %s", f.Agent, f.Call)
	case acd.FactExitKey:
		return fmt.Sprintf("%s pressed the exit key", f.Call)
	case acd.FactHeld:
		return fmt.Sprintf("%s and %d are on hold", f.Call, f.Agent)
	case acd.FactResumed:
		return fmt.Sprintf("%s and %d go on after %s on hold", f.Call, f.Agent, seconds(f.Duration))
	}
	return fmt.Sprintf("%+v", f)
}

// order puts a command into words.
func order(c acd.Command) string {
	switch c.Kind {
	case acd.CmdAnswer:
		return fmt.Sprintf("answer %s", c.Call)
	case acd.CmdRing:
		return fmt.Sprintf("ringback to %s", c.Call)
	case acd.CmdPlay:
		return fmt.Sprintf("play %d: sound %d to %s", c.Play, c.Sound, c.Call)
	case acd.CmdMusic:
		if c.Sound == 0 {
			return fmt.Sprintf("built-in music to %s", c.Call)
		}
		return fmt.Sprintf("music %d to %s", c.Sound, c.Call)
	case acd.CmdOffer:
		return fmt.Sprintf("ring %d for %s", c.Agent, c.Call)
	case acd.CmdWithdraw:
		return fmt.Sprintf("end the leg of offer %d: %s", c.Offer, words(c.Cause))
	case acd.CmdConnect:
		return connection(c)
	case acd.CmdHangup:
		return fmt.Sprintf("hang up %s: %s", c.Call, words(c.Outcome))
	case acd.CmdTransfer:
		return fmt.Sprintf("send %s to %s", c.Call, c.Dst) + with(" as ", c.Tag) + ": " + words(c.Outcome)
	case acd.CmdAnnounce:
		return announcement(c)
	case acd.CmdRate:
		return fmt.Sprintf("let %s rate %d", c.Call, c.Agent) + with(" in ", c.Language)
	}
	return fmt.Sprintf("%+v", c)
}

func announcement(c acd.Command) string {
	s := fmt.Sprintf("play %d: tell %s", c.Play, c.Call) + with(" in ", c.Language)
	if c.Position > 0 {
		s += fmt.Sprintf(" position %d", c.Position)
	}
	if c.Wait > 0 {
		s += " wait " + seconds(c.Wait)
	}
	return s
}

func connection(c acd.Command) string {
	s := fmt.Sprintf("connect %s with %d", c.Call, c.Agent)
	if c.Sound != 0 {
		s += fmt.Sprintf(", agent hears sound %d", c.Sound)
	}
	if c.Wait != 0 {
		s += fmt.Sprintf(", agent is told %s", seconds(c.Wait))
	}
	if c.Record {
		s += ", recorded"
	}
	return s
}

func (w *world) showQueue(id acd.QueueID, v acd.QueueView) {
	w.say("%d: %d waiting, %d trying, %d answered; %d logged in, %d ready", id, v.Waiting, v.Trying, v.Answered, v.LoggedIn, v.Ready)
	for _, c := range w.engine.Callers(id) {
		s := fmt.Sprintf("%s %s for %s", c.Call, strings.ToLower(c.State.String()), seconds(c.Wait))
		if c.Position > 0 {
			s += fmt.Sprintf(", position %d", c.Position)
		}
		if c.Agent != 0 {
			s += fmt.Sprintf(", agent %d", c.Agent)
		}
		if c.Estimate > 0 {
			s += ", about " + seconds(c.Estimate) + " to go"
		}
		w.say("%s", s)
	}
}

func (w *world) showAgent(v acd.AgentView) {
	w.say("%d is %s since %s%s%s", v.Agent, lineWords[v.State], seconds(v.Since.Sub(start)), w.until(v.Until), with(" with ", string(v.Call)))
	for _, m := range v.Memberships {
		w.say("in %d: level %d, position %d, %s%s", m.Queue, m.Level, m.Position, words(m.Status), with(": ", m.Reason))
	}
}

func (w *world) until(t acd.Time) string {
	if t == 0 {
		return ""
	}
	return " until " + seconds(t.Sub(start))
}

// words writes a name without its underscores.
func words(name fmt.Stringer) string { return strings.ReplaceAll(name.String(), "_", " ") }

func with(joint, text string) string {
	if text == "" {
		return ""
	}
	return joint + text
}

// by names a source other than people.
func by(s acd.Source) string {
	if s == acd.SourceSystem {
		return " (automatic)"
	}
	return ""
}
