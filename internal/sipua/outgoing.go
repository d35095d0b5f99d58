package sipua

import (
	"net/netip"
	"strings"
	"time"

	"holdline/internal/sipua/transport"
	"holdline/internal/store"
	"holdline/internal/telephony"
)

// outgoing is what a leg we place needs until it is answered.
type outgoing struct {
	to      telephony.Origination
	peer    *share
	from    string // From without tag
	called  string // To
	extra   string // further headers of the INVITE
	trunk   *store.Trunk
	hops    int // the call has behind it, of the leg it is placed for
	forks   []*fork
	looked  bool // the contacts were looked up a second time
	rang    bool
	early   bool
	best    outcome
	code    int
	finding bool // the trunk's address is being looked up
}

// originate places a call.
func (w *worker) originate(now time.Time, o telephony.Origination) {
	if w.legs[o.Leg] != nil {
		w.ua.log.Error("leg placed twice", "leg", string(o.Leg))
		return
	}
	l := w.newLeg(o.Leg, o.Org)
	l.out.to, l.out.peer = o, w.ua.shares.get(o.Peer)
	l.callID, l.call, l.extension, l.share = w.ownID(), o.Call, o.To.Extension, &share{}
	if l.out.peer != nil { // a loop through a trunk, which no Via shows, comes to an end so
		l.out.hops = l.out.peer.hops
	}
	l.share.hops = l.out.hops + 1
	w.ua.shares.put(l.id, l.share)
	w.ua.counters.outgoing.Add(1)
	switch {
	case w.ua.stopping.Load():
		l.end(now, telephony.Ended{By: telephony.Network, Cause: telephony.Shutdown, Reason: "the server is stopping"})
	case o.To.Extension != 0:
		l.callPhone(now)
	default:
		l.callTrunk(now)
	}
}

// callPhone rings every binding of a phone.
func (l *leg) callPhone(now time.Time) {
	ua, o := l.w.ua, &l.out
	e, number, ok := ua.cfg.Directory.Extension(l.org, o.to.To.Extension)
	bindings := ua.registrar.Bindings(o.to.To.Extension)
	if !ok || e.Blocked || len(bindings) == 0 {
		l.end(now, telephony.Ended{By: telephony.Network, Cause: telephony.Unreachable, Code: 480, Reason: "the phone is not registered"})
		return
	}
	org, _ := ua.cfg.Directory.Organisation(l.org)
	o.called = "<sip:" + escape(number) + "@" + org.Domain + ">"
	o.from = nameAddr(o.to.From.Name, "sip:"+escape(orAnonymous(o.to.From.Number))+"@"+org.Domain)
	if !l.prepare(now) {
		return
	}
	l.ringAll(now, bindings)
	l.concluded(now)
}

func orAnonymous(number string) string {
	if number == "" {
		return "anonymous"
	}
	return number
}

// prepare takes a port; if there is none the leg has ended.
func (l *leg) prepare(now time.Time) bool {
	if err := l.openMedia(l.out.peer); err != nil {
		l.end(now, telephony.Ended{By: telephony.Network, Cause: telephony.Overloaded, Reason: err.Error()})
		return false
	}
	return true
}

// ringAll sends an INVITE to every binding that has not had one.
func (l *leg) ringAll(now time.Time, bindings []store.Binding) {
	for _, b := range bindings {
		flow, err := transport.ParseFlow(b.Received)
		if err != nil || l.tried(b.Contact, flow) {
			continue
		}
		l.fork(now, flow, b.Contact)
	}
}

func (l *leg) tried(uri string, flow transport.Flow) bool {
	for _, f := range l.out.forks {
		if f.uri == uri && f.flow == flow {
			return true
		}
	}
	return false
}

// callTrunk calls an external number.
func (l *leg) callTrunk(now time.Time) {
	ua, o := l.w.ua, &l.out
	id := o.to.To.Trunk
	if id == 0 {
		id = ua.cfg.Directory.Resolve(l.org, o.to.To.Number).Trunk
	}
	t, ok := ua.cfg.Directory.Trunk(id)
	if !ok || t.OrgID != l.org {
		l.end(now, telephony.Ended{By: telephony.Network, Cause: telephony.Unreachable, Reason: "there is no trunk for external numbers; add one"})
		return
	}
	o.trunk = &t
	number := o.to.From.Number
	if t.CallerID != "" {
		number = t.CallerID
	}
	domain := hostOf(t.Host)
	o.called = "<sip:" + escape(o.to.To.Number) + "@" + domain + ">"
	o.from = nameAddr(o.to.From.Name, "sip:"+escape(orAnonymous(number))+"@"+domain)
	if number != "" {
		o.extra = "P-Asserted-Identity: " + o.from + "\r\n"
	}
	if l.prepare(now) {
		l.reachTrunk(now, t)
	}
}

// reachTrunk finds the trunk's address, now or later, and sends the INVITE there.
func (l *leg) reachTrunk(now time.Time, t store.Trunk) {
	uri := "sip:" + escape(l.out.to.To.Number) + "@" + t.Host
	proto := transport.UDP
	if strings.EqualFold(t.Transport, "tcp") {
		proto = transport.TCP
		uri += ";transport=tcp"
	}
	l.out.finding = true
	l.w.ua.names.find(now, t.Host, proto.String(), func(addr netip.AddrPort, ok, later bool) {
		proceed := func(_ *worker, now time.Time) { l.trunkFound(now, transport.Flow{Proto: proto, Remote: addr}, uri, ok) }
		if later {
			l.w.post(taskFunc(proceed))
			return
		}
		proceed(l.w, now)
	})
}

func (l *leg) trunkFound(now time.Time, to transport.Flow, uri string, ok bool) {
	l.out.finding = false
	switch {
	case l.phase != setup: // withdrawn meanwhile
	case ok:
		l.fork(now, to, uri)
	default:
		l.end(now, telephony.Ended{By: telephony.Network, Cause: telephony.Unreachable, Reason: "the trunk's host name was not found; check the trunk's host"})
	}
}

// hostOf gives a trunk's host without the port.
func hostOf(host string) string {
	if i := strings.LastIndexByte(host, ':'); i > 0 && !strings.HasSuffix(host, "]") && strings.Count(host[:i], ":") == 0 {
		return host[:i]
	}
	if i := strings.LastIndex(host, "]:"); i > 0 {
		return host[:i+1]
	}
	return host
}

// concluded ends the leg when no fork is left.
func (l *leg) concluded(now time.Time) {
	if l.phase != setup || l.out.finding {
		return
	}
	for _, f := range l.out.forks {
		if !f.done {
			return
		}
	}
	o, by := l.out.best, telephony.Remote
	if o.rank == 0 {
		o.cause = telephony.Unreachable
	}
	if o.cause == telephony.Unreachable {
		by = telephony.Network
	}
	l.end(now, telephony.Ended{By: by, Cause: o.cause, Code: l.out.code, Reason: phrase(l.out.code)})
}

// withdraw gives up a leg that is not answered yet. The engine is told at
// once; CANCEL, and BYE for an answer that crosses it, follow by themselves.
func (l *leg) withdraw(now time.Time, cause telephony.Cause) {
	reason := byeReason(cause)
	if cause == telephony.Elsewhere {
		reason = elsewhere
	}
	l.end(now, telephony.Ended{By: telephony.Local, Cause: cause, Code: 487})
	for _, f := range l.out.forks {
		f.withdraw(now, reason)
	}
}
