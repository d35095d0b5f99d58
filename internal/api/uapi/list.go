package uapi

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"holdline/internal/app"
)

// Bounds of lists (contracts/unifiedapi.md, Lists).
const (
	defaultCount = 20
	maxCount     = 4999
	maxStart     = 4999
	maxFilter    = 1024 // bytes of filterValue
)

// column is one field of a resource: how it is shown, and what filters compare.
type column[T any] struct {
	name   string
	show   func(*T) any    // nil: left out
	text   func(*T) string // nil: no filter on it
	sorted bool            // sortOrder orders by it
}

// listing is a resource as lists know it.
type listing[T any] []column[T]

// listQuery is the parameters of a list, read and checked.
type listQuery struct {
	count, start int
	by           string // field filtered by; "" = no filter
	matches      func(text string) bool
	sorted, down bool     // sortOrder was sent, and is descending
	fields       []string // nil = all
}

// query reads the list parameters, each refused by its own code. Filters that
// nothing is compared by, and values without a field, are refused as such.
func (l listing[T]) query(v url.Values) (q listQuery, err error) {
	if q.count, err = whole(v, "count", defaultCount, 1, maxCount); err != nil {
		return q, err
	}
	if q.start, err = whole(v, "startIndex", 0, 0, maxStart); err != nil {
		return q, err
	}
	if err := l.filter(v, &q); err != nil {
		return q, err
	}
	if q.sorted = v.Has("sortOrder"); q.sorted {
		switch strings.ToLower(v.Get("sortOrder")) {
		case "ascending", "asc":
		case "descending", "desc":
			q.down = true
		default:
			return q, invalid("sortorder_invalid", "sortOrder is %s; allowed are ascending, descending", quote(v.Get("sortOrder")))
		}
	}
	q.fields, err = l.fields(v)
	return q, err
}

// whole reads a number; its code is the parameter's name in lower case.
func whole(v url.Values, name string, byDefault, low, high int) (int, error) {
	if !v.Has(name) {
		return byDefault, nil
	}
	n, err := strconv.Atoi(v.Get(name))
	if err != nil || n < low || n > high {
		return 0, invalid(strings.ToLower(name)+"_invalid", "%s is %s; allowed are %d to %d", name, quote(v.Get(name)), low, high)
	}
	return n, nil
}

// operators compare a field's text with the filter's value.
var operators = map[string]func(text, value string) bool{
	"contains":   strings.Contains,
	"equals":     func(text, value string) bool { return text == value },
	"startswith": strings.HasPrefix,
	"present":    func(text, _ string) bool { return text != "" },
	"inarray":    func(text, value string) bool { return slices.Contains(strings.Split(value, ","), text) },
}

func (l listing[T]) filter(v url.Values, q *listQuery) error {
	// The page of presence writes "starts with", others startsWith.
	by, op, value := v.Get("filterBy"), strings.ReplaceAll(strings.ToLower(v.Get("filterOp")), " ", ""), v.Get("filterValue")
	if v.Has("filterBy") && !l.filters(by) {
		return invalid("filterby_invalid", "filterBy is %s; allowed are %s", quote(by), l.names(func(c column[T]) bool { return c.text != nil }))
	}
	if !v.Has("filterOp") {
		op = "equals"
	}
	compare := operators[op]
	if compare == nil {
		return invalid("filterop_invalid", "filterOp is %s; allowed are contains, equals, startsWith, present, inArray", quote(v.Get("filterOp")))
	}
	if len(value) > maxFilter || !utf8.ValidString(value) {
		return invalid("filtervalue_invalid", "filterValue is no text of at most %d bytes in UTF-8", maxFilter)
	}
	switch {
	case by == "" && (v.Has("filterOp") || v.Has("filterValue")):
		return invalid("filterby_invalid", "filterBy is missing; name the field that is to be compared")
	case by == "":
		return nil
	case value == "" && op != "present":
		return invalid("filtervalue_invalid", "filterValue is missing; only filterOp=present does without")
	}
	q.by, q.matches = by, func(text string) bool { return compare(text, value) }
	return nil
}

func (l listing[T]) filters(name string) bool {
	return slices.ContainsFunc(l, func(c column[T]) bool { return c.name == name && c.text != nil })
}

func (l listing[T]) names(keep func(column[T]) bool) string {
	var names []string
	for _, c := range l {
		if keep(c) {
			names = append(names, c.name)
		}
	}
	return strings.Join(names, ", ")
}

