package ver1_test

import (
	"testing"

	"holdline/internal/api/apitest"
)

func TestWhatHasNotChangedIsNotSentAgain(t *testing.T) {
	d := apitest.NewDemo(t, nil)
	for _, path := range []string{"/client/@me/agent/local/{a201}", "/client/@me/agent/local/", "/extension/{700}/queue/"} {
		path := "/api/ver1.0" + expand(d, path)
		get := func(headers ...string) apitest.Answer { return d.Do("GET", path, d.Tokens["demo"], "", headers...) }
		first := get()
		tag := first.Header.Get("ETag")
		if first.Status != 200 || tag == "" || first.Header.Get("Cache-Control") != "private, no-cache" {
			t.Fatalf("%s: %d %v", path, first.Status, first.Header)
		}
		for _, has := range []string{tag, `"other", ` + tag, "*", tag[2:]} {
			if got := get("If-None-Match: "+has, "Accept-Encoding: gzip"); got.Status != 304 || len(got.Body) > 0 || got.Header.Get("ETag") != tag || got.Header.Get("Content-Encoding") != "" {
				t.Errorf("%s with %s: %d %q %v", path, has, got.Status, got.Body, got.Header)
			}
		}
		if got := get(`If-None-Match: "other"`); got.Status != 200 || string(got.Body) != string(first.Body) {
			t.Errorf("%s with another tag: %d", path, got.Status)
		}
	}
	agent := "/api/ver1.0" + expand(d, "/client/@me/agent/local/{a201}")
	before := d.Do("GET", agent, d.Tokens["demo"], "").Header.Get("ETag")
	d.Do("PUT", agent, d.Tokens["demo"], `{"name":"Dana"}`, "If-None-Match: "+before)
	if got := d.Do("GET", agent, d.Tokens["demo"], "", "If-None-Match: "+before); got.Status != 200 || got.Header.Get("ETag") == before {
		t.Errorf("after a change: %d %s", got.Status, got.Body)
	}
	if got := d.Do("GET", agent, d.Tokens["stranger"], "", "If-None-Match: *"); got.Status != 404 {
		t.Errorf("a stranger with a tag: %d", got.Status)
	}
}

func TestATotalThatChangesIsAnotherAnswer(t *testing.T) {
	d := apitest.NewDemo(t, nil)
	const path = "/api/ver1.0/client/@me/extension/?per_page=1"
	before := d.Do("GET", path, d.Tokens["demo"], "")
	d.Do("POST", "/api/ver1.0/client/@me/extension/", d.Tokens["demo"], `{"name":"399","type":"phone"}`)
	after := d.Do("GET", path, d.Tokens["demo"], "", "If-None-Match: "+before.Header.Get("ETag"))
	if after.Status != 200 || string(after.Body) != string(before.Body) {
		t.Errorf("%d %s, was %s", after.Status, after.Body, before.Body)
	}
}
