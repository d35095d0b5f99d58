package sqlite

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/pressly/goose/v3"
	codes "modernc.org/sqlite/lib"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Version tells which schema a database has.
type Version struct {
	Current int64 // of the database; 0 = empty or not there yet
	Latest  int64 // that this build knows
}

// Migrate brings the database at path to the latest schema, creating it when
// it is missing, and tells the versions before. Open does the same; this is
// for doing it by hand, before a start. The database must not be in use.
func Migrate(ctx context.Context, path string) (before Version, err error) {
	p, err := prepare(path)
	if err != nil {
		return Version{}, err
	}
	defer p.release()
	before, err = p.migrate(ctx)
	return before, explainFile(p.path, err)
}

// VersionOf tells the versions without changing anything, also while a server
// uses the database.
func VersionOf(ctx context.Context, path string) (v Version, err error) {
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return Version{Latest: latest()}, nil
	}
	db, err := pool(path, durable, true)
	if err != nil {
		return Version{}, explainFile(path, err)
	}
	defer db.Close()
	current, err := currentVersion(ctx, db)
	return Version{current, latest()}, explainFile(path, err)
}

// currentVersion reads goose's table, which an empty database does not have.
func currentVersion(ctx context.Context, db *sql.DB) (n int64, err error) {
	var found bool
	err = db.QueryRowContext(ctx, `SELECT count(*) FROM sqlite_schema WHERE name = ?`, goose.DefaultTablename).Scan(&found)
	if err != nil || !found {
		return 0, err
	}
	err = db.QueryRowContext(ctx, `SELECT coalesce(max(version_id), 0) FROM `+goose.DefaultTablename).Scan(&n)
	return n, err
}

// latest is the highest number among the embedded files.
func latest() (n int64) {
	entries, err := migrations.ReadDir("migrations")
	if err != nil {
		panic(err) // embedded at build time
	}
	for _, e := range entries {
		if v, err := goose.NumericComponent(e.Name()); err == nil {
			n = max(n, v)
		}
	}
	return n
}

// upgrade runs what is missing; the caller holds the lock.
func upgrade(ctx context.Context, db *sql.DB) (before Version, err error) {
	before.Latest = latest()
	if before.Current, err = currentVersion(ctx, db); err != nil {
		return before, err
	}
	switch {
	case before.Current > before.Latest:
		return before, fmt.Errorf("%w: it has version %d and this one knows versions up to %d; start the newer Holdline, or go back to a copy made before the upgrade",
			ErrNewer, before.Current, before.Latest)
	case before.Current == before.Latest:
		return before, nil
	}
	steps, err := provider(db)
	if err != nil {
		return before, err
	}
	_, err = steps.Up(ctx)
	return before, err
}

func provider(db *sql.DB) (*goose.Provider, error) {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, err
	}
	return goose.NewProvider(goose.DialectSQLite3, db, files, goose.WithDisableGlobalRegistry(true))
}

// small are the tables whose pages are verified at each start. Reading facts
// and sounds through would take minutes once there are millions.
var small = []string{"organisations", "users", "applications", "tokens", "codes", "sessions", "extensions", "bindings", "trunks", "dids",
	"queues", "agents", "memberships", "journals", "open_calls", "subscriptions"}

// verify looks for damage in the configuration.
func verify(ctx context.Context, db *sql.DB) error {
	for _, table := range small {
		var found string
		if err := db.QueryRowContext(ctx, `PRAGMA quick_check(`+table+`)`).Scan(&found); err != nil {
			return fmt.Errorf("check of table %s: %w", table, err)
		}
		if found != "ok" {
			return fmt.Errorf("%w: table %s: %s", ErrCorrupt, table, strings.ReplaceAll(found, "\n", "; "))
		}
	}
	return nil
}

// explainFile names the database in an error and says what to do about it.
func explainFile(path string, err error) error {
	if err == nil {
		return nil
	}
	switch c := primary(code(err)); {
	case c == codes.SQLITE_NOTADB:
		err = fmt.Errorf("%w: the file is no SQLite database (%w)", ErrCorrupt, err)
	case c == codes.SQLITE_CORRUPT:
		err = fmt.Errorf("%w (%w)", ErrCorrupt, err)
	case c == codes.SQLITE_CANTOPEN || c == codes.SQLITE_READONLY || c == codes.SQLITE_PERM:
		err = fmt.Errorf("it cannot be opened for writing; check its owner and mode, those of its directory and of the files next to it (%w)", err)
	}
	if errors.Is(err, ErrCorrupt) {
		err = fmt.Errorf("%w; put a backup in its place, or move it and the files %s-wal and %s-shm away and rescue what is left with \"sqlite3 … .recover\"", err, path, path)
	}
	return fmt.Errorf("database %s: %w", path, err)
}
