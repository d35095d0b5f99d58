package past

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"holdline/internal/acd"
	"holdline/internal/sound"
	"holdline/internal/store"
	"holdline/internal/store/sqlite"
)

// end is a Thursday afternoon.
var end = time.Date(2026, 11, 19, 16, 20, 0, 0, time.UTC)

// prompts are as long as real ones.
type prompts struct{}

func (prompts) WaitTime(d time.Duration) []int64                  { return sound.Wait(d) }
func (prompts) Position(l string, n int, d time.Duration) []int64 { return sound.Position(l, n, d) }
func (prompts) Rate(l string) []int64                             { return sound.Say(l, sound.RateService) }
func (prompts) Thanks(l string) []int64                           { return sound.Say(l, sound.Thanks) }

// shelf keeps recordings in a folder, as the server does.
type shelf struct {
	db  store.Store
	dir string
}

func (s shelf) Begin(ctx context.Context, org int64, id string, call acd.CallID, at acd.Time) (string, error) {
	path := filepath.Join(s.dir, "day", id+".wav")
	return path, s.db.Update(ctx, func(tx store.Tx) error {
		return tx.Recordings.Create(ctx, store.Recording{ID: id, OrgID: org, Call: call, Path: path, Started: at, State: store.RecordingRunning})
	})
}

