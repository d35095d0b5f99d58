package e2e

import (
	"context"
	"fmt"
	"testing"

	"holdline/internal/phone"
)

// Simulated phones (internal/phone) play the peer where a sipp scenario would
// be clumsy: several calls at once, transfers, keys.

// within bounds a wait.
func within(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	return ctx
}

// network opens a network of simulated phones at an address.
func (s *server) network(address string) *phone.Network {
	s.t.Helper()
	n, err := phone.Open(phone.Config{Address: address, Server: s.sip})
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { // a server that stops waits for phones that are gone
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := n.Drain(ctx); err != nil {
			s.t.Errorf("calls of simulated phones do not end: %v", err)
		}
		_ = n.Close()
	})
	return n
}

// voice is a phone's tone.
func voice(tone float64) *phone.Voice { return phone.NewVoice(phone.Tone(tone, 0.3, 8000)) }

// simulated registers a phone of the demo world that speaks its tone. Calls
// to it wait until the test takes them.
func (s *server) simulated(number string) *phone.Phone {
	s.t.Helper()
	p := s.network(loopback).Add(phone.Profile{User: "0003*" + number, Password: "demo-" + number, Domain: "demo.local",
		Voice: voice(toneOf(number))})
	if err := p.Register(within(s.t)); err != nil {
		s.t.Fatal(err)
	}
	return p
}

// callerTone is what a caller of the outside sends.
const callerTone = 1610

// callIn calls a number from the telephone network.
func (s *server) callIn(number string) *phone.Call {
	s.t.Helper()
	line := s.network(trunkAddress).Add(phone.Profile{User: "provider", Anyone: true, Voice: voice(callerTone)})
	return line.Dial(phone.Dial{To: number, From: caller})
}

// next waits for an event of a call.
func next(t *testing.T, c *phone.Call, kinds ...phone.Kind) phone.Event {
	t.Helper()
	ev, err := c.Wait(within(t), kinds...)
	if err != nil {
		t.Fatalf("phone %s: %v", c.Phone().User(), err)
	}
	return ev
}

// answered waits for a call at a phone and answers it.
func answered(t *testing.T, p *phone.Phone) *phone.Call {
	t.Helper()
	c, err := p.WaitCall(within(t))
	if err != nil {
		t.Fatal(err)
	}
	c.Answer()
	next(t, c, phone.Confirmed)
	return c
}

// listen judges what a call hears from now on.
func listen(t *testing.T, c *phone.Call) *judge {
	t.Helper()
	return listenFor(t, c, windowSize)
}

func listenFor(t *testing.T, c *phone.Call, size int) *judge {
	t.Helper()
	j := newJudge(t)
	j.size = size
	c.Hear(func(payload []byte, codec phone.Codec) {
		if len(payload) == frame {
			j.hear(payload, codec == phone.PCMA)
		}
	})
	return j
}

// hearsPrompts waits for built-in prompts, one after the other.
func hearsPrompts(t *testing.T, c *phone.Call, names ...string) {
	t.Helper()
	j := listenFor(t, c, promptSize)
	for _, name := range names {
		j.hearsPrompt(name)
	}
}

// hears waits for a phone's tone in a call.
func hears(t *testing.T, c *phone.Call, tone float64) {
	t.Helper()
	listen(t, c).hearsTone(tone)
}

// bothTalk waits until two parties hear each other.
func bothTalk(t *testing.T, a *phone.Call, toneA float64, b *phone.Call, toneB float64) {
	t.Helper()
	together(func() { hears(t, a, toneB) }, func() { hears(t, b, toneA) })
}

// talkWith has an agent's phone take a caller of Sales.
func (s *server) talkWith(agent string) (caller, called *phone.Call, p *phone.Phone) {
	s.t.Helper()
	p = s.simulated(agent)
	caller = s.callIn(salesDID)
	called = answered(s.t, p)
	bothTalk(s.t, caller, callerTone, called, toneOf(agent))
	return caller, called, p
}

// only leaves an agent logged in, and logs the others out.
func (a *api) only(t *testing.T, numbers ...string) {
	t.Helper()
	in := map[string]bool{}
	for _, n := range numbers {
		in[n] = true
	}
	for _, n := range []string{"201", "202", "203", "204", "205"} {
		if !in[n] {
			a.setAgent(t, n, map[string]any{"status": "logged_out"})
		}
	}
}

// leave takes the agent at a phone out of a queue.
func (a *api) leave(t *testing.T, queue, number string) {
	t.Helper()
	a.must(t, "DELETE", fmt.Sprintf("/extension/%d/queue/agents/local/%d", a.extension(t, queue), a.agent(t, number).ID), nil, nil)
}
