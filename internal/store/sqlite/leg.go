package sqlite

import (
	"database/sql/driver"
	"encoding/json"
	"errors"
	"fmt"

	"holdline/internal/acd"
)

// storedLeg is acd.Leg as facts keep it. The two are converted into one
// another, which stops compiling when a field is added to one alone.
type storedLeg struct {
	ID        string      `json:"id"`
	Call      acd.CallID  `json:"call,omitempty"`
	In        bool        `json:"in,omitempty"`
	From      string      `json:"from,omitempty"`
	FromName  string      `json:"from_name,omitempty"`
	To        string      `json:"to,omitempty"`
	Extension int64       `json:"extension,omitempty"`
	Trunk     int64       `json:"trunk,omitempty"`
	Queue     acd.QueueID `json:"queue,omitempty"`
	Agent     acd.AgentID `json:"agent,omitempty"`
	Started   acd.Time    `json:"started,omitempty"`
	Answered  acd.Time    `json:"answered,omitempty"`
	Ended     acd.Time    `json:"ended,omitempty"`
	By        string      `json:"by,omitempty"`
	Cause     string      `json:"cause,omitempty"`
	Code      int         `json:"code,omitempty"`
}

// legValue is a leg as a column of facts: JSON, or NULL.
func legValue(l *acd.Leg) (driver.Value, error) {
	if l == nil {
		return nil, nil
	}
	b, err := json.Marshal(storedLeg(*l))
	return string(b), err
}

// legOf reads what legValue gave.
func legOf(v driver.Value) (*acd.Leg, error) {
	if v == nil {
		return nil, nil
	}
	text, ok := v.(string)
	if !ok {
		return nil, errors.New("sqlite: a leg is not text")
	}
	var l storedLeg
	if err := json.Unmarshal([]byte(text), &l); err != nil {
		return nil, fmt.Errorf("leg of a fact: %w", err)
	}
	leg := acd.Leg(l)
	return &leg, nil
}

const (
	legColumns = `leg_id, call_id, incoming, from_number, from_name, to_number, extension_id, trunk_id, queue_id, agent_id,
	started, answered, ended, ended_by, cause, code`
	insertLegs = `INSERT INTO legs (org_id, call_seq, ` + legColumns + `) VALUES `
	legParams  = 18
	replaceLeg = ` ON CONFLICT (org_id, call_seq, leg_id) DO UPDATE SET call_id = excluded.call_id, incoming = excluded.incoming,
	from_number = excluded.from_number, from_name = excluded.from_name, to_number = excluded.to_number,
	extension_id = excluded.extension_id, trunk_id = excluded.trunk_id, queue_id = excluded.queue_id, agent_id = excluded.agent_id,
	started = excluded.started, answered = excluded.answered, ended = excluded.ended,
	ended_by = excluded.ended_by, cause = excluded.cause, code = excluded.code`
)

func bindLeg(a []driver.NamedValue, org int64, call uint64, l *acd.Leg) {
	a[0].Value, a[1].Value, a[2].Value, a[3].Value, a[4].Value = org, int64(call), l.ID, string(l.Call), l.In
	a[5].Value, a[6].Value, a[7].Value = l.From, l.FromName, l.To
	a[8].Value, a[9].Value, a[10].Value, a[11].Value = l.Extension, l.Trunk, int64(l.Queue), int64(l.Agent)
	a[12].Value, a[13].Value, a[14].Value = int64(l.Started), int64(l.Answered), int64(l.Ended)
	a[15].Value, a[16].Value, a[17].Value = l.By, l.Cause, int64(l.Code)
}

func scanLeg(r row) (l acd.Leg, err error) {
	err = r.Scan(&l.ID, &l.Call, &l.In, &l.From, &l.FromName, &l.To, &l.Extension, &l.Trunk, &l.Queue, &l.Agent,
		&l.Started, &l.Answered, &l.Ended, &l.By, &l.Cause, &l.Code)
	return l, err
}
