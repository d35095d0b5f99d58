package past

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"time"

	"holdline/internal/app"
	"holdline/internal/demo"
	"holdline/internal/store"
	"holdline/internal/telephony"
	"holdline/internal/telephony/telsim"
)

// deck is the switch, which notes where recordings are to be.
type deck struct {
	*telsim.Switch
	paths map[string]string // by id
}

// Record implements telephony.Switch.
func (d *deck) Record(leg telephony.LegID, r telephony.Recording) {
	if r.ID != "" {
		d.paths[r.ID] = r.Path
	}
	d.Switch.Record(leg, r)
}

// longestTape bounds a recorded talk: a second takes 32 kB.
const longestTape = 30 * time.Second

// tape has the calls of Sales recorded now and then, two short ones each time.
func (t *town) tape() {
	for _, before := range []time.Duration{50*time.Hour + 20*time.Minute, 27 * time.Hour, 95 * time.Minute} {
		at := t.cfg.Now.Add(-before)
		if at.Before(t.begin) {
			continue
		}
		record := func(on bool) func() {
			return func() {
				t.taping = on
				t.set(app.DemoSales, func(q *app.Queue) { q.Record = on })
			}
		}
		t.at(at, record(true))
		for range 2 {
			t.at(at.Add(t.upTo(time.Minute)), func() { t.dial(true, t.around(20*time.Second)) })
		}
		t.at(at.Add(2*time.Minute), record(false))
	}
}

// keepTapes writes the recordings' files: the switch, which nobody spoke through, could not.
func (t *town) keepTapes() error {
	var rows []store.Recording
	err := t.cfg.Store.View(t.ctx, func(tx store.Tx) (err error) {
		rows, _, err = tx.Recordings.List(t.ctx, t.org, store.RecordingFilter{Oldest: true})
		return err
	})
	sizes := map[string]int64{}
	for i, r := range rows {
		if path := t.sw.paths[r.ID]; path != "" && err == nil {
			sizes[r.ID], err = writeTalk(path, r.Duration, i)
		}
	}
	if err != nil {
		return err
	}
	return t.cfg.Store.Update(t.ctx, func(tx store.Tx) error {
		for _, r := range rows {
			if err := tx.Recordings.Finish(t.ctx, t.org, r.ID, r.State, r.Duration, sizes[r.ID], r.Error); err != nil {
				return err
			}
		}
		return nil
	})
}

const rate = 8000 // of samples, in hertz

// writeTalk writes a stereo WAV file in which two voices take turns: the
// caller's is on the left.
func writeTalk(path string, length time.Duration, which int) (size int64, err error) {
	voices := [2][]int16{demo.Murmur(2*which + 1), demo.Murmur(2 * which)}
	frames := int(length * rate / time.Second)
	data := make([]byte, 4*frames)
	for side, from := 1, 0; from < frames; side = 1 - side { // the agent speaks first
		for i, x := range voices[side] {
			if from+i < frames {
				binary.LittleEndian.PutUint16(data[4*(from+i)+2*side:], uint16(x))
			}
		}
		from += len(voices[side])
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return 0, err
	}
	file := append(waveHeader(len(data)), data...)
	return int64(len(file)), os.WriteFile(path, file, 0o600)
}

// waveHeader gives the header of a WAV file: PCM, two channels, 16 bit.
func waveHeader(data int) []byte {
	h := append([]byte(nil), "RIFF\x00\x00\x00\x00WAVEfmt "...)
	binary.LittleEndian.PutUint32(h[4:], uint32(36+data))
	h = binary.LittleEndian.AppendUint32(h, 16)
	for _, v := range []uint16{1, 2} {
		h = binary.LittleEndian.AppendUint16(h, v)
	}
	h = binary.LittleEndian.AppendUint32(h, rate)
	h = binary.LittleEndian.AppendUint32(h, rate*4)
	for _, v := range []uint16{4, 16} {
		h = binary.LittleEndian.AppendUint16(h, v)
	}
	return binary.LittleEndian.AppendUint32(append(h, "data"...), uint32(data))
}
