package sipua

import (
	"strings"
	"testing"
	"time"

	"holdline/internal/telephony"
)

// BenchmarkCall measures the signalling of one whole queue call: a caller who
// is accepted, a phone that is rung, answers and is bridged, both hung up.
// server-ns is the time within the user agent, without the scripted peers.
func BenchmarkCall(b *testing.B) {
	bench := newBench(b)
	bench.register(phone201, deskURI, desk.String())
	var inside time.Duration
	receive := func(from string, text string) {
		data := wire(text)
		began := time.Now()
		bench.ua.Receive(flow(from), data)
		bench.run()
		inside += time.Since(began)
	}
	command := func(do func()) {
		began := time.Now()
		do()
		bench.run()
		inside += time.Since(began)
	}
	trunk := trunkFlow.String()
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		id := "bench" + itoa(i)
		invite := strings.NewReplacer("{id}", id).Replace("INVITE sip:700@demo.local SIP/2.0\nVia: SIP/2.0/UDP 192.0.2.50:5060;branch=z9hG4bK{id};rport\nMax-Forwards: 70\n" +
			"From: \"Eve\" <sip:+4930123@192.0.2.50>;tag={id}\nTo: <sip:700@demo.local>\nCall-ID: {id}\nCSeq: 1 INVITE\nContact: <sip:eve@192.0.2.50:5060>\n" + sdpHeader + "\n" + pcma)
		receive(trunk, invite)
		caller := bench.events[0].(telephony.Incoming).Leg
		out := telephony.LegID("out" + id)
		command(func() {
			bench.ua.Answer(caller, accept)
			bench.ua.Play(caller, telephony.Playback{Sounds: []int64{0}, Loop: true})
			bench.ua.Originate(telephony.Origination{Leg: out, Org: 1, To: telephony.Endpoint{Extension: phone201}, Peer: caller, From: telephony.Party{Number: "+4930123"}})
		})
		ok, ringing := bench.sent[1], bench.sent[2]
		ack := "{m} sip:198.51.100.1:5060 SIP/2.0\nVia: SIP/2.0/UDP 192.0.2.50:5060;branch=z9hG4bK{m}{id};rport\nMax-Forwards: 70\n" +
			"From: \"Eve\" <sip:+4930123@192.0.2.50>;tag={id}\nTo: {to}\nCall-ID: {id}\nCSeq: {n} {m}\n"
		receive(trunk, strings.NewReplacer("{id}", id, "{m}", "ACK", "{to}", ok.field("To"), "{n}", "1").Replace(ack))
		receive(desk.String(), ringing.reply("180 Ringing", "d", contactHeader))
		receive(desk.String(), ok200(ringing, "d"))
		command(func() { bench.ua.Bridge(caller, out) })
		receive(trunk, strings.NewReplacer("{id}", id, "{m}", "BYE", "{to}", ok.field("To"), "{n}", "2").Replace(ack))
		command(func() { bench.ua.Hangup(out, telephony.Normal) })
		bye := bench.sent[len(bench.sent)-1]
		receive(desk.String(), bye.reply("200 OK", "", ""))
		bench.sent, bench.events, bench.audio.streams, bench.audio.bridges = bench.sent[:0], bench.events[:0], nil, nil
		bench.ua.closing.streams = nil
		bench.now = bench.now.Add(3 * time.Millisecond)
		command(func() { bench.w.wind(bench.now) })
	}
	b.ReportMetric(float64(inside.Nanoseconds())/float64(b.N), "server-ns/call")
}

// BenchmarkStranger measures what one INVITE of an unknown address costs.
func BenchmarkStranger(b *testing.B) {
	bench := newBench(b)
	data := wire(raw("INVITE", sdpHeader+"\n"+pcma))
	from := flow(stranger)
	b.ReportAllocs()
	for b.Loop() {
		bench.ua.Receive(from, data)
		bench.run()
		bench.sent = bench.sent[:0]
	}
}
