package ver1

import (
	"bytes"
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"time"

	"holdline/internal/api/openapi"
)

// table is a table of fields, whatever it is of.
type table interface {
	shape(notes, use) *openapi.Schema
}

// use says what a schema is for.
type use uint8

const (
	answered use = iota // an answer: every field is there
	made                // a POST
	changed             // a PUT, which may also send back what the server sets
)

// note is what people need to know of a field beyond its type.
type note struct {
	about string
	words []string // the only values; null is allowed besides where it is a type
	def   any      // default on POST
	maybe bool     // not in every answer
	also  string   // a type that neither the empty nor the filled value shows
}

// notes are by field.
type notes map[string]note

// shape gives the schema of a table's objects. Types are found by looking at
// what each field shows of an empty and of a filled value, so that they cannot
// differ from the answers.
func (fs fields[T]) shape(n notes, u use) *openapi.Schema {
	var empty, full T
	fill(reflect.ValueOf(&full).Elem(), 0)
	s := &openapi.Schema{Type: openapi.Type{"object"}, Closed: true}
	for _, f := range fs {
		if u == made && f.set == nil {
			continue
		}
		p := typeOf(f.get(&empty), f.get(&full))
		if f.of != nil {
			p = openapi.ListOf(f.of.shape(n, answered))
		}
		n[f.name].addTo(p, u)
		maybe := n[f.name].maybe
		p.ReadOnly = f.set == nil && u != answered
		s.Properties = append(s.Properties, openapi.Property{Name: f.name, Schema: p})
		if u == answered && !maybe || u == made && f.required {
			s.Required = append(s.Required, f.name)
		}
	}
	return s
}

func (n note) addTo(s *openapi.Schema, u use) {
	s.Description = n.about
	if n.also != "" {
		s.Type = append(s.Type, n.also)
	}
	for _, w := range n.words {
		s.Enum = append(s.Enum, w)
	}
	if len(n.words) > 0 && slices.Contains(s.Type, "null") {
		s.Enum = append(s.Enum, nil)
	}
	if u == made {
		s.Default = n.def
	}
}

// typeOf gives the schema of a field from what it shows of an empty and of a full value.
func typeOf(empty, full any) *openapi.Schema {
	s := &openapi.Schema{}
	for _, v := range []any{full, empty} {
		for _, kind := range jsonType(v) {
			if !slices.Contains(s.Type, kind) {
				s.Type = append(s.Type, kind)
			}
		}
	}
	if slices.Contains(s.Type, "array") {
		s.Items = elementOf(full)
	}
	return s
}

// elementOf gives the schema of a list's elements: of the first one.
func elementOf(list any) *openapi.Schema {
	if v := reflect.ValueOf(list); v.Kind() == reflect.Slice && v.Len() > 0 {
		return typeOf(v.Index(0).Interface(), v.Index(0).Interface())
	}
	return &openapi.Schema{}
}

// jsonType tells what a value is in JSON; a float is a number even when it is whole.
func jsonType(v any) []string {
	text, err := json.Marshal(v)
	if err != nil {
		return nil // show fails for it, too
	}
	switch text = bytes.TrimSpace(text); {
	case bytes.Equal(text, []byte("null")):
		return []string{"null"}
	case text[0] == '"':
		return []string{"string"}
	case text[0] == '[':
		return []string{"array"}
	case text[0] == '{':
		return []string{"object"}
	case text[0] == 't', text[0] == 'f':
		return []string{"boolean"}
	}
	if k := reflect.TypeOf(v).Kind(); k == reflect.Float64 || k == reflect.Float32 {
		return []string{"number"}
	}
	return []string{"integer"}
}

// fill gives every field a value that is not empty, as deep as resources go.
func fill(v reflect.Value, depth int) {
	if !v.CanSet() || depth > 6 {
		return
	}
	if v.Type() == reflect.TypeFor[time.Time]() {
		v.Set(reflect.ValueOf(time.Unix(1, 0).UTC()))
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString("x")
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		v.SetInt(1)
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		v.SetUint(1)
	case reflect.Float32, reflect.Float64:
		v.SetFloat(1)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), depth+1)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(v.Index(0), depth+1)
	case reflect.Struct:
		for i := range v.NumField() {
			fill(v.Field(i), depth+1)
		}
	default: // maps, functions and the like are shown by no resource
	}
}

// tagOf groups routes by what they are about: the first segment that says so.
func tagOf(path string) string {
	if path == "/client" || path == "/client/{client}" {
		return "Administration"
	}
	for s := range strings.SplitSeq(path, "/") {
		if tag, ok := tagsBySegment[s]; ok {
			return tag
		}
	}
	return "Extensions"
}
