package engine_test

import (
	"testing"
	"time"

	"holdline/internal/acd"
)

// TestLoginTimeIsKnown: since when an agent is logged in, whatever breaks it
// has, also after a restart; a logout ends it.
func TestLoginTimeIsKnown(t *testing.T) {
	play(t, func(w *world) {
		set := func(status acd.Status) acd.Time {
			_, err := w.host.Apply(w.ctx, w.org, acd.SetStatus{Agent: w.agents["201"], Status: status})
			w.must(err)
			at := acd.TimeOf(time.Now())
			w.pass(time.Minute)
			return at
		}
		expect := func(when string, want acd.Time) {
			t.Helper()
			if got := w.agent("201").LoggedIn; got != want {
				t.Errorf("%s: logged in %v, want %v", when, got.Std(), want.Std())
			}
		}
		made := w.agent("201").Memberships[0].Since
		expect("as it was stored", made)
		set(acd.LoggedOut)
		expect("logged out", 0)
		in := set(acd.Online)
		set(acd.Paused)
		expect("on a break", in)
		w.stop()
		w.start()
		expect("after a restart", in)
		set(acd.Online)
		expect("back from the break", in)
		set(acd.LoggedOut)
		w.stop()
		w.start()
		expect("logged out, after a restart", 0)
	})
}
