package sipua_test

import (
	"testing"
	"time"

	"holdline/internal/auth"
	"holdline/internal/phone"
	"holdline/internal/store"
	"holdline/internal/telephony"
	"holdline/internal/telephony/teltest"
)

// until gives the next event of a type, passing over others.
func until[E telephony.Event](t *testing.T, events eventLog) E {
	t.Helper()
	for {
		select {
		case ev := <-events:
			if want, ok := ev.(E); ok {
				return want
			}
		case <-limit(t).Done():
			t.Fatalf("no %T", *new(E))
		}
	}
}

// replacing has a phone send an INVITE with header lines and gives the refusal.
func replacing(t *testing.T, p *phone.Phone, headers string) int {
	t.Helper()
	call := realCall{p.Dial(phone.Dial{To: "replace", Headers: headers}), nil}
	return call.AwaitOver(t)
}

// Who may not take a call's place is told nothing of it, and nobody else notices.
func TestReplacesThatIsRefused(t *testing.T) {
	events := make(eventLog, 1000)
	r := newRig(t, events)
	caller, called := r.add(t, 0), r.add(t, 0)
	in := caller.Dial(t, "201").(realCall)
	a := until[telephony.Incoming](t, events).Leg
	r.ua.Answer(a, telephony.Verdict{Disposition: telephony.Ring})
	in.AwaitRingback(t)
	taker := r.add(t, 0)
	early := in.Replaces()

	md5, sha := auth.HA1("0004*301", "other.local", "secret")
	r.dir.PutOrganisation(store.Organisation{ID: 2, Prefix: "0004", Domain: "other.local"})
	r.dir.PutExtension(store.Extension{ID: 301, OrgID: 2, Number: "301", Type: store.PhoneExtension, HA1MD5: md5, HA1SHA256: sha})
	stranger := r.phones.Add(phone.Profile{User: "0004*301", Password: "secret", Domain: "other.local", Expires: time.Minute})
	r.dir.PutTrunk(store.Trunk{ID: 1, OrgID: teltest.Org, Host: "127.0.0.9", Default: true})
	lines, err := phone.Open(phone.Config{Address: "127.0.0.9", Server: r.ua.Addr().String()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = lines.Close() })
	trunk := lines.Add(phone.Profile{User: "provider", Anyone: true})

	if got := replacing(t, taker.Phone, "Replaces: "+early+"\r\n"); got != 481 {
		t.Errorf("an early dialog that the other side began: %d, want 481", got)
	}
	r.ua.Answer(a, telephony.Verdict{Disposition: telephony.Accept})
	in.AwaitUp(t)
	r.ua.Originate(telephony.Origination{Leg: "out1", Org: teltest.Org, To: called.Endpoint(), Peer: a})
	out := called.Incoming(t).(realCall)
	out.Answer(t)
	until[telephony.Answered](t, events)
	r.ua.Bridge(a, "out1")
	in.AwaitVoice(t, out)

	name := out.Replaces()
	for what, c := range map[string]struct {
		phone   *phone.Phone
		headers string
		code    int
	}{
		"no tags":                  {taker.Phone, "Replaces: abc\r\n", 400},
		"twice":                    {taker.Phone, "Replaces: " + name + "\r\nReplaces: " + name + "\r\n", 400},
		"unknown call":             {taker.Phone, "Replaces: x" + name + "\r\n", 481},
		"unknown tag":              {taker.Phone, "Replaces: " + name + "x\r\n", 481},
		"answered, early only":     {taker.Phone, "Replaces: " + name + ";early-only\r\n", 486},
		"another organisation":     {stranger, "Replaces: " + name + "\r\n", 481},
		"a trunk":                  {trunk, "Replaces: " + name + "\r\n", 403},
		"a phone without password": {r.phones.Add(phone.Profile{User: "0003*203", Domain: "demo.local"}), "Replaces: " + name + "\r\n", 401},
	} {
		if got := replacing(t, c.phone, c.headers); got != c.code {
			t.Errorf("%s: %d, want %d", what, got, c.code)
		}
	}
	in.AwaitVoice(t, out)
	select {
	case ev := <-events:
		t.Errorf("the engine was asked: %#v", ev)
	default:
	}
	r.ua.Hangup("out1", telephony.Normal)
	until[telephony.Ended](t, events)
	if got := replacing(t, taker.Phone, "Replaces: "+name+"\r\n"); got != 603 && got != 481 { // while the BYE is answered, and after
		t.Errorf("a call that is over: %d, want 603 or 481", got)
	}
	r.ua.Hangup(a, telephony.Normal)
	until[telephony.Ended](t, events)
}
