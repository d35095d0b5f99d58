package ver1

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"unicode/utf8"

	"holdline/internal/api/strictjson"
	"holdline/internal/app"
)

// FuzzBody decodes a body into every resource. Whatever comes: a resource that
// can be shown and read back to the same, or a refusal for people.
func FuzzBody(f *testing.F) {
	for _, s := range []string{`{"name":"370","type":"queue","label":"x","dial_rule_id":null}`, `{"extension_id":1,"call_timeout":30,"status":"available"}`,
		`{"sound":36,"sound_type":"music","exit_key":"#","max_wait_time":1800}`, `{"agent_id":1,"level":9223372036854775807}`, `{"number":"1","nope":[{}]}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		o, err := strictjson.Parse(body)
		if err != nil {
			return // strictjson's own fuzzing
		}
		roundTrip(t, extensionFields, o)
		roundTrip(t, queueFields, o)
		roundTrip(t, localFields, o)
		roundTrip(t, remoteFields, o)
		roundTrip(t, membershipFields, o)
	})
}

func roundTrip[T any](t *testing.T, fs fields[T], o strictjson.Object) {
	t.Helper()
	var v T
	if err := fs.create(o, &v); err != nil {
		var refused *app.Error
		if !errors.As(err, &refused) || refused.Field == "" && !o.Has("") || !utf8.ValidString(refused.Message) {
			t.Fatalf("refusal %v", err)
		}
		return
	}
	text, err := fs.show(&v)
	if err != nil {
		t.Fatal(err)
	}
	shown, err := strictjson.Parse(text)
	if err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	var writable strictjson.Object
	for _, m := range shown {
		if f, err := fs.find(m.Name); err == nil && f.set != nil && o.Has(m.Name) {
			writable = append(writable, m)
		}
	}
	var again T
	if err := fs.update(writable, &again); err != nil {
		t.Fatalf("what is shown is refused: %v\n%s", err, text)
	}
}

// FuzzRequestLine parses paths and queries: no panic, no redirect, and an id that is read is the id that was written.
func FuzzRequestLine(f *testing.F) {
	for _, s := range []string{"1", "@me", "@200", "@0003*201", "@*", "-1", "9223372036854775808", "%2F", "..", "é", "\x00"} {
		f.Add(s, "page=1&per_page=50")
	}
	f.Add("1", "page=%zz&;&&=")
	f.Fuzz(func(t *testing.T, segment, query string) {
		if id, ok := parseID(segment); ok && itoa(id) != segment {
			t.Fatalf("%q is read as %d", segment, id)
		}
		if ref, err := parseExtension(segment); err == nil && ref.ID == 0 && "@"+ref.Number != segment {
			t.Fatalf("%q is read as %+v", segment, ref)
		}
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.SetPathValue("extension", segment)
		r.SetPathValue("agent", segment)
		r.URL.RawQuery = query
		c := &call{ctx: t.Context()}
		for _, err := range []error{c.parsePath(r), c.parseQuery(r)} {
			var refused *app.Error
			if err != nil && (!errors.As(err, &refused) || !utf8.ValidString(refused.Message) || len(refused.Message) > 400) {
				t.Fatalf("refusal %v", err)
			}
		}
		if p, err := c.page(); err == nil && (p.Offset < 0 || p.Limit < 1 || p.Limit > maxPerPage) {
			t.Fatalf("page %+v of %q", p, query)
		}
	})
}

func TestShortenedTextStaysValidUTF8(t *testing.T) {
	for _, s := range []string{strings.Repeat("é", 40), "\xff\xfe", strings.Repeat("x", 63) + "é"} {
		if got := shorten(s); !utf8.ValidString(got) || len(got) > 70 {
			t.Errorf("shorten(%q) = %q", s, got)
		}
	}
}
