//go:build linux

package media

import "encoding/binary"

const (
	digits          = "0123456789*#ABCD" // event codes 0 to 15 (RFC 4733 §3.2)
	maxSegment      = 0xffff             // the longest duration an event packet can state
	eventPacketSize = 4
)

// keypad makes one digit of the many packets of an event. A digit is reported
// with the first packet of its event that arrives, whichever that is: nothing
// waits for the end, and no single loss swallows a key.
type keypad struct {
	pressed   bool // an event has been seen; the fields below are the newest one's
	ssrc      uint32
	timestamp uint32 // when the event began, the same in all of its packets
	event     byte
	ended     bool
	duration  uint16
}

// hear takes the payload of a telephone-event packet and returns the digit if it begins one.
func (k *keypad) hear(h rtpHeader, payload []byte) (digit byte, ok bool) {
	if len(payload) < eventPacketSize || int(payload[0]) >= len(digits) {
		return 0, false
	}
	next := keypad{pressed: true, ssrc: h.ssrc, timestamp: h.timestamp, event: payload[0],
		ended: payload[1]&0x80 != 0, duration: binary.BigEndian.Uint16(payload[2:])}
	if k.pressed && k.ssrc == h.ssrc {
		switch age := int32(h.timestamp - k.timestamp); {
		case age < 0: // late packet of an event before
			return 0, false
		case age == 0:
			k.ended = k.ended || next.ended
			k.duration = max(k.duration, next.duration)
			return 0, false
		case age == maxSegment && !k.ended && k.event == next.event: // next segment of a long key press (RFC 4733 §2.5.1.3)
			*k = next
			return 0, false
		}
	}
	*k = next
	return digits[next.event], true
}
