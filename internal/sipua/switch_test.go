package sipua_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net/netip"
	"testing"
	"time"

	"go.uber.org/goleak"

	"holdline/internal/auth"
	"holdline/internal/directory"
	"holdline/internal/media"
	"holdline/internal/media/g711"
	"holdline/internal/phone"
	"holdline/internal/sipua"
	"holdline/internal/store"
	"holdline/internal/telephony"
	"holdline/internal/telephony/teltest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// TestSwitch puts the user agent through the port's suite, with real sockets,
// real media and phones that share no code with it.
func TestSwitch(t *testing.T) {
	teltest.Run(t, func(t *testing.T, h telephony.Handler) teltest.Rig { return newRig(t, h) })
}

const (
	sound = 1
	music = 2
)

// tones are sounds that can be told from silence.
type tones struct{ sound, music *media.Sound }

func (s tones) Sound(_, id int64) *media.Sound {
	if id == sound {
		return s.sound
	}
	return s.music
}

type rig struct {
	ua     *sipua.UA
	dir    *directory.Directory
	phones *phone.Network
	gone   chan int64 // extensions that became unreachable
	next   int64
	all    []*realPhone
}

// unreachables passes events on and notes phones that went.
type unreachables struct {
	telephony.Handler
	gone chan int64
}

func (u unreachables) HandleEvent(org int64, ev telephony.Event) {
	if r, ok := ev.(telephony.Registered); ok && !r.Reachable {
		u.gone <- r.Extension
	}
	u.Handler.HandleEvent(org, ev)
}

func limit(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), teltest.Limit)
	t.Cleanup(cancel)
	return ctx
}

