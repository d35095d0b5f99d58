package main

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"holdline/internal/config"
	"holdline/internal/store/sqlite"
)

func migrateCommand() *cobra.Command {
	var check bool
	cmd := &cobra.Command{
		Use:   "migrate",
		Short: "Bring the database to this version's form without serving; serve does it too",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := config.Load(cmd.Flags(), config.Serve, os.Environ())
			if err != nil {
				return err
			}
			if check {
				v, err := sqlite.VersionOf(cmd.Context(), cfg.Database())
				if err != nil {
					return err
				}
				_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s: version %d; this program's is %d\n", cfg.Database(), v.Current, v.Latest)
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
	cmd.Flags().BoolVar(&check, "check", false, "only tell the versions, also while a server runs")
	return cmd
}
