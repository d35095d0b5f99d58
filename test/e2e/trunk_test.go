package e2e

import "testing"

const (
	salesDID = "15550700" // what the outside dials to reach Sales
	caller   = "15557001"
)

func TestCallerFromTheTrunkReachesTheQueueWithoutPassword(t *testing.T) {
	s := startDemo(t)
	outside, agent := s.outside(caller), s.phone("201")
	ringing := agent.wait("phone_answers")
	call := outside.play("caller_hangs_up", "Trunk", true, "User", caller, "Dial", salesDID, "Talk", 3000)
	call.await("answered")
	ringing.await("confirmed")
	together(
		func() { agent.ear.hearsTone(outside.ear.tone) },
		func() { outside.ear.hearsTone(agent.ear.tone) })
	call.done()
	ringing.done()
}

// A trunk's calls end in the organisation: nobody outside can dial out again
// at its cost.
func TestTheTrunkCannotDialOutAgain(t *testing.T) {
	s := startDemo(t)
	s.outside(caller).play("caller_is_refused", "Trunk", true, "User", caller, "Dial", "15550199", "Code", 404).done()
}

// The demo world's provider has somebody at remoteAgent, and nobody elsewhere.
const remoteAgent = "15550100"

func TestExternalNumberIsCalledThroughTheTrunk(t *testing.T) {
	s := startDemo(t)
	call := s.phone("201").play("caller_hangs_up", "Dial", remoteAgent, "Talk", 1000)
	call.await("answered")
	call.done()
}

func TestTheTrunksRefusalIsToldToTheCaller(t *testing.T) {
	s := startDemo(t)
	s.phone("201").play("caller_is_refused", "Dial", "15550199", "Code", 404).done()
}
