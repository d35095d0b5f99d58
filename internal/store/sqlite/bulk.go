package sqlite

import (
	"database/sql/driver"
	"strings"
)

// rowsAtOnce are the sizes of multi-row inserts, largest first: one statement
// for many rows costs a third of one each.
var rowsAtOnce = []int{32, 8, 4, 2, 1}

// bulk gathers rows for one table and inserts them with as few statements as
// there are sizes for. The rest of a batch is written by flush; drop forgets
// what a failed transaction left.
type bulk struct {
	params     int
	statements []string // one a size
	args       []driver.NamedValue
	rows       int
}

// newBulk makes the statements: insert, up to VALUES, rows of so many
// parameters, then what is to happen on a conflict.
func newBulk(insert string, params int, conflict string) *bulk {
	b := &bulk{params: params}
	row := "(?" + strings.Repeat(", ?", params-1) + ")"
	for _, n := range rowsAtOnce {
		b.statements = append(b.statements, insert+row+strings.Repeat(", "+row, n-1)+conflict)
	}
	for i := range rowsAtOnce[0] * params {
		b.args = append(b.args, driver.NamedValue{Ordinal: i + 1})
	}
	return b
}

// next gives the parameters of a new row, to be set before the next call of add.
func (b *bulk) next() []driver.NamedValue {
	return b.args[b.rows*b.params : (b.rows+1)*b.params]
}

// add takes the row next gave; the largest statement is run as soon as it is full.
func (b *bulk) add(d *direct) error {
	if b.rows++; b.rows < rowsAtOnce[0] {
		return nil
	}
	return b.flush(d)
}

func (b *bulk) drop() { b.rows = 0 }

func (b *bulk) flush(d *direct) error {
	at, rows := 0, b.rows
	b.rows = 0
	for i, size := range rowsAtOnce {
		for ; rows-at >= size; at += size {
			args := b.args[at*b.params : (at+size)*b.params]
			if at > 0 {
				for k := range args { // ordinals count from 1 in every statement
					b.args[k].Value = args[k].Value
				}
				args = b.args[:len(args)]
			}
			if _, err := d.run(b.statements[i], args); err != nil {
				return err
			}
		}
	}
	return nil
}
