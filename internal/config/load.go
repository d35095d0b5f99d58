package config

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/knadh/koanf/parsers/yaml"
	"github.com/knadh/koanf/providers/env/v2"
	"github.com/knadh/koanf/providers/file"
	"github.com/knadh/koanf/providers/posflag"
	"github.com/knadh/koanf/v2"
	"github.com/spf13/pflag"
)

// Default gives the settings of a profile with nothing set.
func Default(p Profile) Config {
	var c Config
	for _, s := range Settings {
		if err := s.set(&c, s.DefaultFor(p)); err != nil {
			panic(fmt.Sprintf("config: default of %s: %q %v", s.Name, s.DefaultFor(p), err))
		}
	}
	return c
}

// layer is one place settings come from.
type layer struct {
	values map[string]any           // by setting name
	origin func(name string) string // for people: where the value stands
}

// Load reads the settings: flag before environment variable before YAML file
// before default. All mistakes are reported at once, each with the setting's
// name, its value, where it stands and what is allowed.
func Load(flags *pflag.FlagSet, p Profile, environ []string) (Config, error) {
	c := Default(p)
	fromFlags, err := flagLayer(flags)
	if err != nil {
		return c, err
	}
	fromEnv, err := envLayer(environ)
	if err != nil {
		return c, err
	}
	if err := apply(&c, fileSetting, fromFlags, fromEnv); err != nil {
		return c, err
	}
	fromFile, err := fileLayer(c.File)
	if err != nil {
		return c, err
	}
	var mistakes []error
	for _, s := range Settings {
		if err := apply(&c, s.Name, fromFlags, fromEnv, fromFile); err != nil {
			mistakes = append(mistakes, err)
		}
	}
	if len(mistakes) == 0 {
		mistakes = append(mistakes, c.check())
	}
	return c, errors.Join(mistakes...)
}

// apply sets one setting from the first layer that has it.
func apply(c *Config, name string, layers ...layer) error {
	s := Settings[slices.IndexFunc(Settings, func(s Setting) bool { return s.Name == name })]
	for _, l := range layers {
		value, ok := l.values[name]
		if !ok {
			continue
		}
		text, err := scalar(value)
		if err == nil {
			err = s.set(c, text)
		}
		if err != nil {
			return fmt.Errorf("%s: %q (from %s) %w; allowed: %s", s.Name, text, l.origin(s.Name), err, s.Allowed)
		}
		return nil
	}
	return nil
}

// check holds the rules between settings.
func (c Config) check() error {
	if c.RegisterMaxExpires < c.RegisterMinExpires {
		return fmt.Errorf("register_max_expires: %q is shorter than register_min_expires (%s); allowed: at least as long",
			short(c.RegisterMaxExpires), short(c.RegisterMinExpires))
	}
	return nil
}

// scalar gives the text of a value as it would stand on the command line.
func scalar(v any) (string, error) {
	switch v := v.(type) {
	case nil:
		return "", errors.New("has no value")
	case map[string]any, []any:
		return fmt.Sprint(v), errors.New("is a list or a group, not a single value")
	default:
		return fmt.Sprint(v), nil
	}
}

func flagLayer(flags *pflag.FlagSet) (layer, error) {
	k := koanf.New("")
	err := k.Load(posflag.ProviderWithFlag(flags, "", k, func(f *pflag.Flag) (string, any) {
		name := strings.ReplaceAll(f.Name, "-", "_")
		if _, ours := f.Value.(*flagValue); !ours || !f.Changed {
			return "", nil
		}
		return name, f.Value.String()
	}), nil)
	return layer{k.Raw(), func(name string) string { return "--" + strings.ReplaceAll(name, "_", "-") }}, err
}

func envLayer(environ []string) (layer, error) {
	k := koanf.New("")
	var unknown []error
	names := names(Setting.Env)
	err := k.Load(env.Provider("", env.Opt{
		Prefix:      EnvPrefix,
		EnvironFunc: func() []string { return environ },
		TransformFunc: func(variable, value string) (string, any) {
			if !slices.Contains(names, variable) {
				unknown = append(unknown, fmt.Errorf("%s: no such environment variable; did you mean %s?", variable, nearest(variable, names)))
				return "", nil
			}
			return strings.ToLower(strings.TrimPrefix(variable, EnvPrefix)), value
		},
	}), nil)
	return layer{k.Raw(), func(name string) string { return EnvPrefix + strings.ToUpper(name) }}, errors.Join(append(unknown, err)...)
}

func fileLayer(path string) (layer, error) {
	l := layer{origin: func(string) string { return path }}
	if path == "" {
		return l, nil
	}
	k := koanf.New("")
	if err := k.Load(file.Provider(path), yaml.Parser()); err != nil {
		if errors.Is(err, os.ErrNotExist) {
			err = errors.New("no such file")
		}
		return l, fmt.Errorf("%s: %q cannot be read: %w", fileSetting, path, err)
	}
	l.values = k.Raw()
	names := slices.DeleteFunc(names(func(s Setting) string { return s.Name }), func(n string) bool { return n == fileSetting })
	var unknown []error
	for key := range l.values {
		if !slices.Contains(names, key) {
			unknown = append(unknown, fmt.Errorf("%s: no such setting (in %s); did you mean %s?", key, path, nearest(key, names)))
		}
	}
	slices.SortFunc(unknown, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	return l, errors.Join(unknown...)
}

func names(of func(Setting) string) []string {
	out := make([]string, len(Settings))
	for i, s := range Settings {
		out[i] = of(s)
	}
	return out
}

// nearest gives the name with the fewest letters changed, added or left out.
func nearest(word string, names []string) string {
	return slices.MinFunc(names, func(a, b string) int { return distance(word, a) - distance(word, b) })
}

// distance is Levenshtein's, by bytes.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replace := diagonal
			if a[i] != b[j] {
				replace++
			}
			diagonal = row[j+1]
			row[j+1] = min(replace, diagonal+1, row[j]+1)
		}
	}
	return row[len(b)]
}
