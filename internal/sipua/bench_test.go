package sipua

import (
	"fmt"
	"log/slog"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"holdline/internal/auth"
	"holdline/internal/directory"
	"holdline/internal/media"
	"holdline/internal/sipua/registrar"
	"holdline/internal/sipua/transport"
	"holdline/internal/store"
	"holdline/internal/telephony"
)

// bench is a user agent with one worker driven by hand, in virtual time: no
// socket, no goroutine. Peers are texts, so that a mistake in our own writers
// cannot hide behind the same mistake in a reader.
type bench struct {
	t      testing.TB
	ua     *UA
	w      *worker
	now    time.Time
	sent   []message
	events []telephony.Event
	audio  *tape
	dir    *directory.Directory
}

// message is what was sent, taken apart by string functions only.
type message struct {
	to   transport.Flow
	text string
	at   time.Time
}

const (
	phone201, phone202 = 11, 12
	trunkID            = 5
)

var (
	trunkFlow = flow("udp:192.0.2.50:5060")
	start     = time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)
)

func flow(s string) transport.Flow {
	f, err := transport.ParseFlow(s)
	if err != nil {
		panic(err)
	}
	return f
}

// demo is one organisation with two phones and a trunk.
func demo() *directory.Directory {
	dir := directory.New()
	dir.PutOrganisation(store.Organisation{ID: 1, Name: "Demo", Prefix: "0003", Domain: "demo.local"})
	for i, id := range []int64{phone201, phone202} {
		number := fmt.Sprint(201 + i)
		md5, sha := auth.HA1("0003*"+number, "demo.local", "demo-"+number)
		name := "Phone " + number
		dir.PutExtension(store.Extension{ID: id, OrgID: 1, Number: number, Type: store.PhoneExtension, CallerIDName: &name, HA1MD5: md5, HA1SHA256: sha})
	}
	dir.PutTrunk(store.Trunk{ID: trunkID, OrgID: 1, Name: "line", Host: "192.0.2.50", Transport: "udp", Addresses: []string{"192.0.2.50"},
		Username: "acct", Password: "pw", Default: true})
	return dir
}

func newBench(t testing.TB, change ...func(*Config)) *bench {
	t.Helper()
	b := &bench{t: t, now: start, audio: &tape{}, dir: demo()}
	cfg := Config{Workers: 1, Secret: []byte("secret"), Directory: b.dir, Sounds: oneSound{}, Handler: b, Log: slog.New(slog.DiscardHandler)}
	for _, c := range change {
		c(&cfg)
	}
	ua, err := newUA(cfg, b.audio)
	if err != nil {
		t.Fatal(err)
	}
	b.ua, b.w = ua, ua.workers[0]
	ua.net = b
	ua.listensOn(netip.MustParseAddrPort("198.51.100.1:5060"))
	return b
}

// HandleEvent implements telephony.Handler.
func (b *bench) HandleEvent(_ int64, ev telephony.Event) { b.events = append(b.events, ev) }

// Send implements network.
func (b *bench) Send(to transport.Flow, msg []byte, _ transport.Sender) error {
	b.sent = append(b.sent, message{to, string(msg), b.now})
	return nil
}

// run has the workers do all that waits.
func (b *bench) run() {
	for idle := false; !idle; {
		idle = true
		for _, w := range b.ua.workers {
			for _, l := range w.box.take(nil) {
				idle = false
				w.step(b.now, l.task)
			}
		}
	}
	if n := b.ua.counters.panics.Load(); n > 0 {
		b.t.Fatalf("%d internal errors", n)
	}
}

// receive brings a message from the network. Lines are ended as SIP wants
// them, and Content-Length is added.
func (b *bench) receive(from transport.Flow, text string) {
	b.t.Helper()
	b.ua.Receive(from, wire(text))
	b.run()
}

// wire makes a message of readable text: head and body are parted by an empty line.
func wire(text string) []byte {
	text = strings.TrimLeft(text, "\n")
	head, body, _ := strings.Cut(text, "\n\n")
	head, body = strings.TrimRight(head, "\n"), strings.ReplaceAll(body, "\n", "\r\n")
	return []byte(strings.ReplaceAll(head, "\n", "\r\n") + fmt.Sprintf("\r\nContent-Length: %d\r\n\r\n%s", len(body), body))
}

// pass lets time go by.
func (b *bench) pass(d time.Duration) {
	b.t.Helper()
	end := b.now.Add(d)
	for {
		next := b.w.timers.next()
		if next.IsZero() || next.After(end) {
			break
		}
		b.now = next
		b.w.wind(b.now)
		b.run()
	}
	b.now = end
}

