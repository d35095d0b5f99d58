package e2e

import "testing"

func TestInterruptEndsWaitingCallsWithBye(t *testing.T) {
	s := startDemo(t)
	caller := s.phone("205")
	call := caller.play("caller_is_hung_up", "Dial", sales)
	call.await("answered")
	caller.ear.hearsMusic()
	s.interrupt()
	call.done()
}

func TestInterruptCancelsRingingPhones(t *testing.T) {
	s := startDemo(t)
	ringing := s.phone("201").wait("phone_is_cancelled")
	call := s.phone("205").play("caller_is_hung_up", "Dial", sales)
	ringing.await("invited")
	s.interrupt()
	ringing.done()
	call.done()
}
