package sqlite

import (
	"math"
	"strings"

	"holdline/internal/acd"
)

// where is the condition of a list whose filters vary. Each filter that is set
// adds a term, so that the index made for it can be used. The texts it can
// become are few, as the statements kept by a connection must be.
type where struct {
	text strings.Builder
	args []any
}

// of begins with the organisation's rows. A deleted organisation has none,
// though its history may not be swept away yet.
func (w *where) of(column string, org int64) *where {
	w.text.WriteString(" WHERE " + column + " = ? AND EXISTS (SELECT 1 FROM journals WHERE org_id = ?)")
	w.args = append(w.args, org, org)
	return w
}

func (w *where) and(term string, args ...any) *where {
	w.text.WriteString(" AND " + term)
	w.args = append(w.args, args...)
	return w
}

// when adds a term if a filter is set.
func (w *where) when(set bool, term string, args ...any) *where {
	if set {
		w.and(term, args...)
	}
	return w
}

// between adds from <= column < to; to 0 = no end.
func (w *where) between(column string, from, to acd.Time) *where {
	end := int64(to)
	if end == 0 {
		end = math.MaxInt64
	}
	return w.and(column+" >= ? AND "+column+" < ?", int64(from), end)
}

// with gives the arguments and further ones behind them.
func (w *where) with(args ...any) []any {
	return append(w.args[:len(w.args):len(w.args)], args...)
}
