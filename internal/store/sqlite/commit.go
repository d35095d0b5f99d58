package sqlite

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"

	codes "modernc.org/sqlite/lib"

	"holdline/internal/acd"
	"holdline/internal/store"
)

const (
	insertFacts = `INSERT INTO facts (org_id, seq, at, kind, queue_id, agent_id, call_id, offer, number, name, status, reason,
		source, state, until, outcome, cause, duration, leg) VALUES `
	factParams   = 19
	advanceHead  = `UPDATE journals SET seq = ?1, offer = max(offer, ?2) WHERE org_id = ?3 AND seq = ?4`
	readHead     = `SELECT seq FROM journals WHERE org_id = ?`
	updateStatus = `UPDATE memberships SET status = ?, reason = ?, since = ? WHERE org_id = ? AND queue_id = ? AND agent_id = ?`
	openCall     = `INSERT INTO open_calls (org_id, call_id, kind, seq) VALUES (?, ?, ?, ?)
		ON CONFLICT (org_id, call_id, kind) DO UPDATE SET seq = excluded.seq`
	closeCall = `DELETE FROM open_calls WHERE org_id = ? AND call_id = ? AND kind = ?`
)

// journalWriter commits batches. It talks to the driver directly: database/sql
// would cost more than SQLite does. Its fields are scratch space.
type journalWriter struct {
	rows    *bulk // of facts
	heads   []head
	headOf  map[int64]int // index in heads by organisation
	opened  map[openKey]uint64
	closed  []openKey
	history *history
}

// head is how far a batch takes an organisation's journal.
type head struct {
	org         int64
	first, last uint64
	offer       acd.OfferID
	err         error // why the journal cannot be continued so
}

// openKey names something that has begun: a caller's stay or a talk.
type openKey struct {
	org  int64
	call acd.CallID
	kind acd.FactKind // of the opening fact
}

func newJournalWriter() *journalWriter {
	return &journalWriter{headOf: map[int64]int{}, opened: map[openKey]uint64{},
		rows: newBulk(insertFacts, factParams, ""), history: newHistory()}
}

// commit writes a batch in one transaction. Entries that can never be
// committed get their error; the others do not suffer from them.
func (w *journalWriter) commit(c *conn, b *batch) error {
	w.plan(b)
	if len(w.heads) == 0 {
		return nil
	}
	err := c.transact(context.Background(), "BEGIN IMMEDIATE", func() error {
		return c.raw(func(d *direct) error { return w.write(d, b) })
	})
	if err != nil {
		return err
	}
	w.refuse(b)
	return nil
}

// plan checks that the facts of each organisation are consecutive and finds
// where each journal has to end now and will end then.
func (w *journalWriter) plan(b *batch) {
	w.heads = w.heads[:0]
	clear(w.headOf)
	rest := b.facts
	for i := range b.entries {
		e := &b.entries[i]
		facts := rest[:e.count]
		rest = rest[e.count:]
		e.err = nil
		if e.count > 0 {
			e.err = w.extend(e.org, facts)
		}
	}
}

func (w *journalWriter) extend(org int64, facts []acd.Fact) error {
	next := facts[0].Seq
	at, known := w.headOf[org]
	if known {
		next = w.heads[at].last + 1
	}
	var offer acd.OfferID
	for i := range facts {
		if facts[i].Seq != next || next == 0 {
			return fmt.Errorf("organisation %d: fact %d where %d is next: %w", org, facts[i].Seq, next, store.ErrConflict)
		}
		next++
		offer = max(offer, facts[i].Offer)
	}
	if !known {
		at = len(w.heads)
		w.headOf[org] = at
		w.heads = append(w.heads, head{org: org, first: facts[0].Seq})
	}
	h := &w.heads[at]
	h.last, h.offer = next-1, max(h.offer, offer)
	return nil
}

// refuse hands a head's error to the entries it concerns.
func (w *journalWriter) refuse(b *batch) {
	for i := range b.entries {
		if e := &b.entries[i]; e.count > 0 && e.err == nil {
			e.err = w.heads[w.headOf[e.org]].err
		}
	}
}

func (w *journalWriter) write(d *direct, b *batch) error {
	for i := range w.heads {
		if err := w.advance(d, &w.heads[i]); err != nil {
			return err
		}
	}
	w.reset()
	rest := b.facts
	for i := range b.entries {
		e := &b.entries[i]
		facts := rest[:e.count]
		rest = rest[e.count:]
		if e.count == 0 || e.err != nil || w.heads[w.headOf[e.org]].err != nil {
			continue
		}
		for k := range facts {
			if err := w.add(d, e.org, &facts[k]); err != nil {
				return err
			}
		}
	}
	if err := w.rows.flush(d); err != nil {
		return err
	}
	if err := w.writeOpen(d); err != nil {
		return err
	}
	return w.history.write(d)
}

