package strictjson

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestParseKeepsOrderAndValues(t *testing.T) {
	o, err := Parse([]byte(` {"b": "x\u00e9", "a": 12, "c": null, "d": true, "e": [1], "f": {"g": 1}} `))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, m := range o {
		names = append(names, m.Name)
	}
	if got := strings.Join(names, ""); got != "bacdef" {
		t.Errorf("members in order %s", got)
	}
	if s, ok := o[0].Value.Text(); s != "xé" || !ok {
		t.Errorf("b = %q, %v", s, ok)
	}
	if n, ok := o[1].Value.Int(); n != 12 || !ok {
		t.Errorf("a = %d, %v", n, ok)
	}
	if b, ok := o[3].Value.Bool(); !b || !ok || !o[2].Value.IsNull() || o[4].Value.Kind() != "an array" || o[5].Value.Kind() != "an object" {
		t.Error("types are not told apart")
	}
	if !o.Has("c") || o.Has("z") {
		t.Error("Has is wrong")
	}
}

func TestParseRefuses(t *testing.T) {
	for body, want := range map[string]string{
		``:                                   "empty",
		" \n":                                "empty",
		`[1]`:                                "not a JSON object",
		`null`:                               "not a JSON object",
		`"x"`:                                "not a JSON object",
		`{"a":1`:                             "ends too early",
		`{"a":`:                              "ends too early",
		`{"a" 1}`:                            "not valid JSON at byte",
		`{a:1}`:                              "not valid JSON at byte",
		`{"a":1,}`:                           "not valid JSON at byte",
		`{"a":01}`:                           "not valid JSON at byte",
		`{"a":NaN}`:                          "not valid JSON at byte",
		`{'a':1}`:                            "not valid JSON at byte",
		`{"a":1} {}`:                         "something after",
		`{"a":1}x`:                           "something after",
		`{"a":1,"a":2}`:                      `"a" is sent twice`,
		"{\"a\":\"\xff\"}":                   "UTF-8",
		"{\"\xc3\x28\":1}":                   "UTF-8",
		"\xef\xbb\xbf{}":                     "not valid JSON",
		strings.Repeat(`{"a":`, 20000):       "JSON",
		`{"a":` + strings.Repeat(`[`, 20000): "JSON",
		"{" + manyMembers(257) + "}":         "more than 256 fields",
	} {
		_, err := Parse([]byte(body))
		var bad *Error
		if !errors.As(err, &bad) || !strings.Contains(bad.Message, want) {
			t.Errorf("%.40q: %v; want …%s…", body, err, want)
		}
	}
}

func manyMembers(n int) string {
	all := make([]string, n)
	for i := range all {
		all[i] = fmt.Sprintf(`"f%d":%d`, i, i)
	}
	return strings.Join(all, ",")
}

func TestNumbersAreWholeAndInRange(t *testing.T) {
	for text, ok := range map[string]bool{"0": true, "-5": true, "9223372036854775807": true,
		"9223372036854775808": false, "1.0": false, "1e3": false, `"1"`: false, "true": false, "null": false} {
		if _, got := Value(text).Int(); got != ok {
			t.Errorf("Int(%s) ok = %v; want %v", text, got, ok)
		}
	}
}

// Whatever is accepted must mean the same to encoding/json, and every refusal must be an *Error.
func FuzzParse(f *testing.F) {
	for _, s := range []string{`{"a":1,"b":null,"c":"x","d":{"e":[true]}}`, `{"a":1,"a":2}`, `{} {}`, "{\"\xff\":1}", `[`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		o, err := Parse(body)
		if err != nil {
			var bad *Error
			if !errors.As(err, &bad) || bad.Message == "" || !utf8.ValidString(bad.Message) {
				t.Fatalf("%q: error %v is not for people", body, err)
			}
			return
		}
		var std map[string]json.RawMessage
		if err := json.Unmarshal(body, &std); err != nil || len(std) != len(o) {
			t.Fatalf("%q: %d members, encoding/json has %d, %v", body, len(o), len(std), err)
		}
		for _, m := range o {
			if string(std[m.Name]) != string(m.Value) {
				t.Fatalf("%q: %s is %s, encoding/json has %s", body, m.Name, m.Value, std[m.Name])
			}
			m.Value.Text()
			m.Value.Int()
			m.Value.Bool()
			m.Value.Kind()
		}
	})
}
