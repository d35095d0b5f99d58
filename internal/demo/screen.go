package demo

import (
	"fmt"
	"io"
	"net"
	"net/netip"
	"strings"

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

  Console  http://%[3]s/   sign in with the password %[4]s as
             %[5]s: supervisor, with wallboard, calls, reports, setup
             %[6]s: agents, each with a desk, at %[7]s
             %[8]s: administrator
  API      http://%[3]s/api/ver1.0/   client_id=%[9]s   client_secret=%[10]s   browser at /docs/

  Your softphone
    user %[2]s*205   password %[11]s   domain %[12]s
    server or proxy %[13]s (UDP or TCP)
    then dial 700 (Sales), 701 (Support) or a phone, 201 to 204; %[14]s's desk is yours

Ready. Ctrl-C ends every call and stops the server.

`, app.DemoName, app.DemoPrefix, http, app.DemoPassword, app.DemoUser, strings.ToLower(strings.Join(app.DemoAgents, ", ")),
		app.DemoPhones[0]+" to "+last(app.DemoPhones), app.DemoAdmin, app.DemoClientID, app.DemoClientSecret,
		app.DemoPhonePassword("205"), app.DemoDomain, sip, last(app.DemoAgents))
}

func last(list []string) string { return list[len(list)-1] }
