package main

import (
	"os"
	"path/filepath"
	"testing"
)

func TestTheDemosDaysAreThoseOfTheMachine(t *testing.T) {
	dir := t.TempDir()
	link := func(name, to string) string {
		path := filepath.Join(dir, name)
		if err := os.Symlink(to, path); err != nil {
			t.Fatal(err)
		}
		return path
	}
	zones := filepath.Join(dir, "zoneinfo", "Europe")
	if err := os.MkdirAll(zones, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(zones, "Berlin"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	berlin, gone := link("localtime", filepath.Join(zones, "Berlin")), link("broken", filepath.Join(zones, "Nowhere"))
	for _, tt := range []struct{ setting, file, want string }{
		{"", berlin, "Europe/Berlin"},
		{"America/New_York", berlin, "America/New_York"},
		{":America/New_York", berlin, "America/New_York"},
		{"UTC", berlin, ""},
		{"Nowhere/Land", berlin, ""},
		{"Local", berlin, ""},
		{"", gone, ""},
		{"", filepath.Join(dir, "missing"), ""},
		{"", dir, ""},
	} {
		if got := localZone(tt.setting, tt.file); got != tt.want {
			t.Errorf("TZ=%q and %s: %q, want %q", tt.setting, filepath.Base(tt.file), got, tt.want)
		}
	}
}
