package sipua

import (
	"cmp"
	"encoding/hex"
	"strconv"

	"github.com/emiago/sipgo/sip"

	"holdline/internal/sipua/transport"
)

// buffer is where messages are put together: bytes that headers can write themselves to.
type buffer []byte

// WriteString implements io.StringWriter.
func (b *buffer) WriteString(s string) (int, error) {
	*b = append(*b, s...)
	return len(s), nil
}

func (b *buffer) str(parts ...string) {
	for _, p := range parts {
		*b = append(*b, p...)
	}
}

func (b *buffer) num(n int) { *b = strconv.AppendInt(*b, int64(n), 10) }

// field writes one header line, unless its value is empty.
func (b *buffer) field(name, value string) {
	if value != "" {
		b.str(name, ": ", value, "\r\n")
	}
}

// end writes Content-Type, Content-Length, the empty line and the body.
func (b *buffer) end(bodyType string, body []byte) {
	if len(body) > 0 {
		b.field("Content-Type", bodyType)
	}
	b.str("Content-Length: ")
	b.num(len(body))
	b.str("\r\n\r\n")
	*b = append(*b, body...)
}

const sdpType = "application/sdp"

// allow lists the methods we understand, for Allow headers.
const allow = "INVITE, ACK, CANCEL, BYE, OPTIONS, REGISTER, UPDATE, INFO, REFER"

// reply is what goes into a response beside what it copies from its request.
type reply struct {
	code    int
	reason  string // "" = the usual phrase
	tag     string // our To tag, used if the To has none; "" = one made of the request
	contact string // value of Contact; "" = none
	extra   string // further header lines, each with its line end
	body    []byte // SDP
}

// response writes an answer to req (RFC 3261 §8.2.6) into the scratch buffer.
func (w *worker) response(req *sip.Request, r reply) []byte {
	b := &w.out
	*b = (*b)[:0]
	if r.reason == "" {
		r.reason = phrase(r.code)
	}
	b.str("SIP/2.0 ")
	b.num(r.code)
	b.str(" ", r.reason, "\r\n")
	routes := req.Method == sip.INVITE && r.code > 100 && r.code < 300
	for _, h := range req.Headers() {
		switch h := h.(type) {
		case *sip.ViaHeader, *sip.FromHeader, *sip.CSeqHeader, *sip.CallIDHeader:
			w.copyHeader(h)
		case *sip.RecordRouteHeader:
			if routes {
				w.copyHeader(h)
			}
		case *sip.ToHeader:
			h.StringWrite(b)
			if r.code > 100 && tagOf(h.Params) == "" {
				b.str(";tag=", cmp.Or(r.tag, statelessTag(req)))
			}
			b.str("\r\n")
		}
	}
	b.field("Contact", r.contact)
	b.str(r.extra)
	if r.code > 100 {
		b.field("Server", w.ua.cfg.UserAgent)
	}
	b.end(sdpType, r.body)
	return *b
}

// statelessTag is the same for each retransmission of a request (RFC 3261 §8.2.7).
func statelessTag(req *sip.Request) string {
	branch, _ := req.Via().Params.Get("branch")
	var raw [8]byte
	put64(raw[:], uint64(hash(branch))<<32|uint64(hash(string(*req.CallID()))))
	return hex.EncodeToString(raw[:])
}

func (w *worker) copyHeader(h sip.Header) {
	h.StringWrite(&w.out)
	w.out.str("\r\n")
}

// request is what goes into a request of ours.
type request struct {
	method   sip.RequestMethod
	uri      string   // Request-URI
	routes   []string // values of Route
	from, to string   // values, with tags
	callID   string
	branch   string
	contact  string // "" = none
	extra    string // further header lines, each with its line end
	bodyType string
	body     []byte
	cseq     uint32
	hops     int // the call has behind it, taken off Max-Forwards
}

// request writes a request into the scratch buffer.
func (w *worker) request(r *request, to transport.Flow) []byte {
	b := &w.out
	*b = (*b)[:0]
	b.str(string(r.method), " ", r.uri, " SIP/2.0\r\nVia: SIP/2.0/", to.Proto.Via(), " ", w.ua.sentBy(to), ";branch=", r.branch)
	if to.Proto == transport.UDP {
		b.str(";rport")
	}
	b.str("\r\n")
	for _, route := range r.routes {
		b.field("Route", route)
	}
	b.str("Max-Forwards: ")
	b.num(max(0, mostForwards-r.hops))
	b.str("\r\nFrom: ", r.from, "\r\nTo: ", r.to, "\r\nCall-ID: ", r.callID, "\r\nCSeq: ")
	b.num(int(r.cseq))
	b.str(" ", string(r.method), "\r\n")
	b.field("Contact", r.contact)
	b.str(r.extra)
	b.field("User-Agent", w.ua.cfg.UserAgent)
	b.end(r.bodyType, r.body)
	return *b
}

// phrase gives the usual reason phrase of a status code.
func phrase(code int) string {
	if p, ok := phrases[code]; ok {
		return p
	}
	return "Unknown"
}

var phrases = map[int]string{
	100: "Trying", 180: "Ringing", 183: "Session Progress", 200: "OK", 202: "Accepted",
	400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed",
	408: "Request Timeout", 415: "Unsupported Media Type", 416: "Unsupported URI Scheme", 420: "Bad Extension",
	422: "Session Interval Too Small", 423: "Interval Too Brief", 480: "Temporarily Unavailable",
	481: "Call/Transaction Does Not Exist", 482: "Loop Detected", 483: "Too Many Hops", 484: "Address Incomplete",
	486: "Busy Here", 487: "Request Terminated", 488: "Not Acceptable Here", 489: "Bad Event", 491: "Request Pending",
	500: "Server Internal Error", 501: "Not Implemented", 502: "Bad Gateway", 503: "Service Unavailable", 504: "Server Time-out",
	505: "Version Not Supported", 513: "Message Too Large", 600: "Busy Everywhere", 603: "Decline", 604: "Does Not Exist Anywhere",
	606: "Not Acceptable",
}

// mostForwards is how many hops a call may take that begins here (RFC 3261 §8.1.1.6).
const mostForwards = 70

// hops gives how many of them an INVITE has behind it when it is passed on.
func hops(req *sip.Request) int {
	if left := req.MaxForwards(); left != nil && left.Val() < mostForwards {
		return mostForwards - int(left.Val()) + 1
	}
	return 1
}
