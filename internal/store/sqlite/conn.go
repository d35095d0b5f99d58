package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"

	modernc "modernc.org/sqlite"
)

// pragmas are set on every connection, in this order. The busy timeout comes
// first, because those after it may already meet a lock.
var pragmas = []string{
	"busy_timeout(5000)", // ms; only foreign tools and checkpoints ever hold a lock against us
	"journal_mode(WAL)",  // readers never wait for the writer, nor it for them
	"foreign_keys(1)",
	"trusted_schema(0)",
	"temp_store(MEMORY)",
	"cache_size(-4000)",            // KiB per connection
	"journal_size_limit(67108864)", // bytes the write-ahead log is cut back to after a burst
}

// durable makes every commit wait until the write-ahead log is on the disk,
// so that what was told to a customer survives a power loss as well as a
// crash. Group commit shares that wait among all facts of a few milliseconds.
const durable = "synchronous(FULL)"

// volatile is for databases that are deleted when they are closed.
const volatile = "synchronous(OFF)"

// dsn gives the driver's name for the database at an absolute path.
func dsn(path, synchronous string, readOnly bool) string {
	q := url.Values{"_pragma": append(append([]string(nil), pragmas...), synchronous)}
	if readOnly {
		q.Set("_query_only", "1")
	}
	return "file:" + (&url.URL{Path: path}).EscapedPath() + "?" + q.Encode()
}

// pool opens connections one by one; it keeps as many open as are asked for.
func pool(path, synchronous string, readOnly bool) (*sql.DB, error) {
	connector, err := modernc.NewConnector(dsn(path, synchronous, readOnly))
	if err != nil {
		return nil, err
	}
	return sql.OpenDB(connector), nil
}

// conn is one database connection with the statements it has prepared. It is
// used by one goroutine at a time.
type conn struct {
	db     *sql.Conn
	stmts  map[string]*sql.Stmt
	direct *direct // made when the journal first needs it
}

func newConn(ctx context.Context, db *sql.DB) (*conn, error) {
	c, err := db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	return &conn{db: c, stmts: map[string]*sql.Stmt{}}, nil
}

// close ends the statements and gives the connection back to its pool.
// SQLite keeps a connection with living statements, and its hold on the
// write-ahead log, for ever.
func (c *conn) close() {
	_ = c.db.Raw(func(any) error {
		c.direct.close()
		return nil
	})
	for _, s := range c.stmts {
		s.Close()
	}
	c.db.Close()
}

// prepared gives the statement for a query, prepared once a connection.
// Queries are constants of this package, so the cache is bounded.
func (c *conn) prepared(ctx context.Context, query string) (*sql.Stmt, error) {
	if s, ok := c.stmts[query]; ok {
		return s, nil
	}
	s, err := c.db.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	c.stmts[query] = s
	return s, nil
}

func (c *conn) exec(ctx context.Context, query string, args ...any) (sql.Result, error) {
	s, err := c.prepared(ctx, query)
	if err != nil {
		return nil, err
	}
	return s.ExecContext(ctx, args...)
}

func (c *conn) query(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	s, err := c.prepared(ctx, query)
	if err != nil {
		return nil, err
	}
	return s.QueryContext(ctx, args...)
}

// transact runs fn between begin and COMMIT, or ROLLBACK when it fails or
// panics. The end is not subject to ctx: a connection never stays inside a
// transaction.
func (c *conn) transact(ctx context.Context, begin string, fn func() error) (err error) {
	if _, err := c.exec(ctx, begin); err != nil {
		return fmt.Errorf("begin transaction: %w", err)
	}
	committed := false
	defer func() {
		if !committed {
			// Fails when SQLite has rolled back by itself, as it does when the disk is full.
			_, _ = c.exec(context.Background(), "ROLLBACK")
		}
	}()
	if err := fn(); err != nil {
		return err
	}
	if _, err := c.exec(context.Background(), "COMMIT"); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	committed = true
	return nil
}
