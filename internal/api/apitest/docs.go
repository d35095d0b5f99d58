package apitest

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
)

// documented is where the documentation says that the demo is.
const documented = "http://127.0.0.1:8080"

var shell = regexp.MustCompile("(?s)```sh\n(.*?)```")

// RunDocument runs the shell commands of a file in docs as they stand there,
// against this server, expects the parts among their answers and gives these.
// It is for tests in folders directly below internal/api.
func (d *Demo) RunDocument(name string, parts ...string) string {
	d.t.Helper()
	if _, err := exec.LookPath("curl"); err != nil {
		d.t.Skip("curl is not installed")
	}
	text, err := os.ReadFile(filepath.Join("..", "..", "..", "docs", name))
	if err != nil {
		d.t.Fatal(err)
	}
	var script strings.Builder
	for _, block := range shell.FindAllStringSubmatch(string(text), -1) {
		script.WriteString(block[1])
	}
	if !strings.Contains(script.String(), documented) {
		d.t.Fatalf("the commands of %s do not say %s", name, documented)
	}
	out, err := exec.CommandContext(d.t.Context(), "sh", "-eux", "-c", strings.Replace(script.String(), documented, d.URL, 1)).CombinedOutput()
	if err != nil {
		d.t.Fatalf("%v\n%s", err, out)
	}
	for _, part := range parts {
		if !strings.Contains(string(out), part) {
			d.t.Errorf("no answer has %s:\n%s", part, out)
		}
	}
	return string(out)
}
