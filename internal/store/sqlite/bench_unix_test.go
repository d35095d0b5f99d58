//go:build unix

package sqlite

import (
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"holdline/internal/acd"
)

// BenchmarkPacedCalls appends 300 calls a second, fact by fact as an engine
// does, and gives the processor time of a fact, commits and all, by the pace of commits.
func BenchmarkPacedCalls(b *testing.B) {
	for _, every := range []time.Duration{5 * time.Millisecond, 10 * time.Millisecond, 20 * time.Millisecond} {
		b.Run(every.String(), func(b *testing.B) { pacedCalls(b, every, callFacts) })
	}
}

// BenchmarkPacedHistory is the same with the legs of each call, which begins,
// is connected and ends in commits of their own.
func BenchmarkPacedHistory(b *testing.B) { pacedCalls(b, defaultCommitEvery, spreadCall) }

// spreadCall gives the beginning of one call, the connection of an earlier one
// and the end of one earlier still.
func spreadCall(from uint64, n int) (facts []acd.Fact) {
	const later = 50 // calls
	facts = append(facts, callWithLegs(0, n)[:4]...)
	if n >= later {
		facts = append(facts, callWithLegs(0, n-later)[4:6]...)
	}
	if n >= 2*later {
		facts = append(facts, callWithLegs(0, n-2*later)[6:]...)
	}
	for i := range facts {
		facts[i].Seq = from + uint64(i)
	}
	return facts
}

func pacedCalls(b *testing.B, every time.Duration, call func(from uint64, n int) []acd.Fact) {
	s, ids := benchStore(b, 1, every)
	tick := time.NewTicker(time.Second / 300)
	defer tick.Stop()
	before := cpu(b)
	var seq uint64
	for n := range b.N {
		<-tick.C
		facts := call(seq+1, n)
		seq += uint64(len(facts))
		for i := range facts {
			s.Journal().Append(ids[0], facts[i:i+1], nil)
		}
	}
	if err := s.Journal().Sync(b.Context()); err != nil {
		b.Fatal(err)
	}
	used := float64((cpu(b) - before).Microseconds())
	b.ReportMetric(used/float64(seq), "cpu-µs/fact")
	b.ReportMetric(used/float64(b.N), "cpu-µs/call")
}

func cpu(b *testing.B) time.Duration {
	b.Helper()
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
