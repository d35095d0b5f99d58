// Package strictjson reads the JSON objects that API clients send, and
// refuses what encoding/json lets pass: broken UTF-8, a name sent twice, more
// than one value. Its errors are sentences for whoever wrote the client.
package strictjson

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"unicode/utf8"
)

// Object is a JSON object: its members in the order they were sent.
type Object []Member

// Member is a name with its value.
type Member struct {
	Name  string
	Value Value
}

// Has tells whether a member of that name was sent, even as null.
func (o Object) Has(name string) bool {
	for _, m := range o {
		if m.Name == name {
			return true
		}
	}
	return false
}

// Error says what is wrong with a body. Field names the member, "" = the whole body.
type Error struct {
	Field   string
	Message string
}

func (e *Error) Error() string { return e.Message }

// Parse reads a body that is one JSON object. Errors are *Error.
func Parse(body []byte) (Object, error) {
	if !utf8.Valid(body) {
		return nil, &Error{Message: "the body is not valid UTF-8; encode the JSON in UTF-8"}
	}
	if len(bytes.TrimSpace(body)) == 0 {
		return nil, &Error{Message: "the body is empty; send a JSON object"}
	}
	d := json.NewDecoder(bytes.NewReader(body))
	first, err := d.Token()
	if err != nil {
		return nil, syntax(err, d)
	}
	if first != json.Delim('{') {
		return nil, &Error{Message: "the body is not a JSON object; send { … }"}
	}
	object, err := members(d)
	if err != nil {
		return nil, err
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, &Error{Message: fmt.Sprintf("there is something after the JSON object, at byte %d; send one object only", d.InputOffset())}
	}
	return object, nil
}

// maxMembers is far more than any resource has; looking for doubles takes its square.
const maxMembers = 256

func members(d *json.Decoder) (Object, error) {
	object := Object{}
	for d.More() {
		if len(object) == maxMembers {
			return nil, &Error{Message: fmt.Sprintf("the object has more than %d fields; send only what you mean to set", maxMembers)}
		}
		name, err := d.Token()
		if err != nil {
			return nil, syntax(err, d)
		}
		m := Member{Name: name.(string)} // the decoder lets only strings stand here
		if object.Has(m.Name) {
			return nil, &Error{Field: m.Name, Message: fmt.Sprintf("%s is sent twice; send it once", quote(m.Name))}
		}
		if err := d.Decode((*json.RawMessage)(&m.Value)); err != nil {
			return nil, syntax(err, d)
		}
		object = append(object, m)
	}
	if _, err := d.Token(); err != nil {
		return nil, syntax(err, d)
	}
	return object, nil
}

func syntax(err error, d *json.Decoder) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return &Error{Message: "the JSON ends too early; check the closing brackets and quotes"}
	}
	at := d.InputOffset()
	var bad *json.SyntaxError
	if errors.As(err, &bad) {
		at = bad.Offset
	}
	return &Error{Message: fmt.Sprintf("the body is not valid JSON at byte %d: %s", at, err)}
}

// quote shows a name a client sent, cut to a sane length.
func quote(name string) string {
	if len(name) > 64 {
		name = string([]rune(name[:64])) + "…"
	}
	return strconv.Quote(name)
}

// Value is a JSON value as it was sent.
type Value json.RawMessage

// IsNull tells whether the value is null.
func (v Value) IsNull() bool { return string(v) == "null" }

// Text gives a string's content.
func (v Value) Text() (s string, ok bool) {
	if len(v) == 0 || v[0] != '"' {
		return "", false
	}
	return s, json.Unmarshal(v, &s) == nil
}

// Texts gives a list of strings.
func (v Value) Texts() (list []string, ok bool) {
	if len(v) == 0 || v[0] != '[' {
		return nil, false
	}
	var each []json.RawMessage
	if json.Unmarshal(v, &each) != nil {
		return nil, false
	}
	list = make([]string, len(each))
	for i, e := range each {
		if list[i], ok = Value(e).Text(); !ok {
			return nil, false
		}
	}
	return list, true
}

// Bool gives true or false.
func (v Value) Bool() (b, ok bool) {
	b = string(v) == "true"
	return b, b || string(v) == "false"
}

// Int gives a whole number written without fraction or exponent.
func (v Value) Int() (int64, bool) {
	n, err := strconv.ParseInt(string(v), 10, 64)
	return n, err == nil
}

// Kind names the value's JSON type for messages.
func (v Value) Kind() string {
	switch {
	case len(v) == 0:
		return "nothing"
	case v[0] == '"':
		return "a string"
	case v[0] == '{':
		return "an object"
	case v[0] == '[':
		return "an array"
	case v[0] == 't', v[0] == 'f':
		return string(v)
	case v.IsNull():
		return "null"
	case len(v) > 24:
		return "the number " + string(v[:24]) + "…"
	}
	return "the number " + string(v)
}
