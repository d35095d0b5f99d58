package sqlite

import (
	"fmt"
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
			return openAt(t, filepath.Join(t.TempDir(), "holdline.db"))
		},
		Reopen: func(t *testing.T, s store.Store) store.Store {
			path := s.(*Store).place.path
			if err := s.Close(); err != nil {
				t.Fatalf("Close: %v", err)
			}
			return openAt(t, path)
		},
	})
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
