package sound

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"holdline/internal/media"
	"holdline/internal/store"
	"holdline/internal/store/sqlite"
)

// sample is a short file and its audio.
func sample(t *testing.T, frames int) (file_, audio []byte) {
	t.Helper()
	file_ = file(formatPCM, 1, 8000, 16, tone(700, 8000, frames), pcm16)
	audio, err := NewLibrary().Decode(t.Context(), 1, file_)
	if err != nil {
		t.Fatal(err)
	}
	return file_, audio
}

func TestLibraryKeepsOrganisationsApart(t *testing.T) {
	l := NewLibrary()
	_, audio := sample(t, 8000)
	l.Put(1, 5, audio)
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
	_, audio := sample(t, 8000)
	l.Put(1, 5, audio)
	before := l.Sound(1, 5)
	l.Put(1, 5, audio)
	if l.Sound(1, 5) == before {
		t.Error("a new file does not replace the old one")
	}
	l.Drop(1, 5)
	if l.Sound(1, 5) != nil {
		t.Error("dropped, and still there")
	}
}

func TestAudioIsWhatWasDecoded(t *testing.T) {
	f, audio := sample(t, 300)
	want, err := Decode(t.Context(), f)
	if diff := cmp.Diff(want, samples(audio)); diff != "" || err != nil {
		t.Error(err, diff)
	}
	l := NewLibrary()
	l.Put(1, 1, audio)
	heard := func(s *media.Sound) any { return *s }
	if diff := cmp.Diff(heard(media.NewSound(want)), heard(l.Sound(1, 1)), cmp.AllowUnexported(media.Sound{})); diff != "" {
		t.Error(diff)
	}
	for _, refused := range [][]byte{[]byte("no sound"), nil} {
		if audio, err := l.Decode(t.Context(), 1, refused); !errors.Is(err, ErrNotWAV) || len(audio) != 0 {
			t.Errorf("%q: %v", refused, err)
		}
	}
}

// An organisation that uploads many files waits for itself, not others for it.
func TestFilesAreDecodedInTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench()
		b.places = make(chan struct{}, 1)
		var order []int64
		release := make(chan struct{})
		upload := func(org int64) {
			go func() {
				if err := b.do(t.Context(), org, func() error { order = append(order, org); <-release; return nil }); err != nil {
					t.Error(err)
				}
			}()
			synctest.Wait()
		}
		for _, org := range []int64{1, 1, 1, 2, 3} {
			upload(org)
		}
		for range 5 {
			release <- struct{}{}
			synctest.Wait()
		}
		if diff := cmp.Diff([]int64{1, 2, 3, 1, 1}, order); diff != "" {
			t.Error(diff)
		}
		if len(b.turns) != 0 {
			t.Errorf("%d organisations are still in line", len(b.turns))
		}
	})
}

func TestNobodyWaitsForEverToBeDecoded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, f := NewLibrary(), file(formatPCM, 1, 8000, 16, tone(700, 8000, 100), pcm16)
		l.bench.places = make(chan struct{}, 1)
		l.bench.places <- struct{}{} // a file that never ends
		if _, err := l.Decode(t.Context(), 1, f); !errors.Is(err, ErrBusy) || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("after a long wait: %v", err)
		}
		gone, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := l.Decode(gone, 1, f); !errors.Is(err, context.Canceled) {
			t.Errorf("whoever has gone: %v", err)
		}
		<-l.bench.places
		if _, err := l.Decode(t.Context(), 1, f); err != nil {
			t.Errorf("afterwards: %v", err)
		}
	})
}

