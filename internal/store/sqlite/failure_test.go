package sqlite

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"holdline/internal/acd"
	"holdline/internal/store"
)

// logBuffer is a log that may be read while it is written.
type logBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

// signalled is a log handler that tells when a line with a word is written.
type signalled struct {
	slog.Handler
	word string
	seen chan struct{}
	once *sync.Once
}

func newSignalled(word string, to *logBuffer) signalled {
	return signalled{slog.NewTextHandler(to, nil), word, make(chan struct{}), &sync.Once{}}
}

func (h signalled) Handle(ctx context.Context, r slog.Record) error {
	err := h.Handler.Handle(ctx, r)
	if strings.Contains(r.Message, h.word) {
		h.once.Do(func() { close(h.seen) })
	}
	return err
}

func (h signalled) WithAttrs(a []slog.Attr) slog.Handler {
	h.Handler = h.Handler.WithAttrs(a)
	return h
}

// limitPages makes the database full at n pages; 0 = as many as it has now.
func limitPages(t *testing.T, s *Store, n int) {
	t.Helper()
	err := s.exclusively(t.Context(), func() error {
		_, err := s.writer.db.ExecContext(t.Context(), fmt.Sprintf(`PRAGMA max_page_count = %d`, max(n, 1)))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// A full disk delays facts and loses none.
func TestDiskFull(t *testing.T) {
	var log logBuffer
	handler := newSignalled("cannot be committed", &log)
	path := filepath.Join(t.TempDir(), "holdline.db")
	opened, err := Open(t.Context(), Options{Path: path, Log: slog.New(handler)})
	if err != nil {
		t.Fatal(err)
	}
	s := opened.(*Store)
	org := newOrganisation(t, s)
	limitPages(t, s, 0)

	const n = 2000
	done := make(chan uint64, n)
	for seq := uint64(1); seq <= n; seq++ {
		s.Journal().Append(org, []acd.Fact{{Seq: seq, Kind: acd.FactCallerJoined, Call: acd.CallID(fmt.Sprint("call", seq)), Name: strings.Repeat("x", 200)}},
			func(err error) {
				if err != nil {
					t.Errorf("done of %d: %v", seq, err)
				}
				done <- seq
			})
	}
	<-handler.seen
	if !strings.Contains(log.String(), "disk full") {
		t.Errorf("the log does not say what is wrong:\n%s", log.String())
	}
	if s.Journal().Backlog() == 0 {
		t.Error("no backlog while the disk is full")
	}
	err = s.Update(t.Context(), func(tx store.Tx) error {
		return tx.Sounds.Create(t.Context(), &store.Sound{OrgID: org, Data: make([]byte, 1<<20)})
	})
	if err == nil {
		t.Error("a megabyte was written to a full disk")
	}
	committed := uint64(len(readFacts(t, s, org)))
	if reported := uint64(len(done)); reported > committed {
		t.Errorf("%d facts reported, %d on the disk", reported, committed)
	}

	limitPages(t, s, 1<<30)
	if err := s.Journal().Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	for want := uint64(1); want <= n; want++ {
		if got := <-done; got != want {
			t.Fatalf("done of %d came instead of %d", got, want)
		}
	}
	if got := len(readFacts(t, s, org)); got != n {
		t.Errorf("%d facts, want %d", got, n)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if lines := strings.Count(log.String(), "\n"); lines != 2 {
		t.Errorf("%d log lines, want one when it began and one when it ended:\n%s", lines, log.String())
	}
}

// Closing on a full disk tells how much is lost; what is there is whole.
func TestCloseOnFullDisk(t *testing.T) {
	path := filepath.Join(t.TempDir(), "holdline.db")
	handler := newSignalled("cannot be committed", &logBuffer{})
	opened, err := Open(t.Context(), Options{Path: path, Log: slog.New(handler)})
	if err != nil {
		t.Fatal(err)
	}
	s := opened.(*Store)
	org := newOrganisation(t, s)
	limitPages(t, s, 0)
	const n = 1000
	var lost, kept int
	for seq := uint64(1); seq <= n; seq++ {
		s.Journal().Append(org, []acd.Fact{{Seq: seq, Name: strings.Repeat("x", 200)}}, func(err error) {
			if err != nil {
				lost++
			} else {
				kept++
			}
		})
	}
	<-handler.seen
	err = s.Close()
	if lost == 0 || err == nil || !strings.Contains(err.Error(), fmt.Sprintf("%d facts", lost)) {
		t.Errorf("%d facts lost, Close says %v", lost, err)
	}
	s = openAt(t, path).(*Store)
	defer s.Close()
	if got := len(readFacts(t, s, org)); got != kept || kept+lost != n {
		t.Errorf("%d facts on the disk, %d reported as committed, %d as lost", got, kept, lost)
	}
}

// damage opens a database, closes it and changes the file.
func damage(t *testing.T, change func(file []byte) []byte) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "holdline.db")
	s := openAt(t, path)
	for range 200 {
		newOrganisation(t, s)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, change(file), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestDamagedFile(t *testing.T) {
	for name, change := range map[string]func([]byte) []byte{
		"no database": func([]byte) []byte {
			return []byte(strings.Repeat("these are not the bytes you are looking for\n", 200))
		},
		"cut off":        func(file []byte) []byte { return file[:len(file)/2] },
		"page destroyed": destroyOrganisations,
	} {
		t.Run(name, func(t *testing.T) {
			path := damage(t, change)
			_, err := Open(t.Context(), Options{Path: path})
			if !errors.Is(err, ErrCorrupt) {
				t.Fatalf("error %v, want ErrCorrupt", err)
			}
			for _, part := range []string{path, "backup"} {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("message does not say %q: %v", part, err)
				}
			}
			if _, err := Migrate(t.Context(), path); !errors.Is(err, ErrCorrupt) {
				t.Errorf("Migrate: error %v, want ErrCorrupt", err)
			}
		})
	}
}

// destroyOrganisations overwrites a page that holds organisations.
func destroyOrganisations(file []byte) []byte {
	const page = 4096
	at := bytes.Index(file, []byte("to be destroyed"))
	clear(file[at/page*page : at/page*page+page])
	return file
}

func TestNewerDatabase(t *testing.T) {
	path := filepath.Join(t.TempDir(), "holdline.db")
	s := openAt(t, path).(*Store)
	if _, err := s.writeDB.Exec(`INSERT INTO goose_db_version (version_id, is_applied) VALUES (?, 1)`, latest()+7); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	_, err := Open(t.Context(), Options{Path: path})
	if !errors.Is(err, ErrNewer) || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), fmt.Sprint(latest()+7)) {
		t.Errorf("error %v, want ErrNewer with path and version", err)
	}
	if _, err := Migrate(t.Context(), path); !errors.Is(err, ErrNewer) {
		t.Errorf("Migrate: error %v, want ErrNewer", err)
	}
	v, err := VersionOf(t.Context(), path)
	if err != nil || v != (Version{latest() + 7, latest()}) {
		t.Errorf("VersionOf: %v, %v", v, err)
	}
}

func TestMigrate(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new", "directory", "holdline.db")
	if v, err := VersionOf(t.Context(), path); err != nil || v != (Version{0, latest()}) {
		t.Errorf("version before: %v, %v", v, err)
	}
	if before, err := Migrate(t.Context(), path); err != nil || before != (Version{0, latest()}) {
		t.Errorf("Migrate: %v, %v", before, err)
	}
	if before, err := Migrate(t.Context(), path); err != nil || before != (Version{latest(), latest()}) {
		t.Errorf("Migrate again: %v, %v", before, err)
	}
	s := openAt(t, path)
	defer s.Close()
	if v, err := VersionOf(t.Context(), path); err != nil || v != (Version{latest(), latest()}) {
		t.Errorf("version while in use: %v, %v", v, err)
	}
	for name, want := range map[string]os.FileMode{filepath.Dir(path): 0o700, path: 0o600, path + "-wal": 0o600, path + "-shm": 0o600, path + "-lock": 0o600} {
		info, err := os.Stat(name)
		if err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: mode %v, %v; want %v", name, info.Mode().Perm(), err, want)
		}
	}
}

