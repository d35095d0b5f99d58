package sqlite

import (
	"errors"
	"fmt"
	"strings"

	modernc "modernc.org/sqlite"
	codes "modernc.org/sqlite/lib"

	"holdline/internal/store"
)

// errTxOver is what a Tx answers that is used after its function returned.
var errTxOver = errors.New("sqlite: transaction used after its end")

// code gives SQLite's extended result code of an error, 0 for other errors.
func code(err error) int {
	var e *modernc.Error
	if errors.As(err, &e) {
		return e.Code()
	}
	return 0
}

// primary cuts an extended result code down to its class.
func primary(code int) int { return code & 0xff }

// subject names a row in errors: what it is and the unique keys it may take.
type subject struct {
	noun string
	id   any
	keys []key
}

// key is a column of a unique key and the value that may be taken.
type key struct {
	column string
	value  any
}

func (s subject) missing() error {
	return fmt.Errorf("%s %v: %w", s.noun, s.id, store.ErrNotFound)
}

func (s subject) inUse() error {
	return fmt.Errorf("%s %v: %w", s.noun, s.id, store.ErrInUse)
}

func (s subject) taken(column string, value any) error {
	return fmt.Errorf("%s with %s %v: %w", s.noun, column, value, store.ErrExists)
}

// explain turns a driver's error into the port's.
func (s subject) explain(err error) error {
	switch c := code(err); {
	case c == codes.SQLITE_CONSTRAINT_UNIQUE || c == codes.SQLITE_CONSTRAINT_PRIMARYKEY:
		for _, k := range s.keys {
			if strings.Contains(err.Error(), "."+k.column) {
				return s.taken(k.column, k.value)
			}
		}
		return fmt.Errorf("%s: %w", s.noun, store.ErrExists)
	case c == codes.SQLITE_CONSTRAINT_FOREIGNKEY:
		return fmt.Errorf("what %s %v refers to in its organisation: %w", s.noun, s.id, store.ErrNotFound)
	case primary(c) == codes.SQLITE_READONLY:
		return fmt.Errorf("%s %v: %w", s.noun, s.id, store.ErrReadOnly)
	}
	return fmt.Errorf("%s %v: %w", s.noun, s.id, err)
}

// explainDelete is explain for a DELETE, where a broken reference means that
// somebody still needs the row.
func (s subject) explainDelete(err error) error {
	if code(err) == codes.SQLITE_CONSTRAINT_FOREIGNKEY {
		return s.inUse()
	}
	return s.explain(err)
}
