package engine_test

import (
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"holdline/internal/acd"
)

// TestLines: a phone rings while it is called, is busy from the answer on, or
// from dialling on, and has no line when the call is over.
func TestLines(t *testing.T) {
	play(t, func(w *world) {
		expect := func(when string, want map[string]acd.Line) {
			t.Helper()
			got, err := w.host.Lines(w.ctx, w.org)
			w.must(err)
			lines := map[int64]acd.Line{}
			for number, line := range want {
				lines[w.exts[number]] = line
			}
			if diff := cmp.Diff(lines, got); diff != "" {
				t.Errorf("%s: %s", when, diff)
			}
		}
		expect("at first", nil)
		w.dirDID("15550700", "700")
		caller := w.outside("15550700")
		first, second, third := w.ringing("201"), w.ringing("202"), w.ringing("203")
		expect("ringing", map[string]acd.Line{"201": acd.LineRinging, "202": acd.LineRinging, "203": acd.LineRinging})
		second.Answer()
		synctest.Wait()
		w.expectVoices(caller, second)
		w.expectOver(first)
		w.expectOver(third)
		expect("talking", map[string]acd.Line{"202": acd.LineBusy})
		direct := w.dial("203", "204")
		called := w.ringing("204")
		expect("and another dials", map[string]acd.Line{"202": acd.LineBusy, "203": acd.LineBusy, "204": acd.LineRinging})
		direct.Hangup()
		synctest.Wait()
		w.expectOver(called)
		caller.Hangup()
		synctest.Wait()
		w.expectOver(second)
		expect("after all", nil)
		if _, err := w.host.Lines(w.ctx, w.org+1); err == nil {
			t.Error("lines of an organisation without an engine")
		}
	})
}