func newRig(t *testing.T, h telephony.Handler) *rig {
	t.Helper()
	local := netip.MustParseAddr("127.0.0.1")
	engine, err := media.New(media.Config{Listen: local, PortLo: 33000, PortHi: 34999, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	if err := engine.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(engine.Stop)
	r := &rig{dir: directory.New(), gone: make(chan int64, 100)}
	r.dir.PutOrganisation(store.Organisation{ID: teltest.Org, Prefix: "0003", Domain: "demo.local"})
	r.ua, err = sipua.New(sipua.Config{Listen: netip.AddrPortFrom(local, 0), Directory: r.dir, Media: engine,
		Sounds:  tones{media.NewSound(phone.Tone(440, 0.5, 4000)), media.NewSound(phone.Tone(330, 0.5, 16000))},
		Handler: unreachables{h, r.gone}, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	if err := r.ua.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.phones, err = phone.Open(phone.Config{Server: r.ua.Addr().String()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.ua.Shutdown(limit(t)); err != nil {
			t.Error(err)
		}
		if err := r.phones.Close(); err != nil {
			t.Error(err)
		}
		if s := r.ua.Stats(); s.Legs != 0 || s.Panics != 0 || s.Malformed != 0 {
			t.Errorf("at the end: %+v", s)
		}
	})
	return r
}

func TestShutdownWithoutStart(t *testing.T) {
	local := netip.MustParseAddr("127.0.0.1")
	engine, err := media.New(media.Config{Listen: local, PortLo: 33000, PortHi: 34999})
	if err != nil {
		t.Fatal(err)
	}
	ua, err := sipua.New(sipua.Config{Listen: netip.AddrPortFrom(local, 0), Directory: directory.New(), Media: engine, Sounds: tones{}, Handler: eventLog(nil)})
	if err != nil {
		t.Fatal(err)
	}
	if err := ua.Shutdown(limit(t)); err != nil {
		t.Fatal(err)
	}
}

func (r *rig) Switch() telephony.Switch { return r.ua }
func (r *rig) Sound() int64             { return sound }
func (r *rig) Music() int64             { return music }

func (r *rig) Phone(t *testing.T) teltest.Phone { return r.add(t, 0) }

// Singer gives a phone with a tone of its own, all of them multiples of the 5 Hz that hearsTones can tell apart.
func (r *rig) Singer(t *testing.T) teltest.Phone { return r.add(t, 400+170*float64(r.next)) }

func (r *rig) add(t *testing.T, tone float64) *realPhone {
	t.Helper()
	r.next++
	number := fmt.Sprint(200 + r.next)
	md5, sha := auth.HA1("0003*"+number, "demo.local", "secret")
	r.dir.PutExtension(store.Extension{ID: r.next, OrgID: teltest.Org, Number: number, Type: store.PhoneExtension, HA1MD5: md5, HA1SHA256: sha})
	profile := phone.Profile{User: "0003*" + number, Password: "secret", Domain: "demo.local", Expires: 10 * time.Minute}
	if tone != 0 {
		profile.Voice = phone.NewVoice(phone.Tone(tone, 0.25, 8000))
	}
	p := r.phones.Add(profile)
	if err := p.Register(limit(t)); err != nil {
		t.Fatal(err)
	}
	real := &realPhone{p, r, r.next, number, tone}
	r.all = append(r.all, real)
	return real
}

type realPhone struct {
	*phone.Phone
	rig    *rig
	id     int64
	number string
	tone   float64 // Hz; 0 = the pattern
}

func (p *realPhone) Endpoint() telephony.Endpoint {
	return telephony.Endpoint{Extension: p.id, Number: "0003*" + p.number}
}

func (p *realPhone) Dial(_ *testing.T, number string) teltest.Call {
	return realCall{p.Phone.Dial(phone.Dial{To: number}), p}
}

func (p *realPhone) Replace(_ *testing.T, other teltest.Call) teltest.Call {
	return realCall{p.Phone.Dial(phone.Dial{To: "replace", Headers: "Replaces: " + other.(realCall).Replaces() + "\r\n"}), p}
}

func (p *realPhone) Incoming(t *testing.T) teltest.Call {
	t.Helper()
	c, err := p.WaitCall(limit(t))
	if err != nil {
		t.Fatal(err)
	}
	return realCall{c, p}
}

func (p *realPhone) Unregister(t *testing.T) {
	t.Helper()
	if err := p.Phone.Unregister(limit(t)); err != nil {
		t.Fatal(err)
	}
	if id := <-p.rig.gone; id != p.id {
		t.Fatalf("extension %d became unreachable, want %d", id, p.id)
	}
}

type realCall struct {
	*phone.Call
	at *realPhone
}

func (c realCall) Answer(*testing.T) { c.Call.Answer() }
func (c realCall) Hangup(*testing.T) { c.Call.Hangup() }

func (c realCall) Refuse(_ *testing.T, cause telephony.Cause) {
	code := 486
	if cause == telephony.Rejected {
		code = 603
	}
	c.Reject(code)
}

func (c realCall) Press(_ *testing.T, digit byte) { c.Digits(string(digit)) }

func (c realCall) Hold(t *testing.T, on bool) {
	t.Helper()
	if on {
		c.Call.Hold()
	} else {
		c.Resume()
	}
	c.await(t, phone.Accepted)
}

func (c realCall) Refer(t *testing.T, number string, with teltest.Call) {
	t.Helper()
	if with == nil {
		c.Call.Refer(number)
	} else {
		c.ReferTo(with.(realCall).Call)
	}
	c.await(t, phone.Accepted)
}

func (c realCall) AwaitProgress(t *testing.T, code int) {
	t.Helper()
	for {
		ev, err := c.Wait(limit(t), phone.Progressed)
		if err != nil {
			t.Fatal(err)
		}
		if ev.Code == code {
			return
		}
	}
}

func (c realCall) await(t *testing.T, kind phone.Kind) {
	t.Helper()
	if _, err := c.Wait(limit(t), kind); err != nil {
		t.Fatal(err)
	}
}

func (c realCall) AwaitRingback(t *testing.T) { t.Helper(); c.await(t, phone.Ringing) }
func (c realCall) AwaitUp(t *testing.T)       { t.Helper(); c.await(t, phone.Answered) }

func (c realCall) AwaitOver(t *testing.T) int {
	t.Helper()
	ev, err := c.Wait(limit(t), phone.Ended)
	var over *phone.EndedError
	if err != nil && !errors.As(err, &over) {
		t.Fatal(err)
	}
	if ev.Code < 300 {
		return 0
	}
	return ev.Code
}

func (c realCall) AwaitSound(t *testing.T) {
	t.Helper()
	c.hears(t, "a sound", func(s phone.Stats) bool { return s.Audible >= 3 })
}

func (c realCall) AwaitVoice(t *testing.T, of teltest.Call) {
	t.Helper()
	id := of.(realCall).ID()
	c.hears(t, "a voice", func(s phone.Stats) bool { return s.Heard == id && s.HeardPackets >= 3 })
}

func (c realCall) hears(t *testing.T, what string, holds func(phone.Stats) bool) {
	t.Helper()
	c.ResetStats()
	if err := c.WaitAudio(limit(t), holds); err != nil {
		t.Fatalf("no %s: %v", what, err)
	}
}

// singing is how many samples AwaitVoices judges: a fifth of a second.
const singing = 1600

// AwaitVoices waits until the tones heard are those of the calls given, and no other singer's.
func (c realCall) AwaitVoices(t *testing.T, of ...teltest.Call) {
	t.Helper()
	want := map[float64]bool{}
	for _, o := range of {
		want[o.(realCall).at.tone] = true
	}
	heard := make(chan struct{}, 1)
	var window []int16
	c.Hear(func(payload []byte, codec phone.Codec) {
		table := &g711.ULaw
		if codec == phone.PCMA {
			table = &g711.ALaw
		}
		for _, code := range payload {
			window = append(window, table[code])
		}
		window = window[max(0, len(window)-singing):]
		if len(window) == singing && c.at.rig.hearsTones(window, want) {
			select {
			case heard <- struct{}{}:
			default:
			}
		}
	})
	defer c.Hear(nil)
	select {
	case <-heard:
	case <-limit(t).Done():
		t.Fatalf("phone %s does not hear the %d voices it should", c.at.number, len(of))
	}
}

// hearsTones tells whether the tones of some singers are heard at the level
// they sing, a quarter of full scale, and nobody else's.
func (r *rig) hearsTones(window []int16, want map[float64]bool) bool {
	for _, p := range r.all {
		if p.tone == 0 {
			continue
		}
		level := goertzel(window, p.tone)
		if want[p.tone] && (level < 0.2 || level > 0.3) || !want[p.tone] && level > 0.01 {
			return false
		}
	}
	return true
}

// goertzel gives the amplitude of a tone as a share of full scale.
func goertzel(window []int16, tone float64) float64 {
	coefficient := 2 * math.Cos(2*math.Pi*tone/8000)
	var last, before float64
	for _, x := range window {
		last, before = float64(x)/32768+coefficient*last-before, last
	}
	return 2 * math.Sqrt(last*last+before*before-coefficient*last*before) / float64(len(window))
}

func (c realCall) AwaitSilence(t *testing.T) {
	t.Helper()
	ctx := limit(t)
	for ctx.Err() == nil {
		c.ResetStats()
		if err := c.WaitAudio(ctx, func(s phone.Stats) bool { return s.Received >= 5 || s.Audible > 0 }); err == nil && c.Stats().Audible == 0 {
			return
		}
	}
	t.Fatalf("it is not silent: %+v", c.Stats())
}
