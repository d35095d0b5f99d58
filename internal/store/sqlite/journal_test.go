package sqlite

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"holdline/internal/acd"
	"holdline/internal/store"
)

// fakeCommits stands for the database: it records what is committed, or fails.
type fakeCommits struct {
	mu    sync.Mutex // guards the rest
	fail  error
	tries int
	parts [][]acd.Fact
	at    []time.Time
}

func (f *fakeCommits) commit(b *batch) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.tries++
	if f.fail != nil {
		return f.fail
	}
	f.parts = append(f.parts, append([]acd.Fact(nil), b.facts...))
	f.at = append(f.at, time.Now())
	return nil
}

func (f *fakeCommits) set(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.fail = err
}

func (f *fakeCommits) facts() (n int) {
	for _, p := range f.parts {
		for _, fact := range p {
			if n++; fact.Seq != uint64(n) {
				return -1
			}
		}
	}
	return n
}

func numbered(seq int) []acd.Fact { return []acd.Fact{{Seq: uint64(seq)}} }

// The first fact after a pause is committed at once, later ones together: soon
// if somebody waits for them, else later.
func TestJournalPace(t *testing.T) {
	for name, c := range map[string]struct {
		done func(error)
		want time.Duration
	}{"awaited": {func(error) {}, 5 * time.Millisecond}, "not awaited": {nil, 20 * time.Millisecond}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { testPace(t, c.done, c.want) })
		})
	}
}

func testPace(t *testing.T, done func(error), want time.Duration) {
	f := &fakeCommits{}
	j := newJournal(f.commit, slog.New(slog.DiscardHandler), 5*time.Millisecond)
	<-time.After(time.Second) // in the bubble's time
	start := time.Now()
	for seq := 1; seq <= 100; seq++ {
		j.Append(1, numbered(seq), done)
		synctest.Wait()
		<-time.After(time.Millisecond)
	}
	if err := j.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := f.at[0].Sub(start); got != 0 {
		t.Errorf("first commit after %v, want at once", got)
	}
	for i := 1; i < len(f.at)-1; i++ { // the last one was hastened by Sync
		if gap := f.at[i].Sub(f.at[i-1]); gap != want {
			t.Errorf("commit %d came %v after the one before, want %v", i, gap, want)
		}
	}
	if n := f.facts(); n != 100 {
		t.Errorf("%d facts in order, want 100", n)
	}
	if _, err := j.stop(); err != nil {
		t.Error(err)
	}
}

// A fact that is waited for takes those before it along.
func TestAwaitedFactHastensTheOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fakeCommits{}
		j := newJournal(f.commit, slog.New(slog.DiscardHandler), 5*time.Millisecond)
		<-time.After(time.Second)
		start := time.Now()
		j.Append(1, numbered(1), nil) // at once
		synctest.Wait()
		j.Append(1, numbered(2), nil)
		<-time.After(2 * time.Millisecond)
		j.Append(1, numbered(3), func(error) {})
		<-time.After(10 * time.Millisecond)
		if _, err := j.stop(); err != nil { // its goroutine has ended: f is ours
			t.Error(err)
		}
		if len(f.at) != 2 || f.at[1].Sub(start) != 5*time.Millisecond {
			t.Errorf("commits at %v after %v, want the second 5ms after the first", f.at, start)
		}
		if n := f.facts(); n != 3 {
			t.Errorf("%d facts in order, want 3", n)
		}
	})
}

// While commits fail nothing is lost, tries become rarer, and the log has one
// line for each change.
func TestJournalRetries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fakeCommits{fail: errors.New("full")}
		var log bytes.Buffer
		j := newJournal(f.commit, slog.New(slog.NewTextHandler(&log, nil)), 5*time.Millisecond)
		var order []uint64
		for seq := 1; seq <= 50; seq++ {
			j.Append(1, numbered(seq), func(err error) {
				if err != nil {
					t.Errorf("done of %d: %v", seq, err)
				}
				order = append(order, uint64(seq))
			})
			<-time.After(time.Millisecond)
		}
		<-time.After(time.Minute)
		synctest.Wait()
		if j.Backlog() != 50 || len(order) != 0 {
			t.Errorf("backlog %d and %d done while failing, want 50 and 0", j.Backlog(), len(order))
		}
		if f.tries < 60 || f.tries > 70 { // one a second, a few more at first
			t.Errorf("%d tries in a minute", f.tries)
		}
		f.set(errors.New("still full, but differently"))
		<-time.After(10 * time.Second)
		f.set(nil)
		if err := j.Sync(t.Context()); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if f.facts() != 50 || len(order) != 50 || j.Backlog() != 0 {
			t.Errorf("%d facts, %d done, backlog %d; want 50, 50, 0", f.facts(), len(order), j.Backlog())
		}
		if n := strings.Count(log.String(), "\n"); n != 3 {
			t.Errorf("%d log lines, want failing, failing differently, working again:\n%s", n, log.String())
		}
		if _, err := j.stop(); err != nil {
			t.Error(err)
		}
	})
}

