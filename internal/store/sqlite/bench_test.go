package sqlite

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"holdline/internal/acd"
	"holdline/internal/store"
)

// callFacts is the journal of an average call, seven facts.
func callFacts(from uint64, call int) []acd.Fact {
	id := acd.CallID(fmt.Sprintf("7f3c2a10-9b1e-4c55-8d2f-%012x", call))
	at := acd.Time(1_790_000_000_000_000 + from*1000)
	offer := acd.OfferID(from)
	kinds := []acd.Fact{
		{Kind: acd.FactCallerJoined, Number: "493012345678", Name: "Caller"},
		{Kind: acd.FactOffered, Agent: 17, Offer: offer},
		{Kind: acd.FactRinging, Agent: 17, Offer: offer},
		{Kind: acd.FactConnected, Agent: 17, Offer: offer, Duration: 1234567 * time.Microsecond},
		{Kind: acd.FactCallerLeft, Agent: 17, Outcome: acd.OutcomeAnswered, Duration: 1234567 * time.Microsecond},
		{Kind: acd.FactTalkEnded, Agent: 17, Offer: offer, Cause: acd.CauseCallerHangup, Duration: time.Second},
		{Kind: acd.FactAgentState, Agent: 17, State: acd.WrapUp, Until: at.Add(time.Second)},
	}
	for i := range kinds {
		kinds[i].Seq, kinds[i].At, kinds[i].Call, kinds[i].Queue = from+uint64(i), at, id, 700
	}
	return kinds
}

// callWithLegs is callFacts with the two legs of the call, eleven facts.
func callWithLegs(from uint64, call int) []acd.Fact {
	plain := callFacts(from, call)
	id, at := plain[0].Call, plain[0].At
	caller := acd.Leg{ID: string(id), Call: id, In: true, From: "493012345678", FromName: "Caller", To: fmt.Sprint(49309876540 + call%10), Trunk: 3, Started: at}
	agent := acd.Leg{ID: fmt.Sprintf("%032x", call), Call: id, From: "493012345678", To: "000*201", Extension: int64(100 + call%50), Queue: 700, Agent: 17, Started: at}
	leg := func(kind acd.FactKind, l acd.Leg) acd.Fact {
		if kind == acd.FactLegEnded {
			l.Answered, l.Ended, l.By, l.Cause, l.Code = at+1, at+2, "remote", "normal", 200
		}
		return acd.Fact{Kind: kind, Call: id, At: at, Leg: &l}
	}
	facts := slices.Concat([]acd.Fact{leg(acd.FactLegStarted, caller)}, plain[:1], []acd.Fact{leg(acd.FactLegStarted, agent)}, plain[1:],
		[]acd.Fact{leg(acd.FactLegEnded, caller), leg(acd.FactLegEnded, agent)})
	for i := range facts {
		facts[i].Seq = from + uint64(i)
	}
	return facts
}

func benchStore(b *testing.B, orgs int, every time.Duration) (store.Store, []int64) {
	b.Helper()
	s, err := Open(b.Context(), Options{Path: filepath.Join(b.TempDir(), "holdline.db"), CommitEvery: every})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { s.Close() })
	ids := make([]int64, orgs)
	err = s.Update(b.Context(), func(tx store.Tx) error {
		for i := range ids {
			o := store.Organisation{Name: "bench", Prefix: fmt.Sprint(i)}
			if err := tx.Organisations.Create(b.Context(), &o); err != nil {
				return err
			}
			ids[i] = o.ID
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	return s, ids
}

// BenchmarkJournal gives the cost of one fact when as many as possible are committed.
func BenchmarkJournal(b *testing.B) {
	for _, orgs := range []int{1, 100} {
		b.Run(fmt.Sprintf("organisations=%d", orgs), func(b *testing.B) {
			s, ids := benchStore(b, orgs, 0)
			seq := make([]uint64, orgs)
			b.ReportAllocs()
			b.ResetTimer()
			for n := 0; n < b.N; n += 7 {
				k := n / 7 % orgs
				s.Journal().Append(ids[k], callFacts(seq[k]+1, n), nil)
				seq[k] += 7
				if n%(7*512) == 0 {
					if err := s.Journal().Sync(b.Context()); err != nil {
						b.Fatal(err)
					}
				}
			}
			if err := s.Journal().Sync(b.Context()); err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "facts/s")
		})
	}
}

// BenchmarkHistory is BenchmarkJournal with the legs of each call, from which the call history is made.
func BenchmarkHistory(b *testing.B) {
	const size = 11
	s, ids := benchStore(b, 1, 0)
	b.ReportAllocs()
	b.ResetTimer()
	fillHistory(b, s, ids[0], b.N/size)
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "facts/s")
}

