package webhook

import (
	"crypto/rand"
	"encoding/base32"
	"encoding/binary"

	"holdline/internal/acd"
)

var keyText = base32.HexEncoding.WithPadding(base32.NoPadding)

// newKey makes a delivery's key: 26 letters and digits of time (48 bits of
// milliseconds) and chance (80 bits). Keys that grow with time are entered at
// the end of their index and not all over it.
func newKey(now acd.Time) string {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:8], uint64(now/1000)<<16)
	rand.Read(b[6:]) // never fails, see crypto/rand
	return keyText.EncodeToString(b[:])
}
