//go:build linux

package record

import (
	"bytes"
	"encoding/binary"
	"os"
	"testing"
)

// readWAV reads a finished recording, whose header and length must agree.
func readWAV(t *testing.T, path string) (left, right []int16) {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v: others can read what was said", info.Mode())
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return parseWAV(t, b)
}

// parseWAV reads a file as Microsoft's and IBM's "Multimedia Programming
// Interface and Data Specifications 1.0" describes it.
func parseWAV(t *testing.T, b []byte) (left, right []int16) {
	t.Helper()
	var h struct {
		RIFF     [4]byte
		Size     uint32
		WAVE     [4]byte
		Fmt      [4]byte
		FmtSize  uint32
		Format   uint16
		Channels uint16
		Rate     uint32
		Bytes    uint32 // a second
		Align    uint16
		Bits     uint16
		Data     [4]byte
		DataSize uint32
	}
	r := bytes.NewReader(b)
	if err := binary.Read(r, binary.LittleEndian, &h); err != nil {
		t.Fatal(err)
	}
	if string(h.RIFF[:])+string(h.WAVE[:])+string(h.Fmt[:])+string(h.Data[:]) != "RIFFWAVEfmt data" || h.FmtSize != 16 ||
		h.Format != 1 || h.Channels != 2 || h.Rate != 8000 || h.Bytes != 32000 || h.Align != 4 || h.Bits != 16 {
		t.Fatalf("header %+v", h)
	}
	if int(h.Size) != len(b)-8 || int(h.DataSize) != r.Len() || r.Len()%4 != 0 {
		t.Fatalf("header speaks of %d and %d bytes, the file has %d", h.Size, h.DataSize, len(b))
	}
	for i := headerSize; i < len(b); i += 4 {
		left = append(left, int16(binary.LittleEndian.Uint16(b[i:])))
		right = append(right, int16(binary.LittleEndian.Uint16(b[i+2:])))
	}
	return left, right
}

func TestLargestFileFitsItsHeader(t *testing.T) {
	h := header(maxData)
	if riff := binary.LittleEndian.Uint32(h[4:]); int64(riff) != maxData+riffSize {
		t.Fatalf("the header of the largest file speaks of %d bytes, not %d", riff, int64(maxData)+riffSize)
	}
}
