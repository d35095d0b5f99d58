package telsim_test

import (
	"slices"
	"testing"

	"holdline/internal/telephony"
	"holdline/internal/telephony/telsim"
	"holdline/internal/telephony/teltest"
)

func TestSwitch(t *testing.T) {
	teltest.Run(t, func(t *testing.T, h telephony.Handler) teltest.Rig { return &rig{sw: telsim.New(h)} })
}

type rig struct {
	sw   *telsim.Switch
	next int64
}

func (r *rig) Switch() telephony.Switch { return r.sw }
func (r *rig) Sound() int64             { return 5 }
func (r *rig) Music() int64             { return 6 }

func (r *rig) Phone(*testing.T) teltest.Phone {
	r.next++
	return phone{r.sw.Phone(teltest.Org, r.next, telsim.Manual)}
}

func (r *rig) Singer(t *testing.T) teltest.Phone { return r.Phone(t) }

type phone struct{ *telsim.Phone }

func (p phone) Endpoint() telephony.Endpoint { return telephony.Endpoint{Extension: p.Extension()} }
func (p phone) Unregister(*testing.T)        { p.Register(false) }

func (p phone) Dial(_ *testing.T, number string) teltest.Call {
	return call{p.Phone.Dial(telephony.Party{Number: "100"}, number)}
}

func (p phone) Replace(_ *testing.T, other teltest.Call) teltest.Call {
	return call{p.Phone.Replace(telephony.Party{Number: "100"}, other.(call).Leg())}
}

func (p phone) Incoming(*testing.T) teltest.Call {
	c := <-p.Calls()
	c.Ring()
	return call{c}
}

type call struct{ *telsim.Call }

func (c call) Answer(*testing.T)                          { c.Call.Answer() }
func (c call) Refuse(_ *testing.T, cause telephony.Cause) { c.Call.Refuse(cause) }
func (c call) Hangup(*testing.T)                          { c.Call.Hangup() }
func (c call) Press(_ *testing.T, digit byte)             { c.Call.Press(digit) }
func (c call) Hold(_ *testing.T, on bool)                 { c.Call.Hold(on) }

func (c call) Refer(_ *testing.T, number string, with teltest.Call) {
	if with == nil {
		c.Call.Refer(number, "")
		return
	}
	c.Call.Refer(number, with.(call).Leg())
}

func (c call) AwaitProgress(t *testing.T, code int) {
	c.await(t, "progress of the transfer", func(v telsim.View) bool { return v.Progress == code })
}

func (c call) await(t *testing.T, what string, want func(telsim.View) bool) {
	t.Helper()
	if !c.Await(teltest.Limit, want) {
		t.Fatalf("leg %s: no %s; it is %+v", c.Leg(), what, c.View())
	}
}

func (c call) AwaitRingback(t *testing.T) {
	c.await(t, "ringback", func(v telsim.View) bool { return v.Ringing })
}
func (c call) AwaitUp(t *testing.T) { c.await(t, "answer", func(v telsim.View) bool { return v.Up }) }
func (c call) AwaitOver(t *testing.T) int {
	c.await(t, "end", func(v telsim.View) bool { return v.Over })
	return -1
}
func (c call) AwaitSound(t *testing.T) {
	c.await(t, "sound", func(v telsim.View) bool { return v.Sounds != nil })
}
func (c call) AwaitVoice(t *testing.T, of teltest.Call) {
	c.await(t, "voice", func(v telsim.View) bool { return v.Voice == of.(call).Leg() })
}
func (c call) AwaitVoices(t *testing.T, of ...teltest.Call) {
	var want []telephony.LegID
	for _, o := range of {
		want = append(want, o.(call).Leg())
	}
	slices.Sort(want)
	c.await(t, "voices", func(v telsim.View) bool {
		return v.Sounds == nil && slices.Equal(slices.Sorted(slices.Values(v.Voices)), want)
	})
}
func (c call) AwaitSilence(t *testing.T) {
	c.await(t, "silence", func(v telsim.View) bool { return v.Sounds == nil && v.Voice == "" })
}
