package sipua

import (
	"time"

	"github.com/emiago/sipgo/sip"

	"holdline/internal/sipua/transaction"
	"holdline/internal/sipua/transport"
)

// serverKey names a server transaction (RFC 3261 §17.2.3). An ACK looks for
// its INVITE's, a CANCEL has its own.
type serverKey struct {
	branch, host string
	port         int
	method       sip.RequestMethod
}

// clientKey names a client transaction (RFC 3261 §17.1.3).
type clientKey struct {
	branch string
	method sip.RequestMethod
}

// mergeKey is what copies of one request that took different ways have in
// common (RFC 3261 §8.2.2.2).
type mergeKey struct {
	callID, fromTag string
	cseq            uint32
	method          sip.RequestMethod
}

// merges gives the key of a request outside of any dialog; zero if it is within one.
func merges(req *sip.Request) mergeKey {
	from := tagOf(req.From().Params)
	if from == "" || tagOf(req.To().Params) != "" || req.Method == sip.CANCEL {
		return mergeKey{}
	}
	return mergeKey{string(*req.CallID()), from, req.CSeq().SeqNo, req.Method}
}

// serverTx is a request being answered.
type serverTx struct {
	transaction.Server
	key   serverKey
	merge mergeKey
	flow  transport.Flow
	req   *sip.Request // until the final response
	last  []byte       // last response, sent again when the request is
	tag   string       // our To tag in every response
	leg   *leg         // of an INVITE
	timer timer
	open  bool // no final response yet, or it needs an ACK: counted in worker.busy
}

// newServer begins a server transaction.
func (w *worker) newServer(m *inbound) *serverTx {
	tx := &serverTx{Server: transaction.NewServer(m.req.Method == sip.INVITE, m.flow.Proto.Reliable()),
		key: m.key, merge: merges(m.req), flow: m.flow, req: m.req, open: true}
	tx.timer.owner = tx
	w.servers[tx.key] = tx
	if tx.merge != (mergeKey{}) {
		w.merged[tx.merge] = tx
	}
	w.busy++
	return tx
}

// respond answers the request of a transaction and gives the bytes sent.
func (w *worker) respond(now time.Time, tx *serverTx, r reply) []byte {
	if tx.req == nil {
		return nil // answered finally before
	}
	if r.tag == "" {
		if tx.tag == "" {
			tx.tag = w.token()
		}
		r.tag = tx.tag
	}
	msg := append([]byte(nil), w.response(tx.req, r)...)
	tx.last = msg
	w.send(tx.flow, msg, nil)
	w.serverDid(now, tx, tx.Respond(now, r.code))
	if r.code >= 200 {
		tx.req = nil
	}
	return msg
}

// serverDid carries out what the state machine asks for.
func (w *worker) serverDid(_ time.Time, tx *serverTx, e transaction.Effect) {
	if e.Has(transaction.Resend) && tx.last != nil {
		w.send(tx.flow, tx.last, nil)
	}
	if s := tx.State(); s == transaction.Accepted {
		tx.last = nil // the leg repeats its 2xx itself
	}
	if e.Has(transaction.Over) {
		w.timers.disarm(&tx.timer)
		delete(w.servers, tx.key)
		if w.merged[tx.merge] == tx {
			delete(w.merged, tx.merge)
		}
		tx.leg, tx.last = nil, nil
	} else {
		w.timers.arm(&tx.timer, tx.Deadline())
	}
	if s := tx.State(); tx.open && (s >= transaction.Confirmed || s == transaction.Completed && tx.key.method != sip.INVITE) {
		tx.open = false
		w.busy--
		w.settle()
	}
}

func (tx *serverTx) tick(w *worker, now time.Time, _ timerKind) { w.serverDid(now, tx, tx.Tick(now)) }

// clientUser is who sent a request.
type clientUser interface {
	// answered takes every response that is to be looked at.
	answered(w *worker, now time.Time, tx *clientTx, res *sip.Response)
	// unanswered: nobody answered in time, or it could not be sent (err).
	unanswered(w *worker, now time.Time, tx *clientTx, err error)
}

// clientTx is a request waiting for its answer.
type clientTx struct {
	transaction.Client
	w     *worker
	key   clientKey
	flow  transport.Flow
	user  clientUser
	req   request // for the ACK of a refusal and for CANCEL
	last  []byte  // the request; then the ACK of a refusal
	timer timer
	open  bool // no final response yet: counted in worker.busy
}

