//go:build linux

package media

import (
	"encoding/binary"
	"encoding/json"
	"os"
	"slices"
	"testing"
	"time"
	"unsafe"

	"go.uber.org/goleak"
	"golang.org/x/sys/unix"
)

// The load generator plays the phones of the benchmarks in a process of its
// own, so that its processor time is not counted as the engine's. It notes
// the kernel's time of arrival, and so does not take its own lateness for ours.

const generatorEnv = "HOLDLINE_MEDIA_GENERATOR"

func TestMain(m *testing.M) {
	if os.Getenv(generatorEnv) != "" {
		generate()
		return
	}
	goleak.VerifyTestMain(m)
}

// generatorPlan is what the generator is told on its standard input.
type generatorPlan struct {
	Ports   []uint16 // of the engine; phone i sends to Ports[i]
	Warm    time.Duration
	Measure time.Duration
}

// measuring is what the generator says when it has been warm long enough.
const measuring = "measuring"

// generatorReport is what it answers in the end.
type generatorReport struct {
	Sent, Received, Lost, Over25 uint64
	GapMicros, LatencyMicros     []int64 // p50, p99, p99.9, max
}

type phone struct {
	fd       int
	to       destination
	seq      uint16
	heard    bool
	lastSeq  uint16
	lastTime int64
}

type generator struct {
	phones      []*phone
	messages    [batchSize]message
	vectors     [batchSize]unix.Iovec
	controls    [batchSize][64]byte
	packets     [batchSize][packetSize]byte
	packet      [headerSize + frameSamples]byte // sent
	from        int64                           // measured from here on (wall clock)
	report      generatorReport
	gaps, delay []int64
}

// generate binds the phones, prints their ports, reads the plan, tells when the
// measuring begins and prints the report.
func generate() {
	g := &generator{}
	var count int
	in, out := json.NewDecoder(os.Stdin), json.NewEncoder(os.Stdout)
	must(in.Decode(&count))
	ports := make([]uint16, count)
	for i := range ports {
		ports[i] = g.addPhone()
	}
	must(out.Encode(ports))
	var plan generatorPlan
	must(in.Decode(&plan))
	g.run(plan, func() { must(out.Encode(measuring)) })
	g.report.GapMicros, g.report.LatencyMicros = quantiles(g.gaps), quantiles(g.delay)
	must(out.Encode(g.report))
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func (g *generator) addPhone() (port uint16) {
	fd, err := listenUDP(localhost, 0)
	must(err)
	must(unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_TIMESTAMPNS, 1))
	sa, err := unix.Getsockname(fd)
	must(err)
	g.phones = append(g.phones, &phone{fd: fd})
	return uint16(sa.(*unix.SockaddrInet4).Port)
}

// run sends 50 packets a second from each phone, spread evenly, and reads what
// came; it calls warm when that begins to count. Slots it was too late for are
// made up for at once.
func (g *generator) run(plan generatorPlan, warm func()) {
	for i, p := range g.phones {
		p.to, _ = destinationOf(localPort(plan.Ports[i]), localhost)
	}
	const onItsWay = 100 * time.Millisecond // what was sent last is still read
	start := time.Now()
	g.from = start.Add(plan.Warm).UnixNano()
	warmSlots, lastSlot := int(plan.Warm/slotTime), int((plan.Warm+plan.Measure)/slotTime)
	tick := time.NewTicker(slotTime)
	defer tick.Stop()
	for slot := 0; slot < lastSlot+int(onItsWay/slotTime); <-tick.C {
		for due := int(time.Since(start) / slotTime); slot <= due; slot++ {
			if slot == warmSlots {
				warm()
			}
			g.serve(slot, slot < lastSlot)
		}
	}
}

// serve sends and reads for the phones of a slot.
func (g *generator) serve(slot int, sending bool) {
	for i := slot % int(slotCount); i < len(g.phones); i += int(slotCount) {
		if sending {
			g.send(g.phones[i], g.packet[:])
		}
		g.read(g.phones[i])
	}
}

func (g *generator) send(p *phone, packet []byte) {
	p.seq++
	h := rtpHeader{payloadType: 0, seq: p.seq, timestamp: uint32(p.seq) * frameSamples, ssrc: uint32(p.fd)}
	h.put(packet)
	now := time.Now().UnixNano()
	binary.BigEndian.PutUint64(packet[headerSize:], uint64(now))
	if send(p.fd, packet, &p.to) == 0 && now >= g.from {
		g.report.Sent++
	}
}

func (g *generator) read(p *phone) {
	for i := range g.messages {
		g.vectors[i].Base = &g.packets[i][0]
		g.vectors[i].SetLen(packetSize)
		h := &g.messages[i].hdr
		h.Iov, h.Control = &g.vectors[i], &g.controls[i][0]
		h.SetIovlen(1)
		h.SetControllen(len(g.controls[i]))
	}
	n, _, errno := unix.RawSyscall6(unix.SYS_RECVMMSG, uintptr(p.fd), uintptr(unsafe.Pointer(&g.messages)), batchSize, unix.MSG_DONTWAIT, 0, 0)
	if errno != 0 {
		return
	}
	for i := range g.messages[:n] {
		stamp := (*unix.Timespec)(unsafe.Pointer(&g.controls[i][unix.SizeofCmsghdr]))
		g.hear(p, g.packets[i][:g.messages[i].size], stamp.Nano())
	}
	if n == batchSize {
		g.read(p)
	}
}

func (g *generator) hear(p *phone, packet []byte, at int64) {
	h, start, _, _ := parseRTP(packet)
	if p.heard && at >= g.from {
		g.report.Received++
		g.report.Lost += uint64(h.seq - p.lastSeq - 1)
		gap := at - p.lastTime
		if gap > int64(25*time.Millisecond) {
			g.report.Over25++
		}
		g.gaps = append(g.gaps, gap)
		if sent := int64(binary.BigEndian.Uint64(packet[start:])); sent > g.from && sent <= at {
			g.delay = append(g.delay, at-sent)
		}
	}
	p.heard, p.lastSeq, p.lastTime = true, h.seq, at
}

func quantiles(values []int64) []int64 {
	if len(values) == 0 {
		return []int64{0, 0, 0, 0}
	}
	slices.Sort(values)
	at := func(q float64) int64 { return values[int(q*float64(len(values)-1))] / 1000 }
	return []int64{at(.5), at(.99), at(.999), at(1)}
}
