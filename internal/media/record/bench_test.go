//go:build linux

package record

import (
	"fmt"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// BenchmarkTake is what a loop pays for a packet of a recorded call, handing
// chunks over included. No writer runs: it could not keep up with time that
// runs so fast, and dropping is cheaper than taking.
func BenchmarkTake(b *testing.B) {
	r := &Recorder{}
	r.chunks.New = func() any { return &chunk{data: make([]byte, chunkSize)} }
	q := &queue{wake: make(chan struct{}, 1)}
	tape := &Tape{recorder: r, queue: q}
	tape.Begin(0)
	p := Packet{Payload: make([]byte, packet)}
	now := int64(0)
	b.ReportAllocs()
	for b.Loop() {
		tape.Take(&p, now)
		if p.Side ^= 1; p.Side == Said {
			p.Timestamp += packet
			now += 20 * ms
			tape.Tick(now)
		}
		if q.newest.Load() != nil {
			r.recycle(q.take())
		}
	}
	if tape.dropped != [sides]int64{} {
		b.Fatal("audio was dropped")
	}
}

// BenchmarkCallSecond is all the processor time of a second of one recorded
// call, writing included, with 500 of them.
func BenchmarkCallSecond(b *testing.B) {
	const calls = 500
	r := New()
	dir := b.TempDir()
	before := processorTime(b)
	tapes := make([]*Tape, calls)
	for i := range tapes {
		tapes[i] = r.Start(filepath.Join(dir, fmt.Sprint(i, ".wav")), func(r Result) {
			if r.Err != nil {
				b.Error(r.Err)
			}
		})
		tapes[i].Begin(0)
	}
	p := Packet{Payload: make([]byte, packet)}
	now := int64(0)
	seconds := b.N/calls + 1
	for range seconds * 50 {
		for _, t := range tapes {
			for p.Side = range sides {
				t.Take(&p, now)
			}
			t.Tick(now)
		}
		p.Timestamp += packet
		now += 20 * ms
		for r.backlog.Load() > maxBacklog/2 { // here time runs faster than any disk
		}
	}
	for _, t := range tapes {
		t.End(now)
	}
	r.Close()
	b.ReportMetric(float64((processorTime(b)-before)/1000)/float64(seconds*calls), "cpu-µs/call-s")
	b.ReportMetric(0, "ns/op")
}

// processorTime returns what the process has used, user and system, in nanoseconds.
func processorTime(b *testing.B) int64 {
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return u.Utime.Nano() + u.Stime.Nano()
}
