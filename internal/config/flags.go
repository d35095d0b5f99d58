package config

import (
	"fmt"
	"slices"

	"github.com/spf13/pflag"
)

// flagValue holds a flag's text; Load checks it, so that a wrong flag, variable
// and file line are told in the same words.
type flagValue struct {
	text string
	arg  string
}

func (v *flagValue) String() string     { return v.text }
func (v *flagValue) Set(s string) error { v.text = s; return nil }
func (v *flagValue) Type() string       { return v.arg }

// AddFlags puts the settings with these names, or all of them, into a
// command's flags. Environment variables and the file hold all settings
// whichever flags a command has.
func AddFlags(flags *pflag.FlagSet, p Profile, only ...string) {
	for _, s := range Settings {
		if len(only) > 0 && !slices.Contains(only, s.Name) {
			continue
		}
		flag := flags.VarPF(&flagValue{s.DefaultFor(p), s.Arg}, s.Flag(), "", fmt.Sprintf("%s [%s]", s.Help, s.Env()))
		if s.Arg == "BOOL" {
			flag.NoOptDefVal = "true"
		}
	}
}
