package transaction

import (
	"fmt"
	"testing"
	"time"
)

var epoch = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

type machine interface {
	Deadline() time.Time
	Tick(time.Time) Effect
}

// life lets a transaction run until it is over and tells when it sent again and how it ended.
func life(m machine, limit time.Duration) (resent []time.Duration, end time.Duration, last Effect) {
	for {
		at := m.Deadline()
		if at.IsZero() || at.Sub(epoch) > limit {
			return resent, 0, last
		}
		last = m.Tick(at)
		if last.Has(Resend) {
			resent = append(resent, at.Sub(epoch))
		}
		if last.Has(Over) {
			return resent, at.Sub(epoch), last
		}
	}
}

func TestClientRetransmits(t *testing.T) {
	for _, c := range []struct {
		name             string
		invite, reliable bool
		provisional      bool
		resent           string
		end              time.Duration
	}{
		{"INVITE", true, false, false, "[500ms 1.5s 3.5s 7.5s 15.5s 31.5s]", Linger},
		{"INVITE over TCP", true, true, false, "[]", Linger},
		{"INVITE that rings", true, false, true, "[]", 0}, // no timer: it may ring for minutes
		{"BYE", false, false, false, "[500ms 1.5s 3.5s 7.5s 11.5s 15.5s 19.5s 23.5s 27.5s 31.5s]", Linger},
		{"BYE with a provisional", false, false, true, "[500ms 4.5s 8.5s 12.5s 16.5s 20.5s 24.5s 28.5s]", Linger},
		{"BYE over TCP", false, true, false, "[]", Linger},
	} {
		tx := NewClient(epoch, c.invite, c.reliable)
		if c.provisional {
			if e := tx.Response(epoch, 100); e != Deliver {
				t.Errorf("%s: provisional gives %b", c.name, e)
			}
		}
		resent, end, last := life(&tx, time.Hour)
		if got := fmt.Sprint(resent); got != c.resent || end != c.end {
			t.Errorf("%s: sent again at %s, over at %v; want %s, %v", c.name, got, end, c.resent, c.end)
		}
		if c.end > 0 && !last.Has(TimedOut) {
			t.Errorf("%s: ended with %b, want a time-out", c.name, last)
		}
	}
}

func TestClientFinalResponses(t *testing.T) {
	for _, c := range []struct {
		invite, reliable     bool
		code                 int
		first, again, ending Effect
		linger               time.Duration
	}{
		{true, false, 486, Deliver | Acknowledge, Acknowledge, Over, Linger}, // timer D
		{true, true, 486, Deliver | Acknowledge | Over, 0, 0, 0},
		{true, false, 200, Deliver, Deliver, Over, Linger}, // timer M, RFC 6026
		{true, true, 200, Deliver, Deliver, Over, Linger},
		{false, false, 200, Deliver, 0, Over, T4}, // timer K
		{false, true, 200, Deliver | Over, 0, 0, 0},
	} {
		tx := NewClient(epoch, c.invite, c.reliable)
		if e := tx.Response(epoch, c.code); e != c.first {
			t.Errorf("%+v: first gives %b", c, e)
		}
		if e := tx.Response(epoch, c.code); e != c.again {
			t.Errorf("%+v: repeated gives %b", c, e)
		}
		if e := tx.Response(epoch, 180); e != 0 {
			t.Errorf("%+v: a late provisional gives %b", c, e)
		}
		if _, end, last := life(&tx, time.Hour); end != c.linger || last != c.ending {
			t.Errorf("%+v: over at %v with %b", c, end, last)
		}
		if e := tx.Fail(); e != 0 {
			t.Errorf("%+v: a late transport error gives %b", c, e)
		}
	}
}

func TestAcceptedInviteIgnoresRefusals(t *testing.T) {
	tx := NewClient(epoch, true, false)
	tx.Response(epoch, 200)
	if e := tx.Response(epoch, 487); e != 0 || tx.State() != Accepted {
		t.Fatalf("%b in state %d", e, tx.State())
	}
}