// Close tries once more and then tells everybody.
func TestJournalStopsWhileFailing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		full := errors.New("full")
		f := &fakeCommits{fail: full}
		j := newJournal(f.commit, slog.New(slog.DiscardHandler), 5*time.Millisecond)
		var failed int
		for seq := 1; seq <= 5; seq++ {
			j.Append(1, numbered(seq), func(err error) {
				if !errors.Is(err, full) {
					t.Errorf("done: %v, want %v", err, full)
				}
				failed++
			})
			<-time.After(20 * time.Millisecond) // the first is being retried, the others wait
		}
		first, err := j.stop()
		if !first || !errors.Is(err, full) || !strings.Contains(err.Error(), "5 facts") {
			t.Errorf("stop: %v, %v; want 5 facts lost", first, err)
		}
		if failed != 5 {
			t.Errorf("%d callers were told, want 5", failed)
		}
		if first, _ := j.stop(); first {
			t.Error("stopped a second time for the first")
		}
	})
}

// A backlog is worked off in parts, so that Update gets its turn, and no
// Append is torn.
func TestJournalParts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fakeCommits{fail: errors.New("full")}
		j := newJournal(f.commit, slog.New(slog.DiscardHandler), 5*time.Millisecond)
		seq := 0
		for range 30 {
			facts := make([]acd.Fact, 1000)
			for i := range facts {
				seq++
				facts[i].Seq = uint64(seq)
			}
			j.Append(1, facts, nil)
		}
		f.set(nil)
		if err := j.Sync(t.Context()); err != nil {
			t.Fatal(err)
		}
		for _, p := range f.parts {
			if len(p) > commitMost || len(p)%1000 != 0 {
				t.Errorf("a part has %d facts, want whole thousands up to %d", len(p), commitMost)
			}
		}
		if f.facts() != seq {
			t.Errorf("%d facts in order, want %d", f.facts(), seq)
		}
		if _, err := j.stop(); err != nil {
			t.Error(err)
		}
		if err := j.Sync(t.Context()); !errors.Is(err, store.ErrClosed) {
			t.Errorf("Sync after the end: %v", err)
		}
	})
}

// The statements for many rows, for few and for one give the same rows.
func TestInsertSizes(t *testing.T) {
	s := openAt(t, "").(*Store)
	defer s.Close()
	org := newOrganisation(t, s)
	seq := uint64(0)
	for n := 1; n <= 2*rowsAtOnce[0]+rowsAtOnce[1]+7; n++ {
		facts := make([]acd.Fact, n)
		for i := range facts {
			seq++
			facts[i] = acd.Fact{Seq: seq, At: acd.Time(seq * 7), Kind: acd.FactRinging}
		}
		s.Journal().Append(org, facts, nil)
		if err := s.Journal().Sync(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	for i, f := range readFacts(t, s, org) {
		if want := uint64(i + 1); f.Seq != want || f.At != acd.Time(want*7) {
			t.Fatalf("fact %d reads back as %+v", want, f)
		}
	}
}

// newOrganisation creates an organisation and gives its id.
func newOrganisation(t *testing.T, s store.Store) int64 {
	t.Helper()
	o := store.Organisation{Name: "to be destroyed", Prefix: fmt.Sprint(prefixes.Add(1))}
	if err := s.Update(t.Context(), func(tx store.Tx) error { return tx.Organisations.Create(t.Context(), &o) }); err != nil {
		t.Fatal(err)
	}
	return o.ID
}

// prefixes counts the organisations of these tests, so that each has its own prefix.
var prefixes atomic.Int64

func readFacts(t *testing.T, s store.Store, org int64) (facts []acd.Fact) {
	t.Helper()
	err := s.View(t.Context(), func(tx store.Tx) (err error) {
		facts, err = tx.Facts.After(t.Context(), org, 0, 0)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return facts
}
