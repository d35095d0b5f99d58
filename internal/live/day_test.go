package live

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"holdline/internal/acd"
	"holdline/internal/report"
	"holdline/internal/store"
)

// today gives what the report of today says now of every queue and agent, as tiles have it.
func (w *world) today(o store.Organisation) map[string]any {
	w.t.Helper()
	zone, err := time.LoadLocation(o.TimeZone)
	if err != nil {
		w.t.Fatal(err)
	}
	now := time.Now().In(zone)
	from := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, zone)
	f, err := report.New(report.Options{Start: acd.TimeOf(from), End: acd.TimeOf(now), Zone: zone, Threshold: o.Threshold()})
	if err != nil {
		w.t.Fatal(err)
	}
	w.mu.Lock()
	for _, x := range w.journal {
		if x.At >= acd.TimeOf(from.Add(-24*time.Hour)) {
			f.Add(x)
		}
	}
	w.mu.Unlock()
	out := map[string]any{"queue/10": todayOfQueue(report.Row{}), "queue/11": todayOfQueue(report.Row{})}
	for id := range acd.AgentID(4) {
		out[agentKey(id+1)] = todayOfAgent(report.Row{})
	}
	for _, r := range f.Queues() {
		out[queueKey(r.Queue)] = todayOfQueue(r)
	}
	for _, r := range f.Agents() {
		out[agentKey(r.Agent)] = todayOfAgent(r)
	}
	return out
}

// agrees compares what a watcher knows with the report of today.
func (b *watcher) agrees(w *world, o store.Organisation, when string) {
	b.t.Helper()
	b.catchUp()
	if t := b.field("client", "threshold"); t != o.Threshold().Seconds() {
		b.t.Errorf("%s: the threshold is %v, want %v", when, t, o.Threshold())
	}
	for key, want := range w.today(o) {
		var plain any
		if err := json.Unmarshal(marshal(want), &plain); err != nil {
			b.t.Fatal(err)
		}
		if d := cmp.Diff(plain, b.field(key, "today")); d != "" {
			b.t.Fatalf("%s, %s: the report and the tile differ: %s", when, key, d)
		}
	}
}

// floor is a call centre at random: callers come, are answered after a while, give up or hang up.
type floor struct {
	w      *world
	r      *rand.Rand
	calls  []acd.CallID
	offers []acd.OfferID
}

func (f *floor) do(in ...acd.Input) {
	f.offered(f.w.step(in...))
}

func (f *floor) offered(commands []acd.Command) {
	for _, c := range commands {
		if c.Kind == acd.CmdOffer {
			f.offers = append(f.offers, c.Offer)
		}
	}
}

func (f *floor) step(i int) {
	switch f.r.IntN(8) {
	case 0, 1, 2:
		f.calls = append(f.calls, acd.CallID(fmt.Sprint("f", i)))
		f.do(acd.CallerJoined{Call: f.calls[len(f.calls)-1], Queue: acd.QueueID(10 + f.r.IntN(2)), Number: "1"})
	case 3, 4:
		if n := len(f.offers); n > 0 { // perhaps too late
			f.do(acd.OfferAnswered{Offer: f.offers[n-1]})
		}
	case 5:
		if n := len(f.calls); n > 0 {
			i := f.r.IntN(n)
			f.do(acd.CallerEnded{Call: f.calls[i], Cause: acd.CauseCallerHangup})
			f.calls = slices.Delete(f.calls, i, i+1)
		}
	case 6:
		f.do(acd.SetStatus{Agent: acd.AgentID(1 + f.r.IntN(4)), Status: acd.Online})
	case 7:
		randomStep(f.w, f.r, i)
	}
}

