package e2e

import "testing"

// The caller's CANCEL and the phone's 200 cross: the caller gets 487, the
// phone's dialog is ended by BYE.
func TestCancelCrossesAnswer(t *testing.T) {
	s := startDemo(t)
	ringing := s.phone("202").wait("phone_crosses_cancel")
	call := s.phone("201").play("caller_cancels", "Dial", "202")
	call.done()
	ringing.await("hung-up")
	ringing.done()
}

func TestByesCross(t *testing.T) {
	s := startDemo(t)
	ringing := s.phone("202").wait("phone_crosses_bye")
	call := s.phone("201").play("caller_hangs_up", "Dial", "202", "Talk", 500)
	call.done()
	ringing.done()
}
