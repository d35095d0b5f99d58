package main

import (
	"context"
	"net/netip"
	"os"

	"github.com/spf13/cobra"

	"holdline/internal/config"
	"holdline/internal/demo"
	"holdline/internal/server"
)

func demoCommand() *cobra.Command {
	var quiet bool
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
			teller := demo.NewTeller(cmd.OutOrStdout())
			o := server.Options{Config: cfg, DemoTrunk: trunk, Watch: teller.Watch}
			return runServer(cmd.Context(), o, func(ctx context.Context, s *server.Server) error {
				teller.Use(s.Directory())
				world := demo.World(local(s.SIPAddr()), trunk)
				if quiet {
					world = world.Quiet()
				}
				world.Out = cmd.OutOrStdout()
				demo.Screen(world.Out, local(s.HTTPAddr()), local(s.SIPAddr()))
				return demo.Run(ctx, world)
			})
		},
	}
	cmd.Flags().SortFlags = false
	cmd.Flags().BoolVar(&quiet, "no-traffic", false, "no simulated agents and callers")
	config.AddFlags(cmd.Flags(), config.Demo)
	return cmd
}

// local gives the address at which this machine reaches a listener.
func local(a netip.AddrPort) netip.AddrPort {
	if a.Addr().IsUnspecified() {
		return netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), a.Port())
	}
	return a
}
