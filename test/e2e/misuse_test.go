package e2e

import (
	"fmt"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"

	"holdline/internal/phone"
)

// A phone that answers and sends no audio is hung up after rtp_timeout, and
// so is the one that called it.
func TestPhoneThatAnswersAndSendsNothingIsHungUp(t *testing.T) {
	s := startDemo(t, "--rtp-timeout", "5s")
	calling, mute := s.simulated("201"), s.simulated("202")
	call := calling.Dial(phone.Dial{To: "202"})
	silent, err := mute.WaitCall(within(t))
	if err != nil {
		t.Fatal(err)
	}
	silent.Mute(true)
	silent.Answer()
	for _, c := range []*phone.Call{call, silent} {
		if ev := next(t, c, phone.Ended); ev.By != phone.Remote {
			t.Errorf("phone %s: ended by %v", c.Phone().User(), ev.By)
		}
	}
}

// When all ports are taken the next caller is told when to try again, and
// who talks does not notice.
func TestAllPortsTaken(t *testing.T) {
	low, _, _ := strings.Cut(rtpPorts(t), "-")
	first, _ := strconv.Atoi(low)
	s := startDemo(t, "--rtp-ports", fmt.Sprintf("%d-%d", first, first+7)) // four legs
	phones := map[string]*phone.Phone{}
	for _, n := range []string{"201", "202", "203", "204", "205"} {
		phones[n] = s.simulated(n)
	}
	connect := func(from, to string) (a, b *phone.Call) {
		a = phones[from].Dial(phone.Dial{To: to})
		return a, answered(t, phones[to])
	}
	a, b := connect("201", "202")
	c, d := connect("203", "204")
	ev, err := phones["205"].Dial(phone.Dial{To: sales}).Wait(within(t), phone.Ended)
	if err != nil {
		t.Fatal(err)
	}
	if ev.Code != 503 || ev.RetryAfter <= 0 {
		t.Errorf("the fifth phone gets %d, Retry-After %v", ev.Code, ev.RetryAfter)
	}
	bothTalk(t, a, toneOf("201"), b, toneOf("202"))
	bothTalk(t, c, toneOf("203"), d, toneOf("204"))
	a.Hangup()
	next(t, b, phone.Ended)
	again := phones["205"].Dial(phone.Dial{To: sales}) // the ports of the first two are free
	next(t, again, phone.Answered)
}

// strangers' address: neither a phone's nor the provider's.
const strangersAddress = "127.0.0.3"

// Thousands of INVITEs of somebody nobody knows: a talk that is up loses
// nothing, and the next call is served.
func TestFloodOfInvitesLeavesTalksAlone(t *testing.T) {
	s := startDemo(t)
	n := s.network(loopback)
	add := func(number string) *phone.Phone {
		p := n.Add(phone.Profile{User: "0003*" + number, Password: "demo-" + number, Domain: "demo.local"}) // the pattern counts what is lost
		if err := p.Register(within(t)); err != nil {
			t.Fatal(err)
		}
		return p
	}
	calling, called := add("201"), add("202")
	call := calling.Dial(phone.Dial{To: "202"})
	taken := answered(t, called)
	for _, c := range []*phone.Call{call, taken} {
		if err := c.WaitAudio(within(t), func(s phone.Stats) bool { return s.HeardPackets > 25 }); err != nil {
			t.Fatal(err)
		}
		c.ResetStats()
	}
	flood(t, s.sip, 3000)
	for _, c := range []*phone.Call{call, taken} {
		if err := c.WaitAudio(within(t), func(s phone.Stats) bool { return s.HeardPackets > 100 }); err != nil {
			t.Fatal(err)
		}
		if st := c.Stats(); st.HeardLost > 0 && n.Dropped() == 0 {
			t.Errorf("phone %s lost %d of %d packets", c.Phone().User(), st.HeardLost, st.HeardPackets)
		}
	}
	call.Hangup()
	next(t, taken, phone.Ended)
	again := calling.Dial(phone.Dial{To: "202"})
	answered(t, called)
	next(t, again, phone.Answered)
}

// flood sends INVITEs at about 2,000 a second.
func flood(t *testing.T, server string, invites int) {
	t.Helper()
	to, err := net.ResolveUDPAddr("udp4", server)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := net.DialUDP("udp4", &net.UDPAddr{IP: net.ParseIP(strangersAddress)}, to)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for i := range invites {
		text := strings.NewReplacer("e2e", fmt.Sprint("flood", i), "\n", "\r\n").Replace(method("INVITE"))
		_, _ = conn.Write([]byte(text)) // a refused packet is part of it
		if i%20 == 0 {
			<-tick.C
		}
	}
}