func TestInUse(t *testing.T) {
	path := filepath.Join(t.TempDir(), "holdline.db")
	s := openAt(t, path)
	for name, open := range map[string]func() error{
		"Open":    func() error { _, err := Open(t.Context(), Options{Path: path}); return err },
		"Migrate": func() error { _, err := Migrate(t.Context(), path); return err },
	} {
		err := open()
		if !errors.Is(err, ErrLocked) || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), fmt.Sprint(os.Getpid())) {
			t.Errorf("%s: error %v, want ErrLocked with path and process", name, err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := openAt(t, path).Close(); err != nil {
		t.Error(err)
	}
}

func TestImpossiblePlaces(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{filepath.Join(file, "holdline.db"), dir} {
		if s, err := Open(t.Context(), Options{Path: path}); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("Open(%s) = %v, %v; want an error with the path", path, s, err)
		}
	}
}

// After Close the file alone is the database: it can be copied.
func TestCloseLeavesOneFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "holdline.db")
	s := openAt(t, path)
	org := newOrganisation(t, s)
	s.Journal().Append(org, numbered(1), nil)
	if err := s.Journal().Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	readFacts(t, s, org)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(path + "*")
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{path, path + "-lock"}; !slices.Equal(files, want) {
		t.Errorf("files %v, want %v", files, want)
	}
}

