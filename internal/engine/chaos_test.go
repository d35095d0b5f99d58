package engine_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"holdline/internal/acd"
	"holdline/internal/engine"
	"holdline/internal/telephony"
	"holdline/internal/telephony/telsim"
)

var everyAction = []engine.Action{engine.Hold, engine.Offhold, engine.Park, engine.Pickup, engine.AttendedTransfer,
	engine.Eavesdrop, engine.Whisper, engine.Conference}

// chaos is a world in which phones and supervisors do anything at any time.
type chaos struct {
	*world
	random *rand.Rand
	calls  []*telsim.Call
}

func (c *chaos) collect() {
	for _, p := range c.phones {
		for more := true; more; {
			select {
			case call := <-p.Calls():
				c.calls = append(c.calls, call)
			default:
				more = false
			}
		}
	}
	c.calls = slices.DeleteFunc(c.calls, func(call *telsim.Call) bool { return call.View().Over })
}

func pick[T any](c *chaos, from []T) (v T, ok bool) {
	if len(from) == 0 {
		return v, false
	}
	return from[c.random.IntN(len(from))], true
}

// step has somebody do something.
func (c *chaos) step() error {
	numbers := []string{"201", "202", "203", "204"}
	number, _ := pick(c, numbers)
	to, _ := pick(c, append(numbers, "700", "701", "0003*202", "999"))
	call, any := pick(c, c.calls)
	switch n := c.random.IntN(20); {
	case n < 2:
		c.calls = append(c.calls, c.phones[number].Dial(telephony.Party{Number: "0003*" + number}, to))
	case n < 4:
		c.calls = append(c.calls, c.outside("15550700"))
	case !any:
	case n < 8:
		call.Answer()
	case n < 9:
		call.Refuse(telephony.Busy)
	case n < 11:
		call.Hangup()
	case n < 12:
		call.Hold(c.random.IntN(2) == 0)
	case n < 13:
		call.Refer(to, "")
	case n < 14:
		if other, _ := pick(c, c.calls); other != call {
			call.Refer("", other.Leg())
		}
	case n < 15:
		c.calls = append(c.calls, c.phones[number].Replace(telephony.Party{Number: "0003*" + number}, call.Leg()))
	default:
		return c.supervise(number, to)
	}
	return nil
}

// supervise orders something of one of the current calls.
func (c *chaos) supervise(number, to string) error {
	live, err := c.host.Calls(c.ctx, c.org)
	if err != nil {
		return err
	}
	of, ok := pick(c, live)
	if !ok {
		return nil
	}
	switch c.random.IntN(12) {
	case 0:
		err = c.host.Transfer(c.ctx, c.org, of.Call, to)
	case 1:
		err = c.host.Hangup(c.ctx, c.org, of.Call)
	case 3:
		if c.breaks { // and the rules are rebuilt in the midst of it
			_ = c.host.Read(c.ctx, c.org, func(*acd.Engine, acd.Time) { panic("a broken invariant") })
		}
	case 2:
		err = c.host.ReleaseAgent(c.ctx, c.org, c.agents[number])
	default:
		action, _ := pick(c, everyAction)
		extension := c.exts[number]
		if of.CalledExtension != 0 && c.random.IntN(2) == 0 {
			extension = of.CalledExtension
		}
		err = c.host.Order(c.ctx, c.org, engine.Order{Action: action, Call: of.Call, Extension: extension, Dst: to})
	}
	var state *engine.StateError
	if errors.As(err, &state) || errors.Is(err, engine.ErrNoTarget) || errors.Is(err, engine.ErrNotAPhone) || errors.Is(err, engine.ErrNoCall) {
		err = nil
	}
	return err
}

// Whatever is done at whatever moment, the rules hold, and once everybody has
// hung up no leg is left, no agent is busy and nobody hears anything.
func TestOrdersInAnyOrderLeaveNothingBehind(t *testing.T) {
	for seed := range uint64(8) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			play(t, func(w *world) {
				w.dirDID("15550700", "700")
				w.breaks = seed%4 == 3
				c := &chaos{world: w, random: rand.New(rand.NewPCG(seed, 7))}
				for i := range 300 {
					if err := c.step(); err != nil {
						t.Fatalf("step %d: %v", i, err)
					}
					if c.random.IntN(3) > 0 { // what is not waited for crosses
						synctest.Wait()
						w.must(w.check())
					}
					if c.random.IntN(40) == 0 {
						w.pass(time.Duration(c.random.IntN(400)) * time.Second)
					}
					c.collect()
				}
				for range 50 {
					for _, call := range c.calls {
						call.Hangup()
					}
					w.pass(time.Second)
					c.collect()
				}
				w.pass(11 * time.Minute)
				if up := w.sw.Up(); up != 0 {
					t.Errorf("%d legs are up after everybody has hung up", up)
				}
				if live, _ := w.host.Calls(w.ctx, w.org); len(live) != 0 {
					t.Errorf("current calls: %+v", live)
				}
				if open := w.openLegs(); len(open) != 0 {
					t.Errorf("legs up in the history: %+v", open)
				}
				for number := range w.agents {
					if got := w.agent(number).State; got != acd.Idle {
						t.Errorf("agent %s is %s", number, got)
					}
				}
				w.must(w.check())
			})
		})
	}
}