// The tiles of the wallboard and the report of today agree at every moment:
// over midnights with callers waiting, over the change to summer time, and when
// the organisation changes its threshold or its clocks.
func TestTilesAgreeWithTheReportOfToday(t *testing.T) {
	for seed := range uint64(4) {
		bubble(t, func(c *Config) { c.Sweep = 240 * time.Hour; c.Linger = 1000 * time.Hour }, func(t *testing.T, w *world) {
			r := rand.New(rand.NewPCG(seed, 7))
			o := store.Organisation{ID: org, Name: "Acme", Prefix: "000", TimeZone: "Europe/Berlin"}
			berlin, err := time.LoadLocation(o.TimeZone)
			if err != nil {
				t.Skip("no time zone data here")
			}
			<-time.After(time.Until(time.Date(2000, 3, 24, 20, 0, 0, 0, berlin)))
			b := w.follow(Scope{}, "")
			f := &floor{w: w, r: r}
			for i := range 250 {
				f.step(i)
				switch r.IntN(60) {
				case 0:
					o.ServiceLevelThreshold = time.Duration(r.IntN(60)) * time.Second
					w.dir.PutOrganisation(o)
					w.hub.Touch(org)
				case 1:
					o.TimeZone = []string{"Europe/Berlin", "America/New_York", ""}[r.IntN(3)]
					w.dir.PutOrganisation(o)
					w.hub.Touch(org)
				}
				wait := time.Duration(r.IntN(20)) * time.Second
				if r.IntN(6) == 0 {
					wait = time.Duration(r.IntN(90)) * time.Minute
				}
				f.offered(w.pass(wait))
				b.agrees(w, o, fmt.Sprint("seed ", seed, ", step ", i, ", ", time.Now().In(berlin)))
			}
		})
	}
}

// At midnight the tiles begin anew, without anything happening; who waits over it is yesterday's.
func TestTheDayEndsAtMidnight(t *testing.T) {
	bubble(t, func(c *Config) { c.Sweep = 240 * time.Hour }, func(t *testing.T, w *world) {
		<-time.After(22*time.Hour + 59*time.Minute) // 23:59 in Berlin
		b := w.follow(Scope{}, "")
		w.join("yesterday's", 11)
		settle()
		b.catchUp()
		offered := func() any { return b.field("queue/11", "today").(map[string]any)["offered"] }
		if offered() != 1.0 {
			t.Errorf("before midnight %v were offered", offered())
		}
		<-time.After(time.Minute)
		settle()
		b.catchUp()
		if offered() != 0.0 {
			t.Errorf("after midnight %v were offered", offered())
		}
		w.step(acd.CallerEnded{Call: "yesterday's", Cause: acd.CauseCallerHangup})
		settle()
		b.catchUp()
		if today := b.field("queue/11", "today").(map[string]any); today["abandoned"] != 0.0 || offered() != 0.0 {
			t.Errorf("yesterday's caller counts today: %v", today)
		}
	})
}

// Facts that come while the day is counted anew are neither lost nor counted twice.
func TestFactsWhileTheDayIsCountedAnew(t *testing.T) {
	bubble(t, nil, func(t *testing.T, w *world) {
		w.slow = 250 * time.Millisecond
		b := w.follow(Scope{}, "")
		settle()
		o := store.Organisation{ID: org, Name: "Acme", Prefix: "000", TimeZone: "Europe/Berlin"}
		const times = 10
		for i := range times {
			w.join(acd.CallID(fmt.Sprint("before ", i)), 11)
			o.ServiceLevelThreshold = time.Duration(1+i) * time.Second
			w.dir.PutOrganisation(o)
			w.hub.Touch(org)
			w.join(acd.CallID(fmt.Sprint("after ", i)), 11)
			<-time.After(time.Duration(150+i%2*10) * time.Millisecond)
			w.join(acd.CallID(fmt.Sprint("later ", i)), 11)
			<-time.After(time.Duration(i%2) * time.Second)
		}
		settle()
		b.agrees(w, o, "in the end")
		if got := b.field("queue/11", "today").(map[string]any)["offered"]; got != 3.0*times {
			t.Errorf("%v were offered", got)
		}
	})
}
