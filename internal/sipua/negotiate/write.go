package negotiate

import (
	"net/netip"
	"strconv"

	"holdline/internal/media"
)

// Local is our end of a session.
type Local struct {
	Addr      netip.Addr // address the peer is to send RTP to
	Port      uint16
	SessionID uint64 // the same through a call
	Version   uint64 // rises by one with every change (RFC 3264 §8)
}

// EventPayloadType is what our offers give telephone-event (RFC 4733). Peers
// that choose their own number in an offer get that in the answer.
const EventPayloadType = 101

// Offer writes an offer of the codecs, in order of preference, and of telephone-event.
func Offer(local Local, codecs []media.Codec, d Direction) []byte {
	b := local.head(make([]byte, 0, 512))
	b = append(b, "m=audio "...)
	b = strconv.AppendUint(b, uint64(local.Port), 10)
	b = append(b, " RTP/AVP"...)
	for _, c := range codecs {
		b = number(append(b, ' '), c.PayloadType())
	}
	b = number(append(b, ' '), EventPayloadType)
	b = append(b, "\r\n"...)
	for _, c := range codecs {
		b = rtpmapLine(b, c.PayloadType(), c.Name())
	}
	b = events(b, EventPayloadType)
	return tail(b, d)
}

// Answer writes the answer to an offer: the chosen format alone, so that the
// peer cannot switch codecs without telling us, telephone-event if it was
// offered, and every other stream refused. d is what we want; it is narrowed
// to what the offer allows (RFC 3264 §6.1). Without audio on the peer's side
// (Refused) ours is refused too.
func Answer(local Local, remote Session, chosen Format, d Direction) []byte {
	b := local.head(make([]byte, 0, 512))
	for i, s := range remote.sections {
		if i != remote.audio || remote.Refused {
			b = refuse(b, s)
			continue
		}
		b = append(b, "m=audio "...)
		b = strconv.AppendUint(b, uint64(local.Port), 10)
		b = append(append(append(b, ' '), s.proto...), ' ')
		b = number(b, chosen.PayloadType)
		if remote.Event != 0 {
			b = number(append(b, ' '), remote.Event)
		}
		b = rtpmapLine(append(b, "\r\n"...), chosen.PayloadType, chosen.Codec.Name())
		if remote.Event != 0 {
			b = events(b, remote.Event)
		}
		b = tail(b, d.Within(remote.Direction.Reverse()))
	}
	return b
}

// head writes the session level.
func (l Local) head(b []byte) []byte {
	b = append(b, "v=0\r\no=holdline "...)
	b = strconv.AppendUint(b, l.SessionID, 10)
	b = append(b, ' ')
	b = strconv.AppendUint(b, l.Version, 10)
	b = append(b, ' ')
	b = l.connection(b)
	b = append(b, "s=holdline\r\nc="...)
	b = l.connection(b)
	return append(b, "t=0 0\r\n"...)
}

func (l Local) connection(b []byte) []byte {
	addr := l.Addr.Unmap().WithZone("")
	if addr.Is4() {
		b = append(b, "IN IP4 "...)
	} else {
		b = append(b, "IN IP6 "...)
	}
	return append(addr.AppendTo(b), "\r\n"...)
}

func refuse(b []byte, s section) []byte {
	b = append(append(b, "m="...), s.media...)
	b = append(append(b, " 0 "...), s.proto...)
	b = append(append(b, ' '), s.format...)
	return append(b, "\r\n"...)
}

func rtpmapLine(b []byte, pt uint8, name string) []byte {
	b = number(append(b, "a=rtpmap:"...), pt)
	b = append(append(b, ' '), name...)
	return append(b, "/8000\r\n"...)
}

// events writes telephone-event with the sixteen DTMF keys.
func events(b []byte, pt uint8) []byte {
	b = rtpmapLine(b, pt, "telephone-event")
	b = number(append(b, "a=fmtp:"...), pt)
	return append(b, " 0-15\r\n"...)
}

// tail ends an audio stream: 20 ms is what all of our media is paced in.
func tail(b []byte, d Direction) []byte {
	b = append(b, "a=ptime:20\r\na="...)
	return append(append(b, d.String()...), "\r\n"...)
}

func number(b []byte, n uint8) []byte { return strconv.AppendUint(b, uint64(n), 10) }
