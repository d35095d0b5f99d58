package sipua

import (
	"context"
	"maps"
	"net"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"time"

	"holdline/internal/sipua/transport"
)

// routes remembers which of our addresses leads to a peer, when we listen on all of them.
type routes struct {
	mu    sync.Mutex // guards known
	known map[netip.Addr]netip.Addr
}

// maxRoutes bounds the memory: beyond it everything is looked up anew.
const maxRoutes = 4096

// to gives our address on the way to a peer, as the kernel routes.
func (r *routes) to(peer netip.Addr) netip.Addr {
	r.mu.Lock()
	defer r.mu.Unlock()
	if own, ok := r.known[peer]; ok {
		return own
	}
	own := netip.IPv4Unspecified()
	// Connecting a UDP socket sends nothing; it asks the routing table.
	if c, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(netip.AddrPortFrom(peer, 9))); err == nil {
		own = c.LocalAddr().(*net.UDPAddr).AddrPort().Addr().Unmap()
		c.Close()
	}
	if r.known == nil || len(r.known) >= maxRoutes {
		r.known = map[netip.Addr]netip.Addr{}
	}
	r.known[peer] = own
	return own
}

// host gives our address as the peer is to see it.
func (ua *UA) host(peer netip.Addr) netip.Addr {
	switch {
	case ua.cfg.Advertise.IsValid():
		return ua.cfg.Advertise
	case ua.addr.Addr().IsValid() && !ua.addr.Addr().IsUnspecified():
		return ua.addr.Addr()
	}
	return ua.routes.to(peer)
}

// localAddr gives our address and port on the way to a peer.
func (ua *UA) localAddr(to transport.Flow) netip.AddrPort {
	return netip.AddrPortFrom(ua.host(to.Remote.Addr()), ua.addr.Port())
}

// sentBy gives the address of our Via.
func (ua *UA) sentBy(to transport.Flow) string {
	if ua.cfg.Advertise.IsValid() || !ua.addr.Addr().IsUnspecified() {
		return ua.ownHost
	}
	return ua.localAddr(to).String()
}

// contact gives the value of our Contact towards a peer.
func (ua *UA) contact(to transport.Flow, user string) string {
	if user != "" {
		user += "@"
	}
	if to.Proto == transport.TCP {
		return "<sip:" + user + ua.sentBy(to) + ";transport=tcp>"
	}
	return "<sip:" + user + ua.sentBy(to) + ">"
}

// unescape resolves %hh in a user part; what is no escape stays.
func unescape(s string) string {
	if strings.IndexByte(s, '%') < 0 {
		return s
	}
	if out, err := url.PathUnescape(s); err == nil {
		return out
	}
	return s
}

// escape writes a user part (RFC 3261 §25.1, user).
func escape(user string) string {
	const plain, digits = "-_.!~*'()&=+$,?/", "0123456789ABCDEF"
	for i := range len(user) {
		if c := user[i]; !alphanumeric(c) && strings.IndexByte(plain, c) < 0 {
			goto slow
		}
	}
	return user
slow:
	out := make([]byte, 0, len(user)+8)
	for i := range len(user) {
		if c := user[i]; alphanumeric(c) || strings.IndexByte(plain, c) >= 0 {
			out = append(out, c)
		} else {
			out = append(out, '%', digits[c>>4], digits[c&15])
		}
	}
	return string(out)
}

func alphanumeric(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

// nameAddr writes a display name and a URI.
func nameAddr(name, uri string) string {
	if name == "" {
		return "<" + uri + ">"
	}
	var b strings.Builder
	b.WriteByte('"')
	for _, c := range name {
		if c == '"' || c == '\\' {
			b.WriteByte('\\')
		}
		if c >= ' ' && c != 0x7f {
			b.WriteRune(c)
		}
	}
	b.WriteString(`" <` + uri + ">")
	return b.String()
}

// resolver finds the addresses of trunks named by host name, off the workers.
// An answer is used while it is fresh; a stale one is used and renewed.
type resolver struct {
	ua     *UA
	life   context.Context
	cancel context.CancelFunc

	mu    sync.Mutex // guards known
	known map[string]*resolved
}

type resolved struct {
	addr    netip.AddrPort
	at      time.Time
	asking  bool
	waiting []found
}

// found takes the address of a host; later says that it is called from another goroutine.
type found func(addr netip.AddrPort, ok, later bool)

const (
	freshFor = time.Minute
	maxNames = 1024 // a trunk may name a new host with each call
)

func (r *resolver) init(ua *UA) {
	r.ua, r.known = ua, map[string]*resolved{}
	r.life, r.cancel = context.WithCancel(context.Background())
}

func (r *resolver) stop() { r.cancel() }

// find calls then with the address of host[:port], at once if it is known,
// else later.
func (r *resolver) find(now time.Time, host, proto string, then found) {
	if addr, ok := literal(host); ok {
		then(addr, true, false)
		return
	}
	key := proto + ":" + host
	r.mu.Lock()
	e := r.known[key]
	if e == nil {
		if len(r.known) >= maxNames {
			maps.DeleteFunc(r.known, func(_ string, e *resolved) bool { return !e.asking })
		}
		e = &resolved{}
		r.known[key] = e
	}
	known := e.addr.IsValid()
	if !known {
		e.waiting = append(e.waiting, then)
	}
	if !e.asking && (!known || now.Sub(e.at) > freshFor) {
		e.asking = true
		r.ua.running.Go(func() { r.ask(host, proto, e) })
	}
	addr := e.addr
	r.mu.Unlock()
	if known {
		then(addr, true, false)
	}
}

func (r *resolver) ask(host, proto string, e *resolved) {
	ctx, cancel := context.WithTimeout(r.life, 10*time.Second)
	defer cancel()
	addr, err := lookup(ctx, host, proto)
	r.mu.Lock()
	e.asking, e.at = false, time.Now()
	if err == nil {
		e.addr = addr
	}
	waiting := e.waiting
	e.waiting = nil
	r.mu.Unlock()
	if err != nil {
		r.ua.warn("dns", "trunk's host name not found: check the trunk's host and the DNS servers", "host", host, "error", err)
	}
	for _, then := range waiting {
		then(addr, err == nil, true)
	}
}

// literal reads an address with or without a port.
func literal(host string) (netip.AddrPort, bool) {
	if addr, err := netip.ParseAddr(strings.Trim(host, "[]")); err == nil {
		return netip.AddrPortFrom(addr.Unmap(), 5060), true
	}
	addr, err := netip.ParseAddrPort(host)
	return netip.AddrPortFrom(addr.Addr().Unmap(), addr.Port()), err == nil
}

// lookup follows RFC 3263 as far as trunks need it: SRV for a name without a
// port, then its addresses.
func lookup(ctx context.Context, host, proto string) (netip.AddrPort, error) {
	name, service := host, "sip"
	port := 5060
	if h, p, err := net.SplitHostPort(host); err == nil {
		if port, err = net.DefaultResolver.LookupPort(ctx, proto, p); err != nil {
			return netip.AddrPort{}, err
		}
		name = h
	} else if strings.Contains(name, ".") {
		if _, records, err := net.DefaultResolver.LookupSRV(ctx, service, proto, name); err == nil && len(records) > 0 {
			name, port = records[0].Target, int(records[0].Port)
		}
	}
	addrs, err := net.DefaultResolver.LookupNetIP(ctx, "ip", name)
	if err != nil {
		return netip.AddrPort{}, err
	}
	return netip.AddrPortFrom(addrs[0].Unmap(), uint16(port)), nil
}
