package sipua

import (
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"

	"holdline/internal/sipua/digest"
	"holdline/internal/sipua/transport"
	"holdline/internal/store"
)

// dialog is a peer-to-peer relationship (RFC 3261 §12). Header values are kept
// as text, ready to be written.
type dialog struct {
	leg       *leg
	callID    string
	localTag  string // also the key in worker.dialogs
	remoteTag string // "" until a 2xx of an outgoing call has one
	earlyTag  string // of the latest provisional answer to an outgoing call
	local     string // our From value in requests, with tag
	remote    string // their To value in requests, with tag
	target    string // remote target: Request-URI
	routes    []string
	flow      transport.Flow // where the peer was last heard, and requests go
	named     namedHop       // the next hop of a trunk's dialog, if it is a host name
	trunk     *store.Trunk   // credentials for challenges, and proper routing; nil for phones
	contact   string         // value of our Contact
	localSeq  uint32
	remoteSeq uint32
	heard     bool // remoteSeq is known
	updates   bool // the peer allows UPDATE
	timers    bool // the peer supports session timers
	attempts  int  // challenges answered since the last success
}

// inviteKey finds the leg of an INVITE before there is a dialog (RFC 3261 §8.2.2.2).
type inviteKey struct{ callID, fromTag string }

// uasDialog begins the dialog of an incoming INVITE (RFC 3261 §12.1.1).
func (w *worker) uasDialog(m *inbound, tag string) *dialog {
	req := m.req
	d := &dialog{callID: string(*req.CallID()), localTag: tag, remoteTag: tagOf(req.From().Params),
		local: req.To().Value() + ";tag=" + tag, remote: req.From().Value(), flow: m.flow,
		localSeq: 1 + w.rand.Uint32N(1<<16), remoteSeq: req.CSeq().SeqNo, heard: true,
		contact: w.ua.contact(m.flow, "")}
	for _, h := range req.Headers() {
		if route, ok := h.(*sip.RecordRouteHeader); ok {
			d.routes = append(d.routes, route.Value())
		}
	}
	d.target = "sip:" + m.flow.Remote.String()
	d.learn(req)
	return d
}

// learn takes what a request or response of the peer says about it: its
// target (RFC 3261 §12.2) and what it can do.
func (d *dialog) learn(msg interface {
	Contact() *sip.ContactHeader
	Headers() []sip.Header
}) {
	if c := msg.Contact(); c != nil && !c.Address.Wildcard && c.Address.Host != "" {
		uri := c.Address
		uri.Headers = nil
		d.target = uri.String()
	}
	if header(msg, "Allow", "") != "" {
		d.updates = lists(msg, "Allow", "", "UPDATE")
	}
	if lists(msg, "Supported", "k", "timer") || lists(msg, "Require", "", "timer") {
		d.timers = true
	}
}

// confirm completes the dialog of an outgoing INVITE from its 2xx (RFC 3261 §12.1.2).
func (d *dialog) confirm(res *sip.Response) {
	d.remote, d.remoteTag = res.To().Value(), tagOf(res.To().Params)
	d.routes, d.attempts = nil, 0
	for _, h := range res.Headers() {
		if route, ok := h.(*sip.RecordRouteHeader); ok {
			d.routes = append([]string{route.Value()}, d.routes...)
		}
	}
	d.learn(res)
}

// next makes the next request within the dialog.
func (d *dialog) next(method sip.RequestMethod) request {
	if method != sip.ACK {
		d.localSeq++
	}
	r := request{method: method, uri: d.target, routes: d.routes, from: d.local, to: d.remote, callID: d.callID, cseq: d.localSeq}
	if len(d.routes) > 0 && !strings.Contains(strings.ToLower(d.routes[0]), ";lr") { // strict router (RFC 3261 §12.2.1.1)
		first := strings.Trim(d.routes[0], "<>")
		r.routes = append(append([]string(nil), d.routes[1:]...), "<"+d.target+">")
		r.uri = first
	}
	return r
}

// dialogOf finds the leg whose active dialog a request belongs to.
func (w *worker) dialogOf(req *sip.Request, tag string) *leg {
	if d := w.dialog(req, tag); d != nil && d.leg.dialog == d {
		return d.leg
	}
	return nil
}

func (w *worker) dialog(req *sip.Request, tag string) *dialog {
	d := w.dialogs[tag]
	if d == nil || d.callID != string(*req.CallID()) || d.remoteTag != "" && d.remoteTag != tagOf(req.From().Params) {
		return nil
	}
	return d
}

// authorize answers the challenge of a trunk; "" if that can not be done, or
// the password was refused: challenged again without stale=true (RFC 7616 §3.3).
func (d *dialog) authorize(res *sip.Response, method sip.RequestMethod, uri string) string {
	if d.trunk == nil || d.attempts >= 3 {
		return ""
	}
	if d.attempts++; d.attempts > 1 && !digest.WantsRetry(append(values(res, "WWW-Authenticate"), values(res, "Proxy-Authenticate")...)) {
		return ""
	}
	return authorization(d.trunk, res, method, uri)
}

// authorization makes the header line that answers a 401 or 407.
func authorization(t *store.Trunk, res *sip.Response, method sip.RequestMethod, uri string) string {
	name, challenge := "Authorization: ", "WWW-Authenticate"
	if res.StatusCode == 407 {
		name, challenge = "Proxy-Authorization: ", "Proxy-Authenticate"
	}
	value, err := digest.Answer(values(res, challenge), digest.Credentials{User: t.Username, Password: t.Password}, string(method), uri, 1)
	if err != nil || t.Username == "" {
		return ""
	}
	return name + value + "\r\n"
}

// values gives the values of every header of a name.
func values(msg interface{ Headers() []sip.Header }, name string) []string {
	var out []string
	for _, h := range msg.Headers() {
		if strings.EqualFold(h.Name(), name) {
			out = append(out, h.Value())
		}
	}
	return out
}

// bye sends BYE and forgets the dialog when it is answered.
func (w *worker) bye(now time.Time, d *dialog, reason string) {
	r := d.next(sip.BYE)
	r.extra = reason
	w.start(now, r, w.hop(now, d), farewell{d})
}

// farewell waits for the answer to a BYE; any will do.
type farewell struct{ d *dialog }

func (f farewell) answered(w *worker, now time.Time, tx *clientTx, res *sip.Response) {
	if res.StatusCode < 200 {
		return
	}
	if res.StatusCode == 401 || res.StatusCode == 407 {
		if proof := f.d.authorize(res, sip.BYE, tx.req.uri); proof != "" {
			w.bye(now, f.d, proof)
			return
		}
	}
	delete(w.dialogs, f.d.localTag)
}

func (f farewell) unanswered(w *worker, _ time.Time, _ *clientTx, _ error) {
	delete(w.dialogs, f.d.localTag)
}
