package sipua

import (
	"encoding/hex"
	"log/slog"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/emiago/sipgo/sip"

	"holdline/internal/sipua/transport"
	"holdline/internal/sipua/trunk"
	"holdline/internal/store"
)

// trunks keeps the registrations at providers in step with the directory: the
// housekeeping goroutine does. Each registration belongs to a worker.
type trunks struct {
	mu       sync.Mutex // guards enrolled
	enrolled map[int64]*enrolment
}

// enrolment is one trunk's registration on its worker.
type enrolment struct {
	w     *worker
	trunk store.Trunk
	reg   *trunk.Registration
	flow  transport.Flow
	tag   string
	timer timer

	status atomic.Pointer[trunk.Status] // as of the latest step, for everybody
}

// syncTrunks starts registrations of trunks that want one, and ends the others.
func (ua *UA) syncTrunks() {
	wanted := map[int64]store.Trunk{}
	for _, t := range ua.cfg.Directory.Trunks() {
		if t.Register && t.Username != "" {
			wanted[t.ID] = t
		}
	}
	ua.trunks.mu.Lock()
	defer ua.trunks.mu.Unlock()
	for id, e := range ua.trunks.enrolled {
		if t, ok := wanted[id]; ok && sameAccount(t, e.trunk) {
			delete(wanted, id)
			continue
		}
		delete(ua.trunks.enrolled, id)
		e.w.post(taskFunc(func(_ *worker, now time.Time) { e.do(now, e.reg.Stop(now)) }))
	}
	for id, t := range wanted {
		ua.trunks.enrolled[id] = ua.enrol(t)
	}
}

// sameAccount tells whether a changed trunk can keep its registration.
func sameAccount(a, b store.Trunk) bool {
	return a.Host == b.Host && a.Transport == b.Transport && a.Username == b.Username && a.Password == b.Password && a.Name == b.Name
}

func (ua *UA) enrol(t store.Trunk) *enrolment {
	callID := hex.EncodeToString(random(16))
	e := &enrolment{w: ua.workerOf(callID), trunk: t, tag: hex.EncodeToString(random(8))}
	e.reg = trunk.New(t, trunk.Options{CallID: callID, Seed: uint64(hash(callID))})
	e.timer.owner = e
	e.status.Store(&trunk.Status{})
	e.w.post(taskFunc(func(w *worker, now time.Time) {
		w.enrolled[e] = struct{}{}
		e.do(now, e.reg.Start(now))
	}))
	return e
}

func (e *enrolment) tick(_ *worker, now time.Time, _ timerKind) { e.do(now, e.reg.Tick(now)) }

// do carries out a step of the registration.
func (e *enrolment) do(now time.Time, s trunk.Step) {
	if s.Notice.Text != "" {
		level := slog.LevelInfo
		if s.Notice.Problem {
			level = slog.LevelWarn
		}
		e.w.ua.log.Log(e.w.ua.names.life, level, s.Notice.Text)
	}
	deadline, _ := e.reg.NextDeadline()
	e.w.timers.arm(&e.timer, deadline)
	status := e.reg.Status(now)
	if e.status.Store(&status); status.State == trunk.Stopped {
		delete(e.w.enrolled, e)
	}
	if s.Send != nil {
		e.reach(now, *s.Send)
	}
}

// reach finds the provider and sends the request.
func (e *enrolment) reach(now time.Time, q trunk.Request) {
	proto := transport.UDP
	if strings.EqualFold(e.trunk.Transport, "tcp") {
		proto = transport.TCP
	}
	e.w.ua.names.find(now, e.trunk.Host, proto.String(), func(addr netip.AddrPort, ok, later bool) {
		send := func(_ *worker, now time.Time) {
			if !ok {
				e.do(now, e.reg.Timeout(now, q.CSeq))
				return
			}
			e.send(now, transport.Flow{Proto: proto, Remote: addr}, q)
		}
		if !later {
			send(e.w, now)
			return
		}
		e.w.post(taskFunc(send))
	})
}

func (e *enrolment) send(now time.Time, to transport.Flow, q trunk.Request) {
	r := request{method: sip.REGISTER, uri: q.RequestURI, from: "<" + q.AOR + ">;tag=" + e.tag, to: "<" + q.AOR + ">",
		callID: q.CallID, cseq: q.CSeq, contact: e.contact(to) + ";expires=" + itoa(q.Expires)}
	var extra buffer
	extra.field("Expires", itoa(q.Expires))
	extra.field("Authorization", q.Authorization)
	extra.field("Proxy-Authorization", q.ProxyAuthorization)
	r.extra = string(extra)
	e.flow = to
	e.w.start(now, r, to, e)
}

// contact gives where we want the trunk's calls.
func (e *enrolment) contact(to transport.Flow) string {
	plain := strings.TrimSuffix(e.w.ua.contact(to, escape(e.trunk.Username)), ">")
	return plain + ";" + lineParam + "=" + strconv.FormatInt(e.trunk.ID, 10) + ">"
}

// answered implements clientUser.
func (e *enrolment) answered(w *worker, now time.Time, _ *clientTx, res *sip.Response) {
	if res.StatusCode < 200 {
		return
	}
	reply := trunk.Reply{CSeq: res.CSeq().SeqNo, Code: res.StatusCode, Reason: res.Reason, Expires: w.granted(e, res),
		MinExpires: max(0, seconds(header(res, "Min-Expires", ""))), RetryAfter: max(0, seconds(header(res, "Retry-After", "")))}
	switch res.StatusCode {
	case 401:
		reply.Challenges = values(res, "WWW-Authenticate")
	case 407:
		reply.Challenges = values(res, "Proxy-Authenticate")
	}
	e.do(now, e.reg.Response(now, reply))
}

// granted finds the seconds granted to our contact among all of the account's.
func (w *worker) granted(e *enrolment, res *sip.Response) int {
	own := strings.Trim(w.ua.contact(e.flow, escape(e.trunk.Username)), "<>")
	own, _, _ = strings.Cut(own, ";")
	for _, h := range res.Headers() {
		if c, ok := h.(*sip.ContactHeader); ok && strings.HasPrefix(c.Address.String(), own) {
			if n := seconds(param(c.Params, "expires")); n >= 0 {
				return n
			}
		}
	}
	return seconds(header(res, "Expires", ""))
}

// unanswered implements clientUser.
func (e *enrolment) unanswered(_ *worker, now time.Time, tx *clientTx, _ error) {
	e.do(now, e.reg.Timeout(now, tx.req.cseq))
}
