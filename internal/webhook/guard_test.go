package webhook

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"
)

// Where deliveries may go: to public addresses only, in whatever clothes.
func TestPublicAddresses(t *testing.T) {
	for text, want := range map[string]bool{
		"8.8.8.8": true, "1.1.1.1": true, "93.184.216.34": true, "172.15.0.1": true, "172.32.0.1": true, "100.63.255.255": true,
		"100.128.0.1": true, "192.0.1.1": true, "198.17.0.1": true, "223.255.255.254": true, "2606:4700::1": true, "2a00:1450:4001::5": true,
		"2001:200::1": true, "::ffff:8.8.8.8": true, "64:ff9b::8.8.8.8": true, // NAT64 of a public address
		"0.0.0.0": false, "0.1.2.3": false, "10.0.0.1": false, "10.255.255.255": false, "127.0.0.1": false, "127.255.0.1": false,
		"100.64.0.1": false, "100.127.255.254": false, "100.100.100.200": false, "169.254.169.254": false, "169.254.0.1": false,
		"168.63.129.16": false, "172.16.0.1": false, "172.31.255.255": false, "192.168.0.1": false, "192.0.0.192": false, "192.0.0.1": false,
		"192.0.2.1": false, "192.88.99.1": false, "198.18.0.1": false, "198.19.255.255": false, "198.51.100.1": false, "203.0.113.9": false,
		"224.0.0.1": false, "239.255.255.255": false, "240.0.0.1": false, "255.255.255.255": false,
		"::": false, "::1": false, "::127.0.0.1": false, "::8.8.8.8": false, "::ffff:127.0.0.1": false, "::ffff:10.0.0.1": false,
		"::ffff:169.254.169.254": false, "::ffff:0:8.8.8.8": false, "64:ff9b::10.0.0.1": false, "64:ff9b::127.0.0.1": false,
		"64:ff9b::169.254.169.254": false, "64:ff9b:1::8.8.8.8": false, "64:ff9b:0:0:1::8.8.8.8": false,
		"100::1": false, "2001::1": false, "2001:10::1": false, "2001:db8::1": false, "2002:7f00:1::": false, "2002:808:808::1": false,
		"3fff::1": false, "4000::1": false, "5f00::1": false, "fc00::1": false, "fd00:ec2::254": false, "fe80::1": false, "fe80::1%eth0": false,
		"fec0::1": false, "ff02::1": false,
	} {
		if got := public(netip.MustParseAddr(text)); got != want {
			t.Errorf("%s: allowed %v, want %v", text, got, want)
		}
	}
	if public(netip.Addr{}) {
		t.Error("no address is public")
	}
}

func TestAllowedByConfiguration(t *testing.T) {
	a := Allow{Networks: []netip.Prefix{netip.MustParsePrefix("10.1.0.0/16"), netip.MustParsePrefix("::1/128")}, Hosts: []string{"CRM.local"}}
	for text, want := range map[string]bool{"10.1.2.3": true, "::ffff:10.1.2.3": true, "::1": true, "::1%lo": true, "10.2.0.1": false, "127.0.0.1": false,
		"8.8.8.8": false, "64:ff9b::10.1.2.3": false} {
		if got := a.network(netip.MustParseAddr(text)); got != want {
			t.Errorf("%s: allowed %v, want %v", text, got, want)
		}
	}
	for name, want := range map[string]bool{"crm.local": true, "crm.local.": true, "x.crm.local": false, "crm.local.evil.example": false, "": false} {
		if got := a.host(name); got != want {
			t.Errorf("host %q: %v, want %v", name, got, want)
		}
	}
}

// names is a resolver; each look-up of a name takes the next of its answers.
type names struct {
	mu   sync.Mutex
	of   map[string][][]string
	asks int
}

func (n *names) LookupNetIP(_ context.Context, network, host string) (out []netip.Addr, err error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.asks++
	answers := n.of[host]
	if len(answers) == 0 {
		return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
	}
	for _, text := range answers[0] {
		out = append(out, netip.MustParseAddr(text))
	}
	if len(answers) > 1 {
		n.of[host] = answers[1:]
	}
	return out, nil
}

func TestDialerChecksEveryAddressOfAName(t *testing.T) {
	n := &names{of: map[string][][]string{
		"private.example": {{"10.0.0.1"}}, "mixed.example": {{"8.8.8.8", "127.0.0.1"}}, "mapped.example": {{"::ffff:192.168.1.1"}}, "empty.example": {{}},
		"localhost": {{"127.0.0.1", "::1"}}, "metadata.example": {{"169.254.169.254"}}, "crm.local": {{"127.0.0.1"}}, "good.example": {{"8.8.8.8", "2606:4700::1"}},
	}}
	d := &dialer{resolver: n, allow: Allow{Hosts: []string{"crm.local"}}}
	for host, want := range map[string]string{"crm.local": "127.0.0.1", "good.example": "8.8.8.8 2606:4700::1", "8.8.4.4": "8.8.4.4"} {
		got, err := d.addresses(t.Context(), host)
		var texts []string
		for _, ip := range got {
			texts = append(texts, ip.String())
		}
		if strings.Join(texts, " ") != want || err != nil {
			t.Errorf("%s: %v, %v, want %s", host, got, err, want)
		}
	}
	for _, host := range []string{"private.example", "mixed.example", "mapped.example", "localhost", "metadata.example", "127.0.0.1", "::1", "fe80::1%lo",
		"::ffff:127.0.0.1", "0.0.0.0"} {
		c, err := d.DialContext(t.Context(), "tcp", net.JoinHostPort(host, "1"))
		var no *forbidden
		if c != nil || !errors.As(err, &no) {
			t.Errorf("%s: %v, want a refusal", host, err)
			continue
		}
		if text := explain(err); strings.Contains(text, no.addr.String()) && host != no.addr.String() {
			t.Errorf("%s: the text %q tells what the name means here", host, text)
		}
	}
	// What looks like a number to some is a name to us, and is resolved.
	for _, host := range []string{"2130706433", "0x7f000001", "127.1", "0177.0.0.1", "empty.example", "nowhere.example"} {
		_, err := d.DialContext(t.Context(), "tcp", net.JoinHostPort(host, "1"))
		var dns *net.DNSError
		if !errors.As(err, &dns) {
			t.Errorf("%s: %v, want that it cannot be resolved", host, err)
		}
	}
}

