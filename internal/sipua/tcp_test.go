package sipua_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"

	"holdline/internal/auth"
	"holdline/internal/sipua/digest"
	"holdline/internal/store"
	"holdline/internal/telephony"
	"holdline/internal/telephony/teltest"
)

// tcpPhone is a phone on one TCP connection, as text.
type tcpPhone struct {
	t    *testing.T
	conn net.Conn
	in   *bufio.Reader
}

func (p *tcpPhone) send(text string) {
	p.t.Helper()
	head, body, _ := strings.Cut(strings.ReplaceAll(text, "\n", "\r\n"), "\r\n\r\n")
	if _, err := fmt.Fprintf(p.conn, "%s\r\nContent-Length: %d\r\n\r\n%s", head, len(body), body); err != nil {
		p.t.Fatal(err)
	}
}

// read gives the next message's start line, headers and body.
func (p *tcpPhone) read() (start string, fields map[string]string, body string) {
	p.t.Helper()
	fields = map[string]string{}
	for {
		line, err := p.in.ReadString('\n')
		if err != nil {
			p.t.Fatal(err)
		}
		line = strings.TrimRight(line, "\r\n")
		name, value, _ := strings.Cut(line, ": ")
		switch {
		case line == "":
			n, _ := strconv.Atoi(fields["Content-Length"])
			b := make([]byte, n)
			if _, err := io.ReadFull(p.in, b); err != nil {
				p.t.Fatal(err)
			}
			return start, fields, string(b)
		case start == "":
			start = line
		case fields[name] == "":
			fields[name] = value
		}
	}
}

// TestPhoneOverTCP: a phone behind NAT registers over TCP, is called on that
// very connection, and its loss is noticed at once.
func TestPhoneOverTCP(t *testing.T) {
	events := make(eventLog, 100)
	r := newRig(t, events)
	md5, sha := auth.HA1("0003*900", "demo.local", "secret")
	r.dir.PutExtension(store.Extension{ID: 900, OrgID: teltest.Org, Number: "900", Type: store.PhoneExtension, HA1MD5: md5, HA1SHA256: sha})
	conn, err := net.Dial("tcp", r.ua.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	conn.SetDeadline(time.Now().Add(teltest.Limit))
	p := &tcpPhone{t, conn, bufio.NewReader(conn)}
	register := "REGISTER sip:demo.local SIP/2.0\nVia: SIP/2.0/TCP 10.9.9.9:5060;branch=z9hG4bK%d;rport\nFrom: <sip:0003*900@demo.local>;tag=t\nTo: <sip:0003*900@demo.local>\n" +
		"Call-ID: tcp\nCSeq: %d REGISTER\nContact: <sip:900@10.9.9.9:5060;transport=tcp>\n%s\n"
	p.send(fmt.Sprintf(register, 1, 1, ""))
	start, fields, _ := p.read()
	if !strings.HasPrefix(start, "SIP/2.0 401") {
		t.Fatal(start)
	}
	proof, err := digest.Answer([]string{fields["WWW-Authenticate"]}, digest.Credentials{User: "0003*900", Password: "secret"}, "REGISTER", "sip:demo.local", 1)
	if err != nil {
		t.Fatal(err)
	}
	p.send(fmt.Sprintf(register, 2, 2, "Authorization: "+proof+"\n"))
	if start, _, _ = p.read(); start != "SIP/2.0 200 OK" {
		t.Fatal(start)
	}
	events.next(t, telephony.Registered{Extension: 900, Reachable: true})

	r.ua.Originate(telephony.Origination{Leg: "a", Org: teltest.Org, To: telephony.Endpoint{Extension: 900}})
	start, invite, offer := p.read()
	if start != "INVITE sip:900@10.9.9.9:5060;transport=tcp SIP/2.0" || !strings.HasPrefix(invite["Via"], "SIP/2.0/TCP ") || !strings.HasSuffix(invite["Contact"], ";transport=tcp>") {
		t.Fatalf("%s %v", start, invite)
	}
	p.send(fmt.Sprintf("SIP/2.0 200 OK\nVia: %s\nFrom: %s\nTo: %s;tag=p\nCall-ID: %s\nCSeq: %s\nContact: <sip:900@10.9.9.9:5060;transport=tcp>\nContent-Type: application/sdp\n\n%s",
		invite["Via"], invite["From"], invite["To"], invite["Call-ID"], invite["CSeq"], strings.ReplaceAll(offer, "\r\n", "\n")))
	if start, _, _ = p.read(); !strings.HasPrefix(start, "ACK sip:900@10.9.9.9:5060") {
		t.Fatal(start)
	}
	events.next(t, telephony.Answered{Leg: "a"})
	r.ua.Hangup("a", telephony.Normal)
	start, bye, _ := p.read()
	if !strings.HasPrefix(start, "BYE ") {
		t.Fatal(start)
	}
	p.send(fmt.Sprintf("SIP/2.0 200 OK\nVia: %s\nFrom: %s\nTo: %s\nCall-ID: %s\nCSeq: %s\n\n", bye["Via"], bye["From"], bye["To"], bye["Call-ID"], bye["CSeq"]))
	events.next(t, telephony.Ended{Leg: "a", By: telephony.Local, Cause: telephony.Normal})

	// The connection is gone: the phone can not be dialled back through its NAT.
	conn.Close()
	r.ua.Originate(telephony.Origination{Leg: "b", Org: teltest.Org, To: telephony.Endpoint{Extension: 900}})
	if ev := events.take(t).(telephony.Ended); ev.Leg != "b" || ev.Cause != telephony.Unreachable {
		t.Fatalf("%+v", ev)
	}
}

// eventLog is a handler that keeps events.
type eventLog chan telephony.Event

func (e eventLog) HandleEvent(_ int64, ev telephony.Event) { e <- ev }

func (e eventLog) take(t *testing.T) telephony.Event {
	t.Helper()
	select {
	case ev := <-e:
		return ev
	case <-time.After(teltest.Limit):
		t.Fatal("no event")
		return nil
	}
}

func (e eventLog) next(t *testing.T, want telephony.Event) {
	t.Helper()
	if ev := e.take(t); ev != want {
		t.Fatalf("event %#v, want %#v", ev, want)
	}
}
