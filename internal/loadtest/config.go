// Package loadtest drives a running server with real SIP and RTP and says how
// it did: how fast callers reach agents, what failed, what was lost on the
// way, and what the server's process needed for it. It knows the server only
// from outside: its SIP port, its HTTP API and its entry in /proc.
package loadtest

import (
	"fmt"
	"io"
	"slices"
	"time"
)

// Mode is what is measured.
type Mode string

// The modes.
const (
	// Calls places calls at a rate; agents answer at once and talk.
	Calls Mode = "calls"
	// Waiting holds callers in the queue with music while they send audio; no agent is there.
	Waiting Mode = "waiting"
	// Bridged holds calls between callers and agents.
	Bridged Mode = "bridged"
	// Free measures how fast an agent whose call has ended is rung for the next waiting caller.
	Free Mode = "free"
	// Login measures how fast an agent who logs in through the API is rung for a waiting caller.
	Login Mode = "login"
	// Overload holds bridged calls, places more at a rate above the limit, and looks at both; then
	// at whether the server serves as before once the rate is back to normal.
	Overload Mode = "overload"
)

// Modes lists them all.
var Modes = []Mode{Calls, Waiting, Bridged, Free, Login, Overload}

// Who hangs up.
const (
	ByAgent  = "agent"
	ByCaller = "caller"
)

// Config says what to do with which server. Zero values take the defaults of Defaults where there are any.
type Config struct {
	Mode Mode

	Server       string // host:port of SIP over UDP
	API          string // base URL of HTTP, "http://127.0.0.1:8080"
	ClientID     string // of an application that may create extensions and agents
	ClientSecret string
	PID          int // of the server; 0 = found by its SIP port

	PhoneAddress string // local address the agents' phones stand at
	TrunkAddress string // local address the callers come from; the server knows it as a trunk's

	Queue      string // short number of the queue that is used
	FirstAgent int    // short number of the first agent's phone; the others follow
	Agents     int    // how many agents there are
	Callers    int    // held at once: waiting, bridged, overload (bridged ones), free (waiting ones)

	Rate     float64       // calls a second: calls, overload; elsewhere how fast callers come up
	Duration time.Duration // of the measurement: calls, waiting, bridged, overload
	Talk     time.Duration // length of a conversation
	HangupBy string        // ByAgent or ByCaller
	Trials   int           // of free and login
	Patience time.Duration // a caller without an agent gives up after this, which is a failure
	Settle   time.Duration // look at the server's memory again this long after the end; 0 = do not
	NoRing   bool          // agents send 200 without 180 first

	Progress io.Writer // a line each second; nil = none
}

// Defaults gives the configuration of a mode as the project's figures are measured.
func Defaults(m Mode) Config {
	c := Config{Mode: m, Server: "127.0.0.1:5060", API: "http://127.0.0.1:8080", ClientID: "demo", ClientSecret: "demo",
		PhoneAddress: "127.0.0.1", TrunkAddress: "127.0.0.2", Queue: "790", FirstAgent: 5001, Agents: 1000, Callers: 1000,
		Rate: 20, Duration: 60 * time.Second, Talk: time.Second, HangupBy: ByAgent, Trials: 50, Patience: 30 * time.Second}
	switch m {
	case Waiting:
		c.Agents, c.Rate = 0, 100
	case Bridged:
		c.Agents, c.Callers, c.Rate = 500, 500, 50
	case Free:
		c.Agents, c.Callers, c.Talk, c.Rate = 5, 20, 200*time.Millisecond, 50
	case Login:
		c.Agents, c.Callers = 1, 1
	case Overload:
		c.Callers, c.Rate, c.Duration = 100, 600, 20*time.Second
	}
	return c
}

// Bounds of a run: past them it is a mistake rather than a test.
const (
	maxRate   = 5000
	maxHeld   = 20_000
	maxCalls  = 2_000_000
	maxTime   = 24 * time.Hour
	maxTrials = 100_000
)

// Error is a setting that cannot be used.
type Error struct{ Setting, Value, Allowed string }

func (e *Error) Error() string {
	return fmt.Sprintf("loadtest: %s is %q: allowed is %s", e.Setting, e.Value, e.Allowed)
}

// check gives the first setting that is out of bounds.
func (c *Config) check() error {
	if !slices.Contains(Modes, c.Mode) {
		return &Error{"mode", string(c.Mode), fmt.Sprint(Modes)}
	}
	if c.HangupBy != ByAgent && c.HangupBy != ByCaller {
		return &Error{"hangup-by", c.HangupBy, ByAgent + " or " + ByCaller}
	}
	if !(c.Rate > 0 && c.Rate <= maxRate) {
		return &Error{"rate", fmt.Sprint(c.Rate), fmt.Sprintf("above 0, up to %d calls a second", maxRate)}
	}
	if c.Duration <= 0 || c.Duration > maxTime {
		return &Error{"duration", c.Duration.String(), "above 0, up to " + maxTime.String()}
	}
	for _, n := range []struct {
		name          string
		value, lo, hi int
	}{
		{"agents", c.Agents, c.leastAgents(), maxHeld}, {"callers", c.Callers, c.leastCallers(), maxHeld}, {"trials", c.Trials, 1, maxTrials},
		{"first-agent", c.FirstAgent, 1, 99_999_999}, {"calls (rate x duration)", int(c.Rate * c.Duration.Seconds()), 1, maxCalls},
	} {
		if n.value < n.lo || n.value > n.hi {
			return &Error{n.name, fmt.Sprint(n.value), fmt.Sprintf("%d…%d", n.lo, n.hi)}
		}
	}
	for _, d := range []struct {
		name  string
		value time.Duration
	}{{"talk", c.Talk}, {"patience", c.Patience}} {
		if d.value <= 0 || d.value > maxTime {
			return &Error{d.name, d.value.String(), "above 0, up to " + maxTime.String()}
		}
	}
	return nil
}

// leastAgents: every bridged call needs an agent of its own.
func (c *Config) leastAgents() int {
	switch c.Mode {
	case Waiting:
		return 0
	case Bridged:
		return c.Callers
	case Overload:
		return c.Callers + 1
	}
	return 1
}

func (c *Config) leastCallers() int {
	switch c.Mode {
	case Calls, Login:
		return 0
	case Free:
		return c.Agents + 1
	}
	return 1
}
