package e2e

import (
	"context"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"holdline/internal/acd"
	"holdline/internal/store"
	"holdline/internal/store/sqlite"
)

// journal is what the disk holds of a server that does not run, checked for
// what must hold after every crash.
type journal struct {
	seq         uint64                        // of the last fact
	facts       []acd.Fact                    // new at the last look
	open        map[acd.CallID]bool           // callers who joined and have not left
	talking     map[acd.CallID]bool           // connected, and the talk has not ended
	legs        map[string]bool               // started, and not ended
	statuses    map[[2]int64]acd.Fact         // last status of (queue, agent)
	memberships map[[2]int64]acd.Membership   // as stored
	left        map[acd.CallID]acd.OfferCause // why callers left, since the last look
	talkEnded   map[acd.CallID]acd.OfferCause // and talks ended
	legsEnded   map[string]bool
	books       *books
}

func newJournal() *journal {
	return &journal{open: map[acd.CallID]bool{}, talking: map[acd.CallID]bool{}, legs: map[string]bool{}, statuses: map[[2]int64]acd.Fact{}, books: newBooks()}
}

// read looks at a copy of the data directory, so that the next start finds
// the directory as the crash left it, and takes over what is new.
func (j *journal) read(t *testing.T, data string) {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(data)); err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	db, err := sqlite.Open(ctx, sqlite.Options{Path: filepath.Join(dir, "holdline.db"), Log: slog.New(slog.NewTextHandler(io.Discard, nil))})
	if err != nil {
		t.Fatalf("the database cannot be opened after the crash: %v", err)
	}
	defer db.Close()
	var facts []acd.Fact
	var members []acd.Membership
	err = db.View(ctx, func(tx store.Tx) error {
		orgs, err := tx.Organisations.List(ctx)
		if err != nil {
			return err
		}
		if facts, err = tx.Facts.After(ctx, orgs[0].ID, j.seq, 0); err != nil {
			return err
		}
		members, err = tx.Memberships.List(ctx, orgs[0].ID)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	j.memberships = map[[2]int64]acd.Membership{}
	for _, m := range members {
		j.memberships[[2]int64{int64(m.Queue), int64(m.Agent)}] = m
	}
	j.facts = facts
	j.left, j.talkEnded, j.legsEnded = map[acd.CallID]acd.OfferCause{}, map[acd.CallID]acd.OfferCause{}, map[string]bool{}
	for _, f := range facts {
		j.take(t, f)
	}
	j.checkStatuses(t)
}

// take follows one fact; everything may begin and end once.
func (j *journal) take(t *testing.T, f acd.Fact) {
	t.Helper()
	if f.Seq != j.seq+1 {
		t.Errorf("the journal goes from %d to %d", j.seq, f.Seq)
	}
	j.seq = f.Seq
	j.books.take(f)
	switch f.Kind {
	case acd.FactCallerJoined:
		begin(t, j.open, f.Call, "call")
	case acd.FactCallerLeft:
		end(t, j.open, f.Call, "call")
		j.left[f.Call] = f.Cause
	case acd.FactConnected:
		begin(t, j.talking, f.Call, "talk")
	case acd.FactTalkEnded:
		end(t, j.talking, f.Call, "talk")
		j.talkEnded[f.Call] = f.Cause
	case acd.FactLegStarted:
		begin(t, j.legs, f.Leg.ID, "leg")
	case acd.FactLegEnded:
		end(t, j.legs, f.Leg.ID, "leg")
		j.legsEnded[f.Leg.ID] = true
	case acd.FactStatus:
		j.statuses[[2]int64{int64(f.Queue), int64(f.Agent)}] = f
	}
}

func begin[K comparable](t *testing.T, up map[K]bool, id K, what string) {
	t.Helper()
	if up[id] {
		t.Errorf("%s %v begins a second time", what, id)
	}
	up[id] = true
}

func end[K comparable](t *testing.T, up map[K]bool, id K, what string) {
	t.Helper()
	if !up[id] {
		t.Errorf("%s %v ends, and is not up: it ended before, or never began", what, id)
	}
	delete(up, id)
}

// kind gives the facts of a kind that were new at the last look.
func (j *journal) kind(k acd.FactKind) (found []acd.Fact) {
	for _, f := range j.facts {
		if f.Kind == k {
			found = append(found, f)
		}
	}
	return found
}

// checkStatuses: what the journal tells last of a membership is what is stored.
func (j *journal) checkStatuses(t *testing.T) {
	t.Helper()
	for key, f := range j.statuses {
		m, there := j.memberships[key]
		if !there && f.Status == acd.LoggedOut {
			continue // taken out of the queue
		}
		if m.Status != f.Status || m.Reason != f.Reason || m.Since != f.At {
			t.Errorf("agent %d in queue %d is %s (%q), the journal says %s (%q)", f.Agent, f.Queue, m.Status, m.Reason, f.Status, f.Reason)
		}
	}
}
