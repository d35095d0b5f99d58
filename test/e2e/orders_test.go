package e2e

import (
	"fmt"
	"math"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"holdline/internal/phone"
)

// tones are all that phones of these tests speak.
var tones = []float64{callerTone, toneOf("201"), toneOf("202"), toneOf("203"), toneOf("204")}

// hearsOnly waits until a call hears the tones of these and no others, each as loud as it is spoken; none = silence.
func hearsOnly(t *testing.T, c *phone.Call, want ...float64) {
	t.Helper()
	listen(t, c).await(fmt.Sprintf("the tones %v alone", want), func(w []float64) bool {
		for _, tone := range tones {
			level := math.Sqrt(2 * part(w, tone) * power(w))
			if spoken := slices.Contains(want, tone); spoken && (level < 0.25 || level > 0.35) || !spoken && level > 0.01 {
				return false
			}
		}
		return len(want) > 0 || power(w) < 1e-4
	})
}

// orders holds the current call of a test, and what is ordered of it.
type orders struct {
	*api
	call string
}

// orders gives the one current call.
func (s *server) orders(t *testing.T) orders {
	t.Helper()
	a := s.api()
	var calls []liveRow
	if a.must(t, http.MethodGet, "/client/@me/current_calls/", nil, &calls); len(calls) != 1 {
		t.Fatalf("current calls: %+v, want one", calls)
	}
	return orders{a, calls[0].Call}
}

func (o orders) try(extension, action, dst string) (state string, err error) {
	var got struct {
		State string `json:"state"`
	}
	body := map[string]any{"action": action}
	if dst != "" {
		body["send_dst"] = dst
	}
	err = o.send(http.MethodPut, "/extension/@"+extension+"/current_calls/"+o.call, body, &got)
	return got.State, err
}

// order has the call do something, after which it is in a state.
func (o orders) order(t *testing.T, extension, action, dst, state string) {
	t.Helper()
	if got, err := o.try(extension, action, dst); err != nil || got != state {
		t.Fatalf("%s: %v, the call is %s, want %s", action, err, got, state)
	}
}

func TestOrderedHold(t *testing.T) {
	s := startDemo(t)
	caller, called, _ := s.talkWith("201")
	o := s.orders(t)
	o.order(t, "201", "hold", "", "held")
	together(func() { listen(t, caller).hearsMusic() }, func() { hearsOnly(t, called) })
	if _, err := o.try("201", "hold", ""); err == nil || !strings.Contains(err.Error(), "409") || !strings.Contains(err.Error(), "on hold already") {
		t.Errorf("held again: %v, want 409", err)
	}
	o.order(t, "201", "offhold", "", "talking")
	bothTalk(t, caller, callerTone, called, toneOf("201"))
}

func TestOrderedParkAndPickup(t *testing.T) {
	s := startDemo(t)
	s.api().only(t, "201")
	desk := s.simulated("202")
	caller, called, _ := s.talkWith("201")
	o := s.orders(t)
	o.order(t, "201", "park", "", "parked")
	next(t, called, phone.Ended)
	listen(t, caller).hearsMusic()
	o.order(t, "202", "pickup", "", "parked")
	there := answered(t, desk)
	bothTalk(t, caller, callerTone, there, toneOf("202"))
	there.Hangup()
	next(t, caller, phone.Ended)
}

func TestOrderedAttendedTransfer(t *testing.T) {
	s := startDemo(t)
	s.api().only(t, "201")
	desk := s.simulated("202")
	caller, called, _ := s.talkWith("201")
	o := s.orders(t)
	o.order(t, "201", "attended_transfer", "202", "held")
	listen(t, called).await("the ringing tone", func(w []float64) bool { return power(w) > 0.003 && part(w, 425) > 0.95 })
	there := answered(t, desk)
	together(
		func() { bothTalk(t, called, toneOf("201"), there, toneOf("202")) },
		func() { listen(t, caller).hearsMusic() })
	called.Hangup()
	bothTalk(t, caller, callerTone, there, toneOf("202"))
}

// Who listens, coaches or joins hears what it should, is heard by whom it
// should, and the recording has neither coach nor listener.
func TestOrderedSupervision(t *testing.T) {
	for action, heard := range map[string]struct{ byCaller, byAgent bool }{
		"eavesdrop": {false, false}, "whisper": {false, true}, "conference": {true, true},
	} {
		t.Run(action, func(t *testing.T) {
			s := startDemo(t)
			a := s.api()
			a.only(t, "201")
			a.setQueue(t, sales, map[string]any{"record_enabled": true})
			desk := s.simulated("202")
			caller, called, _ := s.talkWith("201")
			o := s.orders(t)
			o.order(t, "201", action, "202", "talking")
			third := answered(t, desk)
			hearing := func(other float64, too bool) []float64 {
				if too {
					return []float64{other, toneOf("202")}
				}
				return []float64{other}
			}
			together(
				func() { hearsOnly(t, third, callerTone, toneOf("201")) },
				func() { hearsOnly(t, caller, hearing(toneOf("201"), heard.byCaller)...) },
				func() { hearsOnly(t, called, hearing(callerTone, heard.byAgent)...) })
			talkFor(t, caller, 2*time.Second)
			third.Hangup()
			bothTalk(t, caller, callerTone, called, toneOf("201"))
			caller.Hangup()
			next(t, called, phone.Ended)
			row := a.recording(t)
			file := filepath.Join(t.TempDir(), "recording.wav")
			if err := os.WriteFile(file, a.download(t, "/client/@me/record/"+row.ID+"/file", ""), 0o600); err != nil {
				t.Fatal(err)
			}
			said, told := channel(t, file, "1"), channel(t, file, "2")
			if got := toneTime(said, callerTone); got < 2*time.Second {
				t.Errorf("the caller is recorded for %v", got)
			}
			coach := 0.0
			for w := told; len(w) >= 1600; w = w[1600:] {
				coach = max(coach, math.Sqrt(2*part(w[:1600], toneOf("202"))*power(w[:1600])))
			}
			if is := coach > 0.2; is != heard.byCaller {
				t.Errorf("the third is recorded at a level of %.3f", coach)
			}
		})
	}
}

// A phone takes a call that rings at its neighbour, and one that is talked in, with Replaces.
func TestPhonePicksUpWithReplaces(t *testing.T) {
	s := startDemo(t)
	from, neighbour, taker, other := s.simulated("201"), s.simulated("202"), s.simulated("203"), s.simulated("204")
	calling := from.Dial(phone.Dial{To: "202"})
	next(t, calling, phone.Ringing)
	rings, err := neighbour.WaitCall(within(t))
	if err != nil {
		t.Fatal(err)
	}
	taken := taker.Dial(phone.Dial{To: "202", Headers: "Require: replaces\r\nReplaces: " + rings.Replaces() + ";early-only\r\n"})
	next(t, taken, phone.Answered)
	if ev := next(t, rings, phone.Ended); !strings.Contains(ev.Text, "elsewhere") {
		t.Errorf("the neighbour is told %q", ev.Text)
	}
	bothTalk(t, calling, toneOf("201"), taken, toneOf("203"))
	again := other.Dial(phone.Dial{To: "203", Headers: "Replaces: " + taken.Replaces() + "\r\n"})
	next(t, again, phone.Answered)
	next(t, taken, phone.Ended)
	bothTalk(t, calling, toneOf("201"), again, toneOf("204"))
	calling.Hangup()
	next(t, again, phone.Ended)
}