// world gives an empty store, and what is to be made in it.
func world(t testing.TB, days int) Config {
	t.Helper()
	db, err := sqlite.Open(t.Context(), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return Config{Store: db, Trunk: netip.MustParseAddrPort("127.0.0.2:5070"), Prompts: prompts{}, Recordings: shelf{db, t.TempDir()}, Now: end, Days: days, Seed: 1}
}

func (c Config) must(t testing.TB) Config {
	t.Helper()
	if err := Make(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	return c
}

func (c Config) view(t testing.TB, read func(ctx context.Context, tx store.Tx) error) {
	t.Helper()
	if err := c.Store.View(t.Context(), func(tx store.Tx) error { return read(t.Context(), tx) }); err != nil {
		t.Fatal(err)
	}
}

// journal gives the journal in words, without the ids of recordings, which are given by chance.
func (c Config) journal(t testing.TB) (lines []string) {
	t.Helper()
	c.view(t, func(ctx context.Context, tx store.Tx) error {
		facts, err := tx.Facts.After(ctx, 1, 0, 0)
		for _, f := range facts {
			leg := acd.Leg{}
			if f.Leg != nil {
				leg = *f.Leg
			}
			if f.Leg = nil; f.Kind == acd.FactRecorded {
				f.Reason = ""
			}
			lines = append(lines, fmt.Sprintf("%+v %+v", f, leg))
		}
		return err
	})
	return lines
}

func TestADemoLooksBackOnLivedDays(t *testing.T) {
	t.Parallel()
	c := world(t, 1).must(t)
	c.callsWere(t)
	c.peopleChangedTheirStatus(t)
	c.recordingsCanBeHeard(t)
}

func (c Config) callsWere(t *testing.T) {
	t.Helper()
	c.view(t, func(ctx context.Context, tx store.Tx) error {
		calls, _, err := tx.Calls.List(ctx, 1, store.CallFilter{})
		kinds, days, hours := map[store.CallKind]int{}, map[int]int{}, map[int]int{}
		for _, call := range calls {
			kinds[call.Kind()]++
			days[call.Started.Std().YearDay()]++
			hours[call.Started.Std().Hour()]++
			if call.Ended == 0 || call.Ended.Std().After(end) {
				t.Errorf("%+v is not over", call)
			}
		}
		if len(days) != 2 || kinds[store.CallBridged] < 300 || kinds[store.CallAbandoned] < 10 || kinds[store.CallAbandoned] > kinds[store.CallBridged]/5 {
			t.Errorf("calls %v on days %v", kinds, days)
		}
		if hours[10] < hours[12] || hours[10] < 8*hours[3] || hours[3]+hours[2]+hours[1] == 0 {
			t.Errorf("calls by hour: %v", hours)
		}
		if _, n, err := tx.Calls.Ratings(ctx, 1, store.RatingFilter{}); n < 20 || err != nil {
			t.Errorf("%d ratings, %v", n, err)
		}
		open, _ := tx.Facts.OpenCalls(ctx, 1)
		legs, _ := tx.Calls.OpenLegs(ctx, 1)
		if len(open)+len(legs) > 0 {
			t.Errorf("not over: %v, %v", open, legs)
		}
		places, _ := tx.Memberships.List(ctx, 1)
		for _, m := range places {
			if m.Status != acd.Online {
				t.Errorf("agent %d is %s at the end", m.Agent, m.Status)
			}
		}
		return err
	})
	missed := strings.Count(strings.Join(c.journal(t), "\n"), "Kind:"+acd.FactMissed.String())
	if missed == 0 {
		t.Error("nobody ever missed a call")
	}
}

func (c Config) peopleChangedTheirStatus(t *testing.T) {
	t.Helper()
	c.view(t, func(ctx context.Context, tx store.Tx) error {
		entries, _, err := tx.AuditLog.List(ctx, 1, store.AuditFilter{})
		said := map[string]bool{}
		for _, e := range entries {
			said[e.Actor+" "+e.Action+" "+e.Detail] = true
		}
		for _, want := range []string{`Ada agent.status status paused, reason "Lunch"`, "Dev agent.status status logged_out", "Dana queue.update record false -> true"} {
			if !said[want] {
				t.Errorf("not in the audit log: %s\n%v", want, said)
			}
		}
		return err
	})
}

func (c Config) recordingsCanBeHeard(t *testing.T) {
	t.Helper()
	c.view(t, func(ctx context.Context, tx store.Tx) error {
		rows, n, err := tx.Recordings.List(ctx, 1, store.RecordingFilter{})
		if n < 2 {
			t.Errorf("%d recordings", n)
		}
		for _, r := range rows {
			file, err := os.ReadFile(r.Path)
			if err != nil {
				t.Error(err)
				continue
			}
			samples, err := sound.Decode(ctx, file)
			length := time.Duration(len(samples)) * time.Second / sound.Rate
			if err != nil || r.State != store.RecordingFinished || r.Size != int64(len(file)) || (length-r.Duration).Abs() > time.Second || length > 2*longestTape {
				t.Errorf("%v of %+v, %v", length, r, err)
			}
			if call, _, err := tx.Calls.Get(ctx, 1, r.Call); call.Recording != r.ID || err != nil {
				t.Errorf("%+v, %v", call, err)
			}
		}
		return err
	})
}

func TestTheSameSeedGivesTheSamePast(t *testing.T) {
	t.Parallel()
	a, b := world(t, 0).must(t).journal(t), world(t, 0).must(t).journal(t)
	if len(a) != len(b) {
		t.Fatalf("%d facts, and %d", len(a), len(b))
	}
	for i := range a {
		if a[i] != b[i] {
			t.Fatalf("fact %d:\n%s\n%s", i, a[i], b[i])
		}
	}
	other := world(t, 0)
	other.Seed = 2
	if c := other.must(t).journal(t); len(c) == len(a) && c[len(c)/2] == a[len(a)/2] {
		t.Error("another seed changes nothing")
	}
}

// What is there is left as it is, whatever it is.
func TestAPastIsMadeOnce(t *testing.T) {
	t.Parallel()
	c := world(t, 0).must(t)
	before := len(c.journal(t))
	c.Now, c.Days = c.Now.Add(time.Hour), 3
	c.Told = func(float64) { t.Error("it is made again") }
	if after := len(c.must(t).journal(t)); before == 0 || after != before {
		t.Errorf("%d facts, then %d", before, after)
	}
}

func TestAnInterruptedPastLeavesNothing(t *testing.T) {
	t.Parallel()
	c := world(t, 1)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	c.Told = func(share float64) {
		if share > 0 {
			cancel()
		}
	}
	if err := Make(ctx, c); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	c.view(t, func(ctx context.Context, tx store.Tx) error {
		all, err := tx.Organisations.List(ctx)
		if len(all) > 0 {
			t.Errorf("left behind: %+v", all)
		}
		return err
	})
	c.Told = nil
	if c.must(t); len(c.journal(t)) > 0 { // of the first id
		t.Error("the journal of the first attempt is still there")
	}
}

func TestDaysAreThoseOfTheZone(t *testing.T) {
	t.Parallel()
	c := world(t, 0)
	c.Zone = "Pacific/Auckland" // there it is the next morning
	c.must(t)
	c.view(t, func(ctx context.Context, tx store.Tx) error {
		o, err := tx.Organisations.Get(ctx, 1)
		midnight := time.Date(2026, 11, 19, 11, 0, 0, 0, time.UTC)
		if o.TimeZone != c.Zone || !o.Created.Std().Equal(midnight) {
			t.Errorf("%s since %v", o.TimeZone, o.Created.Std())
		}
		return err
	})
	c = world(t, 0)
	c.Zone = "Nowhere/Land"
	if err := Make(t.Context(), c); err == nil {
		t.Error("a zone that is none")
	}
}

// What the first start of a demo costs.
func BenchmarkTwoWeeks(b *testing.B) {
	for b.Loop() {
		world(b, 14).must(b)
	}
}
