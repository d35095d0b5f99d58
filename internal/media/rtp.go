//go:build linux

package media

import "encoding/binary"

const (
	headerSize   = 12   // the fixed part (RFC 3550 §5.1), all that we send
	version2     = 0x80 // first byte of a packet without padding, extension and sources
	markerBit    = 0x80
	comfortNoise = 13 // payload type (RFC 3389)
)

// rtpHeader is the part of an RTP header that matters here.
type rtpHeader struct {
	payloadType uint8
	marker      bool
	seq         uint16
	timestamp   uint32
	ssrc        uint32
}

// put writes the header into the first headerSize bytes.
func (h *rtpHeader) put(packet []byte) {
	_ = packet[headerSize-1]
	packet[0], packet[1] = version2, h.payloadType
	if h.marker {
		packet[1] |= markerBit
	}
	binary.BigEndian.PutUint16(packet[2:], h.seq)
	binary.BigEndian.PutUint32(packet[4:], h.timestamp)
	binary.BigEndian.PutUint32(packet[8:], h.ssrc)
}

// parseRTP reads a packet. The payload, packet[start:end], excludes padding;
// contributing sources and the header extension are skipped: extension numbers
// are agreed per call (RFC 8285) and mean nothing on the other leg. ok is
// false if the lengths inside do not fit the packet.
func parseRTP(packet []byte) (h rtpHeader, start, end int, ok bool) {
	if len(packet) < headerSize || packet[0]&0xc0 != version2 {
		return h, 0, 0, false
	}
	start, end = headerSize+4*int(packet[0]&0x0f), len(packet)
	if packet[0]&0x10 != 0 { // extension: profile, length in words
		if end < start+4 {
			return h, 0, 0, false
		}
		start += 4 + 4*int(binary.BigEndian.Uint16(packet[start+2:]))
	}
	if packet[0]&0x20 != 0 { // padding: its length is the last byte and counts itself
		padding := int(packet[end-1])
		if padding == 0 {
			return h, 0, 0, false
		}
		end -= padding
	}
	if start > end {
		return h, 0, 0, false
	}
	h = rtpHeader{
		payloadType: packet[1] & 0x7f,
		marker:      packet[1]&markerBit != 0,
		seq:         binary.BigEndian.Uint16(packet[2:]),
		timestamp:   binary.BigEndian.Uint32(packet[4:]),
		ssrc:        binary.BigEndian.Uint32(packet[8:]),
	}
	return h, start, end, true
}

// isRTCP recognises RTCP multiplexed on the RTP port (RFC 5761 §4).
func isRTCP(packet []byte) bool {
	return len(packet) >= 2 && packet[0]&0xc0 == version2 && packet[1] >= 192 && packet[1] <= 223
}
