package live

import (
	"errors"
	"testing"
	"testing/synctest"
)

// Who watches an organisation that is deleted is told so, whether waiting or not.
func TestADeletedOrganisationEndsItsCursors(t *testing.T) {
	bubble(t, nil, func(t *testing.T, w *world) {
		waiting, late := w.follow(Scope{}, ""), w.follow(Scope{User: 7}, "")
		settle()
		waiting.catchUp()
		ended := make(chan error)
		go func() {
			_, err := waiting.cursor.Next(t.Context())
			ended <- err
		}()
		synctest.Wait()
		w.hub.Drop(org + 1) // nobody watches it
		w.hub.Drop(org)
		w.hub.Drop(org)
		if err := <-ended; !errors.Is(err, ErrGone) {
			t.Errorf("who waits is told %v", err)
		}
		if _, err := late.cursor.Next(t.Context()); !errors.Is(err, ErrGone) {
			t.Errorf("who asks later is told %v", err)
		}
		if n := w.hub.Watchers(); n != 0 {
			t.Errorf("there are %d watchers", n)
		}
	})
}
