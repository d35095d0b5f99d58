package engine_test

import (
	"testing"
	"testing/synctest"
	"time"

	"holdline/internal/store"
	"holdline/internal/telephony"
	"holdline/internal/telephony/telsim"
)

func didOf(w *world, number, queue string) store.DID {
	return store.DID{OrgID: w.org, Number: number, ExtensionID: int64(w.queues[queue])}
}

func (w *world) dial(from, number string) *telsim.Call {
	c := w.phones[from].Dial(telephony.Party{Number: "0003*" + from}, number)
	synctest.Wait()
	return c
}

func TestPhoneCallsPhone(t *testing.T) {
	play(t, func(w *world) {
		a := w.dial("201", "202")
		b := w.ringing("202")
		b.Ring()
		synctest.Wait()
		if !a.View().Ringing {
			t.Fatalf("201 hears %+v, want ringback", a.View())
		}
		b.Answer()
		synctest.Wait()
		if a.View().Voice != b.Leg() || b.View().Voice != a.Leg() {
			t.Fatalf("201 hears %+v, 202 %+v, want each other", a.View(), b.View())
		}
		b.Hold(true)
		synctest.Wait()
		if a.View().Sounds == nil {
			t.Errorf("201 hears %+v while on hold, want music", a.View())
		}
		b.Hold(false)
		synctest.Wait()
		if a.View().Voice != b.Leg() {
			t.Errorf("201 hears %+v after the hold, want 202", a.View())
		}
		a.Hangup()
		synctest.Wait()
		if !b.View().Over || w.sw.Up() != 0 {
			t.Errorf("202 is %+v and %d legs are up after 201 hung up", b.View(), w.sw.Up())
		}
	})
}

func TestRefusalsReachTheCallingPhone(t *testing.T) {
	for name, c := range map[string]struct {
		number string
		do     func(*world)
		want   telephony.Cause
	}{
		"busy":             {"202", func(w *world) { w.ringing("202").Refuse(telephony.Busy) }, telephony.Busy},
		"declined":         {"202", func(w *world) { w.ringing("202").Refuse(telephony.Rejected) }, telephony.Rejected},
		"rings too long":   {"202", func(w *world) { w.ringing("202").Ring(); w.pass(61 * time.Second) }, telephony.NoAnswer},
		"no such number":   {"999", func(*world) {}, telephony.NotFound},
		"another prefix":   {"0004*201", func(*world) {}, telephony.NotFound},
		"nobody behind it": {"15551234", func(*world) {}, telephony.Unreachable},
	} {
		t.Run(name, func(t *testing.T) {
			play(t, func(w *world) {
				if name == "no such number" {
					for _, tr := range w.dir.Trunks() {
						w.dir.DropTrunk(tr.ID)
					}
				}
				a := w.dial("201", c.number)
				c.do(w)
				synctest.Wait()
				if v := a.View(); !v.Over || v.Ended.Cause != c.want {
					t.Errorf("201 is %+v, want refused with %s", v, c.want)
				}
				if w.sw.Up() != 0 {
					t.Errorf("%d legs are left", w.sw.Up())
				}
			})
		})
	}
}

func TestCallerGivesUpAPhoneCall(t *testing.T) {
	play(t, func(w *world) {
		a := w.dial("201", "202")
		b := w.ringing("202")
		a.Hangup()
		synctest.Wait()
		if v := b.View(); !v.Over || v.Ended.Cause != telephony.Cancelled {
			t.Errorf("202 is %+v after the caller gave up", v)
		}
	})
}

func TestBlockedExtensionsNeitherCallNorAreCalled(t *testing.T) {
	play(t, func(w *world) {
		e, _, _ := w.dir.Extension(w.org, w.exts["202"])
		e.Blocked = true
		w.dir.PutExtension(e)
		if v := w.dial("202", "201").View(); v.Ended.Cause != telephony.Forbidden {
			t.Errorf("a blocked phone's call is %+v", v)
		}
		if v := w.dial("201", "202").View(); v.Ended.Cause != telephony.Unreachable {
			t.Errorf("a call to a blocked phone is %+v", v)
		}
		w.notCalled("201", "202")
	})
}

func TestCallThroughTheTrunk(t *testing.T) {
	play(t, func(w *world) {
		far := w.sw.Outside(w.org, "15551234", telsim.Script{Ring: 0, Answer: time.Second, Talk: telsim.Never})
		a := w.dial("201", "15551234")
		w.pass(2 * time.Second)
		b := <-far.Calls()
		if a.View().Voice != b.Leg() {
			t.Errorf("201 hears %+v, want the far end", a.View())
		}
	})
}

func TestTrunkCannotCallOutAgain(t *testing.T) {
	play(t, func(w *world) {
		if v := w.outside("15551234").View(); v.Ended.Cause != telephony.NotFound {
			t.Errorf("a call from the trunk to an external number is %+v", v)
		}
	})
}
