package teltest

import (
	"testing"

	"holdline/internal/telephony"
)

// Run puts a switch through the suite. newRig builds a switch whose events go
// to the handler given; it is called once a test and cleans up by t.Cleanup.
func Run(t *testing.T, newRig func(t *testing.T, handler telephony.Handler) Rig) {
	for name, test := range map[string]func(*testing.T, *bench){
		"IncomingIsAskedAndAccepted":    incomingAccepted,
		"IncomingRingsThenIsAccepted":   incomingRings,
		"IncomingIsRejectedWithACause":  incomingRejected,
		"IncomingIsGivenUp":             incomingCancelled,
		"CallerHangsUp":                 callerHangsUp,
		"OutgoingIsAnsweredAndBridged":  outgoingBridged,
		"OutgoingIsBusy":                outgoingBusy,
		"OutgoingIsDeclined":            outgoingDeclined,
		"OutgoingToNobody":              outgoingUnreachable,
		"RingingIsWithdrawn":            ringingWithdrawn,
		"AnsweredLegIsHungUp":           answeredHungUp,
		"CalledPartyHangsUp":            calledHangsUp,
		"DigitsArrive":                  digits,
		"SoundIsHeardOnceAndReported":   soundOnce,
		"PlayReplacesBridgeAndBack":     playReplacesBridge,
		"HoldAndResumeAreTold":          hold,
		"CommandsForUnknownLegsVanish":  unknownLegs,
		"HangupFromBothSidesEndsOnce":   bothHangUp,
		"BridgeBeforeTheCallerHasMedia": bridgeEarly,
		"TransferIsAskedForAndTold":     transferBlind,
		"TransferFromHold":              transferFromHold,
		"TransferToTheOtherCall":        transferAttended,
		"TransferAfterTheEnd":           transferAfterTheEnd,
		"MixIsHeardAsNamed":             mixed,
		"MixGoesOnWithoutOne":           mixLeft,
		"MixIsReplaced":                 mixReplaced,
		"MixWaitsForMedia":              mixBeforeMedia,
		"MixIsRecorded":                 mixRecorded,
		"RingingLegIsReplaced":          replacedRinging,
		"TalkingLegIsReplaced":          replacedTalking,
		"RecordingIsToldBeforeTheEnd":   recordedToTheEnd,
		"RecordingIsStoppedOrReplaced":  recordedInParts,
		"RecordingWaitsForMedia":        recordedFromTheAnswer,
	} {
		t.Run(name, func(t *testing.T) {
			events := NewEvents()
			rig := newRig(t, events)
			test(t, &bench{Rig: rig, Events: events, sw: rig.Switch()})
		})
	}
}

// bench is a rig with its events, and the steps that many tests share.
type bench struct {
	Rig
	*Events
	sw telephony.Switch
}

// caller dials in and is accepted.
func (b *bench) caller(t *testing.T) (Call, telephony.LegID) {
	t.Helper()
	call := b.Phone(t).Dial(t, "700")
	in := next[telephony.Incoming](t, b.Events)
	b.sw.Answer(in.Leg, telephony.Verdict{Disposition: telephony.Accept})
	call.AwaitUp(t)
	return call, in.Leg
}

// ring calls a new phone; the leg rings when it returns.
func (b *bench) ring(t *testing.T, leg, peer telephony.LegID) Call {
	t.Helper()
	phone := b.Phone(t)
	b.sw.Originate(telephony.Origination{Leg: leg, Org: Org, To: phone.Endpoint(), From: telephony.Party{Number: "100", Name: "Caller"}, Peer: peer})
	call := phone.Incoming(t)
	if ev := next[telephony.Ringing](t, b.Events); ev.Leg != leg {
		t.Fatalf("leg %s rings, want %s", ev.Leg, leg)
	}
	return call
}

// talk bridges a caller with an answered phone.
func (b *bench) talk(t *testing.T) (a, c Call, legA, legC telephony.LegID) {
	t.Helper()
	a, legA = b.caller(t)
	legC = "out1"
	c = b.ring(t, legC, legA)
	c.Answer(t)
	next[telephony.Answered](t, b.Events)
	b.sw.Bridge(legA, legC)
	a.AwaitVoice(t, c)
	c.AwaitVoice(t, a)
	return a, c, legA, legC
}

func (b *bench) expectEnd(t *testing.T, leg telephony.LegID, by telephony.Side, cause telephony.Cause) {
	t.Helper()
	got := ends(t, b.Events, leg)[leg]
	if got.By != by || got.Cause != cause {
		t.Fatalf("leg %s ended by %d for %s (code %d, %s), want by %d for %s", leg, got.By, got.Cause, got.Code, got.Reason, by, cause)
	}
}

func expectCode(t *testing.T, call Call, want int) {
	t.Helper()
	if got := call.AwaitOver(t); got != -1 && got != want {
		t.Fatalf("phone was told %d, want %d", got, want)
	}
}
