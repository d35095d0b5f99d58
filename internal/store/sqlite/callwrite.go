package sqlite

import (
	"database/sql/driver"

	"holdline/internal/acd"
	"holdline/internal/store"
)

const (
	// mergeCall adds a call or what is new of it, and gives the number it is
	// stored under. The call is up then, until finishCall has seen all its legs. ?21 says whether the leg is the one that began it; ?13,
	// ?14, ?16 and ?20 are NULL for what this batch does not tell.
	mergeCall = `INSERT INTO calls (org_id, seq, call_id, flow, from_number, from_name, to_number, did, extension_id,
		started, answered, bridged, queue_id, agent_id, ended, outcome, ended_by, cause, code, rating)
	VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, coalesce(?13, 0), coalesce(?14, 0), ?15, coalesce(?16, 0), ?17, ?18, ?19, coalesce(?20, ''))
	ON CONFLICT (org_id, call_id) DO UPDATE SET
		flow = CASE WHEN flow = 'internal' OR excluded.flow = 'in' THEN excluded.flow ELSE flow END,
		from_number = CASE WHEN ?21 THEN excluded.from_number ELSE from_number END,
		from_name = CASE WHEN ?21 THEN excluded.from_name ELSE from_name END,
		to_number = CASE WHEN ?21 THEN excluded.to_number ELSE to_number END,
		did = CASE WHEN ?21 THEN excluded.did ELSE did END,
		extension_id = CASE WHEN extension_id = 0 THEN excluded.extension_id ELSE extension_id END,
		answered = CASE WHEN ?21 THEN excluded.answered ELSE answered END,
		ended_by = CASE WHEN ?21 THEN excluded.ended_by ELSE ended_by END,
		cause = CASE WHEN ?21 THEN excluded.cause ELSE cause END,
		code = CASE WHEN ?21 THEN excluded.code ELSE code END,
		bridged = CASE WHEN bridged = 0 OR excluded.bridged > 0 AND excluded.bridged < bridged THEN excluded.bridged ELSE bridged END,
		queue_id = coalesce(?13, queue_id), agent_id = coalesce(?14, agent_id),
		outcome = coalesce(?16, outcome), rating = coalesce(?20, rating), ended = excluded.ended
	RETURNING seq`
	// changeCall is mergeCall for a batch without any of its legs.
	changeCall = `UPDATE calls SET
		extension_id = CASE WHEN extension_id = 0 THEN ?3 ELSE extension_id END,
		bridged = CASE WHEN bridged = 0 OR ?4 > 0 AND ?4 < bridged THEN ?4 ELSE bridged END,
		queue_id = coalesce(?5, queue_id), agent_id = coalesce(?6, agent_id),
		outcome = coalesce(?7, outcome), rating = coalesce(?8, rating)
	WHERE org_id = ?1 AND call_id = ?2`
	meetExtension = `INSERT INTO call_extensions (org_id, extension_id, started, call_seq)
		SELECT org_id, ?3, started, seq FROM calls WHERE org_id = ?1 AND call_id = ?2 ON CONFLICT DO NOTHING`
	// finishCall: a call is over when all its legs are, and was as it began when they all left it.
	finishCall = `UPDATE calls SET ended = coalesce(e.at, started) FROM (SELECT CASE WHEN min(ended) = 0 THEN 0 ELSE max(ended) END AS at
		FROM legs WHERE org_id = ?1 AND call_seq = ?2) AS e WHERE org_id = ?1 AND seq = ?2 AND ended <> coalesce(e.at, started)`
)

func (c *callChange) write(d *direct) error {
	if c.told == nil {
		if n, err := d.exec(changeCall, c.org, string(c.id), c.first, int64(c.bridged),
			orNull(c.queue), orNull(c.agent), orNull(c.outcome), textOrNull(c.rating)); err != nil || n == 0 {
			return err // 0 = none of its legs was ever told
		}
	} else if err := c.merge(d); err != nil {
		return err
	}
	for i, x := range c.met {
		if seenBefore(c.met, i) {
			continue
		}
		if _, err := d.exec(meetExtension, c.org, string(c.id), x); err != nil {
			return err
		}
	}
	return nil
}

func (c *callChange) merge(d *direct) error {
	l, flow := c.told, c.flow()
	did, extension := "", l.Extension
	if flow == store.FlowIn {
		did = l.To
	}
	if extension == 0 || !c.began() {
		extension = c.first
	}
	seq, err := d.integer(mergeCall, c.org, int64(c.seq), string(c.id), string(flow), l.From, l.FromName, l.To, did, extension,
		int64(l.Started), int64(l.Answered), int64(c.bridged), orNull(c.queue), orNull(c.agent), int64(0), orNull(c.outcome),
		l.By, l.Cause, int64(l.Code), textOrNull(c.rating), c.began())
	c.seq = uint64(seq)
	return err
}

func endCall(d *direct, org int64, call uint64) error {
	_, err := d.exec(finishCall, org, int64(call))
	return err
}

// seenBefore: a handful at most, so that looking through them is cheapest.
func seenBefore(list []int64, i int) bool {
	for _, x := range list[:i] {
		if x == list[i] {
			return true
		}
	}
	return false
}

func orNull[T acd.QueueID | acd.AgentID | acd.Outcome](v *T) driver.Value {
	if v == nil {
		return nil
	}
	return int64(*v)
}

func textOrNull(s *string) driver.Value {
	if s == nil {
		return nil
	}
	return *s
}
