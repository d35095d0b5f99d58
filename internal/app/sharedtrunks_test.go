package app_test

import (
	"strings"
	"testing"

	"holdline/internal/app"
	"holdline/internal/app/apptest"
	"holdline/internal/store"
)

// TestClientsShareAProvider: where each registers an account of its own, or an
// administrator says so; never with the same account or public number.
func TestClientsShareAProvider(t *testing.T) {
	w := apptest.New(t)
	ann, ben := w.Organisation("ann", "0001"), w.Organisation("ben", "0002")
	admin := ben
	admin.Reach = store.ReachAll
	line := func(a app.Actor, account string) error {
		_, err := w.App.CreateTrunk(t.Context(), a, app.Trunk{Trunk: store.Trunk{Name: "line " + account, Host: "192.0.2.10", Transport: "udp", Username: account, Register: account != ""}})
		return err
	}
	number := func(a app.Actor, n string) error {
		e, err := w.App.CreateExtension(t.Context(), a, app.Extension{Extension: store.Extension{Number: "7" + n[len(n)-3:], Type: store.QueueExtension}})
		if err != nil {
			t.Fatal(err)
		}
		_, err = w.App.CreateDID(t.Context(), a, app.DID{Number: n, ExtensionID: e.ID})
		return err
	}
	expect := func(what string, err error, words string) {
		t.Helper()
		switch {
		case words == "" && err != nil:
			t.Errorf("%s: %v", what, err)
		case words != "" && (code(err) != app.Conflict || !strings.Contains(err.Error(), words)):
			t.Errorf("%s: %v, want a conflict: …%s…", what, err, words)
		}
	}
	expect("the first", line(ann, "ann"), "")
	expect("Ann's number", number(ann, "4989101"), "")
	expect("without an account", line(ben, ""), "register an account of its own")
	expect("Ann's account", line(ben, "ann"), `account "ann"`)
	expect("Ann's account, by an administrator", line(admin, "ann"), `account "ann"`)
	expect("Ben's account", line(ben, "ben"), "")
	expect("Ben's number", number(ben, "4989102"), "")
	expect("Ann's number", number(ben, "+4989101"), "cannot be told from another client's")
	expect("without an account, by an administrator", line(admin, ""), "")

	cleo := w.Organisation("cleo", "0003")
	expect("Ann's number before there is a line", number(cleo, "4989101"), "")
	expect("a line then", line(cleo, "cleo"), "one of your public numbers")
}
