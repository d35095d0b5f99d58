package registrar

import (
	"fmt"
	"slices"
	"time"

	"holdline/internal/acd"
	"holdline/internal/sipua/sipuri"
	"holdline/internal/store"
)

const (
	maxText = 256 // bytes of a Call-ID, and kept of a User-Agent
	// reordering is how long after a REGISTER an older one of the same phone
	// may still come in: a transaction lives 64*T1 (RFC 3261 §17.1.2.2). Later, a
	// lower CSeq is a phone that restarted and builds its Call-ID as before.
	reordering = 32 * time.Second
)

// Request is an authenticated REGISTER.
type Request struct {
	Extension int64 // the one of the To header
	Org       int64
	Contacts  []Contact
	Star      bool // Contact: *
	Expires   int  // seconds, of the Expires header; -1 = none
	CallID    string
	CSeq      int64
	UserAgent string
	Received  string // as store.Binding has it; FormatReceived makes it
	LocalAddr string
}

// Contact is one value of the Contact header. Its q is of no use here: all
// bindings of a phone ring at once.
type Contact struct {
	URI     string // without angle brackets
	Expires int    // seconds, of its expires parameter; -1 = none
}

// Response is the answer to send.
type Response struct {
	Code       int // 200, 400, 423, 500
	Reason     string
	MinExpires int             // seconds, with 423
	Bindings   []store.Binding // with 200: all there are now; Remaining gives their expires parameters
	Change     Change
}

// Remaining gives the whole seconds a binding has left, for its expires parameter.
func Remaining(b store.Binding, now time.Time) int {
	return max(0, int((b.Expires.Sub(acd.TimeOf(now))+time.Second-1)/time.Second))
}

// wanted is a contact that passed the checks.
type wanted struct {
	contact string
	uri     sipuri.URI
	granted int // seconds; 0 = remove
}

// Register carries a REGISTER out (RFC 3261 §10.3): all of it or, if the code
// is not 200, nothing of it. A request without contacts asks what there is.
func (r *Registrar) Register(now time.Time, req Request) Response {
	contacts, refused := r.check(req)
	if refused.Code != 0 {
		return refused
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	e := r.entry(req.Extension, req.Org)
	if (req.Star || len(contacts) > 0) && e.hasNewer(req, now) {
		return Response{Code: 500, Reason: "A newer REGISTER of this phone came first"}
	}
	before := len(e.bindings) > 0
	if req.Star {
		r.dropAll(e)
	}
	for _, c := range contacts {
		r.apply(e, c, len(contacts) == 1, req, now)
	}
	return Response{Code: 200, Reason: "OK", Bindings: e.list(), Change: change(before, len(e.bindings) > 0)}
}

func change(before, after bool) Change {
	switch {
	case after && !before:
		return BecameReachable
	case before && !after:
		return BecameUnreachable
	}
	return NoChange
}

// check looks at what the request asks for, without the table.
func (r *Registrar) check(req Request) ([]wanted, Response) {
	bad := func(format string, args ...any) ([]wanted, Response) {
		return nil, Response{Code: 400, Reason: fmt.Sprintf(format, args...)}
	}
	switch {
	case req.Star && (len(req.Contacts) > 0 || req.Expires != 0):
		return bad("Contact * needs Expires 0 and no other contact")
	case len(req.Contacts) > r.cfg.MaxBindings:
		return bad("More than %d contacts", r.cfg.MaxBindings)
	case req.CallID == "" || len(req.CallID) > maxText:
		return bad("Call-ID is missing or longer than %d bytes", maxText)
	}
	out := make([]wanted, 0, len(req.Contacts))
	for _, c := range req.Contacts {
		uri, err := sipuri.Parse(c.URI)
		if err != nil {
			return bad("A contact is not a SIP URI")
		}
		granted := r.granted(c.Expires, req.Expires)
		if granted > 0 && granted < r.cfg.MinExpires {
			return nil, Response{Code: 423, Reason: "Interval Too Brief", MinExpires: r.cfg.MinExpires}
		}
		out = append(out, wanted{c.URI, uri, granted})
	}
	return out, Response{}
}

// granted gives the seconds a contact is registered for.
func (r *Registrar) granted(own, header int) int {
	asked := r.cfg.DefaultExpires
	if own >= 0 {
		asked = own
	} else if header >= 0 {
		asked = header
	}
	return min(asked, r.cfg.MaxExpires)
}

// hasNewer tells whether a newer request of the same phone was carried out
// before this one: same Call-ID, and a CSeq not below.
func (e *entry) hasNewer(req Request, now time.Time) bool {
	return slices.ContainsFunc(e.bindings, func(b *binding) bool {
		return b.CallID == req.CallID && req.CSeq <= b.CSeq && now.Sub(b.updated) < reordering
	})
}

// apply carries one contact out; only says that the request has no other.
func (r *Registrar) apply(e *entry, c wanted, only bool, req Request, now time.Time) {
	old := e.find(c.uri)
	if c.granted == 0 {
		if old != nil {
			r.drop(old)
		}
		return
	}
	known := old != nil
	if old == nil && only {
		old = e.moved(req.CallID)
	}
	if old == nil && len(e.bindings) >= r.cfg.MaxBindings {
		old = e.stalest()
	}
	since := now
	if old != nil {
		if known || old.CallID == req.CallID {
			since = old.since
		}
		r.replace(old, c.contact)
	}
	b := store.Binding{
		ExtensionID: e.id, Contact: c.contact, Received: req.Received, LocalAddr: req.LocalAddr,
		CallID: req.CallID, CSeq: req.CSeq, UserAgent: clip(req.UserAgent),
		Expires: acd.TimeOf(now).Add(time.Duration(c.granted) * time.Second),
	}
	r.put(e, b, c.uri, now, since)
	r.cfg.Save(b)
}

// moved gives the binding of a phone that registers another contact under the
// same Call-ID, as a phone keeps it while it runs (RFC 3261 §10.2): its address
// or its NAT's port changed, and the old contact leads nowhere.
func (e *entry) moved(callID string) *binding {
	i := slices.IndexFunc(e.bindings, func(b *binding) bool { return b.CallID == callID })
	if i < 0 {
		return nil
	}
	return e.bindings[i]
}

// stalest gives the binding refreshed longest ago: phones that take a new
// contact with every restart must not lock themselves out.
func (e *entry) stalest() *binding {
	return slices.MinFunc(e.bindings, func(a, b *binding) int { return a.updated.Compare(b.updated) })
}

// clip keeps a header of a stranger's length out of the store, whole runes only.
func clip(s string) string {
	if len(s) <= maxText {
		return s
	}
	end := maxText
	for end > 0 && s[end]&0xc0 == 0x80 {
		end--
	}
	return s[:end]
}
