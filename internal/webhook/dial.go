package webhook

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"time"
)

// Resolver finds the addresses of a name; *net.Resolver is one.
type Resolver interface {
	LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error)
}

// forbidden is the refusal to connect. The text tells a subscriber no more
// than that: what names mean inside our network is not for strangers.
type forbidden struct {
	host string
	addr netip.Addr // for the log
}

func (f *forbidden) Error() string {
	return fmt.Sprintf("%s leads to an address that deliveries may not go to", f.host)
}

// dialTimeout is how long one of several addresses may take.
const dialTimeout = 5 * time.Second

// dialer connects to addresses it has checked, and to no others: the name is
// resolved here, once, so what was checked is what is connected to.
type dialer struct {
	allow    Allow
	resolver Resolver
	own      func() ([]net.Addr, error) // of this machine; nil = net.InterfaceAddrs
	net      net.Dialer
}

// DialContext is for http.Transport.
func (d *dialer) DialContext(ctx context.Context, network, hostport string) (net.Conn, error) {
	host, port, err := net.SplitHostPort(hostport)
	if err != nil {
		return nil, err
	}
	addrs, err := d.addresses(ctx, host)
	if err != nil {
		return nil, err
	}
	var failed []error
	for _, ip := range addrs {
		c, err := d.connect(ctx, network, net.JoinHostPort(ip.String(), port))
		if err == nil {
			return c, nil
		}
		failed = append(failed, err)
	}
	return nil, errors.Join(failed...)
}

func (d *dialer) connect(ctx context.Context, network, addr string) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	return d.net.DialContext(ctx, network, addr)
}

// addresses gives what a host resolves to, if a request may go to all of it:
// a name that leads to both public and private addresses is no mistake.
func (d *dialer) addresses(ctx context.Context, host string) ([]netip.Addr, error) {
	ip, err := netip.ParseAddr(host)
	if err == nil {
		return d.checked(host, []netip.Addr{ip})
	}
	found, err := d.resolve(ctx, host)
	if err != nil {
		return nil, err
	}
	if d.allow.host(host) {
		return found, nil
	}
	return d.checked(host, found)
}

func (d *dialer) resolve(ctx context.Context, host string) ([]netip.Addr, error) {
	var r Resolver = net.DefaultResolver
	if d.resolver != nil {
		r = d.resolver
	}
	found, err := r.LookupNetIP(ctx, "ip", host)
	if err == nil && len(found) == 0 {
		err = &net.DNSError{Err: "no addresses", Name: host, IsNotFound: true}
	}
	return found, err
}

func (d *dialer) checked(host string, addrs []netip.Addr) ([]netip.Addr, error) {
	for _, ip := range addrs {
		switch {
		case d.allow.network(ip):
		case !public(ip):
			return nil, &forbidden{host, ip}
		default:
			if ours, err := d.ours(ip); err != nil || ours {
				return nil, errors.Join(&forbidden{host, ip}, err)
			}
		}
	}
	return addrs, nil
}

// ours says whether an address is one of this machine: a request to it would
// come from inside, past the firewall that keeps others out.
func (d *dialer) ours(ip netip.Addr) (bool, error) {
	list := net.InterfaceAddrs
	if d.own != nil {
		list = d.own
	}
	all, err := list()
	for _, a := range all {
		if n, ok := a.(*net.IPNet); ok {
			if own, _ := netip.AddrFromSlice(n.IP); own.Unmap() == ip.WithZone("").Unmap() {
				return true, nil
			}
		}
	}
	return false, err
}
