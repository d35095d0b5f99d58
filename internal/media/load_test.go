//go:build linux

package media

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// Figures of the engine under load, with the phones in a process of their own:
//
//	go test ./internal/media -run '^$' -bench Load -benchtime 1x

// BenchmarkLoadWaiting: 1,000 callers hear music and send audio themselves.
func BenchmarkLoadWaiting(b *testing.B) {
	sound := NewSound(tone(30 * time.Second))
	measureLoad(b, 1000, func(_ *Engine, streams []*Stream) {
		for _, s := range streams {
			s.Play(Playback{Sounds: []*Sound{sound}, Loop: true})
		}
	})
}

// BenchmarkLoadBridged: 500 calls of two phones each.
func BenchmarkLoadBridged(b *testing.B) {
	measureLoad(b, 1000, func(e *Engine, streams []*Stream) {
		for i := 0; i < len(streams); i += 2 {
			e.Bridge(streams[i], streams[i+1])
		}
	})
}

// BenchmarkLoadRecorded: the same calls, one leg of each recorded.
func BenchmarkLoadRecorded(b *testing.B) {
	results := make(chan RecordResult, 1000)
	dir := b.TempDir()
	measureLoad(b, 1000, func(e *Engine, streams []*Stream) {
		for i := 0; i < len(streams); i += 2 {
			e.Bridge(streams[i], streams[i+1])
			streams[i].Record(Recording{Path: filepath.Join(dir, fmt.Sprint(len(results), "-", i, ".wav")), Done: func(r RecordResult) { results <- r }})
		}
	})
	for range len(results) {
		if r := <-results; r.Err != nil || r.Duration < 10*time.Second {
			b.Fatalf("%+v", r)
		}
	}
}

func measureLoad(b *testing.B, count int, begin func(*Engine, []*Stream)) {
	const warm, measure = 3 * time.Second, 10 * time.Second
	for b.Loop() {
		e, err := New(Config{Listen: localhost, PortLo: 20000, PortHi: 29999})
		must(err)
		must(e.Start())
		g := startGenerator(b, count)
		plan := generatorPlan{Warm: warm, Measure: measure}
		var streams []*Stream
		for i, port := range g.ports {
			opt := Options{}
			if i%2 == 1 {
				opt.Near = streams[i-1]
			}
			s, err := e.Open(opt)
			must(err)
			s.SetRemote(Remote{Addr: localPort(port), Codec: PCMU, Send: true, Receive: true})
			streams, plan.Ports = append(streams, s), append(plan.Ports, s.Port())
		}
		begin(e, streams)
		must(g.in.Encode(plan))
		var begun string
		must(g.out.Decode(&begun))
		before := processorTime()
		var report generatorReport
		must(g.out.Decode(&report))
		used := processorTime() - before
		load := e.Load()
		must(g.cmd.Wait())
		var total Stats
		for _, s := range streams {
			stats := s.Close()
			total.Lost += stats.Lost
			total.Late += stats.Late
			total.KernelDrops += stats.KernelDrops
			total.SendErrors += stats.SendErrors
		}
		e.Stop()
		b.Logf("engine: %+v, lateness %v; phones: %+v", total, load.Lateness, report)
		b.ReportMetric(used.Seconds()/measure.Seconds(), "cores")
		b.ReportMetric(float64(report.Over25)/float64(report.Received)*1000, "‰>25ms")
		b.ReportMetric(float64(report.Lost), "lost")
		b.ReportMetric(float64(report.GapMicros[2])/1000, "ms-gap-p99.9")
		b.ReportMetric(float64(report.LatencyMicros[1])/1000, "ms-latency-p99")
	}
}

type startedGenerator struct {
	cmd   *exec.Cmd
	in    *json.Encoder
	out   *json.Decoder
	ports []uint16
}

func startGenerator(b *testing.B, phones int) *startedGenerator {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), generatorEnv+"=1", "GOMAXPROCS=1")
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	must(err)
	out, err := cmd.StdoutPipe()
	must(err)
	must(cmd.Start())
	g := &startedGenerator{cmd: cmd, in: json.NewEncoder(in), out: json.NewDecoder(out)}
	must(g.in.Encode(phones))
	must(g.out.Decode(&g.ports))
	return g
}

// processorTime returns what this process has used, user and system.
func processorTime() time.Duration {
	var u unix.Rusage
	must(unix.Getrusage(unix.RUSAGE_SELF, &u))
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// tone is a test signal: no two frames near each other are alike.
func tone(d time.Duration) []int16 {
	pcm := make([]int16, int(d/frameTime)*frameSamples)
	for i := range pcm {
		pcm[i] = int16(i * 7919)
	}
	return pcm
}
