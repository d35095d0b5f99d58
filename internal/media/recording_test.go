//go:build linux

package media

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"holdline/internal/media/g711"
	"holdline/internal/media/record"
)

// taping is a recording of a test.
type taping struct {
	t       *testing.T
	path    string
	results chan RecordResult
}

func newTaping(t *testing.T) *taping {
	t.Helper()
	return &taping{t: t, path: filepath.Join(t.TempDir(), "call.wav"), results: make(chan RecordResult, 2)}
}

func (r *taping) recording() Recording {
	return Recording{Path: r.path, Done: func(result RecordResult) { r.results <- result }}
}

// whole returns the sides of a recording that has ended well.
func (r *taping) whole() (left, right []int16) {
	r.t.Helper()
	result := await(r.t, r.results, "result of the recording")
	if result.Err != nil || result.Dropped != 0 {
		r.t.Fatalf("%+v", result)
	}
	return sidesOf(r.t, r.path)
}

func sidesOf(t *testing.T, path string) (left, right []int16) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	const header = 44
	for ; len(b) >= header+4; b = b[4:] {
		left = append(left, int16(binary.LittleEndian.Uint16(b[header:])))
		right = append(right, int16(binary.LittleEndian.Uint16(b[header+2:])))
	}
	return left, right
}

// samples decodes µ-law.
func samples(payload []byte) []int16 {
	pcm := make([]int16, len(payload))
	for i, code := range payload {
		pcm[i] = g711.ULaw[code]
	}
	return pcm
}

// find returns where a part begins in a side, or -1.
func find(side, part []int16) int {
	for i := 0; i+len(part) <= len(side); i++ {
		if slices.Equal(side[i:i+len(part)], part) {
			return i
		}
	}
	return -1
}

// checkHas checks that payloads of packets stand in a side one after the other.
func checkHas(t *testing.T, name string, side []int16, payloads ...[]byte) {
	t.Helper()
	if find(side, samples(bytes.Join(payloads, nil))) < 0 {
		t.Errorf("%s: what was said is not in the %d samples of the recording", name, len(side))
	}
}

func checkSilent(t *testing.T, name string, side []int16) {
	t.Helper()
	for i, v := range side {
		if v != 0 {
			t.Fatalf("%s: sample %d of %d is %d, want silence", name, i, len(side), v)
		}
	}
}

// act is what happens in one second of TestSidesStayAligned.
type act struct {
	name        string
	begin       func(now int64)
	said, heard int16 // what is to stand on either side
}

// stage is a loop in virtual time with a caller, who is recorded, and others
// who say something every frame. Their clocks begin anywhere.
type stage struct {
	*loop
	streams []*Stream
	codes   []byte // what each says
	seq     uint16
}

func (g *stage) add(c Codec, code byte) *Stream {
	s := &Stream{engine: g.engine, fd: -1, open: true, out: newSender()}
	s.setRemote(g.remoteOf(len(g.streams), c), 0)
	g.slots.add(s, 0)
	g.streams, g.codes = append(g.streams, s), append(g.codes, code)
	return s
}

func (g *stage) remoteOf(i int, c Codec) Remote {
	return Remote{Addr: localPort(uint16(i + 1)), Codec: c, PayloadType: c.PayloadType(), Send: true, Receive: true}
}

// frame lets 20 ms pass, in turns of 2 ms.
func (g *stage) frame(now int64) {
	g.seq++
	for i, s := range g.streams {
		packet := make([]byte, headerSize+frameSamples)
		h := rtpHeader{payloadType: s.remote.PayloadType, seq: g.seq, ssrc: uint32(i), timestamp: uint32(g.seq)*frameSamples + uint32(i)<<30}
		h.put(packet)
		copy(packet[headerSize:], bytes.Repeat(g.codes[i:i+1], frameSamples))
		s.take(packet, localPort(uint16(i+1)), now)
	}
	for turn := now; turn < now+int64(frameTime); turn += int64(slotTime) {
		g.pace(turn)
	}
}

