package e2e

import (
	"fmt"
	"net/http"
	"testing"

	"holdline/internal/phone"
)

// dialCode dials a phone code, hears the confirmation, and is hung up.
func dialCode(t *testing.T, p *phone.Phone, code, confirmed string) {
	t.Helper()
	call := p.Dial(phone.Dial{To: code})
	hearsPrompts(t, call, "en/"+confirmed)
	if ev := next(t, call, phone.Ended); ev.By != phone.Remote {
		t.Errorf("%s: ended by %v", code, ev.By)
	}
}

func TestPhoneCodesChangeTheStatusAndAreConfirmed(t *testing.T) {
	s := startDemo(t)
	a, p := s.api(), s.simulated("201")
	for _, step := range []struct{ dial, says, status string }{
		{"*47", "on-break", "on_break"},
		{"*48", "off-break", "available"},
		{"*46", "logged-out", "logged_out"},
		{"*45", "logged-in", "available"},
		{"*46*700", "logged-out", "available"}, // still in Support
		{"*46*701", "logged-out", "logged_out"},
		{"*45*700", "logged-in", "available"},
		{"*46*999", "not-possible", "available"}, // no such queue
	} {
		dialCode(t, p, step.dial, step.says)
		if got := a.agent(t, "201").Status; got != step.status {
			t.Errorf("after %s the agent is %s, want %s", step.dial, got, step.status)
		}
	}
}

// An agent who logs in at the phone gets the caller who waits.
func TestLoginByPhoneBringsTheWaitingCaller(t *testing.T) {
	s := startDemo(t)
	a := s.api()
	a.only(t, "205") // whose phone is off
	p := s.simulated("201")
	caller := s.callIn(salesDID)
	next(t, caller, phone.Answered)
	dialCode(t, p, "*45", "logged-in")
	called := answered(t, p)
	bothTalk(t, caller, callerTone, called, toneOf("201"))
}

func TestPhoneCodeOfNobodysPhoneIsAnsweredToo(t *testing.T) {
	s := startDemo(t)
	a := s.api()
	var made struct {
		ID int64 `json:"id"`
	}
	a.must(t, http.MethodPost, "/client/@me/extension/", map[string]any{"name": "300", "type": "phone", "label": "lobby"}, &made)
	a.must(t, http.MethodPut, fmt.Sprintf("/extension/%d/sip/", made.ID), map[string]any{"password": "lobby-300-secret"}, nil)
	p := s.network(loopback).Add(phone.Profile{User: "0003*300", Password: "lobby-300-secret", Domain: "demo.local"})
	if err := p.Register(within(t)); err != nil {
		t.Fatal(err)
	}
	dialCode(t, p, "*45", "not-an-agent")
}