func TestAbandonedInviteEnds(t *testing.T) {
	tx := NewClient(epoch, true, false)
	tx.Response(epoch, 180)
	tx.Abandon(epoch.Add(time.Minute))
	if _, end, last := life(&tx, time.Hour); end != time.Minute+Linger || last != TimedOut|Over {
		t.Fatalf("over at %v with %b", end, last)
	}
}

func TestClientTransportError(t *testing.T) {
	tx := NewClient(epoch, true, true)
	if e := tx.Fail(); e != TimedOut|Over || !tx.Deadline().IsZero() {
		t.Fatalf("%b", e)
	}
	if e := tx.Response(epoch, 200); e != 0 {
		t.Fatalf("a response after the end gives %b", e)
	}
}

func TestServerRefusedInvite(t *testing.T) {
	tx := NewServer(true, false)
	if e := tx.Request(); e != 0 {
		t.Fatal("nothing to send yet")
	}
	tx.Respond(epoch, 100)
	if e := tx.Request(); e != Resend {
		t.Fatalf("a repeated INVITE gives %b", e)
	}
	tx.Respond(epoch, 486)
	resent, end, last := life(&tx, time.Hour)
	if fmt.Sprint(resent) != "[500ms 1.5s 3.5s 7.5s 11.5s 15.5s 19.5s 23.5s 27.5s 31.5s]" || end != Linger || last != TimedOut|Over {
		t.Fatalf("without ACK: %v, over at %v with %b", resent, end, last)
	}
	tx = NewServer(true, false)
	tx.Respond(epoch, 486)
	if e := tx.Ack(epoch); e != 0 || tx.State() != Confirmed {
		t.Fatalf("ACK gives %b", e)
	}
	if e := tx.Request(); e != 0 {
		t.Fatal("a confirmed INVITE was answered again")
	}
	if resent, end, last = life(&tx, time.Hour); resent != nil || end != T4 || last != Over { // timer I
		t.Fatalf("after the ACK: %v, over at %v with %b", resent, end, last)
	}
	tx = NewServer(true, true)
	tx.Respond(epoch, 486)
	if e := tx.Ack(epoch); e != Over {
		t.Fatalf("ACK over TCP gives %b", e)
	}
}

func TestServerAcceptedInvite(t *testing.T) {
	tx := NewServer(true, false)
	tx.Respond(epoch, 200)
	if e := tx.Request(); e != 0 {
		t.Fatalf("a repeated INVITE gives %b: the 2xx is the dialog's (RFC 6026 §7.1)", e)
	}
	if e := tx.Ack(epoch); e != Deliver {
		t.Fatalf("ACK gives %b", e)
	}
	if e := tx.Respond(epoch, 486); e != 0 || tx.State() != Accepted {
		t.Fatal("a second final response changed something")
	}
	if resent, end, last := life(&tx, time.Hour); resent != nil || end != Linger || last != Over { // timer L
		t.Fatalf("%v, over at %v with %b", resent, end, last)
	}
}

func TestServerOtherRequests(t *testing.T) {
	tx := NewServer(false, false)
	tx.Respond(epoch, 200)
	if e := tx.Request(); e != Resend {
		t.Fatalf("a repeated BYE gives %b", e)
	}
	if e := tx.Ack(epoch); e != 0 {
		t.Fatalf("a stray ACK gives %b", e)
	}
	if _, end, last := life(&tx, time.Hour); end != Linger || last != Over { // timer J
		t.Fatalf("over at %v with %b", end, last)
	}
	tx = NewServer(false, true)
	if e := tx.Respond(epoch, 200); e != Over {
		t.Fatalf("over TCP: %b", e)
	}
}

func TestAbsorbedRequestStaysUnanswered(t *testing.T) {
	tx := NewServer(true, false)
	tx.Absorb(epoch)
	if e := tx.Request(); e != 0 {
		t.Fatalf("%b", e)
	}
	if _, end, last := life(&tx, time.Hour); end != Linger || last != Over {
		t.Fatalf("over at %v with %b", end, last)
	}
}
