package acd

// Line is what an extension's phone does now, in a queue's call or any other.
// It is of the phone, where State is of the agent: a phone need not be an agent's.
type Line uint8

const (
	LineIdle    Line = iota // no call
	LineRinging             // rung, and in no call
	LineBusy                // dialling or talking
)

var lineNames = [...]string{"idle", "ringing", "busy"}

func (l Line) String() string { return lineNames[l] }
