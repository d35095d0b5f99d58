package e2e

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"
	"time"

	"holdline/internal/phone"
)

// baresip is a softphone people use. It registers, calls Sales, talks for a
// few seconds and leaves; what it heard is measured with sox.
func TestSoftphoneRegistersCallsAndHearsMusic(t *testing.T) {
	s := startDemo(t)
	dir := t.TempDir()
	writeBaresip(t, dir, s.sip, "205")
	out, err := exec.Command("baresip", "-f", dir, "-t", "7", "-e", "/dial sip:"+sales+"@demo.local").CombinedOutput()
	if err != nil {
		t.Fatalf("baresip (Debian package baresip-core, installed by make test): %v\n%s", err, out)
	}
	for _, want := range []string{`200 OK \(.*\) \[1 binding\]`, `Call established`} {
		if !regexp.MustCompile(want).Match(out) {
			t.Fatalf("baresip did not say %q:\n%s", want, out)
		}
	}
	heard, _ := filepath.Glob(filepath.Join(dir, "*-dec.wav")) // the pattern is right
	if len(heard) != 1 {
		t.Fatalf("baresip recorded %v:\n%s", heard, out)
	}
	if seconds := measure(t, heard[0], "Length (seconds)"); seconds < 3 {
		t.Errorf("heard %.1f s of sound", seconds)
	}
	if rms := measure(t, heard[0], "RMS     amplitude"); rms < 0.02 {
		t.Errorf("heard sound of amplitude %.4f: next to silence", rms)
	}
}

// writeBaresip makes a configuration that needs no sound card: it speaks a
// tone from a file and records what it hears.
func writeBaresip(t *testing.T, dir, server, number string) {
	t.Helper()
	tone := filepath.Join(dir, "tone.wav")
	if out, err := exec.Command("sox", "-n", "-r", "8000", "-c", "1", "-b", "16", tone, "synth", "30", "sine", "640", "vol", "0.3").CombinedOutput(); err != nil {
		t.Fatalf("sox (Debian package sox, installed by make test): %v\n%s", err, out)
	}
	files := map[string]string{
		"config": fmt.Sprintf(`module_path /usr/lib/baresip/modules
net_interface 127.0.0.1
sip_listen 127.0.0.1:0
audio_source aufile,%[1]s
audio_alert aufile,%[1]s
module g711.so
module aufile.so
module sndfile.so
module_app account.so
module_app menu.so
snd_path %[2]s
`, tone, dir),
		"accounts": fmt.Sprintf(`<sip:0003*%[1]s@demo.local>;auth_user=0003*%[1]s;auth_pass=demo-%[1]s;outbound="sip:%[2]s;transport=udp";regint=60
`, number, server),
		"contacts": "",
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// measure gives one figure of "sox FILE -n stat".
func measure(t *testing.T, file, name string) float64 {
	t.Helper()
	out, err := exec.Command("sox", file, "-n", "stat").CombinedOutput()
	if err != nil {
		t.Fatalf("sox: %v\n%s", err, out)
	}
	m := regexp.MustCompile(`(?m)^` + regexp.QuoteMeta(name) + `: +([-0-9.]+)`).FindStringSubmatch(string(out))
	if m == nil {
		t.Fatalf("sox does not tell %q:\n%s", name, out)
	}
	value, err := strconv.ParseFloat(m[1], 64)
	if err != nil {
		t.Fatal(err)
	}
	return value
}

// softphoneTone is what baresip sends here, Hz.
const softphoneTone = 640

// A softphone in a conference with two others: it is heard, hears both, and is held.
func TestSoftphoneInAConference(t *testing.T) {
	s := startDemo(t)
	dir := t.TempDir()
	writeBaresip(t, dir, s.sip, "205")
	desk, third := s.simulated("202"), s.simulated("203")
	cmd := exec.Command("baresip", "-f", dir, "-t", "12", "-e", "/dial sip:202@demo.local")
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		t.Fatalf("baresip (Debian package baresip-core, installed by make test): %v", err)
	}
	there := answered(t, desk)
	hearsBoth := func(c *phone.Call, tones ...float64) {
		listen(t, c).await(fmt.Sprintf("the tones %v", tones), func(w []float64) bool { return hasTones(w, tones...) })
	}
	hearsBoth(there, softphoneTone)
	o := s.orders(t)
	o.order(t, "202", "conference", "203", "talking")
	joined := answered(t, third)
	together(
		func() { hearsBoth(there, softphoneTone, toneOf("203")) },
		func() { hearsBoth(joined, softphoneTone, toneOf("202")) })
	talkFor(t, there, time.Second)
	o.order(t, "202", "hold", "", "held")
	hearsOnly(t, there, toneOf("203"))
	o.order(t, "202", "offhold", "", "talking")
	hearsBoth(there, softphoneTone, toneOf("203"))
	if err := cmd.Wait(); err != nil { // it hangs up by itself
		t.Fatalf("baresip: %v\n%s", err, said.String())
	}
	bothTalk(t, there, toneOf("202"), joined, toneOf("203")) // who go on without it
	heard, _ := filepath.Glob(filepath.Join(dir, "*-dec.wav"))
	if len(heard) != 1 {
		t.Fatalf("baresip recorded %v:\n%s", heard, said.String())
	}
	samples, both := channel(t, heard[0], "1"), 0
	for ; len(samples) >= 1600; samples = samples[1600:] {
		if hasTones(samples[:1600], toneOf("202"), toneOf("203")) {
			both++
		}
	}
	if both < 3 {
		t.Errorf("baresip heard both others in %d fifths of a second:\n%s", both, said.String())
	}
}

// hasTones tells whether every tone is there about as loud as phones speak it.
func hasTones(w []float64, tones ...float64) bool {
	for _, tone := range tones {
		if level := math.Sqrt(2 * part(w, tone) * power(w)); level < 0.2 || level > 0.4 {
			return false
		}
	}
	return true
}
