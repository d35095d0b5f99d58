package past

import (
	"time"

	"holdline/internal/acd"
	"holdline/internal/app"
	"holdline/internal/store"
	"holdline/internal/telephony"
	"holdline/internal/telephony/telsim"
)

// person is an agent at the phone.
type person struct {
	name  string
	id    acd.AgentID
	actor app.Actor // on whose behalf the status changes
	phone *telsim.Phone
	call  *telsim.Call // that is up
	in    bool         // logged in
}

// shift is when an agent works, in hours of the day: from the beginning to the
// end, which may be on the next day, with a lunch in between.
type shift struct{ from, to, lunch float64 }

// Somebody is there at any hour, whenever a demonstration begins.
var shifts = map[string]shift{
	"Ada":  {from: 7, lunch: 11.5, to: 15.5},
	"Ben":  {from: 8, lunch: 12, to: 16.5},
	"Cleo": {from: 8.75, lunch: 13, to: 18},
	"Dev":  {from: 12.5, lunch: 16.75, to: 22.25},
	"Eli":  {from: 22, lunch: 26, to: 31.25},
}

// lastMinutes is how long before its end the past becomes quiet, so that no call is cut off.
const lastMinutes = 6 * time.Minute

// settle finds who is there and sets up what a supervisor would on the first day.
func (t *town) settle() error {
	var agents []store.Agent
	users := map[string]store.User{}
	err := t.cfg.Store.View(t.ctx, func(tx store.Tx) error {
		list, err := tx.Users.List(t.ctx, t.org)
		for _, u := range list {
			users[u.Name] = u
		}
		if err == nil {
			agents, _, err = tx.Agents.List(t.ctx, t.org, store.AgentFilter{Both: true})
		}
		return err
	})
	if err != nil {
		return err
	}
	t.dana = app.Actor{Org: t.org, User: users["Dana"].ID, Reach: store.ReachOrganisation, Role: store.RoleSupervisor}
	t.provider = t.sw.Outside(t.org, "provider", telsim.Manual)
	for _, a := range agents {
		p := &person{name: *a.Name, id: a.ID, actor: t.dana, in: true}
		if a.Remote {
			p.phone = t.sw.Outside(t.org, a.Number, telsim.Manual)
		} else {
			p.phone = t.sw.Phone(t.org, a.ExtensionID, telsim.Manual)
			p.actor = app.Actor{Org: t.org, User: users[p.name].ID, Reach: store.ReachUser, Role: store.RoleAgent}
		}
		t.people = append(t.people, p)
		t.byAgent[p.id] = p
		_, err := t.app.UpdateAgent(t.ctx, t.dana, app.AgentRef{ID: a.ID, Remote: a.Remote}, func(a *app.Agent) error {
			a.Agent.CallTimeout, a.WrapUp = 25*time.Second, 10*time.Second
			return nil
		})
		t.try(err)
	}
	t.set(app.DemoSales, func(q *app.Queue) {
		q.AgentHangupAction, q.AnnounceEvery, q.AnnouncePosition, q.AnnounceWait = "quality_rate", 45*time.Second, true, true
	})
	for _, p := range t.people {
		if s, ok := shifts[p.name]; ok && s.to < 24 { // the first day begins at midnight
			t.status(p, acd.LoggedOut, "")
		}
	}
	if t.cfg.Zone != "" {
		_, err := t.app.UpdateOrganisation(t.ctx, t.dana, func(o *app.Organisation) error { o.TimeZone = t.cfg.Zone; return nil })
		t.try(err)
	}
	return t.err
}

// set changes a queue's settings, as Dana.
func (t *town) set(number string, edit func(*app.Queue)) {
	_, err := t.app.UpdateQueue(t.ctx, t.dana, app.ExtensionRef{Number: number}, func(q *app.Queue) error { edit(q); return nil })
	t.try(err)
}

// attend plans an agent's day.
func (t *town) attend(p *person, day time.Time) {
	s, ok := shifts[p.name]
	if !ok { // outside, and always there
		return
	}
	hour := func(h float64, spread time.Duration) time.Time {
		return day.Add(time.Duration(h*float64(time.Hour)) + t.upTo(spread))
	}
	from, to := hour(s.from, 8*time.Minute), hour(s.to, 15*time.Minute)
	t.at(from, func() { t.status(p, acd.Online, "") })
	pause := func(h float64, mean time.Duration, reason string) {
		at := hour(h, 20*time.Minute)
		length := t.around(mean)
		t.at(at, func() { t.status(p, acd.Paused, reason) })
		t.at(at.Add(length), func() { t.status(p, acd.Online, "") })
	}
	pause(s.from+2, 12*time.Minute, "Short break")
	pause(s.lunch, 35*time.Minute, "Lunch")
	pause(s.lunch+2.25, 10*time.Minute, "Short break")
	switch t.rand.IntN(5) {
	case 0:
		pause(s.from+3.2, 30*time.Minute, "Meeting")
	case 1:
		pause(s.lunch+1.2, 25*time.Minute, "Training")
	case 2:
		pause(s.from+1, 15*time.Minute, "Back office")
	}
	t.at(to, func() { t.status(p, acd.LoggedOut, "") })
}

// status is set by the agent, as long as there is time: at the end all are there.
func (t *town) status(p *person, s acd.Status, reason string) {
	if t.closing() {
		return
	}
	if p.in = s != acd.LoggedOut; t.rand.IntN(3) == 0 && s != acd.Paused { // by phone code
		p.actor.Source = acd.SourcePhone
	}
	_, err := t.app.SetStatus(t.ctx, p.actor, app.StatusChange{Agent: p.id, Status: s, Reason: reason})
	t.try(err)
	p.actor.Source = acd.SourceAPI
}

func (t *town) closing() bool { return !t.now.Before(t.cfg.Now.Add(-lastMinutes)) }

// evening ends the past: everybody comes to the phones, and a little later those who talk say goodbye.
func (t *town) evening() {
	for _, p := range t.people {
		_, err := t.app.SetStatus(t.ctx, p.actor, app.StatusChange{Agent: p.id, Status: acd.Online})
		t.try(err)
	}
	t.at(t.cfg.Now.Add(-45*time.Second), func() {
		for _, v := range t.visits {
			v.call.Hangup()
		}
	})
}

// answer has agents do something about phones that have begun to ring.
func (t *town) answer() {
	for _, p := range t.people {
		for more := true; more; {
			select {
			case c := <-p.phone.Calls():
				t.pickUp(p, c)
			default:
				more = false
			}
		}
	}
}

// pickUp is how an agent takes a call: mostly soon, sometimes not at all.
func (t *town) pickUp(p *person, c *telsim.Call) {
	t.after(300*time.Millisecond, func() { c.Ring() })
	switch t.rand.IntN(40) {
	case 0: // away from the desk: it rings until somebody gives up
	case 1:
		t.after(t.around(4*time.Second), func() { c.Refuse(telephony.Busy) })
	default:
		t.after(t.around(7*time.Second), func() {
			if c.Answer() {
				p.call = c
			}
		})
	}
}

// around gives a time from half to one and a half of the mean, upTo one from nothing to the most.
func (t *town) around(mean time.Duration) time.Duration { return mean/2 + t.upTo(mean) }

func (t *town) upTo(most time.Duration) time.Duration {
	return time.Duration(t.rand.Int64N(int64(most/time.Millisecond)+1)) * time.Millisecond
}
