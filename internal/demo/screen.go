package demo

import (
	"fmt"
	"io"
	"net"
	"net/netip"

	"holdline/internal/app"
)

// providerAddress is where the simulated provider stands: an address of its
// own, by which the server knows its calls.
const providerAddress = "127.0.0.2"

// FreeTrunk finds a free port for the simulated provider.
func FreeTrunk() (netip.AddrPort, error) {
	c, err := net.ListenPacket("udp", providerAddress+":0")
	if err != nil {
		return netip.AddrPort{}, fmt.Errorf("demo: the simulated provider needs %s: %w", providerAddress, err)
	}
	return c.LocalAddr().(*net.UDPAddr).AddrPort(), c.Close()
}

// Quiet gives the same world with the provider, whose remote agent answers,
// but without agents at the phones and without callers.
func (c Config) Quiet() Config {
	c.Agents, c.Queues, c.Yours = nil, nil, ""
	return c
}

// Screen prints where to look and how to take part.
func Screen(out io.Writer, http, sip netip.AddrPort) {
	_, _ = fmt.Fprintf(out, `Holdline demo: organisation %[1]s, numbers %[2]s*…

  Console  http://%[3]s/
  API      http://%[3]s/api/ver1.0/   client_id=%[4]s  client_secret=%[5]s
  Logins   organisation %[6]s / %[7]s   user %[8]s / %[7]s

  Your softphone
    user %[2]s*205   password %[9]s   domain %[10]s
    server or proxy %[11]s (UDP or TCP)
    then dial 700 (Sales), 701 (Support) or a phone, 201 to 204

Ready. Ctrl-C ends every call and stops the server.

`, app.DemoName, app.DemoPrefix, http, app.DemoClientID, app.DemoClientSecret, app.DemoLogin, app.DemoPassword, app.DemoUser,
		app.DemoPhonePassword("205"), app.DemoDomain, sip)
}