// start sends a request in a new transaction. req.branch is set.
func (w *worker) start(now time.Time, req request, to transport.Flow, user clientUser) *clientTx {
	if req.branch == "" {
		req.branch = w.branch()
	}
	tx := &clientTx{Client: transaction.NewClient(now, req.method == sip.INVITE, to.Proto.Reliable()), w: w,
		key: clientKey{req.branch, req.method}, flow: to, user: user, req: req, open: true}
	tx.last = append([]byte(nil), w.request(&req, to)...)
	tx.req.body, tx.req.extra = nil, ""
	tx.timer.owner = tx
	w.clients[tx.key] = tx
	w.busy++
	w.timers.arm(&tx.timer, tx.Deadline())
	w.send(to, tx.last, tx)
	return tx
}

// SendFailed implements transport.Sender; the news goes through the mailbox,
// as it may come from any goroutine or from within a step.
func (tx *clientTx) SendFailed(err error) {
	tx.w.post(taskFunc(func(w *worker, now time.Time) {
		if w.clients[tx.key] == tx && tx.State() == transaction.Calling { // else it did arrive
			w.clientDid(now, tx, tx.Fail(), nil, err)
		}
	}))
}

// response takes an answer from the network.
func (w *worker) takeResponse(now time.Time, res *sip.Response) {
	via, cseq := res.Via(), res.CSeq()
	branch, _ := via.Params.Get("branch")
	tx := w.clients[clientKey{branch, methodOf(cseq)}]
	if tx == nil {
		w.ua.log.Debug("SIP response to no request of ours", "code", res.StatusCode, "sip_call_id", res.CallID().Value())
		return
	}
	w.clientDid(now, tx, tx.Response(now, res.StatusCode), res, nil)
}

// clientDid carries out what the state machine asks for.
func (w *worker) clientDid(now time.Time, tx *clientTx, e transaction.Effect, res *sip.Response, err error) {
	if e.Has(transaction.Resend) {
		w.send(tx.flow, tx.last, tx)
	}
	if e.Has(transaction.Acknowledge) {
		w.acknowledge(tx, res)
	}
	if s := tx.State(); tx.open && s >= transaction.Completed {
		tx.open = false
		w.busy--
		if s == transaction.Accepted || tx.key.method != sip.INVITE {
			tx.last = nil
		}
	}
	if e.Has(transaction.Over) {
		w.timers.disarm(&tx.timer)
		delete(w.clients, tx.key)
	} else {
		w.timers.arm(&tx.timer, tx.Deadline())
	}
	switch {
	case e.Has(transaction.TimedOut):
		tx.user.unanswered(w, now, tx, err)
	case e.Has(transaction.Deliver):
		tx.user.answered(w, now, tx, res)
	}
	w.settle()
}

func (tx *clientTx) tick(w *worker, now time.Time, _ timerKind) {
	w.clientDid(now, tx, tx.Tick(now), nil, nil)
}

// acknowledge sends the ACK of a refused INVITE, the same bytes each time (RFC 3261 §17.1.1.3).
func (w *worker) acknowledge(tx *clientTx, res *sip.Response) {
	if tx.req.method == sip.INVITE {
		ack := tx.req
		ack.method, ack.to, ack.contact = sip.ACK, res.To().Value(), ""
		tx.last = append([]byte(nil), w.request(&ack, tx.flow)...)
		tx.req.method = sip.ACK
	}
	w.send(tx.flow, tx.last, nil)
}

// cancel sends a CANCEL for an INVITE that has had a provisional answer, in a
// transaction of its own with the INVITE's branch (RFC 3261 §9.1).
func (w *worker) cancel(now time.Time, tx *clientTx, reason string) {
	c := tx.req
	c.method, c.contact, c.extra = sip.CANCEL, "", reason
	w.start(now, c, tx.flow, nobody{})
	tx.Abandon(now)
	w.timers.arm(&tx.timer, tx.Deadline())
}

// nobody is the user of requests whose answers change nothing.
type nobody struct{}

func (nobody) answered(*worker, time.Time, *clientTx, *sip.Response) {}
func (nobody) unanswered(*worker, time.Time, *clientTx, error)       {}

// methodOf gives the method of a CSeq; the parser leaves further blanks in it.
func methodOf(c *sip.CSeqHeader) sip.RequestMethod {
	m := string(c.MethodName)
	for len(m) > 0 && (m[0] == ' ' || m[0] == '\t') {
		m = m[1:]
	}
	return sip.RequestMethod(m)
}
