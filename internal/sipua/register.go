package sipua

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"

	"holdline/internal/sipua/digest"
	"holdline/internal/sipua/guard"
	"holdline/internal/sipua/registrar"
	"holdline/internal/sipua/transport"
	"holdline/internal/store"
	"holdline/internal/telephony"
)

// account is a phone that has proved who it is.
type account struct {
	extension store.Extension
	org       store.Organisation
}

func (a account) number() string { return a.org.Prefix + "*" + a.extension.Number }

// takeRegister carries a REGISTER out (RFC 3261 §10.3).
func (w *worker) takeRegister(now time.Time, m *inbound) {
	to := &m.req.To().Address
	a, ok := w.authenticate(now, m, to.User, to.Host)
	if !ok {
		return
	}
	req := registerRequest(m, a)
	req.LocalAddr = w.ua.localAddr(m.flow).String()
	res := w.ua.register(now, req)
	tx := w.newServer(m)
	switch res.Code {
	case 200:
		w.respond(now, tx, reply{code: 200, extra: contacts(res.Bindings, now)})
	case 423:
		w.respond(now, tx, reply{code: 423, extra: "Min-Expires: " + itoa(res.MinExpires) + "\r\n"})
	default:
		w.ua.refusals.note(a.extension.ID, Refusal{now, m.flow.Remote.Addr().Unmap(), BadRequest})
		w.ua.warn("register", "REGISTER refused: check the phone's settings", "user", a.number(), "from", m.flow.String(), "code", res.Code, "why", res.Reason)
		w.respond(now, tx, reply{code: res.Code, reason: res.Reason})
	}
}

// register changes the table and tells the handler. The lock keeps the events
// in the order of the changes: two phones of one extension may register on
// different workers, or one expire meanwhile.
func (ua *UA) register(now time.Time, req registrar.Request) registrar.Response {
	ua.registering.Lock()
	defer ua.registering.Unlock()
	res := ua.registrar.Register(now, req)
	if res.Change != registrar.NoChange {
		ua.cfg.Handler.HandleEvent(req.Org, telephony.Registered{Extension: req.Extension, Reachable: res.Change == registrar.BecameReachable})
	}
	return res
}

// expire takes expired bindings out and tells the handler.
func (ua *UA) expire(now time.Time) {
	ua.registering.Lock()
	defer ua.registering.Unlock()
	for _, lost := range ua.registrar.Expire(now) {
		ua.log.Info("phone is not reachable any more: its registration expired", "extension", lost.Extension)
		ua.cfg.Handler.HandleEvent(lost.Org, telephony.Registered{Extension: lost.Extension})
	}
}

// announce tells which phones are reachable at the start.
func (ua *UA) announce() {
	told := map[int64]bool{}
	for _, b := range ua.registrar.All() {
		if org, ok := ua.cfg.Directory.Owner(b.ExtensionID); ok && !told[b.ExtensionID] {
			told[b.ExtensionID] = true
			ua.cfg.Handler.HandleEvent(org, telephony.Registered{Extension: b.ExtensionID, Reachable: true})
		}
	}
}

// Unregister removes all bindings of an extension that was deleted or blocked.
func (ua *UA) Unregister(org, extension int64) {
	ua.registering.Lock()
	defer ua.registering.Unlock()
	ua.refusals.drop(extension)
	if ua.registrar.DropExtension(extension) {
		ua.cfg.Handler.HandleEvent(org, telephony.Registered{Extension: extension})
	}
}

// Bindings gives where an extension is registered.
func (ua *UA) Bindings(extension int64) []store.Binding { return ua.registrar.Bindings(extension) }

// Since tells when a phone's contact was registered first; see registrar.Since.
func (ua *UA) Since(extension int64, contact string) time.Time {
	return ua.registrar.Since(extension, contact)
}

// Lapsed gives the last registration of a phone that let it expire; see registrar.Lapsed.
func (ua *UA) Lapsed(extension int64) (store.Binding, bool) { return ua.registrar.Lapsed(extension) }

func registerRequest(m *inbound, a account) registrar.Request {
	req := registrar.Request{Extension: a.extension.ID, Org: a.org.ID, Expires: seconds(header(m.req, "Expires", "")),
		CallID: string(*m.req.CallID()), CSeq: int64(m.req.CSeq().SeqNo), UserAgent: header(m.req, "User-Agent", ""),
		Received: registrar.FormatReceived(m.flow.Proto.String(), m.flow.Remote)}
	for _, h := range m.req.Headers() {
		c, ok := h.(*sip.ContactHeader)
		if !ok {
			continue
		}
		if c.Address.Wildcard {
			req.Star = true
			continue
		}
		req.Contacts = append(req.Contacts, registrar.Contact{URI: c.Address.String(), Expires: seconds(param(c.Params, "expires"))})
	}
	return req
}

