package main

import (
	"context"
	"fmt"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"holdline/internal/app"
	"holdline/internal/config"
	"holdline/internal/demo"
	"holdline/internal/server"
)

func demoCommand() *cobra.Command {
	var quiet, bare bool
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Run the server with a demo organisation and simulated traffic, on this machine only",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := config.Load(cmd.Flags(), config.Demo, os.Environ())
			if err != nil {
				return err
			}
			trunk, err := demo.FreeTrunk()
			if err != nil {
				return err
			}
			out := cmd.OutOrStdout()
			teller := demo.NewTeller(out)
			o := server.Options{Config: cfg, DemoTrunk: trunk, Watch: teller.Watch}
			if !quiet && !bare {
				o.DemoPast = demoPast(out)
			}
			return runServer(cmd.Context(), o, func(ctx context.Context, s *server.Server) error {
				teller.Use(s.Directory())
				world := demo.World(local(s.SIPAddr()), trunk)
				world.API = &demo.API{Base: "http://" + local(s.HTTPAddr()).String(), ClientID: app.DemoClientID, Secret: app.DemoClientSecret}
				if quiet {
					world = world.Quiet()
				}
				world.Out = out
				demo.Screen(world.Out, local(s.HTTPAddr()), local(s.SIPAddr()))
				return demo.Run(ctx, world)
			})
		},
	}
	cmd.Flags().SortFlags = false
	cmd.Flags().BoolVar(&quiet, "no-traffic", false, "no simulated agents and callers, and no calls of the days before")
	cmd.Flags().BoolVar(&bare, "no-history", false, "no calls of the days before")
	config.AddFlags(cmd.Flags(), config.Demo)
	return cmd
}

// The days before, and what decides by chance in them: always the same.
const (
	demoDays = 14
	demoSeed = 700
)

// demoPast tells of the days before while they are made.
func demoPast(out io.Writer) *server.DemoPast {
	began := time.Now()
	return &server.DemoPast{Days: demoDays, Seed: demoSeed, Zone: localZone(os.Getenv("TZ"), "/etc/localtime"), Told: func(share float64) {
		switch share {
		case 0:
			_, _ = fmt.Fprintf(out, "Two weeks of calls are being made for the demo ")
		case 1:
			_, _ = fmt.Fprintf(out, " %.1f s\n\n", time.Since(began).Seconds())
		default:
			_, _ = fmt.Fprint(out, ".")
		}
	}}
}

// localZone gives the IANA name of this machine's time zone, so that the
// demo's days are those of whoever looks; "" where it has none.
func localZone(setting, file string) string {
	name := strings.TrimPrefix(setting, ":")
	if setting == "" {
		target, err := filepath.EvalSymlinks(file)
		if err != nil {
			return ""
		}
		_, name, _ = strings.Cut(target, "zoneinfo/")
	}
	if _, err := time.LoadLocation(name); err != nil || name == "Local" || strings.HasSuffix(name, "UTC") { // "" is UTC, too
		return ""
	}
	return name
}

// local gives the address at which this machine reaches a listener.
func local(a netip.AddrPort) netip.AddrPort {
	if a.Addr().IsUnspecified() {
		return netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), a.Port())
	}
	return a
}
