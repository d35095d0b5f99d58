package e2e

import (
	"encoding/binary"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"holdline/internal/phone"
)

// channel gives one channel of a WAV file as sox reads it, samples from -1 to 1.
func channel(t *testing.T, file, number string) []float64 {
	t.Helper()
	out, err := exec.Command("sox", file, "-t", "raw", "-e", "signed", "-b", "16", "-L", "-", "remix", number).Output()
	if err != nil {
		t.Fatalf("sox %s: %v", file, err)
	}
	samples := make([]float64, len(out)/2)
	for i := range samples {
		samples[i] = float64(int16(binary.LittleEndian.Uint16(out[2*i:]))) / 32768
	}
	return samples
}

// wantVoices checks that a recording has one tone on the left and another on
// the right: for a second at least, somewhere in it.
func wantVoices(t *testing.T, file string, left, right float64) {
	t.Helper()
	for number, tone := range map[string]float64{"1": left, "2": right} {
		if heard := toneTime(channel(t, file, number), tone); heard < time.Second {
			t.Errorf("channel %s has %v of the tone of %v Hz", number, heard, tone)
		}
	}
}

// toneTime is how long nothing but a tone is heard.
func toneTime(samples []float64, tone float64) time.Duration {
	const window = 8000 / 10
	var heard time.Duration
	for ; len(samples) >= window; samples = samples[window:] {
		if w := samples[:window]; power(w) > 0.005 && part(w, tone) > 0.9 {
			heard += 100 * time.Millisecond
		}
	}
	return heard
}

// talkFor waits until a call has heard so much more.
func talkFor(t *testing.T, c *phone.Call, d time.Duration) {
	t.Helper()
	wanted := c.Stats().Received + uint64(d/(20*time.Millisecond))
	if err := c.WaitAudio(within(t), func(s phone.Stats) bool { return s.Received >= wanted }); err != nil {
		t.Fatal(err)
	}
}

// onDisk gives the one recording in a data directory.
func onDisk(t *testing.T, data string) string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(data, "recordings", "*", "*", "*.wav"))
	if err != nil || len(files) != 1 {
		t.Fatalf("%d recordings are on the disk, want one: %v %v", len(files), files, err)
	}
	return files[0]
}

// A recorded talk is listed, downloaded and deleted through the API.
func TestRecordingHasBothVoices(t *testing.T) {
	data := t.TempDir()
	s := startDemo(t, "--data", data)
	a := s.api()
	a.setQueue(t, sales, map[string]any{"record_enabled": true})
	caller, called, _ := s.talkWith("201")
	talkFor(t, called, 2*time.Second)
	caller.Hangup()
	next(t, called, phone.Ended)
	row := a.recording(t)
	if row.Duration < 2 || row.State != "finished" {
		t.Errorf("the recording is %+v", row)
	}
	file := filepath.Join(t.TempDir(), "recording.wav")
	path := "/client/@me/record/" + row.ID
	sound := a.download(t, path+"/file", "")
	if err := os.WriteFile(file, sound, 0o600); err != nil {
		t.Fatal(err)
	}
	var alone recordingRow
	if a.must(t, "GET", path, nil, &alone); alone != row || row.Size != int64(len(sound)) || row.Size < 2*2*8000*2 {
		t.Errorf("listed as %+v, alone %+v, and the file has %d bytes", row, alone, len(sound))
	}
	wantVoices(t, file, callerTone, toneOf("201"))
	if part := a.download(t, path+"/file", "bytes=100-199"); len(part) != 100 {
		t.Errorf("a range of 100 bytes has %d", len(part))
	}
	disk := onDisk(t, data)
	a.must(t, "DELETE", path, nil, nil)
	if _, err := os.Stat(disk); !os.IsNotExist(err) {
		t.Errorf("the file of a deleted recording: %v", err)
	}
}

// What was recorded before a crash can be played after it.
func TestRecordingIsKeptWhenTheServerIsKilled(t *testing.T) {
	data := t.TempDir()
	s := startDemo(t, "--data", data)
	s.api().setQueue(t, sales, map[string]any{"record_enabled": true})
	caller, called, _ := s.talkWith("201")
	talkFor(t, called, 3*time.Second)
	s.kill()
	startDemo(t, "--data", data, "--sip", s.sip)
	wantVoices(t, onDisk(t, data), callerTone, toneOf("201"))
	for _, c := range []*phone.Call{caller, called} { // which the second server knows nothing of
		if err := c.Phone().Network().Drain(within(t)); err != nil {
			t.Error(err)
		}
	}
}

// A directory that cannot be written to: the call is not recorded, and goes on.
func TestCallGoesOnWhereNothingCanBeRecorded(t *testing.T) {
	data := t.TempDir()
	if err := os.WriteFile(filepath.Join(data, "recordings"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	s := startDemo(t, "--data", data)
	s.api().setQueue(t, sales, map[string]any{"record_enabled": true})
	caller, called, _ := s.talkWith("201")
	s.awaitLog("recording is not whole")
	bothTalk(t, caller, callerTone, called, toneOf("201"))
}

// The disk of the recordings is full after two seconds: the call goes on, the
// log says so, and what was recorded before is there.
func TestCallGoesOnWhenTheDiskIsFull(t *testing.T) {
	data := t.TempDir()
	disk := filepath.Join(data, "recordings")
	if err := os.Mkdir(disk, 0o700); err != nil {
		t.Fatal(err)
	}
	mount := []string{"unshare", "-rm", "sh", "-c", `mount -t tmpfs -o size=96k none "$0" && exec "$@"`, disk}
	if out, err := exec.Command(mount[0], append(mount[1:], "true")...).CombinedOutput(); err != nil {
		t.Skipf("this machine lets nobody mount a small disk for one process: %v: %s", err, out)
	}
	s := startDemoIn(t, mount, "--data", data)
	s.api().setQueue(t, sales, map[string]any{"record_enabled": true})
	caller, called, _ := s.talkWith("201")
	s.awaitLog("recording is not whole")
	bothTalk(t, caller, callerTone, called, toneOf("201"))
	caller.Hangup()
	next(t, called, phone.Ended)
	row := s.api().recording(t)
	if row.State != "failed" || row.Error == "" || row.Size == 0 || row.Size > 96<<10 {
		t.Errorf("the recording is %+v, want it failed, with what fitted on the disk", row)
	}
	if metrics := s.fetch("/metrics"); !strings.Contains(metrics, "\nholdline_recordings_failed_total 1\n") {
		t.Errorf("the failure is not in the metrics:\n%s", metrics)
	}
}
