package phone

import (
	"bytes"
	"net/netip"
	"strconv"
)

// start begins a request in the network's buffer: request line and Via. What
// start, the appends after it and finishMessage make is valid until the next start.
func (n *Network) start(method, uri, branch string) []byte {
	b := append(n.buf[:0], method...)
	b = append(append(append(b, ' '), uri...), " SIP/2.0\r\nVia: SIP/2.0/UDP "...)
	b = append(append(append(b, n.host...), ";rport;branch="...), branch...)
	return append(b, "\r\nMax-Forwards: 70\r\n"...)
}

func appendCSeq(b []byte, cseq uint32, method string) []byte {
	b = strconv.AppendUint(append(b, "CSeq: "...), uint64(cseq), 10)
	return append(append(append(b, ' '), method...), "\r\n"...)
}

// finishMessage adds the headers that are always last, and the body, a session description or nil.
func (n *Network) finishMessage(b, body []byte) []byte {
	b = append(append(append(b, "User-Agent: "...), n.cfg.UserAgent...), "\r\n"...)
	if len(body) > 0 {
		return n.finishTyped(b, "application/sdp", body)
	}
	n.buf = append(b, "Content-Length: 0\r\n\r\n"...)
	return n.buf
}

func (n *Network) finishTyped(b []byte, contentType string, body []byte) []byte {
	b = append(append(append(b, "Content-Type: "...), contentType...), "\r\nContent-Length: "...)
	b = strconv.AppendUint(b, uint64(len(body)), 10)
	b = append(append(b, "\r\n\r\n"...), body...)
	n.buf = b
	return b
}

const allow = "Allow: INVITE, ACK, BYE, CANCEL, OPTIONS, INFO, UPDATE, REFER, NOTIFY\r\n"

var reasons = map[int]string{100: "Trying", 180: "Ringing", 183: "Session Progress", 200: "OK", 202: "Accepted",
	400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed",
	407: "Proxy Authentication Required", 408: "Request Timeout", 480: "Temporarily Unavailable",
	481: "Call/Transaction Does Not Exist", 486: "Busy Here", 487: "Request Terminated", 488: "Not Acceptable Here",
	491: "Request Pending", 500: "Server Internal Error", 503: "Service Unavailable", 600: "Busy Everywhere", 603: "Decline"}

func appendStatus(b []byte, code int) []byte {
	b = strconv.AppendInt(append(b, "SIP/2.0 "...), int64(code), 10)
	reason := reasons[code]
	if reason == "" {
		reason = "Refused"
	}
	return append(append(append(b, ' '), reason...), "\r\n"...)
}

// appendEcho copies what a response takes from its request (RFC 3261 §8.2.6.2).
func appendEcho(b []byte, m *message, d *datagram, toTag string) []byte {
	top := true
	for _, f := range m.fields {
		switch f.name {
		case hVia:
			b = append(b, "Via: "...)
			if top {
				b = appendTopVia(b, f.value, d)
				top = false
			} else {
				b = append(b, f.value...)
			}
		case hFrom:
			b = append(append(b, "From: "...), f.value...)
		case hTo:
			b = append(append(b, "To: "...), f.value...)
			if toTag != "" && m.toTag() == nil {
				b = append(append(b, ";tag="...), toTag...)
			}
		case hCallID:
			b = append(append(b, "Call-ID: "...), f.value...)
		case hCSeq:
			b = append(append(b, "CSeq: "...), f.value...)
		case hRecordRoute:
			b = append(append(b, "Record-Route: "...), f.value...)
		default:
			continue
		}
		b = append(b, '\r', '\n')
	}
	return b
}

// appendTopVia fills in rport where the sender asked for it (RFC 3581 §4).
func appendTopVia(b, via []byte, d *datagram) []byte {
	const asked = ";rport"
	at := bytes.Index(firstOf(via), []byte(asked))
	if rport := param(firstOf(via), "rport"); at < 0 || rport == nil || len(rport) > 0 {
		return append(b, via...)
	}
	b = append(append(b, via[:at]...), ";received="...)
	b = d.from.Addr().AppendTo(b)
	b = strconv.AppendUint(append(b, ";rport="...), uint64(d.from.Port()), 10)
	return append(b, via[at+len(asked):]...)
}

// replyTo is where a response goes (RFC 3261 §18.2.2, RFC 3581 §4).
func replyTo(m *message, d *datagram) netip.AddrPort {
	top := firstOf(m.get(hVia))
	if param(top, "rport") != nil {
		return d.from
	}
	sentBy, _, _ := bytes.Cut(top, []byte(";"))
	if i := bytes.LastIndexByte(sentBy, ':'); i >= 0 {
		if port, err := strconv.ParseUint(string(bytes.TrimSpace(sentBy[i+1:])), 10, 16); err == nil {
			return netip.AddrPortFrom(d.from.Addr(), uint16(port))
		}
	}
	return netip.AddrPortFrom(d.from.Addr(), 5060)
}