// contacts lists the bindings in a 200 (RFC 3261 §10.3, item 8).
func contacts(bindings []store.Binding, now time.Time) string {
	var b buffer
	for _, s := range bindings {
		b.str("Contact: <", s.Contact, ">;expires=", itoa(registrar.Remaining(s, now)), "\r\n")
	}
	return string(b)
}

// seconds reads a number of seconds; -1 if there is none.
func seconds(s string) int {
	n, err := strconv.ParseUint(strings.TrimSpace(s), 10, 32)
	if err != nil {
		return -1
	}
	return int(min(n, 1<<31-1))
}

// param gives a header parameter's value.
func param(params sip.HeaderParams, name string) string {
	for _, p := range params {
		if strings.EqualFold(strings.TrimSpace(p.K), name) {
			return strings.TrimSpace(p.V)
		}
	}
	return ""
}

// authenticate finds the phone a request is from and checks its password by
// digest (RFC 3261 §22, RFC 8760). If it gives false the request has been
// answered, or dropped.
func (w *worker) authenticate(now time.Time, m *inbound, user, host string) (account, bool) {
	ua, from := w.ua, m.flow.Remote.Addr()
	if !ua.admit(m.flow, now) {
		return account{}, false
	}
	e, org, known := ua.cfg.Directory.PhoneAccount(unescape(user), host)
	realm := org.Domain
	if !known {
		realm = host
	}
	credentials := header(m.req, "Authorization", "")
	if credentials == "" {
		credentials = header(m.req, "Proxy-Authorization", "")
	}
	same := false // the credentials are those of the phone itself
	result := ua.challenger.Verify(credentials, string(m.req.Method), m.req.Recipient.String(), now, func(user, realm string) (string, string, bool) {
		claimed, _, ok := ua.cfg.Directory.PhoneAccount(user, realm)
		same = ok && known && claimed.ID == e.ID
		return claimed.HA1MD5, claimed.HA1SHA256, same
	})
	switch result.Outcome {
	case digest.OK:
		ua.guard.Succeeded(from)
		if e.Blocked {
			ua.refusals.note(e.ID, Refusal{now, from.Unmap(), PhoneBlocked})
			w.refuse(m, reply{code: 403, reason: "Extension is blocked"})
			return account{}, false
		}
		return account{e, org}, true
	case digest.Missing, digest.Stale:
		w.refuse(m, reply{code: 401, extra: w.challenge(m, realm, now, result.Outcome == digest.Stale)})
	case digest.Malformed:
		w.refuse(m, reply{code: 400, reason: "Malformed Credentials"})
	default:
		ua.counters.badPasswords.Add(1)
		if known {
			ua.refusals.note(e.ID, Refusal{now, from.Unmap(), whyRefused(same)})
		}
		ua.warn("password", "wrong SIP user or password: correct the phone's settings", "user", result.User, "realm", result.Realm,
			"method", m.req.Method, "from", m.flow.String(), "why", result.Detail)
		if ua.guard.Failed(from, now) {
			ua.log.Warn("address banned for wrong passwords; it is let in again after the ban", "address", from)
		}
		w.refuse(m, reply{code: 403, reason: "Wrong User or Password"})
	}
	return account{}, false
}

// onlyMD5 begins the User-Agent of phones that refuse a request which offers
// them another algorithm beside MD5, as RFC 8760 §2.4 has it. Seen with
// baresip 1.0.0 of Debian 12; version 2 and later know SHA-256.
var onlyMD5 = []string{"baresip v0.", "baresip v1."}

func (w *worker) challenge(m *inbound, realm string, now time.Time, stale bool) string {
	challenger, agent := w.ua.challenger, header(m.req, "User-Agent", "")
	if slices.ContainsFunc(onlyMD5, func(begin string) bool { return strings.HasPrefix(agent, begin) }) {
		challenger = w.ua.simple
	}
	var b buffer
	for _, c := range challenger.Challenge(realm, now, stale) {
		b.field("WWW-Authenticate", c)
	}
	return string(b)
}

// admit asks the guard whether a source that nothing has authenticated gets an answer.
func (ua *UA) admit(from transport.Flow, now time.Time) bool {
	if ua.guard.Allow(from.Remote.Addr(), now) == guard.Answer {
		return true
	}
	ua.counters.dropped.Add(1)
	ua.warn("flood", "SIP requests from a stranger dropped: too many, or its address is banned", "address", from.Remote.Addr())
	return false
}

// known tells the guard whom not to limit.
func (ua *UA) known(addr netip.Addr) bool {
	if ua.registrar.Knows(addr) {
		return true
	}
	_, trunk := ua.cfg.Directory.TrunkFrom(addr)
	return trunk
}
