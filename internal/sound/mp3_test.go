package sound

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"
)

// silentMP3 gives n frames of silence: MPEG-1 layer III, 44.1 kHz, 128 kbit/s,
// 1152 samples each. Side information of zeros means nothing is coded.
func silentMP3(n int) []byte {
	frame := append([]byte{0xFF, 0xFB, 0x90, 0x64}, make([]byte, 417-4)...)
	return bytes.Repeat(frame, n)
}

// tag is an ID3v2 tag of ten bytes.
var tag = append([]byte("ID3\x04\x00\x00\x00\x00\x00\x0a"), make([]byte, 10)...)

func TestMP3IsDecoded(t *testing.T) {
	for name, data := range map[string][]byte{
		"bare": silentMP3(50), "tagged": append(bytes.Clone(tag), silentMP3(50)...), "tagged twice": slices.Concat(tag, tag, silentMP3(50)),
		"tag with footer": slices.Concat([]byte("ID3\x04\x00\x10\x00\x00\x00\x0a"), make([]byte, 10), []byte("3DI\x04\x00\x10\x00\x00\x00\x0a"), silentMP3(50)),
	} {
		got, err := Decode(t.Context(), data)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if want := 50 * 1152 * Rate / 44100; len(got) < want-2*1152 || len(got) > want+1152 {
			t.Errorf("%s: %d samples; want about %d", name, len(got), want)
		}
		for i, s := range got {
			if s != 0 {
				t.Fatalf("%s: sample %d of silence is %d", name, i, s)
			}
		}
	}
}

func TestDamagedMP3IsRefused(t *testing.T) {
	for name, data := range map[string][]byte{
		"a tag alone": tag, "a tag cut off": tag[:8], "a tag longer than the file": append([]byte("ID3\x04\x00\x00\x7f\x7f\x7f\x7f"), silentMP3(2)...),
		"a tag whose length is none": append([]byte("ID3\x04\x00\x00\xf4\x00\x00\x0a"), silentMP3(2)...), "a frame's head alone": silentMP3(1)[:4], "noise": []byte("\xFF\xFB" + strings.Repeat("\xA5\x5A\xFF", 999)),
		"not MP3 behind the tag": append(bytes.Clone(tag), bytes.Repeat([]byte("text"), 500)...),
	} {
		if got, err := Decode(t.Context(), data); !errors.Is(err, ErrMP3) {
			t.Errorf("%s: %d samples, %v", name, len(got), err)
		}
	}
}

func FuzzMP3(f *testing.F) {
	f.Add(silentMP3(3))
	f.Add(append(bytes.Clone(tag), silentMP3(2)...))
	f.Fuzz(func(t *testing.T, data []byte) {
		if !isMP3(data) || len(data) > 1<<16 {
			return
		}
		if got, err := decodeMP3(t.Context(), data); (err == nil) != (len(got) > 0) {
			t.Fatalf("%d samples, %v", len(got), err)
		}
	})
}
