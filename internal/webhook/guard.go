package webhook

import (
	"net/netip"
	"slices"
	"strings"
)

// Allow are targets deliveries may go to although they are no public ones:
// networks by address, hosts by the name in the URL.
type Allow struct {
	Networks []netip.Prefix
	Hosts    []string // without port, compared without case
}

// host says whether the name may lead anywhere.
func (a Allow) host(name string) bool {
	return slices.ContainsFunc(a.Hosts, func(h string) bool { return strings.EqualFold(h, strings.TrimSuffix(name, ".")) })
}

// network says whether the address lies in one of the networks.
func (a Allow) network(ip netip.Addr) bool {
	ip = ip.WithZone("").Unmap()
	return slices.ContainsFunc(a.Networks, func(n netip.Prefix) bool { return n.Contains(ip) })
}

// special are networks that are no public hosts' though they may look it
// (IANA IPv4 and IPv6 Special-Purpose Address Registries, RFC 6890), and
// addresses at which clouds tell their machines secrets.
var special = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"),        // this network
	netip.MustParsePrefix("10.0.0.0/8"),       // private
	netip.MustParsePrefix("100.64.0.0/10"),    // shared by customers of a provider (RFC 6598)
	netip.MustParsePrefix("127.0.0.0/8"),      // loopback
	netip.MustParsePrefix("168.63.129.16/32"), // Azure's metadata
	netip.MustParsePrefix("169.254.0.0/16"),   // link-local, most clouds' metadata
	netip.MustParsePrefix("172.16.0.0/12"),    // private
	netip.MustParsePrefix("192.0.0.0/24"),     // protocol assignments, Oracle's metadata
	netip.MustParsePrefix("192.0.2.0/24"),     // documentation
	netip.MustParsePrefix("192.88.99.0/24"),   // 6to4 relays, given up
	netip.MustParsePrefix("192.168.0.0/16"),   // private
	netip.MustParsePrefix("198.18.0.0/15"),    // benchmarks
	netip.MustParsePrefix("198.51.100.0/24"),  // documentation
	netip.MustParsePrefix("203.0.113.0/24"),   // documentation
	netip.MustParsePrefix("224.0.0.0/4"),      // multicast
	netip.MustParsePrefix("240.0.0.0/4"),      // reserved, broadcast
	netip.MustParsePrefix("2001::/23"),        // protocol assignments, Teredo among them
	netip.MustParsePrefix("2001:db8::/32"),    // documentation
	netip.MustParsePrefix("2002::/16"),        // 6to4: holds an IPv4 address
	netip.MustParsePrefix("3fff::/20"),        // documentation
}

var (
	// globalV6 is all of IPv6 that is given out to hosts; loopback, private,
	// link-local and multicast addresses lie outside.
	globalV6 = netip.MustParsePrefix("2000::/3")
	// nat64 holds an IPv4 address in its last four bytes (RFC 6052 §2.1).
	nat64 = netip.MustParsePrefix("64:ff9b::/96")
)

// public says whether the address is one of the public Internet. An address
// that carries another one, as IPv4-mapped and NAT64 ones do, is what it carries.
func public(ip netip.Addr) bool {
	ip = ip.WithZone("").Unmap()
	if nat64.Contains(ip) {
		b := ip.As16()
		return public(netip.AddrFrom4([4]byte(b[12:])))
	}
	if !ip.IsValid() || ip.Is6() && !globalV6.Contains(ip) {
		return false
	}
	return !slices.ContainsFunc(special, func(n netip.Prefix) bool { return n.Contains(ip) })
}
