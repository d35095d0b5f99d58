package app

import (
	"context"
	"strings"

	"holdline/internal/acd"
	"holdline/internal/store"
)

// PhoneCodes are what agents dial at their own phone to change their status
// in all their queues; with a queue's number behind, as in *45*700, in that
// queue only (contracts/engine.md, Phone codes). An empty one is off.
type PhoneCodes struct{ Login, Logout, Pause, Unpause string }

// DefaultPhoneCodes are the contract's.
var DefaultPhoneCodes = PhoneCodes{Login: "*45", Logout: "*46", Pause: "*47", Unpause: "*48"}

// CodeOutcome is what came of a phone code, for the phone to hear.
type CodeOutcome uint8

const (
	CodeLoggedIn CodeOutcome = iota + 1
	CodeLoggedOut
	CodePaused
	CodeUnpaused
	CodeNotAnAgent  // nobody's phone
	CodeNotPossible // no such queue, or the agent is not in it
)

// phoneStatus is what a code asks for.
type phoneStatus struct {
	outcome CodeOutcome
	all     AgentStatus // of the agent, as the API sets it
	status  acd.Status  // of a membership
}

// phoneCode reads a dialled code and the queue number behind it.
func (c PhoneCodes) phoneCode(dialled string) (want phoneStatus, queue string, ok bool) {
	for code, want := range map[string]phoneStatus{
		c.Login:   {CodeLoggedIn, Available, acd.Online},
		c.Logout:  {CodeLoggedOut, LoggedOut, acd.LoggedOut},
		c.Pause:   {CodePaused, OnBreak, acd.Paused},
		c.Unpause: {CodeUnpaused, Available, acd.Online},
	} {
		if rest, found := strings.CutPrefix(dialled, code); code != "" && found && (rest == "" || rest[0] == '*' && len(rest) > 1) {
			return want, strings.TrimPrefix(rest, "*"), true
		}
	}
	return want, "", false
}

// IsPhoneCode tells a phone code from a number.
func (s *Service) IsPhoneCode(dialled string) bool {
	_, _, ok := s.codes.phoneCode(dialled)
	return ok
}

// DialPhoneCode carries out a code dialled at a phone extension: the same use
// cases as the API's, their events with source phone. Pausing and coming back
// leave queues alone that the agent is logged out of.
func (s *Service) DialPhoneCode(ctx context.Context, org, extension int64, dialled string) (CodeOutcome, error) {
	want, queue, ok := s.codes.phoneCode(dialled)
	agent, sits := s.directory.AgentAt(org, extension)
	switch {
	case !ok:
		return CodeNotPossible, nil
	case !sits:
		return CodeNotAnAgent, nil
	}
	a := Actor{Org: org, Reach: store.ReachOrganisation, Source: acd.SourcePhone}
	change := StatusChange{Agent: agent, Status: want.status, SkipLoggedOut: want.outcome == CodePaused || want.outcome == CodeUnpaused}
	var err error
	switch {
	case queue != "":
		to := s.directory.Resolve(org, queue)
		if change.Queue = QueueID(to.Extension); change.Queue == 0 {
			return CodeNotPossible, nil
		}
		_, err = s.SetStatus(ctx, a, change)
	case change.SkipLoggedOut:
		// Who is logged out everywhere is told so, instead of being confirmed a break.
		if now, err := s.GetAgent(ctx, a, AgentRef{ID: agent}); err != nil || now.Status == LoggedOut {
			return CodeNotPossible, err
		}
		_, err = s.SetStatus(ctx, a, change)
	default:
		_, err = s.UpdateAgent(ctx, a, AgentRef{ID: agent}, func(e *Agent) error { e.Status = want.all; return nil })
	}
	if err != nil {
		return CodeNotPossible, err
	}
	return want.outcome, nil
}