// A call's whole story, second by second: each side has what belongs there, when it happened.
func TestSidesStayAligned(t *testing.T) {
	g := &stage{loop: standingLoop(t)}
	caller, agent, other := g.add(PCMU, 0x31), g.add(PCMA, 0x42), g.add(PCMU, 0x53)
	constant := func(v int16) *Sound {
		pcm := make([]int16, 8000)
		for i := range pcm {
			pcm[i] = v
		}
		return NewSound(pcm)
	}
	plays := func(v int16) int16 { return g711.ULaw[g711.EncodeULaw(v)] }
	said, agentSays, otherSays := g711.ULaw[0x31], g711.ULaw[g711.ALawToULaw[0x42]], g711.ULaw[0x53]
	remote := caller.remote
	held := remote
	held.Send, held.Receive = false, false
	silenced := remote
	silenced.Send = false
	play := func(v int16) {
		g.part(caller)
		caller.player.start(Playback{Sounds: []*Sound{constant(v)}, Loop: true})
	}
	acts := []act{
		{"music", func(int64) { play(1000) }, said, plays(1000)},
		{"bridge", func(int64) { g.join(caller, agent) }, said, agentSays},
		{"held by the caller's phone", func(now int64) { caller.setRemote(held, now) }, 0, 0},
		{"taken back", func(now int64) { caller.setRemote(remote, now) }, said, agentSays},
		{"held by the agent: music", func(int64) { play(-2000) }, said, plays(-2000)},
		{"only the caller is heard", func(now int64) { caller.setRemote(silenced, now) }, said, 0},
		{"bridge to another", func(now int64) { caller.setRemote(remote, now); g.join(other, caller) }, said, otherSays},
		{"silence", func(int64) { g.part(caller); caller.player = player{} }, said, 0},
		{"bridge again", func(int64) { g.join(caller, agent) }, said, agentSays},
	}
	r := newTaping(t)
	recorder := record.New()
	defer recorder.Close()
	now := int64(time.Hour)
	g.pace(now)
	caller.recordTo(recorder.Start(r.path, r.recording().Done), now)
	for _, a := range acts {
		a.begin(now)
		for range 50 {
			g.frame(now)
			now += int64(frameTime)
		}
	}
	caller.recordTo(nil, now)
	left, right := r.whole()
	if len(left) < len(acts)*8000 || len(left) > len(acts)*8000+2*frameSamples {
		t.Fatalf("%d samples of %d seconds", len(left), len(acts))
	}
	for i, a := range acts {
		const edge = 2 * frameSamples // the slot of a stream, and the packet a bridge begins with
		for n := i*8000 + edge; n < (i+1)*8000-edge; n++ {
			if left[n] != a.said || right[n] != a.heard {
				t.Fatalf("%s: sample %d is %d, %d; want %d, %d", a.name, n, left[n], right[n], a.said, a.heard)
			}
		}
	}
}