// Paths are taken literally, whatever characters they have.
func TestStrangePaths(t *testing.T) {
	for _, name := range []string{"with space", "100%", "a?mode=ro", "b#c", "ü;&="} {
		path := filepath.Join(t.TempDir(), name+".db")
		s := openAt(t, path)
		newOrganisation(t, s)
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if info, err := os.Stat(path); err != nil || info.Size() == 0 {
			t.Errorf("%s: %v, want the database there", path, err)
		}
	}
}

// A database in memory leaves nothing behind.
func TestTemporary(t *testing.T) {
	for _, path := range []string{"", ":memory:"} {
		s := openAt(t, path).(*Store)
		newOrganisation(t, s)
		dir := s.place.temporary
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s is still there: %v", dir, err)
		}
	}
}

// Journal and history of deleted organisations go, others' stay.
func TestSweep(t *testing.T) {
	s := openAt(t, "").(*Store)
	defer s.Close()
	orgs := []int64{newOrganisation(t, s), newOrganisation(t, s), newOrganisation(t, s)}
	for _, org := range orgs {
		s.Journal().Append(org, sweptFacts(), nil)
	}
	if err := s.Journal().Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	err := s.Update(t.Context(), func(tx store.Tx) error {
		return errors.Join(tx.Organisations.Delete(t.Context(), orgs[0]), tx.Organisations.Delete(t.Context(), orgs[2]))
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.sweeping.sweep(t.Context()); err != nil { // beside the one in the background
		t.Fatal(err)
	}
	for table, want := range map[string]int{"facts": 2*sweepStep + 5, "legs": sweepStep + 3, "calls": sweepStep + 3,
		"call_extensions": sweepStep + 3, "ratings": sweepStep + 2, "recordings": 0} {
		for i, want := range []int{0, want, 0} {
			var got int
			if err := s.readDB.QueryRow(`SELECT count(*) FROM `+table+` WHERE org_id = ?`, orgs[i]).Scan(&got); err != nil || got != want {
				t.Errorf("organisation %d has %d rows in %s (%v), want %d", i, got, table, err, want)
			}
		}
	}
}

// sweptFacts fills every table the sweeper empties with more than one step's rows.
func sweptFacts() []acd.Fact {
	facts := make([]acd.Fact, 2*sweepStep+5)
	for i := range facts {
		id := fmt.Sprint("leg", i)
		facts[i] = acd.Fact{Seq: uint64(i + 1), Kind: acd.FactRated, Call: acd.CallID(id)}
		if i%2 == 0 {
			facts[i].Kind = acd.FactLegEnded
			facts[i].Leg = &acd.Leg{ID: id, Call: acd.CallID(id), Extension: 21, Started: 1, Ended: 2}
		}
	}
	return facts
}
