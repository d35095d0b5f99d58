package store

import (
	"context"

	"holdline/internal/acd"
)

// FactRow is a committed fact.
type FactRow struct {
	OrgID int64
	acd.Fact
}

// Facts reads the journal.
type Facts interface {
	// Last gives the last sequence number and offer id of the organisation; zeros if it has none.
	Last(ctx context.Context, org int64) (seq uint64, offer acd.OfferID, err error)
	// After lists facts with Seq > seq in order, at most limit; limit 0 = all.
	After(ctx context.Context, org int64, seq uint64, limit int) ([]acd.Fact, error)
	// OpenCalls lists, in order, the FactCallerJoined and FactConnected facts of calls that have no end
	// yet: joined without FactCallerLeft, or connected without FactTalkEnded, of the same Call. It costs
	// as much as there are open calls, however long the journal is.
	OpenCalls(ctx context.Context, org int64) ([]acd.Fact, error)
	// Range calls fn with every fact with from <= At < to, in order, until fn returns an error, which
	// Range then returns as it is; to 0 = up to the end. Its memory does not grow with the journal, and
	// fn may read from the same Tx. Where the range begins is found by halving, which relies on times
	// never decreasing along a journal, as the engine keeps them, across restarts too; only where a clock
	// was years ahead once may facts from before be left out or come too early.
	Range(ctx context.Context, org int64, from, to acd.Time, fn func(acd.Fact) error) error
}

// BacklogSoft is how many facts may wait to be committed before a server
// should refuse new calls, so that those it has can go on and be told to the
// end: about 100 MB, and nothing a disk that works ever comes near. The
// journal itself refuses nothing; whoever takes calls compares it with Backlog.
const BacklogSoft = 200_000

// Journal appends facts, committing those of many organisations together every few milliseconds.
type Journal interface {
	// Append queues facts and returns at once; it copies the slice. done, if not nil, is called from the
	// journal's goroutine when they are committed, or with an error when they never will be. A failed
	// commit is retried (with a log line) until Close. With a fact its effect on other rows is
	// committed in the same transaction: FactStatus updates the membership, others the call history
	// (Calls) and the recordings (Recordings). A Fact.Leg must not be changed any more; texts in it
	// that are not UTF-8 read back with U+FFFD in place of what is wrong.
	//
	// Facts of one organisation must follow one another: each Seq is one more than that of the fact
	// before, from Facts.Last on. Those that do not are refused with ErrConflict, and so is everything
	// after them until the gap is closed; facts of an organisation that is not there are refused with
	// ErrNotFound, those after Close with ErrClosed. Refused facts hold up nobody else's. Every done is
	// called exactly once, in the order of the Appends; when it runs, View sees the facts. It must be
	// quick and must not call Sync or Close. Without facts, done is called when all before is settled.
	//
	// Nothing bounds the queue: while the disk fails, facts stay in memory, about 300 bytes each, and
	// Backlog tells how many, so that new calls can be refused in time.
	Append(org int64, facts []acd.Fact, done func(error))
	// Backlog gives the number of facts waiting to be committed.
	Backlog() int
	// Sync returns when everything appended before it is committed or refused; ErrClosed after Close.
	Sync(context.Context) error
	// Watch has fn called after every commit for each organisation that has facts in it, from the
	// journal's goroutine: it must be quick and must not call Sync or Close. When it runs, View sees
	// the facts. Unlike done, it makes no commit come earlier. Several may watch; none can stop.
	Watch(fn func(org int64))
}
