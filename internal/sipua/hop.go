package sipua

import (
	"net/netip"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"

	"holdline/internal/sipua/transport"
)

// namedHop is the next hop of a dialog that is a host name, and its address once that is known.
type namedHop struct {
	host string // with port, if one is given; "" = the next hop is no name
	flow transport.Flow
}

// hop gives where requests of a dialog go. To a phone that is where it was
// heard from, as only that passes its NAT. To a trunk it is the first route, or
// the target: providers do answer from one machine and take the rest of the
// dialog on another. Until the address of a name is known, and for what can
// not be reached from here, it is where the trunk was heard from.
func (w *worker) hop(now time.Time, d *dialog) transport.Flow {
	if d.trunk == nil {
		return d.flow
	}
	next := d.target
	if len(d.routes) > 0 {
		next = strings.Trim(d.routes[0], "<>")
	}
	var uri sip.Uri
	if sip.ParseUri(next, &uri) != nil || uri.Host == "" || uri.Wildcard {
		return d.flow
	}
	to := transport.Flow{Proto: transport.UDP}
	if strings.EqualFold(param(uri.UriParams, "transport"), "tcp") {
		to.Proto = transport.TCP
	}
	if addr, err := netip.ParseAddr(strings.Trim(uri.Host, "[]")); err == nil {
		port := uri.Port
		if port <= 0 || port > 65535 {
			port = 5060
		}
		to.Remote = netip.AddrPortFrom(addr.Unmap(), uint16(port))
	} else if to = w.lookUp(now, d, &uri, to); !to.Remote.IsValid() {
		return d.flow
	}
	return d.reachable(to)
}

// lookUp gives the address of a next hop by name. If it is not known yet the
// look-up is begun, for the requests that follow.
func (w *worker) lookUp(now time.Time, d *dialog, uri *sip.Uri, to transport.Flow) transport.Flow {
	host := uri.Host
	if uri.Port > 0 {
		host += ":" + itoa(uri.Port)
	}
	if d.named.host == host && d.named.flow.Proto == to.Proto {
		return d.named.flow
	}
	d.named = namedHop{host: host, flow: to}
	w.ua.names.find(now, host, to.Proto.String(), func(addr netip.AddrPort, ok, later bool) {
		if !ok {
			return
		}
		found := func(*worker, time.Time) {
			if d.named.host == host && d.named.flow.Proto == to.Proto {
				d.named.flow.Remote = addr
			}
		}
		if later {
			w.post(taskFunc(found))
			return
		}
		found(w, now)
	})
	return d.named.flow
}

// reachable keeps to the flow a trunk was heard on when an address means
// nothing here: a provider's private one, seen from outside. The same address
// keeps its transport.
func (d *dialog) reachable(to transport.Flow) transport.Flow {
	addr := to.Remote.Addr()
	if addr.IsUnspecified() || local(addr) && !local(d.flow.Remote.Addr()) {
		return d.flow
	}
	if to.Remote == d.flow.Remote {
		return d.flow
	}
	return to
}

func local(addr netip.Addr) bool { return addr.IsPrivate() || addr.IsLoopback() }
