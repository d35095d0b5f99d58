package live

import (
	"encoding/json"
	"math"
	"strings"
	"time"

	"holdline/internal/acd"
	"holdline/internal/report"
	"holdline/internal/store"
)

// The objects as watchers get them, in the words of the ver1.0 API. Moments
// are milliseconds since 1970 UTC: whoever shows a wait counts it on from
// there, so that no number has to be sent for time alone.

// clientKey is the key of the organisation itself.
const clientKey = "client"

type clientObject struct {
	ID        int64    `json:"client_id"`
	Name      string   `json:"name"`
	TimeZone  string   `json:"time_zone"`
	Threshold int64    `json:"threshold"`     // seconds, T of the service levels
	Reasons   []string `json:"pause_reasons"` // offered for breaks
}

func (f *feed) client() []byte {
	o, _ := f.hub.cfg.Directory.Organisation(f.org)
	zone := o.TimeZone
	if zone == "" {
		zone = "UTC"
	}
	return marshal(clientObject{o.ID, o.Name, zone, int64(o.Threshold() / time.Second), o.Reasons()})
}

type queueObject struct {
	ID        int64       `json:"extension_id"`
	Number    string      `json:"extension_name"`
	Label     string      `json:"label"`
	Status    string      `json:"status"` // active, or blocked: callers are refused
	Waiting   int         `json:"waiting_members"`
	Trying    int         `json:"trying_members"`
	Answered  int         `json:"answered_members"`
	First     *int64      `json:"longest_joined"`
	LoggedIn  int         `json:"agents_logged_in"`
	Available int         `json:"agents_available"`
	Paused    int         `json:"agents_paused"`
	Today     *queueToday `json:"today"` // null until the journal has been read
}

type queueToday struct {
	Offered         int      `json:"offered"`
	Answered        int      `json:"answered"`
	Abandoned       int      `json:"abandoned"`
	Short           int      `json:"short_abandoned"`
	Timeout         int      `json:"timeout"`
	NoAgent         int      `json:"no_agent"`
	ExitKey         int      `json:"exit_key"`
	Transferred     int      `json:"transferred"`
	Failed          int      `json:"failed"`
	MeanWait        float64  `json:"mean_wait"`
	LongestWait     float64  `json:"longest_wait"`
	ASA             float64  `json:"asa"`
	ServiceLevel    *float64 `json:"service_level"`
	ServiceLevelAll *float64 `json:"service_level_all"`
}

func (f *feed) queue(e store.Extension, number string, v acd.QueueView) []byte {
	o := queueObject{ID: e.ID, Number: number, Label: e.Label, Status: "active", Waiting: v.Waiting, Trying: v.Trying, Answered: v.Answered,
		First: millis(v.First), LoggedIn: v.LoggedIn, Available: v.Ready, Paused: v.LoggedIn - v.Online}
	if e.Blocked {
		o.Status = "blocked"
	}
	if f.day != nil {
		o.Today = todayOfQueue(f.day.fold.Running(acd.QueueID(e.ID), 0))
	}
	return marshal(o)
}

func todayOfQueue(r report.Row) *queueToday {
	return &queueToday{r.Offered, r.Answered, r.Abandoned, r.Short, r.Timeout, r.NoAgent, r.ExitKey, r.Transferred, r.Failed,
		seconds(r.MeanWait()), seconds(r.LongestWait), seconds(r.ASA()), percent(r.ServiceLevel()), percent(r.ServiceLevelAll())}
}

type agentObject struct {
	ID          int64         `json:"agent_id"`
	Type        string        `json:"type"` // local, remote
	Name        *string       `json:"name"`
	Extension   *int64        `json:"extension_id"`
	Number      string        `json:"number"`  // full internal number, or the external one
	User        *int64        `json:"user_id"` // whose phone it is
	Status      string        `json:"status"`
	Reason      *string       `json:"pause_reason"`
	StatusSince *int64        `json:"status_since"`
	State       string        `json:"state"`
	StateSince  *int64        `json:"state_since"`
	Until       *int64        `json:"until"` // end of wrap-up or rest
	Cause       *string       `json:"cause"` // of a rest
	Call        *callerObject `json:"call"`  // offered or talking
	Queues      []placeObject `json:"queues"`
	Today       *agentToday   `json:"today"`
}

type placeObject struct {
	Queue    int64   `json:"extension_id"`
	Level    int     `json:"level"`
	Position int     `json:"position"`
	Status   string  `json:"status"`
	Reason   *string `json:"pause_reason"`
	Since    *int64  `json:"since"`
}

type agentToday struct {
	Offered  int     `json:"offered"`
	Answered int     `json:"answered"`
	Missed   int     `json:"missed"`
	Refused  int     `json:"refused"`
	Talk     float64 `json:"talk"`
	AHT      float64 `json:"aht"`
}

