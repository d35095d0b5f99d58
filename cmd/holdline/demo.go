package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"

	"github.com/spf13/cobra"

	"holdline/internal/config"
	"holdline/internal/demo"
	"holdline/internal/server"
)

func demoCommand() *cobra.Command {
	var quiet bool
	var provider string
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Run the server with a demo organisation and simulated traffic, on this machine only",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := config.Load(cmd.Flags(), config.Demo, os.Environ())
			if err != nil {
				return err
			}
			trunk, err := providerAddress(provider)
			if err != nil {
				return err
			}
			return runDemo(cmd.Context(), cmd.OutOrStdout(), cfg, trunk, !quiet)
		},
	}
	cmd.Flags().SortFlags = false
	cmd.Flags().BoolVar(&quiet, "no-traffic", false, "no simulated phones and callers")
	cmd.Flags().StringVar(&provider, "provider", "", "address of the simulated provider behind the demo trunk (default "+defaultProvider+", or another port if it is taken)")
	config.AddFlags(cmd.Flags(), config.Demo)
	return cmd
}

func runDemo(ctx context.Context, out io.Writer, cfg config.Config, trunk netip.AddrPort, traffic bool) error {
	simulated := make(chan error, 1)
	err := runServer(ctx, server.Options{Config: cfg, DemoTrunk: trunk}, func(ctx context.Context, s *server.Server) error {
		if err := printDemo(out, s, traffic); err != nil || !traffic {
			simulated <- nil
			return err
		}
		street := demo.World(reachable(s.SIPAddr()), trunk)
		street.Out = out
		go func() { simulated <- demo.Run(ctx, street) }()
		return nil
	})
	if ctx.Err() == nil { // the server never started, or ended by itself
		return err
	}
	return errors.Join(err, <-simulated)
}

// defaultProvider is on loopback, but not where phones are: calls from its
// address are taken as the trunk's.
const defaultProvider = "127.0.0.2:5062"

// providerAddress reads the address; without one it finds a free port.
func providerAddress(text string) (netip.AddrPort, error) {
	if text != "" {
		addr, err := netip.ParseAddrPort(text)
		if err != nil || addr.Port() == 0 {
			return addr, fmt.Errorf("provider: %q (from --provider) is not an address; allowed: IP:PORT, such as %s", text, defaultProvider)
		}
		return addr, nil
	}
	addr := netip.MustParseAddrPort(defaultProvider)
	conn, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(addr))
	if err != nil {
		conn, err = net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(addr.Addr(), 0)))
	}
	if err != nil {
		return addr, fmt.Errorf("provider: no free port at %s: %w", addr.Addr(), err)
	}
	defer conn.Close()
	return conn.LocalAddr().(*net.UDPAddr).AddrPort(), nil
}

// reachable gives the address at which this machine reaches a listener.
func reachable(a netip.AddrPort) netip.AddrPort {
	if a.Addr().IsUnspecified() {
		return netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), a.Port())
	}
	return a
}

// printDemo prints the screen people read first. Its last line tells programs
// that phones may register now.
func printDemo(w io.Writer, s *server.Server, traffic bool) error {
	sip, http := reachable(s.SIPAddr()), reachable(s.HTTPAddr())
	last := "Simulated agents sit at 201-204. A line for every simulated call follows."
	if !traffic {
		last = "No simulated traffic: register phones for agents, 201-205."
	}
	_, err := fmt.Fprintf(w, `
Holdline demo

  Console    http://%[1]s
  API        client_id=demo client_secret=demo at http://%[1]s/oauth/token
  Office     demo@example.com / demo

  Softphone  user 0003*205, password demo-205, domain demo.local,
             outbound proxy %[2]s (UDP or TCP); likewise 201-204
  Dial       700  Sales: music, then the agent longest idle
             701  Support: all agents ring
             201  an agent's phone

  %[3]s
Ready. Ctrl-C ends every call and stops.

`, http, sip, last)
	return err
}
