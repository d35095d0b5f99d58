package e2e

import (
	"testing"

	"holdline/internal/phone"
)

func TestAgentTransfersBlindly(t *testing.T) {
	s := startDemo(t)
	s.api().only(t, "201")
	desk := s.simulated("202")
	caller, called, _ := s.talkWith("201")
	called.Refer("202")
	next(t, called, phone.Accepted)
	if ev := next(t, called, phone.Progressed, phone.Ended); ev.Kind == phone.Progressed && ev.Code >= 300 {
		t.Errorf("NOTIFY tells %d", ev.Code)
	}
	there := answered(t, desk)
	next(t, called, phone.Ended)
	bothTalk(t, caller, callerTone, there, toneOf("202"))
	caller.Hangup()
	next(t, there, phone.Ended)
}

// A transfer to nowhere is refused, and the talk goes on.
func TestTransferToNowhereLeavesTheTalk(t *testing.T) {
	s := startDemo(t)
	caller, called, _ := s.talkWith("201")
	called.Refer("9999#")
	ev := next(t, called, phone.Progressed, phone.Refused)
	for ev.Code < 200 { // 100 comes first
		ev = next(t, called, phone.Progressed, phone.Refused)
	}
	if ev.Code < 400 {
		t.Errorf("the phone is told %d", ev.Code)
	}
	bothTalk(t, caller, callerTone, called, toneOf("201"))
}

// The agent puts the caller on hold, asks a colleague, and joins the two.
func TestAgentTransfersAfterAsking(t *testing.T) {
	s := startDemo(t)
	s.api().only(t, "201")
	desk := s.simulated("202")
	caller, called, agent := s.talkWith("201")
	called.Hold()
	next(t, called, phone.Accepted)
	asking := agent.Dial(phone.Dial{To: "202"})
	there := answered(t, desk)
	bothTalk(t, asking, toneOf("201"), there, toneOf("202"))
	called.TransferTo(asking)
	next(t, called, phone.Ended)
	next(t, asking, phone.Ended)
	bothTalk(t, caller, callerTone, there, toneOf("202"))
	there.Hangup()
	next(t, caller, phone.Ended)
}

// The colleague still rings when the agent lets go of both.
func TestAgentTransfersWhileTheColleagueRings(t *testing.T) {
	s := startDemo(t)
	s.api().only(t, "201")
	desk := s.simulated("202")
	caller, called, agent := s.talkWith("201")
	called.Hold()
	next(t, called, phone.Accepted)
	asking := agent.Dial(phone.Dial{To: "202"})
	next(t, asking, phone.Ringing)
	called.TransferTo(asking)
	next(t, called, phone.Ended)
	there := answered(t, desk)
	bothTalk(t, caller, callerTone, there, toneOf("202"))
}

// A queue's talk on hold and back.
func TestAgentHoldsAndResumes(t *testing.T) {
	s := startDemo(t)
	caller, called, _ := s.talkWith("201")
	called.Hold()
	next(t, called, phone.Accepted)
	listen(t, caller).hearsMusic()
	called.Resume()
	next(t, called, phone.Accepted)
	bothTalk(t, caller, callerTone, called, toneOf("201"))
}
