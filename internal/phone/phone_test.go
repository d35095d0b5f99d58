package phone_test

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"holdline/internal/phone"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func within(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func open(t *testing.T, cfg phone.Config) *phone.Network {
	t.Helper()
	if cfg.Server == "" {
		cfg.Server = "127.0.0.1:9"
	}
	n, err := phone.Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := n.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return n
}

// pair gives a trunk that takes every call, and a phone whose server the trunk is.
func pair(t *testing.T, callee phone.Profile, cfg phone.Config) (caller, trunk *phone.Phone) {
	t.Helper()
	far := open(t, phone.Config{Address: "127.0.0.2", T1: cfg.T1})
	callee.User, callee.Anyone = "trunk", true
	trunk = far.Add(callee)
	cfg.Server = far.Addr().String()
	near := open(t, cfg)
	return near.Add(phone.Profile{User: "201", Name: "Ann", Password: "secret"}), trunk
}

func want(t *testing.T, c *phone.Call, kinds ...phone.Kind) phone.Event {
	t.Helper()
	ev, err := c.Wait(within(t), kinds...)
	if err != nil {
		t.Fatal(err)
	}
	return ev
}

func fetch(t *testing.T, p *phone.Phone) *phone.Call {
	t.Helper()
	c, err := p.WaitCall(within(t))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// connect has the caller call and the callee answer.
func connect(t *testing.T, caller, callee *phone.Phone) (a, b *phone.Call) {
	t.Helper()
	a = caller.Dial(phone.Dial{To: "15550100"})
	b = fetch(t, callee)
	b.Answer()
	want(t, a, phone.Answered)
	want(t, b, phone.Confirmed)
	return a, b
}

func TestCallIsAnsweredAndAudioArrivesBothWays(t *testing.T) {
	caller, callee := pair(t, phone.Profile{}, phone.Config{})
	a := caller.Dial(phone.Dial{To: "15550100", From: "15557001", Name: "Bob Ray"})
	b := fetch(t, callee)
	if i := b.Info(); i.Number != "15557001" || i.Name != "Bob Ray" || i.Called != "15550100" || !i.Incoming || i.Invited.IsZero() {
		t.Fatalf("incoming call: %+v", i)
	}
	if ev := want(t, a, phone.Ringing); ev.Code != 180 {
		t.Fatalf("ringing: %+v", ev)
	}
	b.Answer()
	want(t, a, phone.Answered)
	want(t, b, phone.Confirmed)
	for _, c := range [][2]*phone.Call{{a, b}, {b, a}} {
		err := c[0].WaitAudio(within(t), func(s phone.Stats) bool { return s.HeardPackets >= 10 && s.Heard == c[1].ID() })
		if err != nil {
			t.Fatal(err)
		}
		if s := c[0].Stats(); s.Lost != 0 || s.HeardLost != 0 || s.Audible != s.Received || s.Codec != phone.PCMU || s.Sources != 1 || s.First.IsZero() {
			t.Errorf("stats: %+v", s)
		}
	}
	a.Hangup()
	if ev := want(t, a, phone.Ended); ev.By != phone.Local {
		t.Errorf("caller's end: %+v", ev)
	}
	if ev := want(t, b, phone.Ended); ev.By != phone.Remote {
		t.Errorf("callee's end: %+v", ev)
	}
	sent := a.Stats().Sent
	if sent == 0 || a.Stats().Sent != sent {
		t.Error("audio goes on after the end")
	}
}

func TestScriptedCalleeRingsAnswersAndHangsUp(t *testing.T) {
	caller, _ := pair(t, phone.Profile{Answer: func(*phone.Call) phone.Answering {
		return phone.Answering{Ring: 30 * time.Millisecond, Code: 200, Talk: 60 * time.Millisecond}
	}}, phone.Config{})
	c := caller.Dial(phone.Dial{To: "1"})
	if ev := want(t, c, phone.Ended); ev.By != phone.Remote {
		t.Errorf("end: %+v", ev)
	}
	i := c.Info()
	if rang, talked := i.Answered.Sub(i.Ringing), i.Ended.Sub(i.Answered); rang < 25*time.Millisecond || talked < 55*time.Millisecond {
		t.Errorf("rang %v, talked %v", rang, talked)
	}
}

func TestCallerHangsUpAfterTalk(t *testing.T) {
	caller, callee := pair(t, phone.Profile{Answer: phone.AnswerAfter(0)}, phone.Config{})
	c := caller.Dial(phone.Dial{To: "1", Talk: 30 * time.Millisecond})
	if ev := want(t, c, phone.Ended); ev.By != phone.Local {
		t.Errorf("end: %+v", ev)
	}
	_ = callee
}

func TestRefusals(t *testing.T) {
	for _, code := range []int{486, 603, 480, 503} {
		caller, _ := pair(t, phone.Profile{Answer: phone.RefuseWith(code)}, phone.Config{})
		c := caller.Dial(phone.Dial{To: "1"})
		_, err := c.Wait(within(t), phone.Answered)
		var e *phone.EndedError
		if !errors.As(err, &e) || e.Event.Code != code || e.Event.By != phone.Remote {
			t.Errorf("%d: %v", code, err)
		}
	}
}

func TestCallerGivesUp(t *testing.T) {
	caller, callee := pair(t, phone.Profile{}, phone.Config{})
	a := caller.Dial(phone.Dial{To: "1", GiveUp: 50 * time.Millisecond})
	b := fetch(t, callee)
	if ev := want(t, b, phone.Ended); ev.By != phone.Remote || ev.Code != 487 {
		t.Errorf("callee: %+v", ev)
	}
	if ev := want(t, a, phone.Ended); ev.By != phone.Local || ev.Code != 487 {
		t.Errorf("caller: %+v", ev)
	}
}

func TestHangupBeforeAnyAnswerCancelsOnceTheOtherSideIsHeard(t *testing.T) {
	caller, callee := pair(t, phone.Profile{}, phone.Config{})
	a := caller.Dial(phone.Dial{To: "1"})
	a.Hangup()
	b := fetch(t, callee)
	want(t, b, phone.Ended)
	if ev := want(t, a, phone.Ended); ev.Code != 487 {
		t.Errorf("caller: %+v", ev)
	}
}

// The CANCEL is lost and the callee answers: the 200 is acknowledged and the call ended by BYE.
func TestAnswerCrossesCancel(t *testing.T) {
	caller, callee := pair(t, phone.Profile{}, phone.Config{Filter: func(out bool, msg []byte) bool {
		return !out || !strings.HasPrefix(string(msg), "CANCEL ")
	}})
	a := caller.Dial(phone.Dial{To: "1"})
	b := fetch(t, callee)
	want(t, a, phone.Ringing)
	a.Hangup()
	b.Answer()
	if ev := want(t, a, phone.Ended); ev.By != phone.Local || ev.Code != 0 {
		t.Errorf("caller: %+v", ev)
	}
	if ev := want(t, b, phone.Ended); ev.By != phone.Remote {
		t.Errorf("callee: %+v", ev)
	}
}

// Each message is lost the first time it is sent, in both directions.
func TestLostMessagesAreRepeated(t *testing.T) {
	seen := map[string]bool{}
	drop := func(out bool, msg []byte) bool {
		line, _, _ := strings.Cut(string(msg), "\r\n")
		if strings.HasPrefix(line, "SIP/2.0 1") {
			return true
		}
		_, rest, _ := strings.Cut(string(msg), "CSeq: ")
		cseq, _, _ := strings.Cut(rest, "\r\n")
		key := line + cseq
		if out {
			key = "out " + key
		}
		first := !seen[key]
		seen[key] = true
		return !first
	}
	caller, callee := pair(t, phone.Profile{Answer: phone.AnswerAfter(0)}, phone.Config{T1: 20 * time.Millisecond, Filter: drop})
	a := caller.Dial(phone.Dial{To: "1"})
	want(t, a, phone.Answered)
	a.Hangup()
	want(t, a, phone.Ended)
	if err := caller.Network().Drain(within(t)); err != nil {
		t.Fatal(err)
	}
	if err := callee.Network().Drain(within(t)); err != nil {
		t.Fatal(err)
	}
	for _, message := range []string{"INVITE", "ACK", "BYE", "SIP/2.0 200"} {
		found := false
		for key := range seen {
			found = found || strings.Contains(key, message)
		}
		if !found {
			t.Errorf("%s was never sent", message)
		}
	}
}

func TestNobodyThere(t *testing.T) {
	n := open(t, phone.Config{T1: time.Millisecond})
	p := n.Add(phone.Profile{User: "201"})
	c := p.Dial(phone.Dial{To: "1"})
	if ev := want(t, c, phone.Ended); ev.By != phone.Lost || ev.Code != 408 {
		t.Errorf("end: %+v", ev)
	}
	var e *phone.RegisterError
	if err := p.Register(within(t)); !errors.As(err, &e) || e.Code != 408 {
		t.Errorf("register: %v", err)
	}
}

func TestAnswerWithoutAckEndsTheCall(t *testing.T) {
	caller, callee := pair(t, phone.Profile{}, phone.Config{T1: time.Millisecond, Filter: func(out bool, msg []byte) bool {
		return !out || !strings.HasPrefix(string(msg), "ACK ")
	}})
	caller.Dial(phone.Dial{To: "1"})
	b := fetch(t, callee)
	b.Answer()
	if ev := want(t, b, phone.Ended); ev.By != phone.Lost {
		t.Errorf("callee: %+v", ev)
	}
}

func TestHoldAndResume(t *testing.T) {
	caller, callee := pair(t, phone.Profile{}, phone.Config{})
	a, b := connect(t, caller, callee)
	a.Hold()
	want(t, b, phone.Held)
	want(t, a, phone.Accepted)
	held := b.Stats().Sent
	before := a.Stats().Received
	if err := b.WaitAudio(within(t), func(s phone.Stats) bool { return s.Received > before+20 }); err != nil {
		t.Fatalf("the holder's music: %v", err)
	}
	if got := b.Stats().Sent; got > held+2 {
		t.Errorf("the held side sent %d packets more", got-held)
	}
	a.Resume()
	want(t, b, phone.Resumed)
	want(t, a, phone.Accepted)
	now := a.Stats().HeardPackets
	if err := a.WaitAudio(within(t), func(s phone.Stats) bool { return s.HeardPackets > now+5 }); err != nil {
		t.Fatal(err)
	}
	b.Hold() // the callee may, too
	want(t, a, phone.Held)
	want(t, b, phone.Accepted)
}

func TestDigitsByEventAndByInfo(t *testing.T) {
	caller, callee := pair(t, phone.Profile{}, phone.Config{})
	a, b := connect(t, caller, callee)
	a.Digits("1*#")
	for _, key := range "1*#" {
		if ev := want(t, b, phone.Digit); rune(ev.Digit) != key {
			t.Errorf("heard %c, want %c", ev.Digit, key)
		}
	}
	b.SendInfo("9")
	if ev := want(t, a, phone.Digit); ev.Digit != '9' {
		t.Errorf("INFO: %+v", ev)
	}
	want(t, b, phone.Accepted)
	if s := b.Stats(); s.Lost != 0 || s.Events < 3*10-2 {
		t.Errorf("stats: %+v", s)
	}
}

func TestAttendedTransferNamesTheOtherDialog(t *testing.T) {
	caller, trunk := pair(t, phone.Profile{}, phone.Config{})
	a, b := connect(t, caller, trunk)
	consulting, consulted := connect(t, caller, trunk)
	a.TransferTo(consulting)
	ev := want(t, b, phone.Referred)
	replaces := "?Replaces=" + consulted.Info().CallID + "%3Bto-tag%3D"
	if !strings.HasPrefix(ev.Text, "sip:15550100@") || !strings.Contains(ev.Text, replaces) || !strings.Contains(ev.Text, "%3Bfrom-tag%3D") {
		t.Errorf("referred to %q, want Replaces with %q", ev.Text, replaces)
	}
}

func TestHearGivesThePayloads(t *testing.T) {
	caller, trunk := pair(t, phone.Profile{Voice: phone.NewVoice(make([]int16, 160))}, phone.Config{})
	a, _ := connect(t, caller, trunk)
	heard := make(chan byte, 1)
	a.Hear(func(payload []byte, codec phone.Codec) {
		if len(payload) == 160 && codec == phone.PCMU {
			select {
			case heard <- payload[0]:
			default:
			}
		}
	})
	select {
	case code := <-heard:
		if code != 0xff { // µ-law's zero
			t.Errorf("silence was heard as %#x", code)
		}
	case <-within(t).Done():
		t.Error("nothing was heard")
	}
}

func TestRefer(t *testing.T) {
	caller, callee := pair(t, phone.Profile{}, phone.Config{})
	a, b := connect(t, caller, callee)
	a.Refer("205")
	if ev := want(t, b, phone.Referred); !strings.HasPrefix(ev.Text, "sip:205@") {
		t.Errorf("referred: %+v", ev)
	}
	if ev := want(t, a, phone.Progressed); ev.Code != 200 {
		t.Errorf("progress: %+v", ev)
	}
}

func TestTrunkChallengesCallsAndRegistrations(t *testing.T) {
	for _, algorithm := range []string{phone.MD5, phone.SHA256} {
		ask := &phone.Credentials{User: "201", Password: "secret", Realm: "trunk.example", Algorithm: algorithm}
		caller, trunk := pair(t, phone.Profile{Answer: phone.AnswerAfter(0), Challenge: ask}, phone.Config{})
		if err := caller.Register(within(t)); err != nil {
			t.Fatal(err)
		}
		c := caller.Dial(phone.Dial{To: "1"})
		want(t, c, phone.Answered)
		if err := caller.Unregister(within(t)); err != nil {
			t.Fatal(err)
		}
		wrong := caller.Network().Add(phone.Profile{User: "202", Password: "guess"})
		var e *phone.RegisterError
		if err := wrong.Register(within(t)); !errors.As(err, &e) || e.Code != 401 {
			t.Errorf("%s: a stranger registered: %v", algorithm, err)
		}
		_, err := wrong.Dial(phone.Dial{To: "1"}).Wait(within(t), phone.Answered)
		var ended *phone.EndedError
		if !errors.As(err, &ended) || ended.Event.Code != 407 {
			t.Errorf("%s: a stranger called: %v", algorithm, err)
		}
		_ = trunk
	}
}

func TestRegistrationIsRefreshedAtHalfItsTime(t *testing.T) {
	registers := make(chan time.Time, 10)
	caller, _ := pair(t, phone.Profile{}, phone.Config{Filter: func(out bool, msg []byte) bool {
		if out && strings.HasPrefix(string(msg), "REGISTER ") {
			registers <- time.Now()
		}
		return true
	}})
	p := caller.Network().Add(phone.Profile{User: "203", Expires: time.Second})
	if err := p.Register(within(t)); err != nil {
		t.Fatal(err)
	}
	first, second := <-registers, time.Time{}
	select {
	case second = <-registers:
	case <-within(t).Done():
		t.Fatal("no refresh")
	}
	if gap := second.Sub(first); gap < 450*time.Millisecond {
		t.Errorf("refreshed after %v", gap)
	}
}

func TestEarlyMedia(t *testing.T) {
	caller, _ := pair(t, phone.Profile{Answer: func(*phone.Call) phone.Answering { return phone.Answering{Early: true} }}, phone.Config{})
	c := caller.Dial(phone.Dial{To: "1"})
	if ev := want(t, c, phone.Ringing); ev.Code != 183 {
		t.Errorf("progress: %+v", ev)
	}
	if err := c.WaitAudio(within(t), func(s phone.Stats) bool { return s.HeardPackets > 3 }); err != nil {
		t.Fatal(err)
	}
}

func TestNoCommonCodec(t *testing.T) {
	caller, _ := pair(t, phone.Profile{Answer: phone.AnswerAfter(0), Codecs: []phone.Codec{phone.G722}}, phone.Config{})
	if ev := want(t, caller.Dial(phone.Dial{To: "1"}), phone.Ended); ev.Code != 488 {
		t.Errorf("end: %+v", ev)
	}
}

func TestInviteWithoutOffer(t *testing.T) {
	caller, _ := pair(t, phone.Profile{Answer: phone.AnswerAfter(0)}, phone.Config{})
	c := caller.Dial(phone.Dial{To: "1", SDP: "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n"})
	if ev := want(t, c, phone.Ended); ev.Code != 488 {
		t.Errorf("a description without audio: %+v", ev)
	}
}

func TestVanishedPhoneIsSilent(t *testing.T) {
	caller, callee := pair(t, phone.Profile{}, phone.Config{T1: 2 * time.Millisecond})
	a, b := connect(t, caller, callee)
	callee.Vanish(true)
	if ev := want(t, b, phone.Ended); ev.By != phone.Lost {
		t.Errorf("callee: %+v", ev)
	}
	a.Hangup() // its BYE is never answered
	want(t, a, phone.Ended)
	if err := caller.Network().Drain(within(t)); err != nil {
		t.Fatal(err)
	}
	if ev := want(t, caller.Dial(phone.Dial{To: "1"}), phone.Ended); ev.Code != 408 {
		t.Errorf("a call to it: %+v", ev)
	}
}

func TestDrainEndsEveryCall(t *testing.T) {
	var endings atomic.Int32
	caller, callee := pair(t, phone.Profile{Answer: phone.AnswerAfter(0), Notify: func(ev phone.Event) {
		if ev.Kind == phone.Ended && ev.By == phone.Remote {
			endings.Add(1)
		}
	}}, phone.Config{})
	const calls = 50
	for range calls {
		want(t, caller.Dial(phone.Dial{To: "1"}), phone.Answered)
	}
	if err := caller.Network().Drain(within(t)); err != nil {
		t.Fatal(err)
	}
	if err := callee.Network().Drain(within(t)); err != nil {
		t.Fatal(err)
	}
	if got := endings.Load(); got != calls {
		t.Errorf("%d of %d calls were ended by the caller", got, calls)
	}
}

func TestCloseEndsWaiting(t *testing.T) {
	n := open(t, phone.Config{})
	p := n.Add(phone.Profile{User: "201"})
	c := p.Dial(phone.Dial{To: "1"})
	if err := n.Close(); err != nil {
		t.Fatal(err)
	}
	if ev := want(t, c, phone.Ended); ev.By != phone.Lost {
		t.Errorf("end: %+v", ev)
	}
	if _, err := p.WaitCall(within(t)); err == nil {
		t.Error("waiting on a closed network succeeds")
	}
}

func TestOpenNamesWhatIsWrong(t *testing.T) {
	for _, cfg := range []phone.Config{{Address: "nonsense"}, {Address: "[::1]:0", Server: "127.0.0.1:5060"}, {Server: "no port"}} {
		if _, err := phone.Open(cfg); err == nil || !strings.Contains(err.Error(), "phone: ") {
			t.Errorf("%+v: %v", cfg, err)
		}
	}
}
