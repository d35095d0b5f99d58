package e2e

import "testing"

func TestPhonesTalkToEachOther(t *testing.T) {
	for _, dial := range []string{"202", "0003*202"} {
		t.Run(dial, func(t *testing.T) {
			s := startDemo(t)
			caller, called := s.phone("201"), s.phone("202")
			ringing := called.wait("phone_answers")
			call := caller.play("caller_hangs_up", "Dial", dial)
			call.await("answered")
			together(
				func() { called.ear.hearsTone(caller.ear.tone) },
				func() { caller.ear.hearsTone(called.ear.tone) })
			call.done()
			ringing.await("hung-up")
			ringing.done()
		})
	}
}

func TestCalledPhoneHangsUp(t *testing.T) {
	s := startDemo(t)
	caller, called := s.phone("201"), s.phone("202")
	ringing := called.wait("phone_answers_and_hangs_up", "Talk", 1000)
	call := caller.play("caller_is_hung_up", "Dial", "202")
	ringing.done()
	call.done()
}

func TestOneSpeaksALawTheOtherMuLaw(t *testing.T) {
	s := startDemo(t)
	caller, called := s.phone("201"), s.phone("202")
	ringing := called.wait("phone_answers", "Codecs", "0")
	call := caller.play("caller_hangs_up", "Dial", "202", "Codecs", "0 8")
	call.await("answered")
	together(
		func() { called.ear.hearsTone(caller.ear.tone) },
		func() { caller.ear.hearsTone(called.ear.tone) })
	call.done()
	ringing.done()
}

func TestCallerGivesUpWhileItRings(t *testing.T) {
	s := startDemo(t)
	ringing := s.phone("202").wait("phone_is_cancelled")
	call := s.phone("201").play("caller_cancels", "Dial", "202")
	call.done()
	ringing.done()
}

func TestBusyAndRejectingPhonesAreToldToTheCaller(t *testing.T) {
	for code, told := range map[int]int{486: 486, 603: 603} {
		s := startDemo(t)
		ringing := s.phone("202").wait("phone_refuses", "Code", code)
		s.phone("201").play("caller_is_refused", "Dial", "202", "Code", told).done()
		ringing.done()
	}
}

func TestHoldAndResume(t *testing.T) {
	s := startDemo(t)
	caller, called := s.phone("201"), s.phone("202")
	ringing := called.wait("phone_answers")
	call := caller.play("caller_holds", "Dial", "202")
	call.await("answered")
	called.ear.hearsTone(caller.ear.tone)
	call.await("sendonly")
	call.await("sendrecv")
	together(
		func() { called.ear.forget(); called.ear.hearsTone(caller.ear.tone) },
		func() { caller.ear.forget(); caller.ear.hearsTone(called.ear.tone) })
	call.done()
	ringing.done()
}
