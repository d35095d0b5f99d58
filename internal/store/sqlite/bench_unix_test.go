//go:build unix

package sqlite

import (
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// BenchmarkPacedCalls appends 300 calls a second, fact by fact as an engine
// does, and gives the processor time of a fact, commits and all, by the pace of commits.
func BenchmarkPacedCalls(b *testing.B) {
	for _, every := range []time.Duration{5 * time.Millisecond, 10 * time.Millisecond, 20 * time.Millisecond} {
		b.Run(every.String(), func(b *testing.B) { pacedCalls(b, every) })
	}
}

func pacedCalls(b *testing.B, every time.Duration) {
	s, ids := benchStore(b, 1, every)
	tick := time.NewTicker(time.Second / 300)
	defer tick.Stop()
	before := cpu(b)
	for n := range b.N {
		<-tick.C
		facts := callFacts(uint64(7*n+1), n)
		for i := range facts {
			s.Journal().Append(ids[0], facts[i:i+1], nil)
		}
	}
	if err := s.Journal().Sync(b.Context()); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64((cpu(b)-before).Microseconds())/float64(7*b.N), "cpu-µs/fact")
}

func cpu(b *testing.B) time.Duration {
	b.Helper()
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
