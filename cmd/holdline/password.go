package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"holdline/internal/app"
	"holdline/internal/config"
	"holdline/internal/directory"
	"holdline/internal/store/sqlite"
)

func passwordCommand() *cobra.Command {
	var random bool
	cmd := &cobra.Command{
		Use:   "password LOGIN",
		Short: "Set a new password for a user, also while the server runs",
		Long: `Sets a new password for a user of the console, in the server's data directory; the server may run.
The password is asked for, or read from standard input (one line). The user is signed out
everywhere, and it stands in the audit log. "holdline users" lists the logins.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return beside(cmd, func(ctx context.Context, s *app.Service) error {
				password := ""
				if !random {
					var err error
					if password, err = askPassword(ctx, cmd.InOrStdin(), cmd.ErrOrStderr(), args[0]); err != nil {
						return err
					}
				}
				set, err := s.ResetPassword(ctx, args[0], password)
				if err != nil {
					return explained(err)
				}
				if random {
					_, err = fmt.Fprintln(cmd.OutOrStdout(), set)
					return err
				}
				_, err = fmt.Fprintf(cmd.ErrOrStderr(), "The password of %s is set.\n", args[0])
				return err
			})
		},
	}
	cmd.Flags().SortFlags = false
	cmd.Flags().BoolVar(&random, "random", false, "make a password up and print it")
	config.AddFlags(cmd.Flags(), config.Serve, "config", "data")
	return cmd
}

func usersCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "users",
		Short: "List who can sign in, also while the server runs",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return beside(cmd, func(ctx context.Context, s *app.Service) error {
				list, err := s.ListLogins(ctx)
				if err != nil {
					return err
				}
				out := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
				fmt.Fprintln(out, "LOGIN\tROLE\tNAME\tORGANISATION")
				for _, u := range list {
					fmt.Fprintf(out, "%s\t%s\t%s\t%s\n", u.Login, u.Role, u.Name, u.Organisation)
				}
				return out.Flush()
			})
		},
	}
	cmd.Flags().SortFlags = false
	config.AddFlags(cmd.Flags(), config.Serve, "config", "data")
	return cmd
}

// beside does something with the use cases on the data directory, whether a server runs on it or not.
func beside(cmd *cobra.Command, do func(context.Context, *app.Service) error) error {
	cfg, err := config.Load(cmd.Flags(), config.Serve, os.Environ())
	if err != nil {
		return err
	}
	db, err := sqlite.Open(cmd.Context(), sqlite.Options{Path: cfg.Database(), Beside: true, Log: newLog(cmd.ErrOrStderr(), cfg)})
	if err != nil {
		return err
	}
	err = do(cmd.Context(), app.New(app.Deps{Store: db, Directory: directory.New()}))
	return errors.Join(err, db.Close())
}

// explained puts a refusal into words for a terminal.
func explained(err error) error {
	var refused *app.Error
	switch {
	case !errors.As(err, &refused):
		return err
	case refused.Code == app.NotFound:
		return errors.New(refused.Message + "; list them with: holdline users")
	}
	return errors.New(refused.Message)
}

// askPassword asks a person twice, without showing what is typed; from anything
// but a terminal it takes the first line.
func askPassword(ctx context.Context, in io.Reader, out io.Writer, login string) (string, error) {
	terminal, ok := in.(*os.File)
	if !ok || !term.IsTerminal(int(terminal.Fd())) {
		line, err := bufio.NewReader(in).ReadString('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return "", err
		}
		if line = strings.TrimRight(line, "\r\n"); line == "" {
			return "", errors.New("no password came on standard input; write one line, or let one be made up with --random")
		}
		return line, nil
	}
	fd := int(terminal.Fd())
	if shown, err := term.GetState(fd); err == nil {
		defer context.AfterFunc(ctx, func() { // an interrupt leaves the terminal as it was
			_ = term.Restore(fd, shown)
			os.Exit(130)
		})()
	}
	var typed [2]string
	for i, question := range []string{"New password of " + login + ": ", "Once more: "} {
		fmt.Fprint(out, question)
		text, err := term.ReadPassword(fd)
		fmt.Fprintln(out)
		if err != nil {
			return "", err
		}
		typed[i] = string(text)
	}
	switch {
	case typed[0] != typed[1]:
		return "", errors.New("the two are not the same; nothing was changed")
	case typed[0] == "":
		return "", errors.New("no password was typed; nothing was changed")
	}
	return typed[0], nil
}
