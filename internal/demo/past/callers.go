package past

import (
	"math"
	"time"

	"holdline/internal/acd"
	"holdline/internal/app"
	"holdline/internal/demo"
	"holdline/internal/telephony"
	"holdline/internal/telephony/telsim"
)

// visit is one caller's call.
type visit struct {
	call    *telsim.Call
	sales   bool
	talk    time.Duration
	agentBy bool // the agent hangs up
	joined  bool // with an agent
}

// demand is how many call in each hour of a working day: little at night, most
// in the morning, less at lunch.
var demand = [24]float64{1.5, 1, 1, 1, 1, 2, 5, 11, 22, 33, 35, 29, 17, 20, 29, 31, 25, 17, 11, 8, 5, 4, 3, 2}

// The part of the demand there is at weekends.
const (
	onSaturdays = 0.5
	onSundays   = 0.35
)

// plan puts a day's calls and shifts down.
func (t *town) plan(day time.Time) {
	for _, p := range t.people {
		t.attend(p, day)
	}
	share := 0.85 + 0.3*t.rand.Float64()
	switch today := t.cfg.Now.Sub(day) < 24*time.Hour; {
	case today: // busy on any day, as that is what is looked at
	case day.Weekday() == time.Saturday:
		share *= onSaturdays
	case day.Weekday() == time.Sunday:
		share *= onSundays
	}
	for hour, calls := range demand {
		for at := t.gap(calls * share); at < time.Hour; at += t.gap(calls * share) {
			t.at(day.Add(time.Duration(hour)*time.Hour+at), func() { t.dial(t.rand.IntN(5) < 3, t.length()) })
		}
	}
	for range 3 { // an agent calls a colleague, or a customer back
		t.at(day.Add(9*time.Hour+t.upTo(8*time.Hour)), t.callOut)
	}
}

// gap gives the time to the next caller, where so many call in an hour by chance.
func (t *town) gap(hourly float64) time.Duration {
	return time.Duration(t.rand.ExpFloat64() / hourly * float64(time.Hour))
}

// length gives how long somebody talks: mostly one to three minutes, sometimes ten.
func (t *town) length() time.Duration {
	seconds := 115 * math.Exp(0.6*t.rand.NormFloat64())
	return time.Duration(min(max(seconds, 15), 900) * float64(time.Second))
}

// dial has somebody call Sales or Support.
func (t *town) dial(sales bool, talk time.Duration) {
	if t.closing() {
		return
	}
	number := app.DemoSupportDID
	if sales {
		number = app.DemoSalesDID
	}
	who := demo.Caller(t.rand.IntN(demo.Callers))
	v := &visit{sales: sales, talk: talk, agentBy: t.rand.IntN(5) < 3}
	v.call = t.provider.Dial(telephony.Party{Number: who.Number, Name: who.Name}, number)
	t.visits[acd.CallID(v.call.Leg())] = v
	patience := 12*time.Second + time.Duration(t.rand.ExpFloat64()*float64(150*time.Second))
	t.after(patience, func() {
		if !v.joined {
			v.call.Hangup()
		}
	})
}

// watch follows the callers: who is connected talks and hangs up.
func (t *town) watch(_ int64, facts []acd.Fact) {
	for _, f := range facts {
		v := t.visits[f.Call]
		if v == nil {
			continue
		}
		switch f.Kind {
		case acd.FactConnected:
			v.joined = true
			if t.taping && v.sales {
				v.talk = min(v.talk, longestTape)
			}
			agent := t.byAgent[f.Agent]
			t.after(v.talk, func() { t.goodbye(v, agent.call) })
		case acd.FactLegEnded:
			if f.Leg.ID == string(f.Call) {
				delete(t.visits, f.Call)
			}
		}
	}
}

// goodbye ends a talk. Where the agent was first, Sales asks what the caller thinks.
func (t *town) goodbye(v *visit, agent *telsim.Call) {
	if !v.agentBy || agent == nil {
		v.call.Hangup()
		return
	}
	agent.Hangup()
	if v.sales && t.rand.IntN(3) > 0 {
		key := "5545434552151423"[t.rand.IntN(16)]
		t.after(t.around(5*time.Second), func() { v.call.Press(key) })
		return
	}
	t.after(2*time.Second, v.call.Hangup)
}

// callOut is a call of an agent who is in and free, to a colleague or to the outside.
func (t *town) callOut() {
	p := t.people[t.rand.IntN(len(app.DemoPhones))]
	if t.closing() || !p.in {
		return
	}
	to := app.DemoPhones[t.rand.IntN(len(app.DemoPhones))]
	if t.rand.IntN(3) > 0 {
		to = demo.Caller(t.rand.IntN(demo.Callers)).Number
		t.sw.Outside(t.org, to, telsim.Script{Ring: time.Second, Answer: t.around(8 * time.Second), Talk: t.around(80 * time.Second)})
	}
	c := p.phone.Dial(telephony.Party{}, to)
	t.after(t.around(90*time.Second), c.Hangup)
}