func TestDecodingEndsWithItsContext(t *testing.T) {
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	for name, f := range map[string][]byte{
		"WAV": file(formatPCM, 1, 44100, 16, tone(700, 44100, 2*pieceFrames), pcm16), "MP3": silentMP3(20),
	} {
		if _, err := Decode(gone, f); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// shelf is a database with an organisation.
func shelf(t *testing.T) (store.Store, int64) {
	t.Helper()
	s, err := sqlite.Open(t.Context(), sqlite.Options{Path: filepath.Join(t.TempDir(), "holdline.db")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	o := store.Organisation{Name: "A", Prefix: "000", Domain: "a.example", Login: "a", TimeZone: "UTC"}
	update(t, s, func(tx store.Tx) error { return tx.Organisations.Create(t.Context(), &o) })
	return s, o.ID
}

func update(t *testing.T, s store.Store, do func(store.Tx) error) {
	t.Helper()
	if err := s.Update(t.Context(), do); err != nil {
		t.Fatal(err)
	}
}

// stored adds a sound; audio nil leaves it as earlier versions did.
func stored(t *testing.T, s store.Store, org int64, data, audio []byte) store.Sound {
	t.Helper()
	row := store.Sound{OrgID: org, Title: "Title", Filename: "f.wav", Data: data}
	update(t, s, func(tx store.Tx) error {
		if err := tx.Sounds.Create(t.Context(), &row); err != nil || audio == nil {
			return err
		}
		return tx.Sounds.SetAudio(t.Context(), org, row.ID, audio)
	})
	return row
}

// A start loads without decoding; what has no audio is decoded once.
func TestSoundsOfEarlierVersionsAreConvertedOnce(t *testing.T) {
	s, org := shelf(t)
	f, audio := sample(t, 500)
	ready := stored(t, s, org, []byte("its file is not looked at"), audio)
	old := stored(t, s, org, f, nil)
	broken := stored(t, s, org, []byte("no sound"), nil)

	l := NewLibrary()
	without, err := l.Load(t.Context(), s)
	if err != nil || len(without) != 2 || l.Sound(org, ready.ID) == nil || l.Sound(org, old.ID) != nil {
		t.Fatalf("loaded: %v without audio, %v", without, err)
	}
	var bad []int64
	if err := l.Convert(t.Context(), s, without, func(row store.Sound, _ error) { bad = append(bad, row.ID) }); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]int64{broken.ID}, bad); diff != "" || l.Sound(org, old.ID) == nil {
		t.Error("converted:", diff)
	}
	next := NewLibrary()
	without, err = next.Load(t.Context(), s)
	if err != nil || len(without) != 1 || without[0].ID != broken.ID || next.Sound(org, old.ID) == nil {
		t.Errorf("at the next start: %v without audio, %v", without, err)
	}
}

// What is replaced or deleted while it is converted stays as it was made.
func TestConversionOverwritesNothingNewer(t *testing.T) {
	s, org := shelf(t)
	f, audio := sample(t, 500)
	replaced, deleted := stored(t, s, org, f, nil), stored(t, s, org, f, nil)
	update(t, s, func(tx store.Tx) error {
		return errors.Join(tx.Sounds.SetAudio(t.Context(), org, replaced.ID, audio[:100]), tx.Sounds.Delete(t.Context(), org, deleted.ID))
	})
	l := NewLibrary()
	if err := l.Convert(t.Context(), s, []store.Sound{replaced, deleted}, func(row store.Sound, err error) { t.Error(row.ID, err) }); err != nil {
		t.Fatal(err)
	}
	if l.Sound(org, replaced.ID) != nil || l.Sound(org, deleted.ID) != nil {
		t.Error("an old sound is played")
	}
	update(t, s, func(tx store.Tx) error {
		got, err := tx.Sounds.Audio(t.Context(), org, replaced.ID)
		if !bytes.Equal(got, audio[:100]) {
			t.Error("the new audio is gone")
		}
		return err
	})
}

func TestConversionEndsWithTheServer(t *testing.T) {
	s, org := shelf(t)
	f, _ := sample(t, 500)
	row := stored(t, s, org, f, nil)
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	err := NewLibrary().Convert(gone, s, []store.Sound{row}, func(row store.Sound, err error) { t.Error(row.ID, err) })
	if !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func BenchmarkDecodeMP3(b *testing.B) {
	data, err := os.ReadFile(os.Getenv("MP3"))
	if err != nil {
		b.Skip("name a file with MP3=…")
	}
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if _, err := Decode(b.Context(), data); err != nil {
			b.Fatal(err)
		}
	}
}
