package main

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"holdline/internal/app"
	"holdline/internal/auth"
	"holdline/internal/directory"
	"holdline/internal/store"
	"holdline/internal/store/sqlite"
)

// office is a data directory with a server's hand on it.
type office struct {
	t    *testing.T
	data string
	app  *app.Service
	org  int64
}

func newOffice(t *testing.T) *office {
	t.Helper()
	o := &office{t: t, data: t.TempDir()}
	db, err := sqlite.Open(t.Context(), sqlite.Options{Path: filepath.Join(o.data, "holdline.db")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	o.app = app.New(app.Deps{Store: db, Directory: directory.New(), Passwords: auth.NewHasher(1)})
	first, err := o.app.Bootstrap(t.Context(), app.FirstOrganisation{Name: "Office"})
	if err != nil {
		t.Fatal(err)
	}
	o.org = first.Organisation
	return o
}

// run runs the program, typing what is given.
func (o *office) run(in io.Reader, args ...string) (out, said string, err error) {
	o.t.Helper()
	var stdout, stderr bytes.Buffer
	cmd := root()
	cmd.SetArgs(append(args, "--data", o.data))
	cmd.SetIn(in)
	cmd.SetOut(&stdout)
	cmd.SetErr(&stderr)
	err = cmd.ExecuteContext(o.t.Context())
	return stdout.String(), stderr.String(), err
}

func (o *office) signsIn(password string) (cookie string, err error) {
	o.t.Helper()
	cookie, _, err = o.app.SignIn(o.t.Context(), "admin", password, app.Browser{Address: "192.0.2.1"})
	return cookie, err
}

// A password is set while a server has the database: who was signed in is so
// no longer, the new password is good at once, and it can be seen who did it.
func TestAPasswordIsSetBesideTheServer(t *testing.T) {
	o := newOffice(t)
	out, _, err := o.run(strings.NewReader(""), "password", "admin", "--random")
	made := strings.TrimSpace(out)
	if err != nil || len(made) < 10 {
		t.Fatalf("%q, %v", out, err)
	}
	cookie, err := o.signsIn(made)
	if err != nil {
		t.Fatal(err)
	}
	if out, said, err := o.run(strings.NewReader("correct horse battery\r\nmore"), "password", " ADMIN"); err != nil || out != "" || strings.Contains(said, "horse") {
		t.Fatalf("%q %q %v", out, said, err)
	}
	var refused *app.Error
	if _, err := o.app.Session(t.Context(), cookie); !errors.As(err, &refused) || refused.Code != app.Unauthorized {
		t.Errorf("the session before goes on: %v", err)
	}
	if _, err := o.signsIn(made); err == nil {
		t.Error("the password before is still good")
	}
	if _, err := o.signsIn("correct horse battery"); err != nil {
		t.Error("the new password is not good:", err)
	}
	list, total, err := o.app.ListAudit(t.Context(), app.Actor{Org: o.org, Reach: store.ReachAll}, app.AuditFilter{Action: "user.password"})
	if err != nil || total != 2 || list[0].Target != "user admin" || list[0].Actor != "system" || strings.Contains(list[0].Detail, "horse") {
		t.Errorf("%+v %v", list, err)
	}
	if out, _, err := o.run(nil, "users"); err != nil || !strings.Contains(out, "LOGIN") || !strings.Contains(out, "admin  administrator  Administrator  Office") {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestPasswordsThatAreNotSet(t *testing.T) {
	o := newOffice(t)
	for _, tt := range []struct{ login, typed, want string }{
		{"nobody", "correct horse battery", "holdline users"},
		{"admin", "short", "10 to"},
		{"admin", "", "--random"},
		{"admin", "\n", "--random"},
	} {
		if _, _, err := o.run(strings.NewReader(tt.typed), "password", tt.login); err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "app:") {
			t.Errorf("%s %q: %v", tt.login, tt.typed, err)
		}
	}
	o.data = filepath.Join(o.data, "elsewhere")
	if _, _, err := o.run(nil, "users"); err == nil || !strings.Contains(err.Error(), "--data") {
		t.Errorf("a directory without a database: %v", err)
	}
	if _, err := os.Stat(o.data); err == nil {
		t.Error("it was made")
	}
}
