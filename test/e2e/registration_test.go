package e2e

import "testing"

func TestPhoneRegistersWithPassword(t *testing.T) {
	s := startDemo(t)
	s.phone("201").play("register").done()
}

func TestPhoneRegistersAgainAndLeaves(t *testing.T) {
	s := startDemo(t)
	phone := s.phone("201")
	phone.play("register").done()
	phone.play("register").done()
	phone.play("register", "Expires", 0).done()
}

func TestWrongPasswordIsRefused(t *testing.T) {
	s := startDemo(t)
	s.phone("201").play("register", "Password", "demo-202", "Code", 403).done()
}

func TestUnknownPhoneIsRefusedLikeAWrongPassword(t *testing.T) {
	s := startDemo(t)
	s.phone("201").play("register", "User", "0003*999", "Code", 403).done()
}

func TestTooShortRegistrationIsRefused(t *testing.T) {
	s := startDemo(t, "--register-min-expires", "60")
	s.phone("201").play("register", "Expires", 10, "Code", 423).done()
}

func TestPhoneThatLeftIsNotReached(t *testing.T) {
	s := startDemo(t)
	gone := s.phone("202")
	gone.play("register").done()
	gone.play("register", "Expires", 0).done()
	s.phone("201").play("caller_is_refused", "Dial", "202", "Code", 480).done()
}

func TestPhoneRegistersAndCallsOverTCP(t *testing.T) {
	s := startDemo(t)
	phone := s.phone("205")
	phone.transport = "t1"
	phone.play("register").done()
	call := phone.play("caller_hangs_up", "Dial", sales, "Talk", 1500)
	call.await("answered")
	phone.ear.hearsMusic()
	call.done()
}
