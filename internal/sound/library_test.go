package sound

import (
	"errors"
	"testing"
)

func TestLibraryKeepsOrganisationsApart(t *testing.T) {
	l := NewLibrary()
	wave := file(formatPCM, 1, 8000, 16, tone(700, 8000, 8000), pcm16)
	if err := l.Put(1, 5, wave); err != nil {
		t.Fatal(err)
	}
	if l.Sound(1, 5) == nil || l.Sound(2, 5) != nil || l.Sound(1, 6) != nil {
		t.Error("a stored sound is its organisation's only")
	}
	if l.Sound(1, Music) == nil || l.Sound(1, Music) != l.Sound(2, Music) {
		t.Error("built-in sounds are everybody's, and held once")
	}
	if l.Sound(1, -9999) != nil {
		t.Error("a built-in sound that does not exist")
	}
}

func TestLibraryReplacesAndDrops(t *testing.T) {
	l := NewLibrary()
	wave := file(formatPCM, 1, 8000, 16, tone(700, 8000, 8000), pcm16)
	if err := l.Put(1, 5, wave); err != nil {
		t.Fatal(err)
	}
	before := l.Sound(1, 5)
	if err := l.Put(1, 5, []byte("not a WAV file")); !errors.Is(err, ErrNotWAV) || l.Sound(1, 5) != before {
		t.Errorf("a bad file: %v; what was there must stay", err)
	}
	if err := l.Put(1, 5, wave); err != nil || l.Sound(1, 5) == before {
		t.Error("a new file does not replace the old one")
	}
	l.Drop(1, 5)
	if l.Sound(1, 5) != nil {
		t.Error("dropped, and still there")
	}
}

// What was checked is put without being decoded again, and only that.
func TestCheckedSoundsArePut(t *testing.T) {
	l := NewLibrary()
	good := file(formatPCM, 1, 8000, 16, tone(700, 8000, 100), pcm16)
	other := file(formatPCM, 1, 8000, 16, tone(700, 8000, 200), pcm16)
	if err := l.Check([]byte("no sound")); !errors.Is(err, ErrNotWAV) {
		t.Error(err)
	}
	for _, f := range [][]byte{good, other} {
		if err := l.Check(f); err != nil {
			t.Fatal(err)
		}
	}
	kept := l.checked.sound
	if err := l.Put(1, 1, good); err != nil || l.Sound(1, 1) == nil || l.Sound(1, 1) == kept {
		t.Error("another sound was put:", err)
	}
	if err := l.Put(1, 2, other); err != nil || l.Sound(1, 2) != kept || l.checked.sound != nil {
		t.Error("the checked sound was not put:", err)
	}
}
