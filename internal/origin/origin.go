// Package origin tells where an HTTP request really comes from when reverse
// proxies stand before the server: the client's address and whether it spoke
// TLS. Only proxies that are named are believed, because anybody can send the
// headers they tell it with.
package origin

import (
	"context"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// Form is the kind of headers the proxies send. One only is read: a proxy that
// sends the one passes the other on as strangers made it.
type Form uint8

const (
	// XForwarded is X-Forwarded-For and X-Forwarded-Proto, which most proxies send.
	XForwarded Form = iota
	// Forwarded is the header of RFC 7239.
	Forwarded
)

// Proxies are the reverse proxies that are believed.
type Proxies struct {
	Networks []netip.Prefix // where they are; none = nobody is believed
	Form     Form
}

type tlsKey struct{}

// Handler gives next requests with the client's address in RemoteAddr (port 0
// where a proxy told it), and what Secure needs.
func (p Proxies) Handler(next http.Handler) http.Handler {
	if len(p.Networks) == 0 {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		peer, err := netip.ParseAddrPort(r.RemoteAddr)
		if err != nil || !p.trusts(peer.Addr()) {
			next.ServeHTTP(w, r)
			return
		}
		client, tls := p.client(peer.Addr(), r.Header)
		r = r.WithContext(context.WithValue(r.Context(), tlsKey{}, tls))
		if client != peer.Addr() {
			r.RemoteAddr = netip.AddrPortFrom(client, 0).String()
		}
		next.ServeHTTP(w, r)
	})
}

// Secure tells whether the client reached us by TLS, here or at a proxy that is believed.
func Secure(r *http.Request) bool {
	proxied, _ := r.Context().Value(tlsKey{}).(bool)
	return proxied || r.TLS != nil
}

func (p Proxies) trusts(a netip.Addr) bool {
	a = a.Unmap().WithZone("")
	return slices.ContainsFunc(p.Networks, func(n netip.Prefix) bool { return n.Contains(a) })
}

// client walks back from the peer over the hops that proxies have noted, the
// last first, as long as it is a believed one who says whom it got the request
// from: what stands before that may be anybody's invention. What cannot be read
// ends the walk, too.
func (p Proxies) client(peer netip.Addr, h http.Header) (at netip.Addr, tls bool) {
	at = peer
	if p.Form == XForwarded {
		tls = strings.EqualFold(lastOf(h.Values("X-Forwarded-Proto")), "https")
	}
	first := true
	for hop := range p.hops(h) {
		from, proto, ok := p.read(hop)
		if first && p.Form == Forwarded {
			tls = strings.EqualFold(proto, "https")
		}
		first = false
		if !ok || !p.trusts(at) {
			break
		}
		at = from
	}
	return at, tls
}

// lastOf gives the last entry of a list that may stand in several lines.
func lastOf(lines []string) string {
	for hop := range backwards(lines, false) {
		return hop
	}
	return ""
}

func (p Proxies) hops(h http.Header) func(func(string) bool) {
	if p.Form == Forwarded {
		return backwards(h.Values("Forwarded"), true)
	}
	return backwards(h.Values("X-Forwarded-For"), false)
}

func (p Proxies) read(hop string) (from netip.Addr, proto string, ok bool) {
	if p.Form == XForwarded {
		from, ok = address(hop)
		return from, "", ok
	}
	return element(hop)
}

// address reads a node of either header: an address, in brackets or not, with a port or not.
func address(s string) (netip.Addr, bool) {
	if at, err := netip.ParseAddrPort(s); err == nil {
		return at.Addr().Unmap().WithZone(""), true
	}
	if inner, ok := strings.CutPrefix(s, "["); ok {
		if s, ok = strings.CutSuffix(inner, "]"); !ok {
			return netip.Addr{}, false
		}
	}
	a, err := netip.ParseAddr(s)
	return a.Unmap().WithZone(""), err == nil
}