// fillHistory appends that many calls with their legs.
func fillHistory(b *testing.B, s store.Store, org int64, calls int) {
	b.Helper()
	for n := range calls {
		s.Journal().Append(org, callWithLegs(uint64(11*n+1), n), nil)
		if n%512 == 0 {
			if err := s.Journal().Sync(b.Context()); err != nil {
				b.Fatal(err)
			}
		}
	}
	if err := s.Journal().Sync(b.Context()); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkDoneLatency appends 1,000 times a second and tells how long done takes.
func BenchmarkDoneLatency(b *testing.B) {
	s, ids := benchStore(b, 1, 0)
	took := make([]time.Duration, b.N)
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	var wg sync.WaitGroup
	for i := range b.N {
		<-tick.C
		wg.Add(1)
		start := time.Now()
		s.Journal().Append(ids[0], []acd.Fact{{Seq: uint64(i + 1), At: acd.TimeOf(start), Kind: acd.FactRinging, Call: "c"}}, func(err error) {
			took[i] = time.Since(start)
			wg.Done()
		})
	}
	wg.Wait()
	reportQuantiles(b, took)
}

// BenchmarkLoneAppend tells how long done takes when nothing else is going on.
func BenchmarkLoneAppend(b *testing.B) {
	s, ids := benchStore(b, 1, 0)
	took := make([]time.Duration, b.N)
	done := make(chan struct{})
	tick := time.NewTicker(30 * time.Millisecond) // the journal has been quiet for longer than its pace
	defer tick.Stop()
	for i := range took {
		<-tick.C
		start := time.Now()
		s.Journal().Append(ids[0], []acd.Fact{{Seq: uint64(i + 1), Kind: acd.FactRinging}}, func(error) { close(done) })
		<-done
		took[i], done = time.Since(start), make(chan struct{})
	}
	reportQuantiles(b, took)
}

// BenchmarkUpdate changes configuration while the journal takes 2,100 facts a second, 300 calls.
func BenchmarkUpdate(b *testing.B) {
	for _, busy := range []bool{false, true} {
		b.Run(fmt.Sprintf("busy=%v", busy), func(b *testing.B) {
			s, ids := benchStore(b, 1, 0)
			stop := loadJournal(s, ids[0], busy)
			defer stop()
			took := make([]time.Duration, b.N)
			b.ResetTimer()
			for i := range took {
				start := time.Now()
				err := s.Update(b.Context(), func(tx store.Tx) error {
					return tx.Organisations.Put(b.Context(), store.Organisation{ID: ids[0], Name: fmt.Sprint(i)})
				})
				if err != nil {
					b.Fatal(err)
				}
				took[i] = time.Since(start)
			}
			reportQuantiles(b, took)
		})
	}
}

// BenchmarkView reads one row by its id and one by its number.
func BenchmarkView(b *testing.B) {
	s, ids := benchStore(b, 1, 0)
	ctx := context.Background()
	e := store.Extension{OrgID: ids[0], Number: "201", Type: store.PhoneExtension}
	if err := s.Update(ctx, func(tx store.Tx) error { return tx.Extensions.Create(ctx, &e) }); err != nil {
		b.Fatal(err)
	}
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			err := s.View(ctx, func(tx store.Tx) error {
				_, err := tx.Extensions.ByNumber(ctx, ids[0], "201")
				return err
			})
			if err != nil {
				b.Error(err)
				return
			}
		}
	})
}

// loadJournal appends 300 calls a second until stop is called.
func loadJournal(s store.Store, org int64, on bool) (stop func()) {
	if !on {
		return func() {}
	}
	var over atomic.Bool
	var wg sync.WaitGroup
	wg.Go(func() {
		tick := time.NewTicker(time.Second / 300)
		defer tick.Stop()
		for n := 0; !over.Load(); n++ {
			<-tick.C
			s.Journal().Append(org, callFacts(uint64(7*n+1), n), nil)
		}
	})
	return func() { over.Store(true); wg.Wait() }
}

func reportQuantiles(b *testing.B, took []time.Duration) {
	slices.Sort(took)
	for _, q := range []struct {
		name string
		at   int
	}{{"p50-µs", len(took) / 2}, {"p99-µs", len(took) * 99 / 100}, {"max-µs", len(took) - 1}} {
		b.ReportMetric(float64(took[q.at].Microseconds()), q.name)
	}
}