// take gives the oldest message not looked at yet, which must start with this.
func (b *bench) take(start string) message {
	b.t.Helper()
	if len(b.sent) == 0 {
		b.t.Fatalf("nothing was sent, want %q", start)
	}
	m := b.sent[0]
	b.sent = b.sent[1:]
	if !strings.HasPrefix(m.text, start) {
		b.t.Fatalf("sent\n%s\nwant %q", m.text, start)
	}
	return m
}

// quiet checks that nothing more was sent.
func (b *bench) quiet() {
	b.t.Helper()
	if len(b.sent) > 0 {
		b.t.Fatalf("sent without need:\n%s", b.sent[0].text)
	}
}

// event gives the oldest event not looked at yet.
func event[E telephony.Event](b *bench) E {
	b.t.Helper()
	if len(b.events) == 0 {
		b.t.Fatalf("no event, want %T", *new(E))
	}
	ev, ok := b.events[0].(E)
	if !ok {
		b.t.Fatalf("event %#v, want %T", b.events[0], *new(E))
	}
	b.events = b.events[1:]
	return ev
}

func (b *bench) noEvent() {
	b.t.Helper()
	if len(b.events) > 0 {
		b.t.Fatalf("event %#v, want none", b.events[0])
	}
}

// empty checks that nothing is left of any call once everything has lingered.
func (b *bench) empty() {
	b.t.Helper()
	b.pass(2 * time.Minute)
	b.sent = nil
	if n := len(b.w.legs) + len(b.w.servers) + len(b.w.merged) + len(b.w.clients) + len(b.w.dialogs) + len(b.w.invites) + len(b.w.timers) + len(b.w.referrals); n > 0 || b.w.busy != 0 {
		b.t.Fatalf("left over: %d legs, %d server and %d client transactions, %d dialogs, %d invites, %d timers, %d referrals, %d busy",
			len(b.w.legs), len(b.w.servers), len(b.w.clients), len(b.w.dialogs), len(b.w.invites), len(b.w.timers), len(b.w.referrals), b.w.busy)
	}
	if c := b.ua.counters.calls.Load() + b.ua.counters.legs.Load(); c != 0 {
		b.t.Fatalf("counters say that %d calls are left", c)
	}
	for _, s := range b.audio.streams {
		if !s.given(b.ua) {
			b.t.Fatal("a stream was not given to the closers")
		}
	}
	b.noEvent()
}

// field gives the value of the first header line of a name.
func (m message) field(name string) string {
	for line := range strings.SplitSeq(m.text, "\r\n") {
		if line == "" {
			break
		}
		if n, v, ok := strings.Cut(line, ":"); ok && strings.EqualFold(strings.TrimSpace(n), name) {
			return strings.TrimSpace(v)
		}
	}
	return ""
}

func (m message) body() string {
	_, body, _ := strings.Cut(m.text, "\r\n\r\n")
	return body
}

func (m message) toTag() string {
	_, tag, _ := strings.Cut(m.field("To"), ";tag=")
	return tag
}

// reply makes a response to a request that was sent to a peer.
func (m message) reply(status, toTag, more string) string {
	to := m.field("To")
	if toTag != "" && !strings.Contains(to, ";tag=") {
		to += ";tag=" + toTag
	}
	return fmt.Sprintf("SIP/2.0 %s\nVia: %s\nFrom: %s\nTo: %s\nCall-ID: %s\nCSeq: %s\n%s",
		status, m.field("Via"), m.field("From"), to, m.field("Call-ID"), m.field("CSeq"), more)
}

// sdpOf is a peer's session description with these payload types.
func sdpOf(types, direction string) string {
	return "v=0\no=peer 1 1 IN IP4 192.0.2.50\ns=-\nc=IN IP4 192.0.2.50\nt=0 0\nm=audio 4000 RTP/AVP " + types +
		" 101\na=rtpmap:101 telephone-event/8000\na=" + direction + "\n"
}

var pcma = sdpOf("8 0", "sendrecv")

const sdpHeader = "Content-Type: application/sdp\n"

// caller is a peer on the trunk who calls in.
type caller struct {
	b      *bench
	id     string
	branch int
	cseq   int
	to     string // with our tag
	target string
	extra  string // header lines of every request
}

func (b *bench) caller(id string) *caller {
	return &caller{b: b, id: id, cseq: 1, to: "<sip:700@demo.local>", target: "sip:700@demo.local"}
}

// request sends a request with a new branch.
func (c *caller) request(method, extra, body string) {
	c.b.t.Helper()
	c.branch++
	c.send(method, c.cseq, c.branch, extra, body)
}