func (l listing[T]) fields(v url.Values) ([]string, error) {
	if !v.Has("fields") {
		return nil, nil
	}
	list := strings.Split(v.Get("fields"), ",")
	for i, name := range list {
		list[i] = strings.TrimSpace(name)
		if !slices.ContainsFunc(l, func(c column[T]) bool { return c.name == list[i] }) {
			return nil, invalid("fields_invalid", "fields names %s; allowed are %s, with commas between them", quote(name), l.names(func(column[T]) bool { return true }))
		}
	}
	return list, nil
}

// page gives the page a use case is to cut.
func (q listQuery) page() app.Page { return app.Page{Offset: q.start, Limit: q.count} }

// pick filters and sorts rows, and cuts the page; total is how many matched.
func (l listing[T]) pick(rows []T, q listQuery) (page []T, total int) {
	for _, c := range l {
		if c.name == q.by {
			rows = slices.DeleteFunc(slices.Clone(rows), func(r T) bool { return !q.matches(c.text(&r)) })
		}
	}
	for _, c := range l {
		if c.sorted && q.sorted {
			rows = slices.Clone(rows)
			slices.SortStableFunc(rows, func(a, b T) int {
				if q.down {
					a, b = b, a
				}
				return strings.Compare(c.text(&a), c.text(&b))
			})
		}
	}
	from := min(q.start, len(rows))
	return rows[from:min(from+q.count, len(rows))], len(rows)
}

// collection is the envelope of every list.
type collection struct {
	Start    int               `json:"startIndex"`
	Total    int               `json:"totalResults"`
	PerPage  int               `json:"itemsPerPage"`
	Filtered bool              `json:"filtered"`
	Sorted   bool              `json:"sorted"`
	Links    *neighbours       `json:"links,omitempty"`
	Entry    []json.RawMessage `json:"entry"`
}

// neighbours are the pages before and behind this one.
type neighbours struct {
	Next string `json:"next,omitempty"`
	Prev string `json:"prev,omitempty"`
}

// list answers with the page of the rows the query asks for; with nothing, 204.
func list[T any](c *call, l listing[T], rows []T, q listQuery) (reply, error) {
	page, total := l.pick(rows, q)
	return collected(c, l, page, total, q)
}

// collected answers with a page that was cut already.
func collected[T any](c *call, l listing[T], page []T, total int, q listQuery) (reply, error) {
	if len(page) == 0 {
		return reply{}, nil
	}
	out := collection{Start: q.start, Total: total, PerPage: q.count, Filtered: q.by != "", Sorted: q.sorted,
		Links: c.neighbours(q, total), Entry: make([]json.RawMessage, len(page))}
	for i := range page {
		var err error
		if out.Entry[i], err = l.show(&page[i], q.fields); err != nil {
			return reply{}, err
		}
	}
	return reply{body: out}, nil
}

// neighbours links the pages next to this one; those a startIndex cannot name have no link.
func (c *call) neighbours(q listQuery, total int) *neighbours {
	var n neighbours
	if next := q.start + q.count; next < total && next <= maxStart {
		n.Next = c.pageURL(next)
	}
	if q.start > 0 {
		n.Prev = c.pageURL(max(q.start-q.count, 0))
	}
	if n == (neighbours{}) {
		return nil
	}
	return &n
}

func (c *call) pageURL(start int) string {
	q := url.Values{}
	for name, values := range c.query {
		if name != tokenParameter {
			q[name] = values
		}
	}
	q.Set("startIndex", strconv.Itoa(start))
	return c.request + "?" + q.Encode()
}

// show gives a resource as a JSON object: the fields asked for, in the table's
// order; those without a value are left out.
func (l listing[T]) show(v *T, fields []string) (json.RawMessage, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for _, c := range l {
		if fields != nil && !slices.Contains(fields, c.name) {
			continue
		}
		value := c.show(v)
		if value == nil {
			continue
		}
		text, err := marshal(value)
		if err != nil {
			return nil, fmt.Errorf("uapi: field %s: %w", c.name, err)
		}
		if b.Len() > 1 {
			b.WriteByte(',')
		}
		b.WriteString(`"` + c.name + `":`)
		b.Write(text)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// textual is a column that is shown and compared as the same text.
func textual[T any](name string, text func(*T) string) column[T] {
	return column[T]{name: name, text: text, show: func(v *T) any {
		if s := text(v); s != "" {
			return s
		}
		return nil
	}}
}

// links is the column with a resource's own address.
type links struct {
	Self string `json:"self"`
}
