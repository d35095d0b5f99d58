package sqlite

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"go.uber.org/goleak"

	"holdline/internal/store"
	"holdline/internal/store/storetest"
)

func TestMain(m *testing.M) {
	if path := os.Getenv(crashEnv); path != "" {
		fmt.Fprintln(os.Stderr, crash(path))
		os.Exit(1)
	}
	goleak.VerifyTestMain(m)
}

// TestContract runs the contract of every store.
func TestContract(t *testing.T) {
	storetest.Run(t, storetest.Driver{
		Open: func(t *testing.T) store.Store {
			return openQuickly(t, emptyDatabase(t))
		},
		Reopen: func(t *testing.T, s store.Store) store.Store {
			path := s.(*Store).place.path
			if err := s.Close(); err != nil {
				t.Fatalf("Close: %v", err)
			}
			return openQuickly(t, path)
		},
	})
}

// emptyDatabase gives the path of a database with all tables and no rows, as a
// copy: bringing one up takes longer than most of these tests.
func emptyDatabase(t *testing.T) string {
	t.Helper()
	image, err := empty()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "holdline.db")
	if err := os.WriteFile(path, image, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// openQuickly opens a database that does not wait for the disk.
func openQuickly(t *testing.T, path string) store.Store {
	t.Helper()
	p, err := prepare(path)
	if err != nil {
		t.Fatal(err)
	}
	p.synchronous = volatile
	s, err := open(t.Context(), p, Options{Log: slog.Default(), CommitEvery: defaultCommitEvery})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// openAt opens a database; the caller closes it.
func openAt(t *testing.T, path string) store.Store {
	t.Helper()
	s, err := Open(t.Context(), Options{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	return s
}
