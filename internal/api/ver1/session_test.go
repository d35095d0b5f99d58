package ver1_test

import (
	"net/http"
	"testing"

	"holdline/internal/api/apitest"
	"holdline/internal/app"
	"holdline/internal/auth"
)

// A browser's session does what its user may, reads with the cookie alone, and
// changes things only with the page's token beside it.
func TestSessions(t *testing.T) {
	d := apitest.NewDemo(t, nil)
	cookie, in, err := d.App.SignIn(t.Context(), app.DemoUser, app.DemoPassword, app.Browser{Address: "127.0.0.1"})
	if err != nil {
		t.Fatal(err)
	}
	agent := "/api/ver1.0" + expand(d, "/client/@me/agent/local/{a201}")
	with := "Cookie: " + auth.CookieName + "=" + cookie
	token := "X-CSRF-Token: " + in.CSRF
	for _, tt := range []struct {
		method  string
		headers []string
		status  int
	}{
		{"GET", []string{with}, http.StatusOK},
		{"GET", []string{with + "x"}, http.StatusUnauthorized},
		{"GET", []string{token}, http.StatusUnauthorized},
		{"PUT", []string{with}, http.StatusForbidden},
		{"PUT", []string{with, "X-CSRF-Token: guess"}, http.StatusForbidden},
		{"PUT", []string{with, token}, http.StatusOK},
		{"GET", []string{with, "Authorization: Bearer nonsense"}, http.StatusUnauthorized},
	} {
		body := ""
		if tt.method == "PUT" {
			body = `{"status":"available"}`
		}
		if a := d.Do(tt.method, agent, "", body, tt.headers...); a.Status != tt.status {
			t.Errorf("%s with %q: %d %s; want %d", tt.method, tt.headers, a.Status, a.Body, tt.status)
		}
	}
	if a := d.Do("GET", "/api/ver1.0/client/4711/agent/local/", "", "", with); a.Status != http.StatusForbidden {
		t.Errorf("another client with a supervisor's session: %d", a.Status)
	}
	if err := d.App.SignOut(t.Context(), cookie); err != nil {
		t.Fatal(err)
	}
	if a := d.Do("GET", agent, "", "", with); a.Status != http.StatusUnauthorized {
		t.Errorf("after signing out: %d %s", a.Status, a.Body)
	}
}
