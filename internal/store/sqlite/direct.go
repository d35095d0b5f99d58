package sqlite

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"

	"holdline/internal/store"
)

// direct is a connection below database/sql, for the journal only, where that
// would cost more than SQLite does. Its statements belong to the connection and
// live as long as it does.
type direct struct {
	c     driver.ConnPrepareContext
	stmts map[string]driver.Stmt
	args  []driver.NamedValue // scratch
}

// raw runs fn on the driver's own connection.
func (c *conn) raw(fn func(*direct) error) error {
	return c.db.Raw(func(dc any) error {
		if c.direct == nil {
			p, ok := dc.(driver.ConnPrepareContext)
			if !ok {
				return fmt.Errorf("sqlite: driver connection %T cannot prepare", dc)
			}
			c.direct = &direct{c: p, stmts: map[string]driver.Stmt{}}
		}
		return fn(c.direct)
	})
}

func (d *direct) close() {
	if d == nil {
		return
	}
	for _, s := range d.stmts {
		s.Close()
	}
}

func (d *direct) prepared(query string) (driver.Stmt, error) {
	if s, ok := d.stmts[query]; ok {
		return s, nil
	}
	s, err := d.c.PrepareContext(context.Background(), query)
	if err != nil {
		return nil, err
	}
	d.stmts[query] = s
	return s, nil
}

// run executes a statement and gives the number of rows it touched.
func (d *direct) run(query string, args []driver.NamedValue) (int64, error) {
	s, err := d.prepared(query)
	if err != nil {
		return 0, err
	}
	res, err := s.(driver.StmtExecContext).ExecContext(context.Background(), args)
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

func (d *direct) exec(query string, args ...driver.Value) (int64, error) {
	return d.run(query, d.named(args))
}

func (d *direct) named(args []driver.Value) []driver.NamedValue {
	d.args = d.args[:0]
	for i, v := range args {
		d.args = append(d.args, driver.NamedValue{Ordinal: i + 1, Value: v})
	}
	return d.args
}

// each gives the rows a query finds to fn, which must not keep the slice.
func (d *direct) each(ctx context.Context, query string, args []driver.Value, fn func([]driver.Value) error) error {
	s, err := d.prepared(query)
	if err != nil {
		return err
	}
	rows, err := s.(driver.StmtQueryContext).QueryContext(ctx, d.named(args))
	if err != nil {
		return err
	}
	defer rows.Close()
	v := make([]driver.Value, len(rows.Columns()))
	for {
		switch err := rows.Next(v); {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
		if err := fn(v); err != nil {
			return err
		}
	}
}

// integer reads the one number a query finds; ErrNotFound when there is no row.
func (d *direct) integer(query string, args ...driver.Value) (int64, error) {
	s, err := d.prepared(query)
	if err != nil {
		return 0, err
	}
	rows, err := s.(driver.StmtQueryContext).QueryContext(context.Background(), d.named(args))
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	var v [1]driver.Value
	if err := rows.Next(v[:]); errors.Is(err, io.EOF) {
		return 0, store.ErrNotFound
	} else if err != nil {
		return 0, err
	}
	n, _ := v[0].(int64)
	return n, nil
}
