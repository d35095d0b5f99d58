package sipua

import (
	"strings"
	"testing"
)

func TestTheLastRefusalOfAPhoneIsKnownAndTellsStrangersNothing(t *testing.T) {
	b := newBench(t)
	b.receive(desk, registration(1, "<sip:201@10.0.0.1:5062>", ""))
	challenge := b.take("SIP/2.0 401 ")
	if got, ok := b.ua.Refused(phone201); ok {
		t.Fatalf("a challenge is no refusal: %+v", got)
	}
	wrong := credentials(t, challenge, "wrong", "REGISTER", "sip:demo.local")
	for i, c := range []struct {
		name        string
		credentials string
		why         Reason
	}{
		{"a wrong password", wrong, WrongPassword},
		{"another phone's name", strings.ReplaceAll(wrong, "0003*201", "0003*202"), WrongUser},
		{"a name that is nobody's", strings.ReplaceAll(wrong, "0003*201", "nobody"), WrongUser},
	} {
		b.receive(desk, registration(2+i, "<sip:201@10.0.0.1:5062>", c.credentials))
		b.take("SIP/2.0 403 Wrong User or Password")
		if got, ok := b.ua.Refused(phone201); !ok || got.Why != c.why || got.From != desk.Remote.Addr() || !got.At.Equal(b.now) {
			t.Errorf("%s: %+v", c.name, got)
		}
	}
	b.ua.Unregister(1, phone201)
	if got, ok := b.ua.Refused(phone201); ok {
		t.Errorf("after the phone is gone: %+v", got)
	}

	// Names that are nobody's leave nothing behind, whoever tries how many.
	b.receive(desk, strings.ReplaceAll(registration(9, "<sip:999@10.0.0.1:5062>", wrong), "0003*201", "0003*999"))
	b.take("SIP/2.0 403 Wrong User or Password")
	if n := len(b.ua.refusals.last); n != 0 {
		t.Errorf("%d refusals are kept", n)
	}
}
