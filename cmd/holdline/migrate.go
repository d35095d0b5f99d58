package main

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"holdline/internal/config"
	"holdline/internal/store/sqlite"
)

func migrateCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "migrate",
		Short: "Bring the database to this version's form without serving; serve does it too",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := config.Load(cmd.Flags(), config.Serve, os.Environ())
			if err != nil {
				return err
			}
			before, err := sqlite.Migrate(cmd.Context(), cfg.Database())
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s: version %d, was %d\n", cfg.Database(), before.Latest, before.Current)
			return err
		},
	}
	cmd.Flags().SortFlags = false
	config.AddFlags(cmd.Flags(), config.Serve, "config", "data")
	return cmd
}
