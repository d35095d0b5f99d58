package app

import (
	"strings"
	"testing"
	"time"

	"holdline/internal/acd"
	"holdline/internal/store"
)

func TestChangedTellsFieldsButNoSecrets(t *testing.T) {
	name := "Ann"
	old := store.Agent{Agent: acd.Agent{WrapUp: time.Second}}
	now := store.Agent{Agent: acd.Agent{WrapUp: time.Minute}, Name: &name, Number: "49"}
	if got, want := changed(old, now), `wrap up 1s -> 1m0s; number "" -> "49"; name none -> "Ann"`; got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
	if got := changed(old, now, "Number", "Name", "WrapUp"); got != "" {
		t.Errorf("left out, but told: %s", got)
	}
	a := store.Application{SecretHash: "one", RedirectURIs: []string{"https://a"}}
	b := store.Application{SecretHash: "two"}
	if got, want := changed(a, b), "secret hash changed; redirect uris [https://a] -> none"; got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
	for _, text := range []string{changed(store.User{Password: "p1"}, store.User{Password: "p2"}), changed(store.Trunk{Password: "p1"}, store.Trunk{Password: "p2"}),
		changed(store.Extension{HA1MD5: "p1"}, store.Extension{HA1MD5: "p2"})} {
		if text == "" || strings.Contains(text, "p1") || strings.Contains(text, "p2") {
			t.Errorf("told: %q", text)
		}
	}
	if got := words("CallerIDName") + words("DIDAsTransferCallerID"); got != "caller id name"+"did as transfer caller id" {
		t.Errorf("words: %q", got)
	}
	if got := shortened(strings.Repeat("ä", 5000)); len([]rune(got)) != maxDetail {
		t.Errorf("%d characters", len([]rune(got)))
	}
}
