package sqlite

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"

	"holdline/internal/acd"
	"holdline/internal/store"
)

// crashEnv makes the test binary play a server that will be killed.
const crashEnv = "HOLDLINE_TEST_CRASH_DATABASE"

// TestKill: a process killed at any moment leaves everything it was told is
// committed, each journal without a gap, and open calls, open legs and a call
// history that fit it.
func TestKill(t *testing.T) {
	path := filepath.Join(t.TempDir(), "holdline.db")
	s := openAt(t, path)
	orgs := []int64{newOrganisation(t, s), newOrganisation(t, s), newOrganisation(t, s)}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	rounds := 6
	if testing.Short() {
		rounds = 2
	}
	for range rounds {
		told := runUntilKilled(t, path, 1+rand.IntN(1500))
		s := openAt(t, path)
		for _, org := range orgs {
			checkJournal(t, s, org, told[org])
		}
		checkUpdates(t, s, orgs[0], told[0])
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if t.Failed() {
			return
		}
	}
}

// runUntilKilled starts a process on the database, kills it after so many
// acknowledgements and gives the last number acknowledged per organisation,
// and for 0 that of the updates.
func runUntilKilled(t *testing.T, path string, after int) map[int64]uint64 {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	child := exec.CommandContext(t.Context(), exe)
	child.Env = append(os.Environ(), crashEnv+"="+path)
	var complaint strings.Builder
	child.Stderr = &complaint
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	told, lines := map[int64]uint64{}, 0
	scanner := bufio.NewScanner(out)
	for scanner.Scan() {
		var org int64
		var seq uint64
		if _, err := fmt.Sscan(scanner.Text(), &org, &seq); err != nil {
			break // the line it was killed in
		}
		told[org] = max(told[org], seq)
		if lines++; lines == after {
			if err := child.Process.Kill(); err != nil {
				t.Error(err)
			}
		}
	}
	_ = child.Wait() // killed
	if lines < after {
		t.Fatalf("the process ended by itself after %d acknowledgements: %s", lines, complaint.String())
	}
	return told
}

func checkJournal(t *testing.T, s store.Store, org int64, told uint64) {
	t.Helper()
	facts := readFacts(t, s, org)
	if uint64(len(facts)) < told {
		t.Errorf("organisation %d: %d facts, but %d were acknowledged", org, len(facts), told)
	}
	want := map[uint64]bool{} // numbers of the open ones
	started := map[acd.CallID]uint64{}
	legs, over := map[acd.Leg]bool{}, 0
	for i, f := range facts {
		if f.Seq != uint64(i+1) {
			t.Fatalf("organisation %d: fact %d in place %d", org, f.Seq, i+1)
		}
		if !reflect.DeepEqual(f, crashFact(f.Seq)) {
			t.Fatalf("organisation %d: fact %d is %+v", org, f.Seq, f)
		}
		switch f.Kind {
		case acd.FactCallerJoined:
			started[f.Call], want[f.Seq] = f.Seq, true
		case acd.FactCallerLeft:
			delete(want, started[f.Call])
		case acd.FactLegStarted:
			legs[*f.Leg] = true
		case acd.FactLegEnded:
			begun := *f.Leg
			begun.Ended = 0
			delete(legs, begun)
			over++
		}
	}
	err := s.View(t.Context(), func(tx store.Tx) error {
		seq, _, err := tx.Facts.Last(t.Context(), org)
		if seq != uint64(len(facts)) {
			t.Errorf("organisation %d: the journal ends at %d with %d facts", org, seq, len(facts))
		}
		open, err2 := tx.Facts.OpenCalls(t.Context(), org)
		for _, f := range open {
			if !want[f.Seq] {
				t.Errorf("organisation %d: fact %d is not open", org, f.Seq)
			}
		}
		if len(open) != len(want) {
			t.Errorf("organisation %d: %d open calls, want %d", org, len(open), len(want))
		}
		return errors.Join(err, err2)
	})
	if err != nil {
		t.Error(err)
	}
	checkHistory(t, s, org, legs, over)
}

