//go:build linux

package media

import (
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"holdline/internal/media/g711"
)

func BenchmarkNewSoundPerSecondOfAudio(b *testing.B) {
	pcm := tone(time.Second)
	for b.Loop() {
		NewSound(pcm)
	}
}

func BenchmarkTranscodeFrame(b *testing.B) {
	payload := make([]byte, frameSamples)
	for b.Loop() {
		g711.Transcode(payload, &g711.ULawToALaw)
	}
}

// BenchmarkHeader reads a header, maps it and writes it.
func BenchmarkHeader(b *testing.B) {
	packet := make([]byte, headerSize+frameSamples)
	packet[0] = version2
	out := newSender()
	b.ReportAllocs()
	for now := int64(0); b.Loop(); now += int64(frameTime) {
		h, _, _, _ := parseRTP(packet)
		h = out.relayed(h, 8, now)
		h.put(packet)
	}
}

// BenchmarkRelayPacket takes a packet from one socket and sends it from
// another, epoll included. The packet's way to the first socket is in the price.
func BenchmarkRelayPacket(b *testing.B) {
	l := standingLoop(b)
	phone, err := listenUDP(localhost, 0) // it never reads: what is sent to it is soon dropped
	must(err)
	defer unix.Close(phone)
	name, err := unix.Getsockname(phone)
	must(err)
	from := standingStream(b, l, name)
	to := standingStream(b, l, name)
	l.join(from, to)
	engine, _ := destinationOf(localPort(from.port), localhost)
	packet := make([]byte, headerSize+frameSamples)
	var h rtpHeader
	b.ReportAllocs()
	for b.Loop() {
		h.seq++
		h.put(packet)
		if errno := send(phone, packet, &engine); errno != 0 {
			b.Fatal(errno)
		}
		l.relay(l.engine.now())
	}
	if from.stats.PacketsIn == 0 || from.stats.PacketsIn != to.stats.PacketsOut {
		b.Fatalf("%d in, %d out", from.stats.PacketsIn, to.stats.PacketsOut)
	}
}

// standingStream opens a stream, connected to the phone, on a loop that the benchmark turns.
func standingStream(b *testing.B, l *loop, phone unix.Sockaddr) *Stream {
	fd, err := listenUDP(localhost, 0)
	must(err)
	b.Cleanup(func() { unix.Close(fd) })
	name, err := unix.Getsockname(fd)
	must(err)
	s := &Stream{engine: l.engine, port: uint16(name.(*unix.SockaddrInet4).Port), fd: fd, open: true, out: newSender()}
	s.setRemote(Remote{Addr: localPort(uint16(phone.(*unix.SockaddrInet4).Port)), Codec: PCMU, Send: true, Receive: true}, 0)
	return s
}

// BenchmarkPaceFrame1000 serves a whole frame of 1,000 streams, but for the system calls.
func BenchmarkPaceFrame1000(b *testing.B) {
	l := standingLoop(b)
	playing(l, 1000, 0)
	b.ReportAllocs()
	for now := int64(0); b.Loop(); {
		now += int64(frameTime)
		l.pace(now)
	}
}

// BenchmarkCall is what a call costs besides its packets: two streams opened,
// connected, played to, bridged and closed. 16 calls are set up at a time.
func BenchmarkCall(b *testing.B) {
	e, err := New(Config{Listen: localhost, PortLo: 31000, PortHi: 32999})
	must(err)
	must(e.Start())
	defer e.Stop()
	music := NewSound(tone(time.Second))
	remote := Remote{Addr: localPort(9), Codec: PCMU, Receive: true}
	used := processorTime()
	b.SetParallelism(8)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			caller, err := e.Open(Options{})
			must(err)
			caller.SetRemote(remote)
			caller.Play(Playback{Sounds: []*Sound{music}, Loop: true})
			agent, err := e.Open(Options{Near: caller})
			must(err)
			agent.SetRemote(remote)
			e.Bridge(caller, agent)
			caller.Close()
			agent.Close()
		}
	})
	b.ReportMetric(float64((processorTime()-used).Microseconds())/float64(b.N), "cpu-µs/call")
}