// reset forgets the batch before, also one that failed.
func (w *journalWriter) reset() {
	clear(w.opened)
	w.closed = w.closed[:0]
	w.rows.drop()
	w.history.reset()
}

// add stores a fact and does what it means for other rows.
func (w *journalWriter) add(d *direct, org int64, f *acd.Fact) error {
	if err := bindFact(w.rows.next(), org, f); err != nil {
		return err
	}
	if err := w.rows.add(d); err != nil {
		return err
	}
	w.history.note(org, f)
	return w.apply(d, org, f)
}

// advance moves the end of a journal on, if it is where the batch continues.
func (w *journalWriter) advance(d *direct, h *head) error {
	h.err = nil
	n, err := d.exec(advanceHead, int64(h.last), int64(h.offer), h.org, int64(h.first)-1)
	if err != nil || n == 1 {
		return err
	}
	seq, err := d.integer(readHead, h.org)
	switch {
	case errors.Is(err, store.ErrNotFound):
		h.err = organisation(h.org).missing()
	case err != nil:
		return err
	default:
		h.err = fmt.Errorf("organisation %d: facts from %d on, but the journal ends at %d: %w", h.org, h.first, seq, store.ErrConflict)
	}
	return nil
}

func bindFact(a []driver.NamedValue, org int64, f *acd.Fact) (err error) {
	a[0].Value, a[1].Value, a[2].Value, a[3].Value = org, int64(f.Seq), int64(f.At), int64(f.Kind)
	a[4].Value, a[5].Value, a[6].Value, a[7].Value = int64(f.Queue), int64(f.Agent), string(f.Call), int64(f.Offer)
	a[8].Value, a[9].Value, a[10].Value, a[11].Value = f.Number, f.Name, int64(f.Status), f.Reason
	a[12].Value, a[13].Value, a[14].Value, a[15].Value = int64(f.Source), int64(f.State), int64(f.Until), int64(f.Outcome)
	a[16].Value, a[17].Value = int64(f.Cause), micros(f.Duration)
	a[18].Value, err = legValue(f.Leg)
	return err
}

// apply does what a fact means for rows outside the call history.
func (w *journalWriter) apply(d *direct, org int64, f *acd.Fact) error {
	switch f.Kind {
	case acd.FactStatus:
		_, err := d.exec(updateStatus, int64(f.Status), f.Reason, int64(f.At), org, int64(f.Queue), int64(f.Agent))
		return err
	case acd.FactRated:
		_, err := d.exec(insertRating, org, int64(f.Seq), int64(f.At), string(f.Call), int64(f.Queue), int64(f.Agent), f.Reason)
		return err
	case acd.FactRecorded:
		return finishRecording(d, org, f)
	case acd.FactCallerJoined, acd.FactConnected:
		w.opened[openKey{org, f.Call, f.Kind}] = f.Seq
	case acd.FactCallerLeft:
		w.end(openKey{org, f.Call, acd.FactCallerJoined})
	case acd.FactTalkEnded:
		w.end(openKey{org, f.Call, acd.FactConnected})
	}
	return nil
}

// end forgets what began in this batch, and remembers to delete what may have begun before.
func (w *journalWriter) end(k openKey) {
	if _, here := w.opened[k]; here {
		delete(w.opened, k)
		return
	}
	w.closed = append(w.closed, k)
}

// writeOpen deletes before it inserts: a caller may leave and join again in one batch.
func (w *journalWriter) writeOpen(d *direct) error {
	for _, k := range w.closed {
		if _, err := d.exec(closeCall, k.org, string(k.call), int64(k.kind)); err != nil {
			return err
		}
	}
	for k, seq := range w.opened {
		if _, err := d.exec(openCall, k.org, string(k.call), int64(k.kind), int64(seq)); err != nil {
			return err
		}
	}
	return nil
}

// advice says in people's words why a commit failed and what helps.
func advice(err error) string {
	switch primary(code(err)) {
	case codes.SQLITE_FULL:
		return "disk full: free some space"
	case codes.SQLITE_IOERR:
		return "input/output error: check the disk"
	case codes.SQLITE_READONLY, codes.SQLITE_PERM, codes.SQLITE_CANTOPEN:
		return "no permission to write: check the owner and mode of the file and its directory"
	case codes.SQLITE_BUSY, codes.SQLITE_LOCKED:
		return "locked by another program"
	case codes.SQLITE_CORRUPT, codes.SQLITE_NOTADB:
		return "the database is damaged: stop, restore a backup and start again"
	}
	return err.Error()
}
