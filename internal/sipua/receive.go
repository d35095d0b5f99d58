package sipua

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"

	"holdline/internal/sipua/transport"
)

// inbound is a request on its way to its worker.
type inbound struct {
	flow transport.Flow
	req  *sip.Request
	key  serverKey
}

// inboundResponse is a response on its way to its worker.
type inboundResponse struct{ res *sip.Response }

func (m inboundResponse) run(w *worker, now time.Time) { w.takeResponse(now, m.res) }

// Receive implements transport.Handler: it parses, checks what every message
// needs, and gives the message to the worker of its Call-ID.
func (ua *UA) Receive(from transport.Flow, data []byte) {
	now := time.Now()
	ua.counters.received.Add(1)
	if _, banned := ua.guard.Banned(from.Remote.Addr(), now); banned {
		ua.counters.dropped.Add(1)
		return
	}
	msg, err := parse(data)
	if err == nil {
		err = complete(msg)
	}
	if err != nil {
		ua.malformed(from, data, err, now)
		return
	}
	w := ua.workerOf(string(*msg.CallID()))
	var t task
	switch msg := msg.(type) {
	case *sip.Request:
		t = newInbound(from, msg)
	case *sip.Response:
		t = inboundResponse{msg}
	}
	if !w.box.put(t, now, true) {
		ua.counters.dropped.Add(1)
		ua.warn("backlog", "SIP messages dropped: more arrive than can be handled; lower the load or add processors", "waiting", maxPackets)
	}
}

var parser = sip.NewParser()

// parse parses one message. Whatever a stranger sends, it may not end the
// process: a panic of the parser is an error like others.
func parse(data []byte) (msg sip.Message, err error) {
	defer func() {
		if what := recover(); what != nil {
			msg, err = nil, fmt.Errorf("parser: %v", what)
		}
	}()
	return parser.ParseSIP(data)
}

// complete checks what every message has to carry (RFC 3261 §8.1.1).
func complete(msg sip.Message) error {
	via, cseq := msg.Via(), msg.CSeq()
	switch {
	case via == nil:
		return errors.New("no Via header")
	case msg.From() == nil:
		return errors.New("no From header")
	case msg.To() == nil:
		return errors.New("no To header")
	case msg.CallID() == nil:
		return errors.New("no Call-ID header")
	case cseq == nil:
		return errors.New("no CSeq header")
	case via.Host == "":
		return errors.New("no readable address in the Via header")
	}
	switch msg := msg.(type) {
	case *sip.Request:
		if methodOf(cseq) != msg.Method {
			return fmt.Errorf("method %s, but CSeq says %s", msg.Method, cseq.MethodName)
		}
	case *sip.Response:
		if msg.StatusCode < 100 || msg.StatusCode > 699 {
			return fmt.Errorf("status code %d", msg.StatusCode)
		}
	}
	return nil
}

// newInbound notes in the top Via where the request really came from (RFC 3261
// §18.2.1, RFC 3581 §4) and names its transaction.
func newInbound(from transport.Flow, req *sip.Request) *inbound {
	via := req.Via()
	branch, _ := via.Params.Get("branch")
	key := serverKey{branch: branch, host: via.Host, port: via.Port, method: req.Method}
	if req.Method == sip.ACK {
		key.method = sip.INVITE
	}
	if !strings.HasPrefix(branch, "z9hG4bK") { // RFC 2543
		key.branch = branch + "|" + req.CallID().Value() + "|" + tagOf(req.From().Params) + "|" + itoa(int(req.CSeq().SeqNo)) + "|" + req.Recipient.String()
	}
	_, rport := via.Params.Get("rport")
	if sent, err := netip.ParseAddr(via.Host); rport || err != nil || sent.Unmap() != from.Remote.Addr() {
		via.Params.Add("received", from.Remote.Addr().String())
	}
	if rport {
		via.Params.Add("rport", itoa(int(from.Remote.Port())))
	}
	return &inbound{flow: from, req: req, key: key}
}

// run takes a request: a retransmission, a message of a dialog, or a new one.
func (m *inbound) run(w *worker, now time.Time) {
	req := m.req
	switch tx := w.servers[m.key]; {
	case tx != nil && req.Method == sip.ACK:
		w.serverDid(now, tx, tx.Ack(now))
		if tx.leg != nil {
			tx.leg.acked(now, req)
		}
		return
	case tx != nil:
		w.serverDid(now, tx, tx.Request())
		return
	}
	tag := tagOf(req.To().Params)
	switch {
	case req.Method == sip.ACK:
		if l := w.dialogOf(req, tag); l != nil {
			l.acked(now, req)
		}
	case req.Method == sip.CANCEL:
		w.takeCancel(now, m)
	case req.SipVersion != "SIP/2.0":
		w.refuse(m, reply{code: 505})
	case req.Recipient.Scheme != "sip" && req.Recipient.Scheme != "sips" && req.Recipient.Scheme != "tel":
		w.refuse(m, reply{code: 416})
	case tag != "":
		w.takeInDialog(now, m, tag)
	default:
		w.takeNew(now, m)
	}
}

