package app_test

import (
	"testing"
	"time"

	"holdline/internal/app"
	"holdline/internal/auth"
	"holdline/internal/store"
)

// How long sessions last is a setting; the shorter of the two times counts from the beginning.
func TestSessionsLastAsLongAsIsSet(t *testing.T) {
	o := newOffice(t)
	for _, tt := range []struct{ idle, length, want time.Duration }{
		{10 * time.Minute, time.Hour, 10 * time.Minute},
		{2 * time.Hour, time.Hour, time.Hour},
	} {
		s := app.New(app.Deps{Store: o.Store, Directory: o.Directory, Engine: o.Engine, Clock: o.Clock.Now, Passwords: auth.NewHasher(1),
			SessionIdle: tt.idle, SessionLength: tt.length})
		cookie, in, err := s.SignIn(t.Context(), "boss", goodPassword, here)
		if err != nil {
			t.Fatal(err)
		}
		if left := in.Expires.Sub(o.Clock.Now()); left != tt.want || s.SessionLength() != tt.length || in.User.Role != store.RoleSupervisor {
			t.Errorf("%v unused, %v at most: the session lasts %v", tt.idle, tt.length, left)
		}
		o.Clock.Advance(tt.want - time.Second)
		if _, err := s.Session(t.Context(), cookie); err != nil {
			t.Errorf("the session ended too early: %v", err)
		}
		o.Clock.Advance(tt.length)
		if _, err := s.Session(t.Context(), cookie); codeOf(err) != app.Unauthorized {
			t.Errorf("the session goes on: %v", err)
		}
	}
}
