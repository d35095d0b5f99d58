package sipua

import (
	"strconv"
	"time"

	"github.com/emiago/sipgo/sip"

	"holdline/internal/directory"
	"holdline/internal/sipua/trunk"
	"holdline/internal/store"
)

// lineParam names the parameter of the contact a trunk registers. A registrar
// gives it back in the Request-URI of what it sends there (RFC 3261 §16.6), so
// that calls of several trunks at one provider are told apart. It is the
// trunk's id: one that changed with a restart would be a second contact
// (§19.1.4), which the provider would ring as well.
const lineParam = "line"

// lineOf gives the trunk whose contact a request is for; 0 = it does not say.
func lineOf(uri *sip.Uri) int64 {
	id, err := strconv.ParseInt(param(uri.UriParams, lineParam), 10, 64)
	if err != nil {
		return 0
	}
	return id
}

// trunkCall finds the trunk a call came through and whom it is for; known
// tells that it is a provider's, also where it cannot be told whose.
func (w *worker) trunkCall(now time.Time, m *inbound) (p party, known, ok bool) {
	numbers := calledNumbers(m.req)
	dir := w.ua.cfg.Directory
	t, shared, ok := dir.TrunkOf(directory.TrunkCall{From: m.flow.Remote.Addr(), Line: lineOf(&m.req.Recipient), Numbers: numbers,
		Registered: func(id int64) bool { return w.ua.trunkRegistered(now, id) }})
	if !ok {
		if shared > 0 {
			w.ua.warn("shared", "call refused: several clients' trunks are at this provider and nothing tells whose it is; give the client the public number that is called, or see why its trunk is not registered",
				"called", caption(numbers[0]), "address", m.flow.String(), "trunks", shared)
		}
		return p, shared > 0, false
	}
	return party{org: t.OrgID, trunk: &t, from: asserted(m.req), called: calledAt(dir, t, numbers)}, true, true
}

// calledNumbers gives whom a call may be for: in the Request-URI, in the
// P-Called-Party-ID of a proxy that put our contact there (RFC 7315 §4.2), and
// in To.
func calledNumbers(req *sip.Request) []string {
	out := []string{dialled(&req.Recipient)}
	if value := header(req, "P-Called-Party-ID", ""); value != "" {
		var u sip.Uri
		if _, err := sip.ParseAddressValue(value, &u, nil); err == nil {
			out = append(out, dialled(&u))
		}
	}
	return append(out, dialled(&req.To().Address))
}

// calledAt picks the number that was called. A provider that calls the contact
// we registered has the account there, and the number elsewhere.
func calledAt(dir *directory.Directory, t store.Trunk, numbers []string) string {
	if !t.Register || numbers[0] != t.Username || dir.ResolveDID(t.OrgID, numbers[0]).Kind != directory.Nowhere {
		return numbers[0]
	}
	for _, n := range numbers[1:] {
		if n != "" && n != t.Username {
			return n
		}
	}
	return numbers[0]
}

// trunkRegistered tells whether the provider has accepted a trunk's account, for as long as it said.
func (ua *UA) trunkRegistered(now time.Time, id int64) bool {
	ua.trunks.mu.Lock()
	defer ua.trunks.mu.Unlock()
	e := ua.trunks.enrolled[id]
	if e == nil {
		return false
	}
	s := e.status.Load()
	return s.State == trunk.Registered && now.Before(s.Until)
}
