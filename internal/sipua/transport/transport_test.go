package transport

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"slices"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const patience = 10 * time.Second // for what must happen; nothing waits for it when it does

type received struct {
	from Flow
	msg  string
}

// inbox is a handler that keeps what comes.
type inbox chan received

func (i inbox) Receive(from Flow, msg []byte) { i <- received{from, string(msg)} }

func (i inbox) next(t *testing.T) received {
	t.Helper()
	select {
	case r := <-i:
		return r
	case <-time.After(patience):
		t.Fatal("nothing was received")
		return received{}
	}
}

func open(t *testing.T, change ...func(*Config)) (*Transport, inbox) {
	t.Helper()
	in := make(inbox, 1000)
	cfg := Config{Listen: netip.MustParseAddrPort("127.0.0.1:0"), Handler: in, Log: slog.New(slog.DiscardHandler)}
	for _, c := range change {
		c(&cfg)
	}
	tr, err := Listen(cfg)
	if err != nil {
		t.Fatal(err)
	}
	tr.Start()
	t.Cleanup(tr.Close)
	return tr, in
}

func dial(t *testing.T, tr *Transport) *net.TCPConn {
	t.Helper()
	c, err := net.DialTCP("tcp", nil, net.TCPAddrFromAddrPort(tr.Addr()))
	if err != nil {
		t.Fatal(err)
	}
	c.SetDeadline(time.Now().Add(patience))
	t.Cleanup(func() { c.Close() })
	return c
}

func message(n int, body string) string {
	return fmt.Sprintf("OPTIONS sip:x SIP/2.0\r\nCSeq: %d OPTIONS\r\nContent-Length: %d\r\n\r\n%s", n, len(body), body)
}

func TestUDPBothWaysInOrder(t *testing.T) {
	tr, in := open(t)
	c, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(tr.Addr()))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(patience))
	for _, keepAlive := range []string{"\r\n\r\n", "\x00\x00"} {
		if _, err := c.Write([]byte(keepAlive)); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 100 {
		if _, err := c.Write([]byte(message(i, ""))); err != nil {
			t.Fatal(err)
		}
	}
	var from Flow
	for i := range 100 {
		r := in.next(t)
		if r.msg != message(i, "") {
			t.Fatalf("message %d is %q", i, r.msg)
		}
		from = r.from
	}
	if from.Proto != UDP || from.Remote != c.LocalAddr().(*net.UDPAddr).AddrPort() {
		t.Fatalf("from %v", from)
	}
	if err := tr.Send(from, []byte("hello"), nil); err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 100)
	n, err := c.Read(buf)
	if err != nil || string(buf[:n]) != "hello" {
		t.Fatalf("%q, %v", buf[:n], err)
	}
	if drops, err := tr.KernelDrops(); err != nil || drops != 0 {
		t.Fatalf("kernel drops: %d, %v", drops, err)
	}
}

func TestSecondServerOnThePortIsRefused(t *testing.T) {
	tr, _ := open(t)
	if second, err := Listen(Config{Listen: tr.Addr(), Handler: make(inbox), Log: slog.New(slog.DiscardHandler)}); err == nil {
		second.Start()
		second.Close()
		t.Fatal("two servers share a port")
	}
}

func TestTCPAnswersGoBackOnTheConnection(t *testing.T) {
	tr, in := open(t)
	c := dial(t, tr)
	whole := message(1, "body\r\n\r\nof one") + "\r\n" + message(2, "")
	for _, b := range []byte(whole) { // the worst way a stream can be split
		if _, err := c.Write([]byte{b}); err != nil {
			t.Fatal(err)
		}
	}
	first := in.next(t)
	if second := in.next(t); first.msg != message(1, "body\r\n\r\nof one") || second.msg != message(2, "") {
		t.Fatalf("%q and %q", first.msg, second.msg)
	}
	if err := tr.Send(first.from, []byte("answer"), nil); err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 6)
	if _, err := io.ReadFull(c, buf); err != nil || string(buf) != "answer" {
		t.Fatalf("%q, %v", buf, err)
	}
}

func TestKeepAliveIsAnswered(t *testing.T) {
	tr, _ := open(t)
	c := dial(t, tr)
	if _, err := c.Write([]byte("\r\n\r\n")); err != nil { // RFC 5626 §4.4.1
		t.Fatal(err)
	}
	buf := make([]byte, 2)
	if _, err := io.ReadFull(c, buf); err != nil || string(buf) != "\r\n" {
		t.Fatalf("%q, %v", buf, err)
	}
}

