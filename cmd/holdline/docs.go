package main

import (
	"os"

	"github.com/spf13/cobra"

	"holdline/internal/config"
)

// docsCommand writes the documents that are generated from code.
func docsCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "docs", Short: "Write documentation that is generated from the program", Args: cobra.NoArgs, Hidden: true}
	var output string
	settings := &cobra.Command{
		Use:   "config",
		Short: "Write docs/configuration.md: every setting",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if output == "" {
				_, err := cmd.OutOrStdout().Write([]byte(config.Markdown()))
				return err
			}
			return os.WriteFile(output, []byte(config.Markdown()), 0o644)
		},
	}
	settings.Flags().StringVarP(&output, "output", "o", "", "file to write; empty = standard output")
	cmd.AddCommand(settings)
	return cmd
}