// Arrival is what places the packets, so they must not lie in the socket for 100 ms.
func TestRecordedStreamIsDrainedEveryFrame(t *testing.T) {
	for _, recorded := range []bool{false, true} {
		l := standingLoop(t)
		fd, err := listenUDP(localhost, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer unix.Close(fd)
		name, err := unix.Getsockname(fd)
		if err != nil {
			t.Fatal(err)
		}
		s := &Stream{engine: l.engine, port: uint16(name.(*unix.SockaddrInet4).Port), fd: fd, open: true, out: newSender()}
		phone := newPhone(t)
		s.setRemote(phone.remote(PCMU), 0)
		l.slots.add(s, 0)
		r := newTaping(t)
		recorder := record.New()
		defer recorder.Close()
		if recorded {
			s.recordTo(recorder.Start(r.path, nil), 0)
		}
		frames := 0
		for phone.say(s, 0, noise(1)); s.stats.PacketsIn == 0 && frames < 10; frames++ {
			l.pace(int64(frameTime) * int64(frames+1))
		}
		s.recordTo(nil, 0)
		if most := map[bool]int{false: drainEvery, true: 1}[recorded]; frames > most {
			t.Errorf("recorded %v: taken in after %d frames, want %d", recorded, frames, most)
		}
	}
}

func TestTapeThatHasFailedIsLetGo(t *testing.T) {
	l := standingLoop(t)
	s := playing(l, 1, 0)[0]
	recorder := record.New()
	defer recorder.Close()
	r := newTaping(t)
	r.path = "/proc/no/call.wav"
	s.recordTo(recorder.Start(r.path, r.recording().Done), 0)
	l.pace(int64(frameTime))
	l.pace(int64(time.Second))
	if s.tape == nil {
		t.Fatal("let go before it has failed")
	}
	await(t, r.results, "failure")
	l.pace(int64(2 * time.Second))
	if s.tape != nil {
		t.Fatal("a tape that has failed is still fed")
	}
}

func TestBridgedCallIsRecordedBitExact(t *testing.T) {
	e := newEngine(t)
	a, pa := open(t, e, PCMU, Options{})
	b, pb := open(t, e, PCMU, Options{Near: a})
	bridged(t, a, b, pa, pb)
	r := newTaping(t)
	a.Record(r.recording())
	barrier(t, a)
	var said, answered [][]byte
	for i := range byte(20) {
		said, answered = append(said, noise(i)), append(answered, noise(i+100))
		pa.say(a, 0, said[i])
		pb.say(b, 0, answered[i])
		pb.hear()
		pa.hear()
	}
	a.Record(Recording{})
	left, right := r.whole()
	checkHas(t, "left", left, said...)
	checkHas(t, "right", right, answered...)
}

// What a prompt's end and a bridge's beginning have between them in the phone's ear they have on the tape.
func TestRecordingKeepsTheTimeOfWhatWasHeard(t *testing.T) {
	e := newEngine(t)
	a, pa := open(t, e, PCMA, Options{})
	b, pb := open(t, e, PCMA, Options{Near: a})
	r := newTaping(t)
	a.Record(r.recording())
	sound, payloads := frames(5, PCMA)
	a.Play(Playback{Sounds: []*Sound{sound}})
	prompt := pa.hearPayload(payloads[0])
	pa.hearPayload(payloads[4])
	e.Bridge(a, b)
	barrier(t, a)
	pb.say(b, 8, noise(7))
	voice := pa.hearPayload(noise(7))
	a.Close()
	_, right := r.whole()
	at := func(payload []byte) int {
		pcm := make([]int16, len(payload))
		for i, code := range payload {
			pcm[i] = g711.ALaw[code]
		}
		return find(right, pcm)
	}
	first, second := at(payloads[0]), at(noise(7))
	if first < 0 || second < 0 || second-first != int(voice.Timestamp-prompt.Timestamp) {
		t.Fatalf("recorded at %d and %d, heard %d apart", first, second, voice.Timestamp-prompt.Timestamp)
	}
}

func TestKeysAndComfortNoiseAreNotRecorded(t *testing.T) {
	h := newRecorder()
	e := newEngine(t)
	a, pa := open(t, e, PCMU, Options{Handler: h})
	r := newTaping(t)
	a.Record(r.recording())
	barrier(t, a)
	b, pb := open(t, e, PCMU, Options{Near: a})
	e.Bridge(a, b)
	barrier(t, a)
	pa.say(a, 101, []byte{5, 0, 0, 160})
	pa.say(a, comfortNoise, []byte{40})
	key := []byte{6, 0, 0, 160}
	pb.say(b, 101, key)
	pa.hearPayload(key)
	if digit := await(t, h.digits, "digit"); digit != '5' {
		t.Fatalf("digit %c", digit)
	}
	a.Close()
	left, right := r.whole()
	checkSilent(t, "left", left)
	checkSilent(t, "right", right)
}

func TestRecordingStopsAndStartsOnOneStream(t *testing.T) {
	e := newEngine(t)
	a, pa := open(t, e, PCMU, Options{})
	tapings := []*taping{newTaping(t), newTaping(t), newTaping(t)}
	say := func(n byte) {
		pa.say(a, 0, noise(n))
		pa.say(a, 0, noise(n+1))
		barrierIn(t, a)
	}
	a.Record(tapings[0].recording())
	say(10)
	a.Record(tapings[1].recording()) // in place of the first
	say(20)
	a.Record(Recording{})
	a.Record(Recording{}) // nothing to end
	say(30)
	a.Record(tapings[2].recording())
	say(40)
	a.Close()
	for i, n := range []byte{10, 20, 40} {
		left, _ := tapings[i].whole()
		checkHas(t, fmt.Sprint("recording ", i), left, noise(n), noise(n+1))
		for _, other := range []byte{10, 20, 30, 40} {
			if other != n && find(left, samples(noise(other))) >= 0 {
				t.Errorf("recording %d has what was said at another time", i)
			}
		}
	}
}

// barrierIn returns once what the stream was sent before has been taken in.
func barrierIn(t *testing.T, s *Stream) {
	t.Helper()
	other, err := s.engine.Open(Options{Near: s})
	if err != nil {
		t.Fatal(err)
	}
	s.engine.Bridge(s, other) // drains both
	other.Close()
}

func TestRecordingGoesOnWhenAStreamMovesToAnotherLoop(t *testing.T) {
	e := newEngine(t)
	a, pa := open(t, e, PCMU, Options{})
	b, pb := open(t, e, PCMU, Options{})
	r := newTaping(t)
	b.Record(r.recording())
	pb.say(b, 0, noise(1))
	barrierIn(t, b)
	e.Bridge(a, b) // b moves
	barrier(t, b)
	pb.say(b, 0, noise(2))
	pa.hearPayload(noise(2))
	b.Close()
	left, _ := r.whole()
	checkHas(t, "before", left, noise(1))
	checkHas(t, "after", left, noise(2))
}

func TestEngineStopFinishesRecordings(t *testing.T) {
	e := newEngine(t)
	a, pa := open(t, e, PCMU, Options{})
	r := newTaping(t)
	a.Record(r.recording())
	pa.say(a, 0, noise(1))
	barrierIn(t, a)
	e.Stop()
	if len(r.results) != 1 {
		t.Fatal("the engine has stopped and the recording has not ended")
	}
	left, _ := r.whole()
	checkHas(t, "left", left, noise(1))
}

func TestRecordingOfAStreamThatIsGone(t *testing.T) {
	e := newEngine(t)
	a, _ := open(t, e, PCMU, Options{})
	closed, stopped := newTaping(t), newTaping(t)
	a.Close()
	a.Record(closed.recording())
	e.Stop()
	a.Record(stopped.recording())
	a.Record(Recording{})
	for _, r := range []*taping{closed, stopped} {
		result := await(t, r.results, "result")
		if _, err := os.Stat(r.path); result.Err == nil || result.Duration != 0 || err == nil {
			t.Errorf("%+v; the file: %v", result, err)
		}
	}
}

// The loops have ended and the recorder has not yet, when Record is called.
func TestRecordingWhileTheEngineStopsIsTold(t *testing.T) {
	l := standingLoop(t)
	l.engine.recorder = record.New()
	defer l.engine.recorder.Close()
	s := playing(l, 1, 0)[0]
	s.home.Store(l)
	waiting, refused := newTaping(t), newTaping(t)
	s.Record(waiting.recording()) // is never carried out
	l.refuse()
	s.Record(refused.recording())
	for _, r := range []*taping{waiting, refused} {
		if result := await(t, r.results, "result"); result.Err == nil {
			t.Errorf("%+v", result)
		}
	}
}

func TestRecordingThatFailsLeavesTheCallAlone(t *testing.T) {
	e := newEngine(t)
	a, pa := open(t, e, PCMU, Options{})
	b, pb := open(t, e, PCMU, Options{Near: a})
	bridged(t, a, b, pa, pb)
	r := newTaping(t)
	r.path = "/proc/no/call.wav"
	a.Record(r.recording())
	if result := await(t, r.results, "failure"); result.Err == nil {
		t.Fatalf("%+v", result)
	}
	for i := range byte(5) {
		pa.say(a, 0, noise(i))
		pb.hearPayload(noise(i))
	}
	a.Close()
	if len(r.results) != 0 {
		t.Fatal("the result is told twice")
	}
}

func TestG722IsSilenceInARecordingAndSaidSo(t *testing.T) {
	e := newEngine(t)
	a, pa := open(t, e, G722, Options{})
	b, pb := open(t, e, G722, Options{Near: a})
	bridged(t, a, b, pa, pb)
	r := newTaping(t)
	a.Record(r.recording())
	barrier(t, a)
	pa.say(a, 9, noise(1))
	pb.hearPayload(noise(1))
	a.Close()
	result := await(t, r.results, "result")
	if result.Err == nil || !strings.Contains(result.Err.Error(), "G.711") {
		t.Fatalf("%+v", result)
	}
	left, right := sidesOf(t, r.path)
	checkSilent(t, "left", left)
	checkSilent(t, "right", right)
}

// Hundreds of recorded streams are bridged, moved, played to and closed on many goroutines.
func TestHundredsOfRecordingsAtOnce(t *testing.T) {
	e := newEngine(t, func(c *Config) { c.Loops = 3 })
	music := NewSound(tone(time.Second))
	dir := t.TempDir()
	var wg sync.WaitGroup
	results := make(chan RecordResult, 1000)
	record := func(s *Stream, name string) {
		s.Record(Recording{Path: filepath.Join(dir, name), Done: func(r RecordResult) { results <- r }})
	}
	const goroutines, rounds = 50, 5
	for i := range goroutines {
		wg.Go(func() {
			for n := range rounds {
				a, err := e.Open(Options{})
				if err != nil {
					t.Error(err)
					return
				}
				b, err := e.Open(Options{})
				if err != nil {
					t.Error(err)
					return
				}
				for _, s := range []*Stream{a, b} {
					s.SetRemote(Remote{Addr: localPort(a.Port()), Codec: PCMA, PayloadType: 8, Send: true, Receive: true})
					s.Play(Playback{Sounds: []*Sound{music}, Loop: true})
				}
				record(a, fmt.Sprintf("%d-%d-a.wav", i, n))
				record(b, fmt.Sprintf("%d-%d-b.wav", i, n))
				e.Bridge(a, b)
				record(b, fmt.Sprintf("%d-%d-c.wav", i, n))
				e.Bridge(b, a)
				a.Close()
				b.Close()
			}
		})
	}
	wg.Wait()
	e.Stop()
	if len(results) != goroutines*rounds*3 {
		t.Fatalf("%d results of %d recordings", len(results), goroutines*rounds*3)
	}
	for range goroutines * rounds * 3 {
		if r := <-results; r.Err != nil {
			t.Errorf("%+v", r)
		}
	}
	if files, err := filepath.Glob(filepath.Join(dir, "*.wav")); err != nil || len(files) != goroutines*rounds*3 {
		t.Fatalf("%d files, %v", len(files), err)
	}
}