func TestConnectionThatCarriesNoSIPIsClosed(t *testing.T) {
	tr, in := open(t)
	for name, text := range map[string]string{"length": "OPTIONS sip:x SIP/2.0\r\nContent-Length: many\r\n\r\n", "endless": string(bytes.Repeat([]byte("x"), maxMessage+10)),
		"too large": "OPTIONS sip:x SIP/2.0\r\nl: 70000\r\n\r\n"} {
		c := dial(t, tr)
		_, _ = c.Write([]byte(text)) // it may be cut off in the middle
		if n, err := c.Read(make([]byte, 1)); err == nil {
			t.Errorf("%s: read %d bytes, want a closed connection", name, n)
		}
	}
	if len(in) != 0 {
		t.Error("something was handed over")
	}
}

func TestConnectionIsMadeWhenThereIsNone(t *testing.T) {
	a, inA := open(t)
	b, inB := open(t)
	to := Flow{TCP, b.Addr()}
	for i := range 50 {
		if err := a.Send(to, []byte(message(i, "x")), nil); err != nil {
			t.Fatal(err)
		}
	}
	var back Flow
	for i := range 50 {
		r := inB.next(t)
		if r.msg != message(i, "x") {
			t.Fatalf("message %d is %q", i, r.msg)
		}
		back = r.from
	}
	if err := b.Send(back, []byte(message(99, "")), nil); err != nil {
		t.Fatal(err)
	}
	if r := inA.next(t); r.from != to {
		t.Fatalf("the answer came over %v", r.from)
	}
}

type failures chan error

func (f failures) SendFailed(err error) { f <- err }

func TestSenderIsToldOfAnUnreachablePeer(t *testing.T) {
	tr, _ := open(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody := Flow{TCP, l.Addr().(*net.TCPAddr).AddrPort()}
	l.Close()
	failed := make(failures, 1)
	if err := tr.Send(nobody, []byte("x"), failed); err != nil {
		return // told at once
	}
	select {
	case <-failed:
	case <-time.After(patience):
		t.Fatal("nobody was told")
	}
}

func TestConnectionsAreBounded(t *testing.T) {
	tr, in := open(t, func(c *Config) { c.MaxConns = 2 })
	old := dial(t, tr)
	for i := range 3 {
		c := old
		if i > 0 {
			c = dial(t, tr)
		}
		if _, err := c.Write([]byte(message(i, ""))); err != nil {
			t.Fatal(err)
		}
		in.next(t)
	}
	if _, err := old.Read(make([]byte, 1)); err == nil || errors.Is(err, net.ErrClosed) {
		t.Fatalf("the oldest connection is open: %v", err)
	}
}

func TestClosingFailsWhatWaits(t *testing.T) {
	tr, _ := open(t)
	tr.Close()
	if err := tr.Send(Flow{TCP, netip.MustParseAddrPort("127.0.0.1:9")}, []byte("x"), nil); !errors.Is(err, ErrClosed) {
		t.Fatalf("got %v", err)
	}
}

func TestFlowText(t *testing.T) {
	for _, text := range []string{"udp:192.0.2.1:5060", "tcp:[2001:db8::1]:40000"} {
		if f, err := ParseFlow(text); err != nil || f.String() != text {
			t.Errorf("%q became %q, %v", text, f, err)
		}
	}
	for _, text := range []string{"", "192.0.2.1:5060", "tls:192.0.2.1:5060", "udp:192.0.2.1"} {
		if _, err := ParseFlow(text); err == nil {
			t.Errorf("%q was read", text)
		}
	}
}

// FuzzFramer: however a stream is split, the same messages come out.
func FuzzFramer(f *testing.F) {
	f.Add([]byte("\r\n\r\n"+message(1, "abc")+"\r\n"+message(2, "")), uint8(3))
	f.Add([]byte("A\r\nl : 2\r\n\r\nxxB\r\nContent-Length:0\r\n\r\n"), uint8(1))
	f.Fuzz(func(t *testing.T, stream []byte, step uint8) {
		all := func(step int) (out []string, pings int, err error) {
			var fr framer
			for chunk := range slices.Chunk(stream, step) {
				fr.write(chunk)
				for {
					msg, n, err := fr.next()
					pings += n
					if err != nil {
						return out, pings, err
					}
					if msg == nil {
						break
					}
					out = append(out, string(msg))
				}
			}
			return out, pings, nil
		}
		whole, pings, err := all(len(stream) + 1)
		parts, partPings, partErr := all(int(step) + 1)
		if !slices.Equal(whole, parts) || pings != partPings || (err == nil) != (partErr == nil) {
			t.Fatalf("whole: %q %d %v; in parts: %q %d %v", whole, pings, err, parts, partPings, partErr)
		}
	})
}
