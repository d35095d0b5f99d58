// Command holdline is the call-centre server: flags and signals only, the
// rest is in internal/server.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "holdline:", err)
		os.Exit(1)
	}
}

// run executes the command line. The first interrupt ends ctx, so that calls
// end properly; the second ends the process at once.
func run() error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // gives signals back their usual effect
	return root().ExecuteContext(ctx)
}

func root() *cobra.Command {
	cmd := &cobra.Command{
		Use:           "holdline",
		Short:         "Call-centre server: queues, agents, SIP phones and trunks, HTTP APIs",
		SilenceUsage:  true,
		SilenceErrors: true,
		Args:          cobra.NoArgs,
	}
	cmd.AddCommand(serveCommand(), demoCommand(), migrateCommand(), passwordCommand(), usersCommand(), loadtestCommand(), versionCommand(), docsCommand())
	return cmd
}
