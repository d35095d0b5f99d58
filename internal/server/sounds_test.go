package server

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"holdline/internal/sound"
	"holdline/internal/store"
	"holdline/internal/store/sqlite"
)

// lines passes on what is logged.
type lines struct {
	slog.Handler
	said chan string
}

func (l lines) Enabled(context.Context, slog.Level) bool { return true }

func (l lines) Handle(_ context.Context, r slog.Record) error {
	l.said <- r.Message
	return nil
}

// A start does not wait for sounds of earlier versions to be converted; they
// are heard afterwards, and one that is none is told of.
func TestOldSoundsAreConvertedAfterTheStart(t *testing.T) {
	db, err := sqlite.Open(t.Context(), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	o := store.Organisation{Name: "Test", Prefix: "0003"}
	var old, broken store.Sound
	err = db.Update(t.Context(), func(tx store.Tx) error {
		if err := tx.Organisations.Create(t.Context(), &o); err != nil {
			return err
		}
		old = store.Sound{OrgID: o.ID, Title: "Music", Data: append([]byte("RIFF\x2c\x00\x00\x00WAVEfmt \x10\x00\x00\x00\x07\x00\x01\x00\x40\x1f\x00\x00\x40\x1f\x00\x00\x01\x00\x08\x00data\x00\x00\x00\x00"), make([]byte, 800)...)}
		if err := tx.Sounds.Create(t.Context(), &old); err != nil {
			return err
		}
		broken = store.Sound{OrgID: o.ID, Title: "Broken", Data: []byte("no sound")}
		return tx.Sounds.Create(t.Context(), &broken)
	})
	if err != nil {
		t.Fatal(err)
	}
	said := make(chan string) // nobody reads yet: the conversion cannot end before loadSounds has
	s := &Server{db: db, sounds: sound.NewLibrary(), log: slog.New(lines{slog.DiscardHandler, said})}
	if err := s.loadSounds(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"a stored sound cannot be played; upload it again", "stored sounds are converted"} {
		select {
		case got := <-said:
			if got != want {
				t.Errorf("the log says %q, want %q", got, want)
			}
		case <-time.After(10 * time.Second):
			t.Fatalf("the log does not say %q", want)
		}
	}
	if d := s.sounds.Sound(o.ID, old.ID); d == nil || d.Duration() != 100*time.Millisecond {
		t.Errorf("the old sound is %v, want 100 ms", d)
	}
	if s.sounds.Sound(o.ID, broken.ID) != nil {
		t.Error("what is no sound is played")
	}
	if err := s.Stop(t.Context()); err != nil {
		t.Error(err)
	}
}
