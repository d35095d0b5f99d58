package e2e

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// wideband sets up a baresip that prefers G.722, or has nothing else, and answers by itself.
func wideband(t *testing.T, dir, server, number, codecs string) {
	t.Helper()
	writeBaresip(t, dir, server, number)
	amend := func(name string, change func(string) string) {
		path := filepath.Join(dir, name)
		text, err := os.ReadFile(path)
		if err == nil {
			err = os.WriteFile(path, []byte(change(string(text))), 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	amend("config", func(s string) string {
		return "ausrc_srate 8000\n" + strings.Replace(s, "module g711.so\n", "module g711.so\nmodule g722.so\n", 1)
	})
	amend("accounts", func(s string) string {
		return strings.TrimSpace(s) + ";answermode=auto;audio_codecs=" + codecs + "\n"
	})
}

// talkWideband has one baresip call another's number, until both leave; it gives what each recorded of what it heard.
func talkWideband(t *testing.T, s *server, codecs, dialled string) (caller, called string) {
	t.Helper()
	dirs := [2]string{t.TempDir(), t.TempDir()}
	wideband(t, dirs[0], s.sip, "205", codecs)
	wideband(t, dirs[1], s.sip, "201", codecs)
	var said [2]bytes.Buffer
	agent := exec.Command("baresip", "-f", dirs[1], "-t", "12")
	agent.Stdout, agent.Stderr = &said[1], &said[1]
	if err := agent.Start(); err != nil {
		t.Fatalf("baresip (Debian package baresip-core, installed by make test): %v", err)
	}
	s.awaitPhone("201")
	dialling := exec.Command("baresip", "-f", dirs[0], "-t", "8", "-e", "/dial sip:"+dialled+"@demo.local")
	dialling.Stdout, dialling.Stderr = &said[0], &said[0]
	err := dialling.Run()
	if err2 := agent.Wait(); err != nil || err2 != nil {
		t.Fatalf("baresip: %v, %v\n%s\n%s", err, err2, said[0].String(), said[1].String())
	}
	var heard [2]string
	for i, dir := range dirs {
		files, _ := filepath.Glob(filepath.Join(dir, "*-dec.wav"))
		if len(files) != 1 {
			t.Fatalf("baresip recorded %v:\n%s", files, said[i].String())
		}
		heard[i] = files[0]
	}
	return heard[0], heard[1]
}

// awaitPhone waits until a phone is registered.
func (s *server) awaitPhone(number string) {
	s.t.Helper()
	s.api().until(s.t, "phone "+number+" registered", "/client/@me/presence/", func(answer []byte) bool {
		var rows []struct {
			Name       string `json:"extension_name"`
			Registered bool   `json:"registered"`
		}
		_ = json.Unmarshal(answer, &rows) // what is no list has no such row
		for _, row := range rows {
			if row.Name == "0003*"+number && row.Registered {
				return true
			}
		}
		return false
	})
}

// Two softphones that speak G.722 talk in it, relayed as it is; through a
// queue that records, with ringing instead of music, they talk G.711 if they
// have it and are both in the recording.
func TestWidebandSoftphones(t *testing.T) {
	for name, c := range map[string]struct {
		codecs, dialled string
		recorded        bool
	}{
		"phone to phone":       {"G722/16000/1,pcma/8000/1", "201", false},
		"phones with no other": {"G722/16000/1", "201", false},
		"through a queue":      {"G722/16000/1,pcma/8000/1", sales, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := startDemo(t)
			a := s.api()
			a.only(t, "201")
			a.setQueue(t, sales, map[string]any{"sound_type": "ring", "record_enabled": true})
			caller, called := talkWideband(t, s, c.codecs, c.dialled)
			for who, file := range map[string]string{"caller": caller, "called": called} {
				if rms := measure(t, file, "RMS     amplitude"); rms < 0.05 {
					t.Errorf("the %s heard sound of amplitude %.4f: next to silence", who, rms)
				}
			}
			if !c.recorded {
				return
			}
			row := a.recording(t)
			if row.Error != "" {
				t.Errorf("the recording: %+v", row)
			}
			file := filepath.Join(t.TempDir(), "recording.wav")
			if err := os.WriteFile(file, a.download(t, "/client/@me/record/"+row.ID+"/file", ""), 0o600); err != nil {
				t.Fatal(err)
			}
			for _, side := range []string{"1", "2"} {
				if got := toneTime(channel(t, file, side), softphoneTone); got < time.Second {
					t.Errorf("side %s is recorded for %v", side, got)
				}
			}
		})
	}
}