// checkHistory: every call that is up has its open leg, every other is listed.
func checkHistory(t *testing.T, s store.Store, org int64, legs map[acd.Leg]bool, over int) {
	t.Helper()
	err := s.View(t.Context(), func(tx store.Tx) error {
		open, err := tx.Calls.OpenLegs(t.Context(), org)
		for _, l := range open {
			if !legs[l] {
				t.Errorf("organisation %d: leg %+v is not open", org, l)
			}
			c, _, err := tx.Calls.Get(t.Context(), org, l.Call)
			if err != nil || c.Ended != 0 {
				t.Errorf("organisation %d: call %s of an open leg ended at %d, %v", org, l.Call, c.Ended, err)
			}
		}
		if len(open) != len(legs) {
			t.Errorf("organisation %d: %d open legs, want %d", org, len(open), len(legs))
		}
		for _, extension := range []int64{0, crashExtension} {
			rows, n, err := tx.Calls.List(t.Context(), org, store.CallFilter{Extension: extension})
			if err != nil || n != over || len(rows) != over {
				t.Errorf("organisation %d, extension %d: %d calls of %d (%v), want %d", org, extension, len(rows), n, err, over)
			}
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

func checkUpdates(t *testing.T, s store.Store, org int64, told uint64) {
	t.Helper()
	err := s.View(t.Context(), func(tx store.Tx) error {
		o, err := tx.Organisations.Get(t.Context(), org)
		if uint64(o.Created) < told {
			t.Errorf("update %d was acknowledged, %d is there", told, o.Created)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// crash is the process that will be killed: it appends to every journal and
// updates a row as fast as it can, and says what it was told is committed.
func crash(path string) error {
	ctx := context.Background()
	s, err := Open(ctx, Options{Path: path})
	if err != nil {
		return err
	}
	var orgs []store.Organisation
	last := map[int64]uint64{}
	err = s.View(ctx, func(tx store.Tx) (err error) {
		if orgs, err = tx.Organisations.List(ctx); err != nil {
			return err
		}
		for _, o := range orgs {
			if last[o.ID], _, err = tx.Facts.Last(ctx, o.ID); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	failed := make(chan error, 1)
	var mu sync.Mutex // lines are written whole
	say := func(org int64, n uint64) {
		mu.Lock()
		defer mu.Unlock()
		fmt.Println(org, n)
	}
	for _, o := range orgs {
		go appendForever(s, o.ID, last[o.ID], say, failed)
	}
	go updateForever(s, orgs[0], say, failed)
	return <-failed
}

func appendForever(s store.Store, org int64, seq uint64, say func(int64, uint64), failed chan<- error) {
	ahead := make(chan struct{}, 50) // appended, not committed yet
	for {
		n := 1 + rand.IntN(5)
		facts := make([]acd.Fact, n)
		for i := range facts {
			seq++
			facts[i] = crashFact(seq)
		}
		ahead <- struct{}{}
		mine := seq
		s.Journal().Append(org, facts, func(err error) {
			if err != nil {
				failed <- err
			}
			say(org, mine)
			<-ahead
		})
	}
}

// crashExtension is where the calls of crashFact go.
const crashExtension = 21

// crashFact: in turns a caller who joins, one who leaves after some others
// joined, a leg that starts and one that ends after some others started.
func crashFact(seq uint64) acd.Fact {
	const others = 20
	turn := (seq - 1) / 4
	switch seq % 4 {
	case 1:
		return acd.Fact{Seq: seq, Kind: acd.FactCallerJoined, Call: acd.CallID(fmt.Sprint("call", turn))}
	case 3:
		return crashLeg(seq, acd.FactLegStarted, turn, 0)
	}
	if turn < others {
		return acd.Fact{Seq: seq, Kind: acd.FactRinging}
	}
	if seq%4 == 2 {
		return acd.Fact{Seq: seq, Kind: acd.FactCallerLeft, Call: acd.CallID(fmt.Sprint("call", turn-others))}
	}
	return crashLeg(seq, acd.FactLegEnded, turn-others, acd.Time(seq))
}

func crashLeg(seq uint64, kind acd.FactKind, turn uint64, ended acd.Time) acd.Fact {
	id := fmt.Sprint("leg", turn)
	l := acd.Leg{ID: id, Call: acd.CallID(id), In: true, Extension: crashExtension, Started: acd.Time(turn + 1), Ended: ended}
	return acd.Fact{Seq: seq, Kind: kind, Call: l.Call, Leg: &l}
}

func updateForever(s store.Store, o store.Organisation, say func(int64, uint64), failed chan<- error) {
	for {
		o.Created++
		err := s.Update(context.Background(), func(tx store.Tx) error { return tx.Organisations.Put(context.Background(), o) })
		if err != nil {
			failed <- err
			return
		}
		say(0, uint64(o.Created))
	}
}
