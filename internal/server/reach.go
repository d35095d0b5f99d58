package server

import (
	"net"
	"net/netip"
	"slices"

	"holdline/internal/app"
)

// sipServer tells where phones send SIP: to the address that is advertised, to
// the one that is listened at, or, listening at every address, to whichever they reach.
func (s *Server) sipServer() app.SIPServer {
	at := s.SIPAddr()
	out := app.SIPServer{Port: int(at.Port()), OnlySHA256: !slices.Contains(s.opts.Config.Digest, "MD5")}
	switch ip := s.opts.Config.Advertise; {
	case ip.IsValid():
		out.Server = ip.String()
	case !at.Addr().IsUnspecified():
		out.Server = at.Addr().String()
	default:
		out.Addresses = addresses(at.Addr().Is4())
	}
	return out
}

// addresses lists this machine's addresses that others may reach: first the
// one its packets leave from on their way to the rest of the world.
func addresses(only4 bool) []string {
	var found []netip.Addr
	if first, ok := outward(); ok {
		found = append(found, first)
	}
	all, err := net.InterfaceAddrs()
	if err != nil {
		all = nil // what is listed is a help only
	}
	for _, a := range all {
		if p, err := netip.ParsePrefix(a.String()); err == nil && p.Addr().IsGlobalUnicast() && !(only4 && p.Addr().Is6()) && !slices.Contains(found, p.Addr()) {
			found = append(found, p.Addr())
		}
	}
	out := make([]string, len(found))
	for i, a := range found {
		out[i] = a.String()
	}
	return out
}

// outward asks the routing table, by a socket that sends nothing.
func outward() (netip.Addr, bool) {
	c, err := net.Dial("udp4", "192.0.2.1:9") // an address that is nobody's (RFC 5737)
	if err != nil {
		return netip.Addr{}, false
	}
	defer c.Close()
	from := c.LocalAddr().(*net.UDPAddr).AddrPort().Addr().Unmap()
	return from, !from.IsLoopback()
}
