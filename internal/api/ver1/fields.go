package ver1

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"holdline/internal/api/strictjson"
	"holdline/internal/app"
)

// field is one field of a resource: how it is shown and how a client sets it.
type field[T any] struct {
	name     string
	get      func(*T) any
	set      func(*T, strictjson.Value) error // nil: read-only
	required bool                             // on POST
	of       table                            // of a list: what it is a list of
}

// fields describe a resource: decoding, encoding and messages come from this one table.
type fields[T any] []field[T]

// create sets a new resource from a POST body.
func (fs fields[T]) create(o strictjson.Object, into *T) error {
	for _, f := range fs {
		if f.required && !o.Has(f.name) {
			return app.Invalidf(f.name, "%s is missing; it is required", f.name)
		}
	}
	return fs.set(o, into, func(f field[T], _ strictjson.Value) error {
		return app.Invalidf(f.name, "%s is set by the server; leave it out", f.name)
	})
}

// update changes a resource by a PUT body. Read-only fields may be sent as
// they are, so that a client can send back what it got.
func (fs fields[T]) update(o strictjson.Object, into *T) error {
	return fs.set(o, into, func(f field[T], v strictjson.Value) error {
		now, err := marshal(f.get(into))
		if err != nil {
			return err
		}
		if !sameJSON(now, v) {
			return app.Invalidf(f.name, "%s cannot be changed; leave it out", f.name)
		}
		return nil
	})
}

func (fs fields[T]) set(o strictjson.Object, into *T, readOnly func(field[T], strictjson.Value) error) error {
	for _, m := range o {
		f, err := fs.find(m.Name)
		if err != nil {
			return err
		}
		if f.set == nil {
			err = readOnly(f, m.Value)
		} else {
			err = f.set(into, m.Value)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (fs fields[T]) find(name string) (field[T], error) {
	var allowed []string
	for _, f := range fs {
		if f.name == name {
			return f, nil
		}
		if f.set != nil {
			allowed = append(allowed, f.name)
		}
	}
	name = shorten(name)
	return field[T]{}, app.Invalidf(name, "%q is not a field here; allowed are %s", name, strings.Join(allowed, ", "))
}

// show gives the resource as a JSON object, fields in the table's order.
func (fs fields[T]) show(v *T) (json.RawMessage, error) {
	var b bytes.Buffer
	for i, f := range fs {
		b.WriteByte("{,"[min(i, 1)])
		b.WriteString(`"` + f.name + `":`)
		value, err := marshal(f.get(v))
		if err != nil {
			return nil, fmt.Errorf("ver1: field %s: %w", f.name, err)
		}
		b.Write(value)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// showAll gives a list of resources.
func (fs fields[T]) showAll(list []T) ([]json.RawMessage, error) {
	out := make([]json.RawMessage, len(list)) // never nil: an empty list is [], not null
	for i := range list {
		var err error
		if out[i], err = fs.show(&list[i]); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// marshal is json.Marshal without the escapes that only HTML needs.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}

// sameJSON compares two JSON texts by value, so that "\u002a" equals "*".
func sameJSON(a, b []byte) bool {
	var x, y any
	if json.Unmarshal(a, &x) != nil || json.Unmarshal(b, &y) != nil {
		return false
	}
	one, _ := json.Marshal(x)
	two, _ := json.Marshal(y)
	return bytes.Equal(one, two)
}