func (c *caller) send(method string, cseq, branch int, extra, body string) {
	c.b.t.Helper()
	if body != "" {
		extra += sdpHeader
	}
	c.b.receive(trunkFlow, fmt.Sprintf("%s %s SIP/2.0\nVia: SIP/2.0/UDP 192.0.2.50:5060;branch=z9hG4bK%s%d;rport\nMax-Forwards: 70\n"+
		"From: \"Eve\" <sip:+4930123@192.0.2.50>;tag=%s\nTo: %s\nCall-ID: %s\nCSeq: %d %s\nContact: <sip:eve@192.0.2.50:5060>\n%s%s\n%s",
		method, c.target, c.id, branch, c.id, c.to, c.id, cseq, method, c.extra, extra, body))
}

// invite calls and gives the leg; 100 and Incoming are taken.
func (c *caller) invite(body string) telephony.LegID {
	c.b.t.Helper()
	c.request("INVITE", "", body)
	c.b.take("SIP/2.0 100 Trying")
	return event[telephony.Incoming](c.b).Leg
}

// established is a call that was accepted and confirmed.
func (b *bench) established(id string) (*caller, telephony.LegID) {
	b.t.Helper()
	c := b.caller(id)
	leg := c.invite(pcma)
	b.answer(leg, telephony.Verdict{Disposition: telephony.Accept})
	c.confirm(b.take("SIP/2.0 200 OK"))
	return c, leg
}

// confirm sends the ACK of a 200.
func (c *caller) confirm(ok message) {
	c.b.t.Helper()
	c.to = ok.field("To")
	c.target = strings.Trim(ok.field("Contact"), "<>")
	c.request("ACK", "", "")
	c.cseq++
}

func (b *bench) answer(leg telephony.LegID, v telephony.Verdict) { b.ua.Answer(leg, v); b.run() }
func (b *bench) hangup(leg telephony.LegID, c telephony.Cause)   { b.ua.Hangup(leg, c); b.run() }

// register binds a phone without REGISTER.
func (b *bench) register(extension int64, contact, received string) {
	b.t.Helper()
	res := b.ua.registrar.Register(b.now, registrar.Request{Extension: extension, Org: 1, Expires: 3600, CallID: contact, CSeq: 1, Received: received,
		Contacts: []registrar.Contact{{URI: contact, Expires: -1}}})
	if res.Code != 200 {
		b.t.Fatal(res.Reason)
	}
}

func (b *bench) originate(o telephony.Origination) {
	o.Org = 1
	b.ua.Originate(o)
	b.run()
}

func (b *bench) ended(leg telephony.LegID, by telephony.Side, cause telephony.Cause) {
	b.t.Helper()
	ev := event[telephony.Ended](b)
	if ev.Leg != leg || ev.By != by || ev.Cause != cause {
		b.t.Fatalf("ended %+v (%s), want leg %s by %d for %s", ev, ev.Cause, leg, by, cause)
	}
}

// oneSound knows sounds 0 and 1.
type oneSound struct{}

func (oneSound) Sound(_, id int64) *media.Sound {
	if id > 1 {
		return nil
	}
	return media.NewSound(make([]int16, 160))
}

// tape is audio that only notes what it is told.
type tape struct {
	mu      sync.Mutex
	streams []*track
	bridges [][2]stream
	mixes   [][]voice
	noPorts bool
	late    time.Duration
}

func (t *tape) open(_ stream, h media.Handler, _ string) (stream, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.noPorts {
		return nil, fmt.Errorf("10000-10002: %w", media.ErrNoPorts)
	}
	s := &track{port: uint16(10000 + 2*len(t.streams)), ears: h}
	t.streams = append(t.streams, s)
	return s, nil
}

func (t *tape) bridge(a, b stream) { t.bridges = append(t.bridges, [2]stream{a, b}) }
func (t *tape) mix(voices []voice) { t.mixes = append(t.mixes, voices) }
func (t *tape) load() media.Load   { return media.Load{Lateness: t.late} }

type track struct {
	port    uint16
	ears    media.Handler
	remotes []media.Remote
	plays   []media.Playback
	stops   int
	records []media.Recording
}

func (s *track) Port() uint16             { return s.port }
func (s *track) SetRemote(r media.Remote) { s.remotes = append(s.remotes, r) }
func (s *track) Play(p media.Playback)    { s.plays = append(s.plays, p) }
func (s *track) Stop()                    { s.stops++ }
func (s *track) Record(r media.Recording) { s.records = append(s.records, r) }
func (s *track) Close() media.Stats       { return media.Stats{} }
func (s *track) remote() media.Remote     { return s.remotes[len(s.remotes)-1] }

func (s *track) given(ua *UA) bool {
	ua.closing.mu.Lock()
	defer ua.closing.mu.Unlock()
	for _, c := range ua.closing.streams {
		if c.stream == stream(s) {
			return true
		}
	}
	return false
}
