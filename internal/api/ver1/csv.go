package ver1

import (
	"encoding/csv"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"strings"
	"time"

	"holdline/internal/app"
)

// exportPatience is how long a reader of an export may take nothing of it.
const exportPatience = time.Minute

// csv tells whether the answer is to be CSV, by the query parameter format.
func (c *call) csv() (bool, error) {
	switch format := c.query.Get("format"); format {
	case "", "json":
		return false, nil
	case "csv":
		return true, nil
	default:
		return false, app.Invalidf("format", "format is %q; allowed are json, csv", shorten(format))
	}
}

// exported answers with a list as CSV (RFC 4180), all of it, as it is read.
func exported[T any](file string, columns fields[T], parts iter.Seq2[[]T, error]) (reply, error) {
	next, stop := iter.Pull2(parts)
	list, err, more := next()
	if err != nil {
		stop()
		return reply{}, err
	}
	return reply{serve: func(w http.ResponseWriter, r *http.Request) {
		defer stop()
		h := w.Header()
		h.Set("Content-Type", "text/csv; charset=utf-8; header=present")
		h.Set("Content-Disposition", `attachment; filename="`+file+`"`)
		h.Set("Cache-Control", "private, no-store")
		if r.Method == http.MethodHead {
			return
		}
		out := csv.NewWriter(w)
		out.UseCRLF = true
		_ = out.Write(columns.names()) // what cannot be written is told by Flush
		for ; more && err == nil; list, err, more = next() {
			err = columns.export(w, out, list)
		}
		if out.Flush(); err != nil || out.Error() != nil {
			panic(http.ErrAbortHandler) // half an export must not look like a whole one
		}
	}}, nil
}

// inOnePart gives a list that is read at once.
func inOnePart[T any](list []T, err error) iter.Seq2[[]T, error] {
	return func(yield func([]T, error) bool) { yield(list, err) }
}

func (f fields[T]) names() []string {
	names := make([]string, len(f))
	for i, one := range f {
		names[i] = one.name
	}
	return names
}

// export writes a row for each of the list.
func (f fields[T]) export(w http.ResponseWriter, out *csv.Writer, list []T) error {
	if err := http.NewResponseController(w).SetWriteDeadline(time.Now().Add(exportPatience)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	row := make([]string, len(f))
	for i := range list {
		for n, one := range f {
			row[n] = cell(one.get(&list[i]))
		}
		if err := out.Write(row); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// cell writes a value. Texts come from callers, too: one that a spreadsheet
// would take for a formula begins with an apostrophe.
func cell(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case int, int64, float64, bool:
		return fmt.Sprint(v)
	}
	s := fmt.Sprint(v)
	if s != "" && strings.ContainsRune("=+-@\t\r\n", rune(s[0])) {
		return "'" + s
	}
	return s
}
