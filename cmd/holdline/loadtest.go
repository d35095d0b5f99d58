package main

import (
	"errors"
	"io"
	"os"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"holdline/internal/loadtest"
)

var loadModes = map[loadtest.Mode]string{
	loadtest.Calls:    "Place calls at a rate; agents answer at once and talk",
	loadtest.Waiting:  "Hold callers in the queue with music while they send audio",
	loadtest.Bridged:  "Hold calls between callers and agents",
	loadtest.Free:     "Measure how fast a free agent is rung for the next caller",
	loadtest.Login:    "Measure how fast an agent who logs in is rung for a waiting caller",
	loadtest.Overload: "Call more than the server can carry, and look at the calls that are up",
}

func loadtestCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "loadtest",
		Short: "Drive a running server with simulated phones and callers, and measure it",
		Long: `Drives a running server with simulated phones and callers over real SIP and RTP, and
reports times, failures, lost packets, and the CPU and memory of the server.

The server must know the callers' address as a trunk, as "holdline demo" does. Give it
enough ports (--rtp-ports) and run it on this machine, so that its CPU can be read.`,
		Args: cobra.NoArgs,
	}
	for _, mode := range loadtest.Modes {
		cmd.AddCommand(loadModeCommand(mode))
	}
	cmd.AddCommand(loadAPICommand(), prepareCommand())
	return cmd
}

func loadModeCommand(mode loadtest.Mode) *cobra.Command {
	cfg := loadtest.Defaults(mode)
	var jsonFile string
	var quiet bool
	cmd := &cobra.Command{
		Use:   string(mode),
		Short: loadModes[mode],
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if !quiet {
				cfg.Progress = cmd.ErrOrStderr()
			}
			report, err := loadtest.Run(cmd.Context(), cfg)
			if report.Mode == "" { // nothing was measured
				return err
			}
			return errors.Join(err, writeReport(cmd.OutOrStdout(), &report, jsonFile))
		},
	}
	flags := cmd.Flags()
	loadFlags(flags, &cfg)
	flags.Float64Var(&cfg.Rate, "rate", cfg.Rate, "calls a second")
	flags.DurationVar(&cfg.Duration, "duration", cfg.Duration, "length of the measurement")
	flags.DurationVar(&cfg.Talk, "talk", cfg.Talk, "length of a conversation")
	flags.StringVar(&cfg.HangupBy, "hangup-by", cfg.HangupBy, "who ends a call: agent or caller")
	flags.IntVar(&cfg.Callers, "callers", cfg.Callers, "callers held at once")
	flags.IntVar(&cfg.Trials, "trials", cfg.Trials, "trials, where each is measured by itself")
	flags.DurationVar(&cfg.Patience, "patience", cfg.Patience, "a caller without an agent gives up after this")
	flags.DurationVar(&cfg.Settle, "settle", cfg.Settle, "look at the server's memory again this long after the end; 0 = do not")
	flags.BoolVar(&cfg.NoRing, "no-ring", cfg.NoRing, "agents answer without 180 first")
	flags.IntVar(&cfg.PID, "pid", cfg.PID, "process of the server; 0 = found by its SIP port")
	flags.StringVar(&jsonFile, "json", "", "also write the report as JSON to this file; - = standard output, in place of the text")
	flags.BoolVar(&quiet, "quiet", false, "no line each second")
	return cmd
}

// prepareCommand lets phones, agents and queue be made before the measured run.
func prepareCommand() *cobra.Command {
	cfg := loadtest.Defaults(loadtest.Calls)
	cmd := &cobra.Command{
		Use:   "prepare",
		Short: "Create the phones, agents and queue that the others use, and do no more",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return loadtest.Prepare(cmd.Context(), cfg) },
	}
	loadFlags(cmd.Flags(), &cfg)
	return cmd
}

// loadFlags adds what every mode needs.
func loadFlags(flags *pflag.FlagSet, cfg *loadtest.Config) {
	flags.SortFlags = false
	flags.StringVar(&cfg.Server, "server", cfg.Server, "SIP address of the server")
	flags.StringVar(&cfg.API, "api", cfg.API, "base URL of its HTTP API")
	flags.StringVar(&cfg.ClientID, "client-id", cfg.ClientID, "application that may create phones and agents")
	flags.StringVar(&cfg.ClientSecret, "client-secret", cfg.ClientSecret, "its secret")
	flags.StringVar(&cfg.PhoneAddress, "phone-address", cfg.PhoneAddress, "local address of the agents' phones")
	flags.StringVar(&cfg.TrunkAddress, "trunk-address", cfg.TrunkAddress, "local address of the callers; the server knows it as a trunk's")
	flags.StringVar(&cfg.Queue, "queue", cfg.Queue, "short number of the queue")
	flags.IntVar(&cfg.FirstAgent, "first-agent", cfg.FirstAgent, "short number of the first agent's phone; the others follow")
	flags.IntVar(&cfg.Agents, "agents", cfg.Agents, "agents")
}

// writeReport writes text to out, and JSON to a file or in place of the text.
func writeReport(out io.Writer, report *loadtest.Report, jsonFile string) error {
	switch jsonFile {
	case "":
		return report.WriteText(out)
	case "-":
		return report.WriteJSON(out)
	}
	file, err := os.Create(jsonFile)
	if err != nil {
		return err
	}
	return errors.Join(report.WriteJSON(file), file.Close(), report.WriteText(out))
}
