package e2e

import (
	"encoding/binary"
	"fmt"
	"math"
	"net"
	"sync"
	"testing"
	"time"

	"holdline/internal/sound"
)

const (
	frame      = 160 // samples of 20 ms at 8 kHz
	windowSize = 25  // packets that are judged: half a second
	promptSize = 50  // packets in which a prompt is looked for: a second
)

// judge judges what is heard: the last half second of it, or as much as size says.
type judge struct {
	t    *testing.T
	size int // packets

	mu      sync.Mutex // guards all below
	window  []float64  // the last windowSize packets, samples from -1 to 1
	packets int
	changed chan struct{} // closed and made anew with every packet
}

func newJudge(t *testing.T) *judge {
	return &judge{t: t, size: windowSize, changed: make(chan struct{})}
}

// ear is the audio side of a phone: it sends a tone of its own in G.711 µ-law
// and judges what it receives.
type ear struct {
	*judge
	conn *net.UDPConn
	tone float64 // Hz

	talking sync.Once
}

func newEar(t *testing.T, ip string, tone float64) *ear {
	t.Helper()
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.ParseIP(ip)})
	if err != nil {
		t.Fatal(err)
	}
	e := &ear{judge: newJudge(t), conn: conn, tone: tone}
	var wg sync.WaitGroup
	wg.Go(e.listen)
	t.Cleanup(func() { conn.Close(); wg.Wait() })
	return e
}

func (e *ear) port() int { return e.conn.LocalAddr().(*net.UDPAddr).Port }

// listen collects RTP packets of G.711 until the socket is closed.
func (e *ear) listen() {
	packet := make([]byte, 1500)
	for {
		n, err := e.conn.Read(packet)
		if err != nil {
			return
		}
		if payloadType := packet[1] & 0x7f; n < 12+frame || packet[0]>>6 != 2 || payloadType != 0 && payloadType != 8 {
			continue
		}
		e.hear(packet[12:12+frame], packet[1]&0x7f == 8)
	}
}

// talkTo starts to send the tone to the server's port, once.
func (e *ear) talkTo(port int) {
	to := &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: port}
	e.talking.Do(func() { go e.talk(to) })
}

func (e *ear) talk(to *net.UDPAddr) {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	packet := make([]byte, 12+frame)
	packet[0] = 0x80
	binary.BigEndian.PutUint32(packet[8:], uint32(e.port()))
	for n := 0; ; n++ {
		binary.BigEndian.PutUint16(packet[2:], uint16(n))
		binary.BigEndian.PutUint32(packet[4:], uint32(n*frame))
		for i := range frame {
			packet[12+i] = toMuLaw(0.3 * math.Sin(2*math.Pi*e.tone*float64(n*frame+i)/8000))
		}
		if _, err := e.conn.WriteToUDP(packet, to); err != nil {
			return // closed with the test
		}
		<-tick.C
	}
}

func (j *judge) hear(payload []byte, aLaw bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, code := range payload {
		if aLaw {
			j.window = append(j.window, fromALaw(code))
		} else {
			j.window = append(j.window, fromMuLaw(code))
		}
	}
	j.window = j.window[max(0, len(j.window)-j.size*frame):]
	j.packets++
	close(j.changed)
	j.changed = make(chan struct{})
}

// await waits until the last half second received is as wanted.
func (j *judge) await(what string, wanted func(window []float64) bool) {
	j.t.Helper()
	deadline := time.After(patience)
	for {
		j.mu.Lock()
		full, changed, packets := len(j.window) >= windowSize*frame, j.changed, j.packets
		ok := full && wanted(j.window)
		j.mu.Unlock()
		if ok {
			return
		}
		select {
		case <-changed:
		case <-deadline:
			j.t.Fatalf("does not hear %s; %d packets came, the last half second is %s", what, packets, j.describe())
		}
	}
}

// hearsTone waits for another phone's tone, alone.
func (j *judge) hearsTone(tone float64) {
	j.t.Helper()
	j.await(fmt.Sprintf("a tone of %v Hz", tone), func(w []float64) bool {
		return power(w) > 0.01 && part(w, tone) > 0.95
	})
}

// hearsMusic waits for sound that is loud enough and no single tone: music, or somebody who speaks.
func (j *judge) hearsMusic() {
	j.t.Helper()
	j.await("music", func(w []float64) bool {
		for _, tone := range []float64{425, toneOf("201"), toneOf("202"), toneOf("203"), toneOf("204"), toneOf("205")} {
			if part(w, tone) > 0.5 {
				return false
			}
		}
		return power(w) > 0.001
	})
}

// hearsPrompt waits for one of the built-in prompts, alone.
func (j *judge) hearsPrompt(name string) {
	j.t.Helper()
	piece := loudest(sound.Builtin(name))
	j.await("the prompt "+name, func(w []float64) bool {
		for from := 0; from+len(piece) <= len(w); from++ {
			if alike(w[from:from+len(piece)], piece) {
				return true
			}
		}
		return false
	})
}

// loudest gives the tenth of a second that tells a prompt from all others.
func loudest(samples []int16) []float64 {
	const length = 800
	var best []float64
	for from := 0; from+length <= len(samples); from += length / 4 {
		piece := make([]float64, length)
		for i := range piece {
			piece[i] = float64(samples[from+i]) / 32768
		}
		if best == nil || power(piece) > power(best) {
			best = piece
		}
	}
	return best
}

// alike says whether two pieces are the same sound but for loudness and G.711's noise.
func alike(a, b []float64) bool {
	var ab, aa, bb float64
	for i := range a {
		ab, aa, bb = ab+a[i]*b[i], aa+a[i]*a[i], bb+b[i]*b[i]
	}
	return ab > 0.95*math.Sqrt(aa*bb)
}

// forget throws away what was heard, so that only new sound counts.
func (j *judge) forget() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.window = nil
}

func (j *judge) describe() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	if len(j.window) == 0 {
		return "nothing"
	}
	return fmt.Sprintf("at %.1f dB", 10*math.Log10(power(j.window)+1e-12))
}

// power is the mean square.
func power(w []float64) float64 {
	sum := 0.0
	for _, x := range w {
		sum += x * x
	}
	return sum / float64(len(w))
}

// part is the share of the power that one tone has, 0 to 1.
func part(w []float64, tone float64) float64 {
	var re, im float64
	for i, x := range w {
		angle := 2 * math.Pi * tone * float64(i) / 8000
		re += x * math.Cos(angle)
		im += x * math.Sin(angle)
	}
	n := float64(len(w))
	return 2 * (re*re + im*im) / (n * n) / (power(w) + 1e-12)
}

// G.711 from ITU-T G.711 tables 1 and 2; nothing here is the server's own code.

func fromMuLaw(code byte) float64 {
	code = ^code
	v := float64((int(code&15)<<3+132)<<(code>>4&7) - 132)
	if code&128 != 0 {
		v = -v
	}
	return v / 32768
}

func fromALaw(code byte) float64 {
	code ^= 0x55
	v := int(code&15)<<4 + 8
	if segment := code >> 4 & 7; segment > 0 {
		v = (v + 256) << (segment - 1)
	}
	if code&128 == 0 {
		v = -v
	}
	return float64(v) / 32768
}

func toMuLaw(x float64) byte {
	v, sign := int(x*32768), byte(0)
	if v < 0 {
		v, sign = -v, 128
	}
	v = min(v, 32635) + 132
	segment := 7
	for v < 128<<segment {
		segment--
	}
	return ^(sign | byte(segment<<4) | byte(v>>(segment+3)&15))
}
