// Package phone is SIP phones and trunks as a library: scripted peers with
// real sockets, to test a server with, to load it and to give demonstrations.
//
// A Network owns one SIP socket and a few RTP sockets on a local address;
// thousands of phones share them. It runs on two goroutines: the loop, which
// owns every phone and call (messages, timers and what callers of this
// package ask for are all handled there, in order), and the pacer, which sends
// and receives all audio in steps of 2 ms. No phone costs a goroutine.
//
//	n, err := phone.Open(phone.Config{Server: "127.0.0.1:5060"})
//	defer n.Close()
//	agent := n.Add(phone.Profile{User: "201", Password: "secret", Answer: phone.AnswerAfter(time.Second)})
//	err = agent.Register(ctx)
//	caller := n.Add(phone.Profile{User: "202", Password: "secret"})
//	call := caller.Dial(phone.Dial{To: "201"})
//	_, err = call.Wait(ctx, phone.Answered)
//	call.Hangup()
//	ended, err := call.Wait(ctx, phone.Ended)
//
// The package knows nothing of the server it talks to: it shares no code with
// it, so that a mistake in one is not hidden by the same mistake in the other.
// It speaks SIP over UDP and IPv4 (RFC 3261, 3264, 3311, 3515, 6026, 7616),
// RTP with G.711 or opaque G.722 frames (RFC 3550, 3551) and DTMF (RFC 4733, INFO).
package phone
