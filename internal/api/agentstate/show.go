package agentstate

import (
	"math"
	"time"

	"holdline/internal/app"
)

// What an agent does, in the contract's words.
const (
	loggedOut   = "logged_out"
	paused      = "paused"
	idle        = "idle"
	ringing     = "ringing"
	inCall      = "in_call"
	wrapUp      = "wrap_up"
	unavailable = "unavailable"
)

// stateOf puts status and line into one word: a call that is up counts more
// than a pause, a pause more than what the line does else. byDefault is the
// status of who is in no queue.
func stateOf(line app.LineState, byDefault app.MembershipStatus, in []app.Membership) (state, reason string, since time.Time) {
	status := app.StatusLoggedOut
	if len(in) == 0 {
		status = byDefault
	}
	for _, m := range in { // the latest membership of the status that counts tells since when
		rank := map[app.MembershipStatus]int{app.StatusLoggedOut: 0, app.StatusPaused: 1, app.StatusOnline: 2}
		if at := m.Since.Std(); rank[m.Status] > rank[status] || m.Status == status && at.After(since) {
			status, reason, since = m.Status, m.Reason, at
		}
	}
	switch {
	case status == app.StatusLoggedOut:
		return loggedOut, reason, since
	case line == app.LineTalking || line == app.LineOnCall:
		return inCall, reason, time.Time{}
	case line == app.LineOffered:
		return ringing, reason, time.Time{}
	case status == app.StatusPaused:
		return paused, reason, since
	case line == app.LineWrapUp:
		return wrapUp, reason, time.Time{}
	case line == app.LineIdle:
		return idle, reason, time.Time{}
	}
	return unavailable, reason, time.Time{}
}

// agentState is the answer of showstate.
type agentState struct {
	Status string       `json:"status"`
	Action string       `json:"action"`
	Agent  string       `json:"agent"`
	Alias  string       `json:"alias"`
	State  string       `json:"state"`
	Reason string       `json:"reason"`
	Since  int64        `json:"since"`
	Queues []queueState `json:"queues"`
}

type queueState struct {
	Queue    string `json:"queue"`
	Paused   bool   `json:"paused"`
	Reason   string `json:"reason"`
	LoggedIn bool   `json:"logged_in"`
}

func (c *call) showState() (any, error) {
	now, err := c.app.AgentNow(c.ctx, c.actor, c.agent)
	if err != nil {
		return nil, err
	}
	numbers, err := c.numbers()
	if err != nil {
		return nil, err
	}
	out := agentState{Status: "success", Action: c.action, Agent: now.Number, Alias: alias(now), Queues: make([]queueState, 0, len(now.Memberships))}
	var since time.Time
	if out.State, out.Reason, since = stateOf(now.State, now.Default, now.Memberships); since.IsZero() {
		since = now.Since
	}
	out.Since = epoch(since)
	for _, m := range now.Memberships {
		out.Queues = append(out.Queues, queueState{numbers[m.Queue], m.Status == app.StatusPaused, m.Reason, m.Status != app.StatusLoggedOut})
	}
	return out, nil
}

// queueList is the answer of showqueue.
type queueList struct {
	Status string      `json:"status"`
	Action string      `json:"action"`
	Queues []queueInfo `json:"queues"`
}

type queueInfo struct {
	Queue    string       `json:"queue"`
	Name     string       `json:"name"`
	Strategy string       `json:"strategy"`
	Calls    int          `json:"calls"` // waiting
	Agents   []agentInfo  `json:"agents"`
	Callers  []callerInfo `json:"callers"`
}

type agentInfo struct {
	Agent      string `json:"agent"`
	Alias      string `json:"alias"`
	Level      int    `json:"level"`
	Position   int    `json:"position"`
	State      string `json:"state"`
	Paused     bool   `json:"paused"`
	Reason     string `json:"reason"`
	CallsTaken int    `json:"calls_taken"` // today
	LastCall   int64  `json:"last_call"`
	LastPause  int64  `json:"last_pause"` // when the pause began
	LoginTime  int64  `json:"login_time"`
	WrapUp     int64  `json:"wrapup"`
}

type callerInfo struct {
	Position int    `json:"position"`
	CallerID string `json:"callerid"`
	Name     string `json:"name"`
	Wait     int64  `json:"wait"`
	CallID   string `json:"call_id"`
}

// wanted gives the queue asked for, or none for all.
func (c *call) wanted() []app.QueueID {
	if c.queue.ID == 0 {
		return nil
	}
	return []app.QueueID{app.QueueID(c.queue.ID)}
}

