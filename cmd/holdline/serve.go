package main

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"os"

	"github.com/spf13/cobra"

	"holdline/internal/config"
	"holdline/internal/server"
)

func serveCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Run the server",
		Long: `Runs the server until it is interrupted; then every call is ended properly.

On an empty database it creates an administrator and one organisation, and prints their
credentials once. Settings come from flags, HOLDLINE_* variables and the file given with
--config, in this order.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := config.Load(cmd.Flags(), config.Serve, os.Environ())
			if err != nil {
				return err
			}
			return runServer(cmd.Context(), server.Options{Config: cfg}, func(ctx context.Context, s *server.Server) error {
				s.PrintFirstCredentials(cmd.OutOrStdout())
				<-ctx.Done()
				return nil
			})
		},
	}
	cmd.Flags().SortFlags = false
	config.AddFlags(cmd.Flags(), config.Serve)
	return cmd
}

// runServer starts a server and has live run with it until ctx ends, live
// returns, or the server ends by itself. What live has begun ends before the
// server stops: its phones can still hang up.
func runServer(ctx context.Context, o server.Options, live func(context.Context, *server.Server) error) error {
	o.Log = newLog(os.Stderr, o.Config)
	s := server.New(o)
	if err := s.Start(ctx); err != nil {
		return err
	}
	living, end := context.WithCancelCause(ctx)
	defer end(nil)
	go func() {
		select {
		case err := <-s.Failed():
			end(err)
		case <-ctx.Done():
			o.Log.Info("stopping: calls are being ended; interrupt again to leave at once")
		case <-living.Done():
		}
	}()
	err := live(living, s)
	if ctx.Err() == nil { // nobody asked for the end
		err = errors.Join(err, context.Cause(living))
	}
	stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), o.Config.ShutdownTimeout)
	defer cancel()
	return errors.Join(err, s.Stop(stopping))
}

func newLog(w io.Writer, c config.Config) *slog.Logger {
	o := &slog.HandlerOptions{Level: c.LogLevel}
	if c.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(w, o))
	}
	return slog.New(slog.NewTextHandler(w, o))
}