// A public address of this machine is refused like loopback, unless it is allowed.
func TestOwnAddresses(t *testing.T) {
	own := func() ([]net.Addr, error) {
		return []net.Addr{&net.IPNet{IP: net.ParseIP("8.8.8.8")}, &net.IPNet{IP: net.ParseIP("2606:4700::1")}}, nil
	}
	for _, host := range []string{"8.8.8.8", "2606:4700::1", "::ffff:8.8.8.8"} {
		if _, err := (&dialer{own: own}).addresses(t.Context(), host); !errors.As(err, new(*forbidden)) {
			t.Errorf("%s of this machine: %v", host, err)
		}
	}
	allowed := &dialer{own: own, allow: Allow{Networks: []netip.Prefix{netip.MustParsePrefix("8.8.8.8/32")}}}
	for _, host := range []string{"8.8.8.8", "8.8.4.4"} {
		if _, err := allowed.addresses(t.Context(), host); err != nil {
			t.Errorf("%s: %v", host, err)
		}
	}
	blind := &dialer{own: func() ([]net.Addr, error) { return nil, errBroken }}
	if _, err := blind.addresses(t.Context(), "8.8.4.4"); !errors.As(err, new(*forbidden)) {
		t.Errorf("while our addresses are not known: %v", err)
	}
}

// A name that means another address the next time is checked each time, and
// what is connected to is what was checked.
func TestRebinding(t *testing.T) {
	l := listener(t)
	n := &names{of: map[string][][]string{"rebind.example": {{"127.0.0.1"}, {"127.0.0.9"}}}}
	d := &dialer{resolver: n, allow: Allow{Networks: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}}}
	_, port, _ := net.SplitHostPort(l.Addr().String())
	c, err := d.DialContext(t.Context(), "tcp", net.JoinHostPort("rebind.example", port))
	if err != nil {
		t.Fatal(err)
	}
	c.Close()
	if n.asks != 1 {
		t.Errorf("%d look-ups for one connection: the second may tell another address", n.asks)
	}
	if _, err = d.DialContext(t.Context(), "tcp", net.JoinHostPort("rebind.example", port)); !errors.As(err, new(*forbidden)) {
		t.Errorf("after rebinding: %v", err)
	}
}

// The next address is tried when one does not answer.
func TestDialerTriesAllAddresses(t *testing.T) {
	l := listener(t)
	_, port, _ := net.SplitHostPort(l.Addr().String())
	loop := Allow{Networks: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}
	d := &dialer{allow: loop, resolver: &names{of: map[string][][]string{"two.example": {{"127.0.0.8", "127.0.0.1"}}, "none.example": {{"127.0.0.8", "127.0.0.7"}}}}}
	c, err := d.DialContext(t.Context(), "tcp", net.JoinHostPort("two.example", port))
	if err != nil {
		t.Fatal(err)
	}
	c.Close()
	if _, err := d.DialContext(t.Context(), "tcp", net.JoinHostPort("none.example", port)); explain(err) != "the connection was refused" {
		t.Errorf("nobody there: %v", err)
	}
}

func listener(t *testing.T) net.Listener {
	t.Helper()
	return listenAt(t, "127.0.0.1")
}

func listenAt(t *testing.T, host string) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", net.JoinHostPort(host, "0"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

// Whatever an address is written like, it is refused if the same 32 bits are
// private as IPv4, mapped, or behind NAT64.
func FuzzPublic(f *testing.F) {
	f.Add([]byte{127, 0, 0, 1})
	f.Add([]byte{169, 254, 169, 254})
	f.Add([]byte{0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1})
	f.Fuzz(func(t *testing.T, b []byte) {
		ip, ok := netip.AddrFromSlice(b)
		if !ok {
			return
		}
		got := public(ip)
		if got && (ip.IsPrivate() || ip.IsLoopback() || ip.IsLinkLocalUnicast() || ip.IsMulticast() || ip.IsUnspecified() || !ip.IsGlobalUnicast() && !ip.Is4In6()) {
			t.Errorf("%v is taken for public", ip)
		}
		if !ip.Is4() {
			return
		}
		mapped, carried := netip.AddrFrom16(ip.As16()), nat64.Addr().As16()
		copy(carried[12:], b)
		if public(mapped) != got || public(netip.AddrFrom16(carried)) != got {
			t.Errorf("%v: %v, mapped %v, NAT64 %v", ip, got, public(mapped), public(netip.AddrFrom16(carried)))
		}
	})
}
