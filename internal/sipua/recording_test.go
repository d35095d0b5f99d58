package sipua

import (
	"errors"
	"testing"
	"time"

	"holdline/internal/media"
	"holdline/internal/telephony"
)

func (b *bench) record(leg telephony.LegID, id string) {
	r := telephony.Recording{ID: id}
	if id != "" {
		r.Path = "/recordings/" + id + ".wav"
	}
	b.ua.Record(leg, r)
	b.run()
}

// done has media finish a recording.
func (b *bench) done(r media.Recording, res media.RecordResult) { r.Done(res); b.run() }

func (b *bench) recorded(want telephony.Recorded) {
	b.t.Helper()
	if ev := event[telephony.Recorded](b); ev != want {
		b.t.Fatalf("%+v, want %+v", ev, want)
	}
}

func TestEndWaitsForTheRecording(t *testing.T) {
	b := newBench(t)
	c, leg := b.established("a")
	b.record(leg, "r1")
	s := b.audio.streams[0]
	if len(s.records) != 1 || s.records[0].Path != "/recordings/r1.wav" {
		t.Fatalf("%+v", s.records)
	}
	c.request("BYE", "", "")
	b.take("SIP/2.0 200 OK")
	b.noEvent()
	b.hangup(leg, telephony.Normal) // crosses it
	b.record(leg, "r2")
	b.noEvent()
	if b.w.busy == 0 || len(s.records) != 1 {
		t.Fatal("the worker may stop although Ended has not been sent")
	}
	b.done(s.records[0], media.RecordResult{Duration: time.Minute})
	b.recorded(telephony.Recorded{Leg: leg, ID: "r1", Duration: time.Minute})
	b.ended(leg, telephony.Remote, telephony.Normal)
	b.empty()
}

func TestEndWaitsForTheRecordingTwoSeconds(t *testing.T) {
	b := newBench(t)
	_, leg := b.established("a")
	b.record(leg, "r1")
	b.record(leg, "r2") // r1 has not been finished by then either
	b.hangup(leg, telephony.Normal)
	b.pass(recordedWait - time.Millisecond)
	b.noEvent()
	b.pass(time.Millisecond)
	for _, id := range []string{"r1", "r2"} {
		if ev := event[telephony.Recorded](b); ev.ID != id || ev.Err == "" || ev.Duration != 0 {
			t.Fatalf("%+v", ev)
		}
	}
	b.ended(leg, telephony.Local, telephony.Normal)
	for _, r := range b.audio.streams[0].records {
		b.done(r, media.RecordResult{Duration: time.Minute}) // too late, and not told twice
	}
	b.empty()
}

func TestRecordingIsStoppedAndReplaced(t *testing.T) {
	b := newBench(t)
	_, leg := b.established("a")
	s := b.audio.streams[0]
	b.record(leg, "") // nothing to stop
	if len(s.records) != 0 {
		t.Fatal("stopped what never ran")
	}
	b.record(leg, "r1")
	b.record(leg, "r2")
	b.record(leg, "")
	if len(s.records) != 3 || s.records[2].Path != "" {
		t.Fatalf("%+v", s.records)
	}
	b.done(s.records[1], media.RecordResult{Duration: 2 * time.Second})
	b.done(s.records[0], media.RecordResult{Duration: time.Second, Err: errors.New("disk full")})
	b.recorded(telephony.Recorded{Leg: leg, ID: "r2", Duration: 2 * time.Second})
	b.recorded(telephony.Recorded{Leg: leg, ID: "r1", Duration: time.Second, Err: "disk full"})
	b.hangup(leg, telephony.Normal)
	b.ended(leg, telephony.Local, telephony.Normal)
	b.empty()
}

func TestRecordingThatBreaksOffCanBeFollowedByAnother(t *testing.T) {
	b := newBench(t)
	_, leg := b.established("a")
	s := b.audio.streams[0]
	b.record(leg, "r1")
	b.done(s.records[0], media.RecordResult{Err: errors.New("no space left on device")})
	b.recorded(telephony.Recorded{Leg: leg, ID: "r1", Err: "no space left on device"})
	b.record(leg, "")
	if len(s.records) != 1 {
		t.Fatal("stopped twice")
	}
	b.record(leg, "r2")
	b.hangup(leg, telephony.Normal)
	b.done(s.records[1], media.RecordResult{Duration: time.Second})
	b.recorded(telephony.Recorded{Leg: leg, ID: "r2", Duration: time.Second})
	b.ended(leg, telephony.Local, telephony.Normal)
}

func TestRecordingWaitsForMedia(t *testing.T) {
	b := newBench(t)
	c := b.caller("a")
	leg := c.invite(pcma)
	b.record(leg, "r1")
	b.record(leg, "r2") // instead
	b.recorded(telephony.Recorded{Leg: leg, ID: "r1", Err: noAudio})
	b.answer(leg, accept)
	s := b.audio.streams[0]
	if len(s.records) != 1 || s.records[0].Path != "/recordings/r2.wav" {
		t.Fatalf("%+v", s.records)
	}
	c.confirm(b.take("SIP/2.0 200"))
	c.request("INVITE", "", sdpOf("8", "sendonly"))
	c.confirm(b.take("SIP/2.0 200"))
	event[telephony.Held](b)
	if len(s.records) != 1 {
		t.Fatal("hold began the recording anew")
	}
}

func TestRecordingOfACallThatIsNeverAnswered(t *testing.T) {
	b := newBench(t)
	leg := b.caller("a").invite(pcma)
	b.record(leg, "r1")
	b.hangup(leg, telephony.Busy)
	b.recorded(telephony.Recorded{Leg: leg, ID: "r1", Err: noAudio})
	b.ended(leg, telephony.Local, telephony.Busy)
	b.empty()
}

func TestStopWaitsForRecordings(t *testing.T) {
	b := newBench(t)
	_, leg := b.established("a")
	b.record(leg, "r1")
	idle := make(chan struct{}, 1)
	b.w.drain(b.now, idle)
	b.receive(trunkFlow, b.take("BYE ").reply("200 OK", "", ""))
	b.pass(10 * time.Millisecond)
	if len(idle) != 0 {
		t.Fatal("idle before Ended was sent")
	}
	b.done(b.audio.streams[0].records[0], media.RecordResult{Duration: time.Second})
	b.recorded(telephony.Recorded{Leg: leg, ID: "r1", Duration: time.Second})
	b.ended(leg, telephony.Local, telephony.Shutdown)
	if len(idle) != 1 {
		t.Fatal("not idle after")
	}
}