func (c *call) showQueue() (any, error) {
	list, err := c.app.QueuesNow(c.ctx, c.actor, c.wanted()...)
	out := queueList{Status: "success", Action: c.action, Queues: make([]queueInfo, len(list))}
	for i, q := range list {
		out.Queues[i] = infoOf(q)
	}
	return out, err
}

func infoOf(q app.QueueNow) queueInfo {
	out := queueInfo{Queue: q.Number, Name: q.Name, Strategy: string(q.Strategy), Calls: len(q.Callers),
		Agents: make([]agentInfo, len(q.Agents)), Callers: make([]callerInfo, len(q.Callers))}
	for i, a := range q.Agents {
		m := a.Memberships[0]
		state, _, _ := stateOf(a.State, a.Default, a.Memberships)
		out.Agents[i] = agentInfo{Agent: a.Number, Alias: alias(a), Level: m.Level, Position: m.Position, State: state,
			Paused: m.Status == app.StatusPaused, Reason: m.Reason, CallsTaken: a.Calls, LastCall: epoch(a.LastCall),
			WrapUp: int64(a.WrapUp / time.Second)}
		if m.Status == app.StatusPaused {
			out.Agents[i].LastPause = m.Since.Std().Unix()
		}
		if m.Status != app.StatusLoggedOut {
			out.Agents[i].LoginTime = epoch(a.LoggedIn)
		}
	}
	for i, caller := range q.Callers {
		out.Callers[i] = callerInfo{caller.Position, caller.Number, caller.Name, int64(caller.Wait / time.Second), caller.Call}
	}
	return out
}

// statList is the answer of showqueuestat.
type statList struct {
	Status string      `json:"status"`
	Action string      `json:"action"`
	Queues []queueStat `json:"queues"`
}

// queueStat has what is now (up to LongestHold) and what was since Since.
type queueStat struct {
	Queue         string  `json:"queue"`
	Name          string  `json:"name"`
	LoggedIn      int     `json:"logged_in"`
	Available     int     `json:"available"`
	Callers       int     `json:"callers"`
	LongestHold   int64   `json:"longest_hold"` // of those waiting
	HoldTime      int64   `json:"holdtime"`     // mean wait of those answered
	TalkTime      int64   `json:"talktime"`     // mean
	Completed     int     `json:"completed"`
	Abandoned     int     `json:"abandoned"`
	LevelSeconds  int64   `json:"service_level_sec"`
	ServiceLevel  float64 `json:"service_level"`  // % answered in time of those answered
	ServiceLevel2 float64 `json:"service_level2"` // % answered or abandoned in time of all these
	Since         int64   `json:"since"`
}

func (c *call) showQueueStat() (any, error) {
	list, err := c.app.QueuesNow(c.ctx, c.actor, c.wanted()...)
	if err != nil {
		return nil, err
	}
	today, err := c.h.days.of(c.ctx, c.actor)
	if err != nil {
		return nil, err
	}
	out := statList{Status: "success", Action: c.action, Queues: make([]queueStat, len(list))}
	for i, q := range list {
		out.Queues[i] = statOf(q, today[q.ID], c.app.ServiceThreshold(c.actor))
	}
	return out, nil
}

func statOf(q app.QueueNow, day *app.ReportRow, threshold time.Duration) queueStat {
	out := queueStat{Queue: q.Number, Name: q.Name, LoggedIn: q.LoggedIn, Available: q.Ready, Callers: len(q.Callers),
		LevelSeconds: int64(threshold / time.Second)}
	for _, caller := range q.Callers {
		out.LongestHold = max(out.LongestHold, int64(caller.Wait/time.Second))
	}
	if day == nil { // made since the report was read
		return out
	}
	out.LevelSeconds = int64(day.Threshold / time.Second) // a moment ago it may have been another
	out.HoldTime, out.Completed, out.Abandoned, out.Since = seconds(day.ASA()), day.Handled, day.Abandoned, epoch(day.From)
	if day.Handled > 0 {
		out.TalkTime = seconds((day.Talk + day.Hold) / time.Duration(day.Handled))
	}
	level, _ := day.ServiceLevel()
	all, _ := day.ServiceLevelAll()
	out.ServiceLevel, out.ServiceLevel2 = percent(level), percent(all)
	return out
}

// percent gives a share in percent with one digit behind the point.
func percent(share float64) float64 { return math.Round(share*1000) / 10 }
