package e2e

import "testing"

const (
	sales   = "700" // longest-idle-agent, music
	support = "701" // ring-all
)

func TestCallerHearsMusicWhileNobodyAnswers(t *testing.T) {
	s := startDemo(t)
	caller := s.phone("205")
	call := caller.play("caller_hangs_up", "Dial", sales)
	call.await("answered")
	caller.ear.hearsMusic()
	call.done()
}

func TestAgentAnswersAndBothHearEachOther(t *testing.T) {
	s := startDemo(t)
	caller, agent := s.phone("205"), s.phone("201")
	ringing := agent.wait("phone_answers", "Ring", 1000)
	call := caller.play("caller_hangs_up", "Dial", sales, "Talk", 4000)
	call.await("answered")
	ringing.await("confirmed")
	together(
		func() { agent.ear.hearsTone(caller.ear.tone) },
		func() { caller.ear.hearsTone(agent.ear.tone) })
	call.done()
	ringing.await("hung-up")
	ringing.done()
}

func TestCallerHearsMusicUntilTheAgentAnswers(t *testing.T) {
	s := startDemo(t)
	caller, agent := s.phone("205"), s.phone("201")
	ringing := agent.wait("phone_answers_and_hangs_up", "Ring", 2500)
	call := caller.play("caller_is_hung_up", "Dial", sales)
	call.await("answered")
	caller.ear.hearsMusic()
	ringing.await("confirmed")
	caller.ear.hearsTone(agent.ear.tone)
	ringing.done()
	call.done()
}

func TestWaitingCallerIsOfferedToAnAgentWhoRegisters(t *testing.T) {
	s := startDemo(t)
	caller, agent := s.phone("205"), s.phone("201")
	call := caller.play("caller_is_hung_up", "Dial", sales)
	call.await("answered")
	ringing := agent.wait("phone_answers_and_hangs_up")
	ringing.done()
	call.done()
}

func TestCallerHangsUpWhileTheAgentRings(t *testing.T) {
	s := startDemo(t)
	ringing := s.phone("201").wait("phone_is_cancelled")
	call := s.phone("205").play("caller_hangs_up", "Dial", sales, "Talk", 1000)
	call.done()
	ringing.done()
}

func TestBusyOrRejectingAgentIsPassedOver(t *testing.T) {
	for _, code := range []int{486, 603} {
		s := startDemo(t)
		refusing := s.phone("201").wait("phone_refuses", "Code", code)
		next := s.phone("204").wait("phone_answers_and_hangs_up", "Talk", 500) // of the level after
		call := s.phone("205").play("caller_is_hung_up", "Dial", sales)
		refusing.done()
		next.done()
		call.done()
	}
}

func TestRingAllCancelsTheOthers(t *testing.T) {
	s := startDemo(t)
	const elsewhere = `SIP *; *cause=200` // RFC 3326: the phone shows no missed call
	first := s.phone("201").wait("phone_is_cancelled", "Reason", elsewhere)
	winner := s.phone("202").wait("phone_answers_and_hangs_up", "Ring", 700)
	third := s.phone("203").wait("phone_is_cancelled", "Reason", elsewhere)
	call := s.phone("205").play("caller_is_hung_up", "Dial", support)
	first.done()
	third.done()
	winner.done()
	call.done()
}

// The loser's 200 is on its way when the CANCEL comes: the caller stays with
// the winner, the loser gets ACK and BYE.
func TestAnswerAfterTheRaceIsLostIsEnded(t *testing.T) {
	s := startDemo(t)
	caller, winner := s.phone("205"), s.phone("201")
	winning := winner.wait("phone_answers_and_hangs_up", "Ring", 700, "Talk", 3000)
	losing := s.phone("202").wait("phone_crosses_cancel")
	call := caller.play("caller_is_hung_up", "Dial", support)
	losing.done()
	together(
		func() { winner.ear.hearsTone(caller.ear.tone) },
		func() { caller.ear.hearsTone(winner.ear.tone) })
	winning.done()
	call.done()
}
