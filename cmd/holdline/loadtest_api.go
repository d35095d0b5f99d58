package main

import (
	"errors"
	"os"

	"github.com/spf13/cobra"

	"holdline/internal/loadtest"
)

var apiKinds = map[loadtest.APIKind]string{
	loadtest.Reads:    "Ask for the status of agents",
	loadtest.Status:   "Change the status of agents; every change is committed and in the journal",
	loadtest.Pauses:   "Pause agents in a queue and bring them back (UnifiedAPI), likewise",
	loadtest.Presence: "Read the presence of all phones in pages of 100",
}

// loadAPICommand sends requests to the HTTP API.
func loadAPICommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "api",
		Short: "Send requests to the HTTP API and measure their answers",
		Long: `Sends requests over connections that are kept open and measures their answers. The
server's limit is in the way: start it with --api-hourly-limit 1000000000, or set
HOLDLINE_API_HOURLY_LIMIT.`,
		Args: cobra.NoArgs,
	}
	for _, kind := range loadtest.APIKinds {
		cmd.AddCommand(loadKindCommand(kind))
	}
	return cmd
}

func loadKindCommand(kind loadtest.APIKind) *cobra.Command {
	cfg := loadtest.APIDefaults(kind)
	var jsonFile string
	var quiet bool
	cmd := &cobra.Command{
		Use:   string(kind),
		Short: apiKinds[kind],
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if !quiet {
				cfg.Progress = cmd.ErrOrStderr()
			}
			report, err := loadtest.RunAPI(cmd.Context(), cfg)
			if report.Kind == "" { // nothing was measured
				return err
			}
			return errors.Join(err, writeAPIReport(cmd, &report, jsonFile))
		},
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringVar(&cfg.API, "api", cfg.API, "base URL of the HTTP API")
	flags.StringVar(&cfg.ClientID, "client-id", cfg.ClientID, "application that may create phones and agents")
	flags.StringVar(&cfg.ClientSecret, "client-secret", cfg.ClientSecret, "its secret")
	flags.IntVar(&cfg.FirstAgent, "first-agent", cfg.FirstAgent, "short number of the first phone that is made")
	if kind == loadtest.Presence {
		flags.IntVar(&cfg.Phones, "phones", cfg.Phones, "phones that are to be there")
	} else {
		flags.IntVar(&cfg.Agents, "agents", cfg.Agents, "agents")
	}
	flags.IntVar(&cfg.Connections, "connections", cfg.Connections, "connections, with a request at a time on each")
	flags.Float64Var(&cfg.Rate, "rate", cfg.Rate, "requests a second; 0 = as fast as they are answered")
	flags.DurationVar(&cfg.Duration, "duration", cfg.Duration, "length of the measurement")
	flags.IntVar(&cfg.PID, "pid", cfg.PID, "process of the server, to tell its CPU")
	flags.StringVar(&jsonFile, "json", "", "also write the report as JSON to this file")
	flags.BoolVar(&quiet, "quiet", false, "do not tell how preparing goes")
	return cmd
}

func writeAPIReport(cmd *cobra.Command, report *loadtest.APIReport, jsonFile string) error {
	if jsonFile == "" {
		return report.WriteText(cmd.OutOrStdout())
	}
	file, err := os.Create(jsonFile)
	if err != nil {
		return err
	}
	return errors.Join(report.WriteJSON(file), file.Close(), report.WriteText(cmd.OutOrStdout()))
}