func (f *feed) agent(a store.Agent, v acd.AgentView, talk *acd.CallerView) []byte {
	o := agentObject{ID: int64(a.ID), Type: "local", Name: a.Name, User: id(f.owner(a.ID)), Extension: &a.ExtensionID, State: v.State.String(),
		StateSince: millis(v.Since), Until: millis(v.Until), Cause: text(v.Cause.String()), Queues: make([]placeObject, 0, len(v.Memberships))}
	if a.Remote {
		o.Type, o.Extension = "remote", nil
	}
	at, _ := f.hub.cfg.Directory.AgentEndpoint(f.org, a.ID)
	o.Number = at.Number
	status, reason, since := standing(a.Default, v.Memberships)
	o.Status, o.Reason, o.StatusSince = statusWord(status), text(reason), millis(since)
	for _, m := range v.Memberships {
		o.Queues = append(o.Queues, placeObject{int64(m.Queue), m.Level, m.Position, statusWord(m.Status), text(m.Reason), millis(m.Since)})
	}
	if talk != nil {
		c := callerOf(*talk)
		o.Call = &c
	}
	if f.day != nil {
		o.Today = todayOfAgent(f.day.fold.Running(0, a.ID))
	}
	return marshal(o)
}

func todayOfAgent(r report.Row) *agentToday {
	return &agentToday{r.Offered, r.Answered, r.Missed, r.Refused, seconds(r.Talk), seconds(r.AHT())}
}

// standing gives an agent's status over all queues (contracts/engine.md,
// Status), a break's reason, and since when it is so: online since the first
// queue, on a break or logged out since the last.
func standing(byDefault acd.Status, in []acd.Membership) (status acd.Status, reason string, since acd.Time) {
	if len(in) == 0 {
		return byDefault, "", 0
	}
	for _, m := range in {
		switch {
		case m.Status == acd.Online && (status != acd.Online || m.Since < since):
			status, reason, since = acd.Online, "", m.Since
		case m.Status == acd.Paused && (status == acd.LoggedOut || status == acd.Paused && m.Since > since):
			status, reason, since = acd.Paused, m.Reason, m.Since
		case m.Status == acd.LoggedOut && status == acd.LoggedOut:
			since = max(since, m.Since)
		}
	}
	return status, reason, since
}

func statusWord(s acd.Status) string {
	return [...]string{acd.LoggedOut: "logged_out", acd.Online: "available", acd.Paused: "on_break"}[s]
}

type callerObject struct {
	Call     string `json:"call_api_id"`
	Queue    int64  `json:"extension_id"`
	Number   string `json:"number"`
	Name     string `json:"name"`
	Joined   *int64 `json:"joined"`
	State    string `json:"state"` // Waiting, Trying, Answered
	Agent    *int64 `json:"agent_id"`
	Answered *int64 `json:"answered"`
}

func callerOf(v acd.CallerView) callerObject {
	return callerObject{string(v.Call), int64(v.Queue), v.Number, v.Name, millis(v.Joined), v.State.String(), id(v.Agent), millis(v.Answered)}
}

func caller(v acd.CallerView) []byte { return marshal(callerOf(v)) }

type callObject struct {
	Call            string  `json:"call_api_id"`
	Recording       *string `json:"record_uuid"`
	Flow            string  `json:"call_flow"`
	CalledNumber    string  `json:"called_number"`
	CallerNumber    string  `json:"caller_id_number"`
	CallerName      string  `json:"caller_id_name"`
	CallerExtension *int64  `json:"caller_extension_id"`
	CalledExtension *int64  `json:"called_extension_id"`
	Queue           *int64  `json:"queue_id"`
	Agent           *int64  `json:"agent_id"`
	Started         *int64  `json:"init_time"`
	Answered        *int64  `json:"answer_time"`
	State           string  `json:"state"` // ringing, waiting, talking, held, parked
	CallerHold      *string `json:"caller_hold"`
	CalledHold      *string `json:"called_hold"`
}

func (f *feed) call(c acd.LiveCall) described {
	o := callObject{string(c.Call), text(c.Recording), "internal", c.To, c.From, c.FromName, id(c.CallerExtension), id(c.CalledExtension),
		id(c.Queue), id(c.Agent), millis(c.Started), millis(c.Answered), string(c.State), text(string(c.CallerHold)), text(string(c.CalledHold))}
	switch {
	case c.In:
		o.Flow = string(store.FlowIn)
	case c.CalledExtension == 0 && c.Queue == 0:
		o.Flow = string(store.FlowOut)
	}
	users := map[int64]bool{f.extensionOwner(c.CallerExtension): true, f.extensionOwner(c.CalledExtension): true,
		f.extensionOwner(int64(c.Queue)): true, f.owner(c.Agent): true}
	return described{marshal(o), sorted(users)}
}

// marshal writes JSON without the escapes that only HTML needs.
func marshal(v any) []byte {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil { // structs of texts and numbers always can be written
		panic("live: " + err.Error())
	}
	return []byte(strings.TrimSuffix(b.String(), "\n"))
}

func quote(s string) []byte { return marshal(s) }

func millis(t acd.Time) *int64 {
	if t == 0 {
		return nil
	}
	ms := int64(t) / 1000
	return &ms
}

func text(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func id[N ~int64](n N) *int64 {
	if n == 0 {
		return nil
	}
	v := int64(n)
	return &v
}

func seconds(d time.Duration) float64 { return math.Round(d.Seconds()*10) / 10 }

func percent(share float64, ok bool) *float64 {
	if !ok {
		return nil
	}
	p := math.Round(share*1000) / 10
	return &p
}
