package e2e

import (
	"bytes"
	"testing"
	"time"

	"holdline/internal/phone"
)

// Session timers take a minute and more (RFC 4028 §4: 90 s at least), so these
// run beside each other.

// shortestSession is how long the shortest session lasts.
const shortestSession = 90 * time.Second

// A phone that wants the server to refresh the session gets its refresh at half time.
func TestServerRefreshesTheSession(t *testing.T) {
	t.Parallel()
	s := startDemo(t)
	refreshed := make(chan struct{}, 1)
	n, err := phone.Open(phone.Config{Server: s.sip, Filter: func(out bool, msg []byte) bool {
		if !out && bytes.HasPrefix(msg, []byte("UPDATE ")) && bytes.Contains(msg, []byte("Session-Expires: 90")) {
			select {
			case refreshed <- struct{}{}:
			default:
			}
		}
		return true
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = n.Close() })
	p := n.Add(phone.Profile{User: "0003*205", Password: "demo-205", Domain: "demo.local", Voice: voice(toneOf("205"))})
	desk := s.simulated("201")
	call := p.Dial(phone.Dial{To: "201", Headers: "Session-Expires: 90;refresher=uas\r\n"})
	there := answered(t, desk)
	next(t, call, phone.Answered)
	select {
	case <-refreshed:
	case <-time.After(shortestSession):
		t.Error("no refresh came")
	}
	bothTalk(t, call, toneOf("205"), there, toneOf("201"))
	call.Hangup()
	next(t, there, phone.Ended)
}

// A phone that promised to refresh and does not is taken for gone.
func TestSessionThatIsNotRefreshedEnds(t *testing.T) {
	t.Parallel()
	s := startDemo(t)
	p, desk := s.simulated("205"), s.simulated("201")
	call := p.Dial(phone.Dial{To: "201", Headers: "Session-Expires: 90;refresher=uac\r\n"})
	there := answered(t, desk)
	next(t, call, phone.Answered)
	deadline := time.After(shortestSession)
	for _, c := range []*phone.Call{call, there} {
		over := make(chan phone.Event, 1)
		go func() {
			ev, _ := c.Wait(t.Context(), phone.Ended) // the event says it all
			over <- ev
		}()
		select {
		case ev := <-over:
			if ev.Kind != phone.Ended || ev.By != phone.Remote {
				t.Errorf("phone %s: %v by %v", c.Phone().User(), ev.Kind, ev.By)
			}
		case <-deadline:
			t.Fatal("the session did not end")
		}
	}
}