// takeNew takes a request outside of any dialog.
func (w *worker) takeNew(now time.Time, m *inbound) {
	req := m.req
	if forwards := req.MaxForwards(); forwards != nil && *forwards == 0 && req.Method != sip.OPTIONS {
		w.refuse(m, reply{code: 483})
		return
	}
	if w.looped(req) {
		w.ua.log.Debug("SIP request came back to us", "method", req.Method, "sip_call_id", req.CallID().Value())
		w.refuse(m, reply{code: 482})
		return
	}
	if w.merged[merges(req)] != nil { // forked on its way to us
		w.refuse(m, reply{code: 482, reason: "Merged Request"})
		return
	}
	if unknown := unsupported(req); unknown != "" {
		w.refuse(m, reply{code: 420, extra: "Unsupported: " + unknown + "\r\n"})
		return
	}
	switch req.Method {
	case sip.INVITE:
		w.takeInvite(now, m)
	case sip.REGISTER:
		w.takeRegister(now, m)
	case sip.OPTIONS:
		w.takeOptions(now, m)
	case sip.BYE, sip.UPDATE, sip.INFO, sip.PRACK, sip.NOTIFY:
		w.refuseStranger(now, m, reply{code: 481})
	case sip.REFER: // nobody has the server place calls from outside of one
		w.refuseStranger(now, m, reply{code: 403, reason: "REFER Outside of a Call"})
	case sip.MESSAGE, sip.SUBSCRIBE, sip.PUBLISH:
		w.refuseStranger(now, m, reply{code: 405, extra: "Allow: " + allow + "\r\n"})
	default:
		w.refuseStranger(now, m, reply{code: 501, extra: "Allow: " + allow + "\r\n"})
	}
}

// refuse answers without keeping a transaction: a retransmission is refused again.
func (w *worker) refuse(m *inbound, r reply) {
	w.send(m.flow, w.response(m.req, r), nil)
}

// refuseStranger refuses what nobody has authenticated, as far as the guard lets answers out.
func (w *worker) refuseStranger(now time.Time, m *inbound, r reply) {
	if w.ua.admit(m.flow, now) {
		w.refuse(m, r)
	}
}

// takeOptions says what we can do (RFC 3261 §11.2).
func (w *worker) takeOptions(now time.Time, m *inbound) {
	w.refuseStranger(now, m, reply{code: 200, extra: capabilities})
}

const capabilities = acceptHeaders + "Accept: application/sdp, application/dtmf-relay\r\n"

// looped tells whether the request has passed through here before.
func (w *worker) looped(req *sip.Request) bool {
	for _, h := range req.Headers() {
		if via, ok := h.(*sip.ViaHeader); ok {
			if branch, _ := via.Params.Get("branch"); strings.HasPrefix(branch, w.ua.branchPrefix) {
				return true
			}
		}
	}
	return false
}

// takeCancel answers a CANCEL and ends the INVITE it is for, if that has no
// final answer yet (RFC 3261 §9.2).
func (w *worker) takeCancel(now time.Time, m *inbound) {
	key := m.key
	key.method = sip.INVITE
	invite := w.servers[key]
	if invite == nil {
		w.refuseStranger(now, m, reply{code: 481})
		return
	}
	tx := w.newServer(m)
	w.respond(now, tx, reply{code: 200, tag: invite.tag})
	if l := invite.leg; l != nil && invite.req != nil {
		l.cancelled(now, invite)
	}
}

// tagOf gives the tag of a From or To.
func tagOf(params sip.HeaderParams) string {
	for _, p := range params {
		if strings.EqualFold(strings.TrimSpace(p.K), "tag") {
			return strings.TrimSpace(p.V)
		}
	}
	return ""
}

// header gives the value of the first header of a name, or of its compact form.
func header(msg interface{ Headers() []sip.Header }, name, compact string) string {
	for _, h := range msg.Headers() {
		if n := h.Name(); strings.EqualFold(n, name) || compact != "" && strings.EqualFold(n, compact) {
			return h.Value()
		}
	}
	return ""
}

// lists reports whether any header of a name has an element in its comma-separated list.
func lists(msg interface{ Headers() []sip.Header }, name, compact, element string) bool {
	for _, h := range msg.Headers() {
		if n := h.Name(); !strings.EqualFold(n, name) && (compact == "" || !strings.EqualFold(n, compact)) {
			continue
		}
		for part := range strings.SplitSeq(h.Value(), ",") {
			if strings.EqualFold(strings.TrimSpace(part), element) {
				return true
			}
		}
	}
	return false
}

// extensions are the option tags we understand. Replaces is taken in the
// Refer-To of a phone (RFC 3891 §5) and in its INVITE (§3).
var extensions = []string{"timer", "replaces", "norefersub"}

// unsupported gives the extensions a request requires that we do not have (RFC 3261 §8.2.2.3).
func unsupported(req *sip.Request) string {
	var unknown []string
	for _, h := range req.Headers() {
		if !strings.EqualFold(h.Name(), "Require") {
			continue
		}
		for part := range strings.SplitSeq(h.Value(), ",") {
			if part = strings.TrimSpace(part); part != "" && !slices.Contains(extensions, strings.ToLower(part)) {
				unknown = append(unknown, part)
			}
		}
	}
	return strings.Join(unknown, ", ")
}
