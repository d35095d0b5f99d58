// Package standin is a very small call centre: it registers phones without
// asking who they are, and connects callers to them in turn. Tests of the load
// generator and the demonstration use it in place of a server. It shares no
// code with the phones: text in, text out, one goroutine for signalling and
// one for the audio of each leg.
package standin

import (
	"errors"
	"fmt"
	"maps"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Config says how the stand-in behaves.
type Config struct {
	Music  bool // callers are answered at once and hear music; else when an agent answers
	Limit  int  // calls up at once; above it 503 with Retry-After. 0 = no limit
	Refuse int  // refuse every caller with this status; 0 = do not
	Deaf   bool // relays no audio
}

// Server is a running stand-in.
type Server struct {
	cfg  Config
	conn *net.UDPConn
	done sync.WaitGroup

	mu       sync.Mutex // guards the rest
	contacts map[string]string
	off      map[string]bool // phones that are not to be rung
	busy     map[string]bool
	rounds   []string // phones in the order they are rung
	legs     map[string]*leg
	waiting  []*leg
	serial   int
	closed   bool
}

// leg is one dialog. All fields but those of the audio are guarded by Server.mu.
type leg struct {
	id      string // Call-ID
	user    string // the phone, of an agent's leg
	number  string // the caller's, of a caller's leg
	invite  string // as received or sent
	remote  string // address of its signalling
	contact string
	audio   *net.UDPConn
	media   netip.AddrPort
	peer    *leg
	up      bool
}

// Start starts a stand-in on a free port.
func Start(cfg Config) (*Server, error) {
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		return nil, err
	}
	s := &Server{cfg: cfg, conn: conn, contacts: map[string]string{}, off: map[string]bool{}, busy: map[string]bool{}, legs: map[string]*leg{}}
	s.done.Go(s.read)
	return s, nil
}

// Addr gives its SIP address.
func (s *Server) Addr() netip.AddrPort { return s.conn.LocalAddr().(*net.UDPAddr).AddrPort() }

// Close ends it.
func (s *Server) Close() error {
	s.mu.Lock()
	s.closed = true
	err := s.conn.Close()
	for _, l := range s.legs {
		err = errors.Join(err, l.audio.Close())
	}
	s.mu.Unlock()
	s.done.Wait()
	return err
}

// Login says whether a phone is to be rung.
func (s *Server) Login(user string, on bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.off[user] = !on
	s.match()
}

// Legs gives the number of dialogs that are up.
func (s *Server) Legs() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.legs)
}

// Registered lists the phones that are registered.
func (s *Server) Registered() map[string]string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.contacts)
}

func (s *Server) read() {
	buf := make([]byte, 8192)
	for {
		n, from, err := s.conn.ReadFromUDPAddrPort(buf)
		if err != nil {
			return
		}
		s.mu.Lock()
		s.handle(string(buf[:n]), from.String())
		s.mu.Unlock()
	}
}

// header gives the first value of a header written in its long form.
func header(msg, name string) string {
	_, rest, ok := strings.Cut(msg, "\r\n"+name+": ")
	if !ok {
		return ""
	}
	value, _, _ := strings.Cut(rest, "\r\n")
	return value
}

func between(s, left, right string) string {
	_, rest, _ := strings.Cut(s, left)
	value, _, _ := strings.Cut(rest, right)
	return value
}

func (s *Server) handle(msg, from string) {
	method, _, _ := strings.Cut(msg, " ")
	l := s.legs[header(msg, "Call-ID")]
	switch method {
	case "REGISTER":
		s.register(msg, from)
	case "INVITE":
		if l == nil {
			s.invited(msg, from)
		}
	case "CANCEL", "BYE":
		s.answer(msg, from, "200 OK", "", "")
		if l != nil {
			if method == "CANCEL" {
				s.answer(l.invite, from, "487 Request Terminated", l.id, "")
			}
			s.gone(l)
		}
	case "SIP/2.0":
		switch invite := strings.HasSuffix(header(msg, "CSeq"), "INVITE"); {
		case invite && l != nil:
			s.agentAnswered(l, msg)
		case invite && strings.HasPrefix(msg, "SIP/2.0 2"): // it crossed our CANCEL
			s.within("ACK", 1, msg, from)
			s.within("BYE", 2, msg, from)
		}
	}
	s.match()
}

func (s *Server) send(msg, to string) {
	if addr, err := netip.ParseAddrPort(to); err == nil {
		_, _ = s.conn.WriteToUDPAddrPort([]byte(msg), addr) // closed at the end of the test
	}
}

func (s *Server) answer(msg, to, status, tag, sdp string, more ...string) {
	if tag != "" && !strings.Contains(header(msg, "To"), "tag=") {
		tag = ";tag=" + tag
	} else {
		tag = ""
	}
	s.send("SIP/2.0 "+status+"\r\nVia: "+header(msg, "Via")+"\r\nFrom: "+header(msg, "From")+"\r\nTo: "+header(msg, "To")+tag+
		"\r\nCall-ID: "+header(msg, "Call-ID")+"\r\nCSeq: "+header(msg, "CSeq")+"\r\n"+s.contact()+strings.Join(more, "")+tail(sdp), to)
}

func (s *Server) contact() string { return "Contact: <sip:standin@" + s.Addr().String() + ">\r\n" }

func tail(sdp string) string {
	if sdp == "" {
		return "Content-Length: 0\r\n\r\n"
	}
	return "Content-Type: application/sdp\r\nContent-Length: " + strconv.Itoa(len(sdp)) + "\r\n\r\n" + sdp
}

func (s *Server) register(msg, from string) {
	user := between(header(msg, "To"), "sip:", "@")
	contact := header(msg, "Contact")
	if header(msg, "Expires") == "0" {
		delete(s.contacts, user)
	} else {
		if _, known := s.contacts[user]; !known {
			s.rounds = append(s.rounds, user)
		}
		s.contacts[user] = between(contact, "<", ">")
	}
	s.answer(msg, from, "200 OK", "r", "")
}

// invited takes a caller.
func (s *Server) invited(msg, from string) {
	if s.cfg.Refuse != 0 {
		s.answer(msg, from, strconv.Itoa(s.cfg.Refuse)+" Refused", "x", "")
		return
	}
	if s.cfg.Limit > 0 && len(s.legs) >= 2*s.cfg.Limit {
		s.answer(msg, from, "503 Service Unavailable", "x", "", "Retry-After: 2\r\n")
		return
	}
	l := s.newLeg(header(msg, "Call-ID"))
	l.invite, l.remote, l.contact = msg, from, between(header(msg, "Contact"), "<", ">")
	l.number = between(header(msg, "From"), "sip:", "@")
	l.media = mediaOf(msg)
	s.waiting = append(s.waiting, l)
	s.answer(msg, from, "180 Ringing", l.id, "")
	if s.cfg.Music {
		s.accept(l)
		s.done.Go(func() { s.play(l) })
	}
}

func (s *Server) accept(l *leg) {
	if !l.up {
		l.up = true
		s.answer(l.invite, l.remote, "200 OK", l.id, l.sdp())
	}
}

func (s *Server) newLeg(id string) *leg {
	audio, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		panic(err) // no port is left on the machine: no test can go on
	}
	l := &leg{id: id, audio: audio}
	s.legs[id] = l
	s.done.Go(func() { s.relay(l) })
	return l
}

func (l *leg) sdp() string {
	port := l.audio.LocalAddr().(*net.UDPAddr).Port
	return fmt.Sprintf("v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio %d RTP/AVP 0\r\n", port)
}

func mediaOf(msg string) netip.AddrPort {
	port, _ := strconv.ParseUint(between(msg, "m=audio ", " "), 10, 16)
	addr, _ := netip.ParseAddr(between(msg, "c=IN IP4 ", "\r\n"))
	return netip.AddrPortFrom(addr, uint16(port))
}

// match rings the next free phone for the caller who waits longest.
func (s *Server) match() {
	for i := 0; i < len(s.rounds) && len(s.waiting) > 0 && !s.closed; i++ {
		user := s.rounds[i]
		if s.busy[user] || s.off[user] || s.contacts[user] == "" {
			continue
		}
		caller := s.waiting[0]
		s.waiting = s.waiting[1:]
		s.rounds = append(append(s.rounds[:i:i], s.rounds[i+1:]...), user)
		s.ring(caller, user)
		i = -1
	}
}

func (s *Server) ring(caller *leg, user string) {
	s.serial++
	l := s.newLeg(fmt.Sprintf("standin-%d", s.serial))
	l.user, l.peer, caller.peer = user, caller, l
	l.contact = s.contacts[user]
	_, l.remote, _ = strings.Cut(l.contact, "@")
	s.busy[user] = true
	l.invite = "INVITE " + l.contact + " SIP/2.0\r\nVia: SIP/2.0/UDP " + s.Addr().String() + ";branch=z9hG4bK" + l.id +
		"\r\nFrom: <sip:" + caller.number + "@standin>;tag=f\r\nTo: <" + l.contact + ">\r\nCall-ID: " + l.id + "\r\nCSeq: 1 INVITE\r\n" +
		s.contact() + tail(l.sdp())
	s.send(l.invite, l.remote)
}

func (s *Server) agentAnswered(l *leg, msg string) {
	status := between(msg, "SIP/2.0 ", " ")
	if status < "200" || l.user == "" {
		return
	}
	s.within("ACK", 1, msg, l.remote)
	if status >= "300" {
		caller := l.peer
		s.drop(l)
		if caller != nil && s.legs[caller.id] != nil {
			caller.peer = nil
			s.waiting = append([]*leg{caller}, s.waiting...)
		}
		return
	}
	l.up, l.media = true, mediaOf(msg)
	l.invite = msg // its To has the phone's tag
	if l.peer != nil {
		s.accept(l.peer)
	}
}

// within sends a request of the dialog that an answer to our INVITE belongs to.
func (s *Server) within(method string, cseq int, answer, to string) {
	uri := between(header(answer, "Contact"), "<", ">")
	via := header(answer, "Via") // of a refusal: its ACK belongs to the same transaction
	if method != "ACK" || strings.HasPrefix(answer, "SIP/2.0 2") {
		s.serial++
		via = fmt.Sprintf("SIP/2.0/UDP %s;branch=z9hG4bKw%d", s.Addr(), s.serial)
	}
	s.send(fmt.Sprintf("%s %s SIP/2.0\r\nVia: %s\r\nFrom: %s\r\nTo: %s\r\nCall-ID: %s\r\nCSeq: %d %s\r\nContent-Length: 0\r\n\r\n",
		method, uri, via, header(answer, "From"), header(answer, "To"), header(answer, "Call-ID"), cseq, method), to)
}

// gone ends a leg whose party has hung up, and the other one by BYE.
func (s *Server) gone(l *leg) {
	peer := l.peer
	s.drop(l)
	if peer == nil || s.legs[peer.id] == nil {
		return
	}
	from, to := header(peer.invite, "From"), header(peer.invite, "To")
	if peer.user == "" {
		from, to = to+";tag="+peer.id, from
	}
	s.serial++
	method, cseq, branch := "BYE", 2, "b"+strconv.Itoa(s.serial)
	if !peer.up {
		method, cseq, branch = "CANCEL", 1, peer.id
	}
	s.send(fmt.Sprintf("%s %s SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=z9hG4bK%s\r\nFrom: %s\r\nTo: %s\r\nCall-ID: %s\r\nCSeq: %d %s\r\nContent-Length: 0\r\n\r\n",
		method, peer.contact, s.Addr(), branch, from, to, peer.id, cseq, method), peer.remote)
	s.drop(peer)
}

func (s *Server) drop(l *leg) {
	delete(s.legs, l.id)
	_ = l.audio.Close() // ends its relay
	if l.user != "" {
		s.busy[l.user] = false
	}
	for i, w := range s.waiting {
		if w == l {
			s.waiting = append(s.waiting[:i], s.waiting[i+1:]...)
			return
		}
	}
}

// relay hands on what a leg says to its peer.
func (s *Server) relay(l *leg) {
	buf := make([]byte, 1024)
	for {
		n, err := l.audio.Read(buf)
		if err != nil {
			return
		}
		s.mu.Lock()
		var out *net.UDPConn
		var to netip.AddrPort
		if p := l.peer; p != nil && p.up && l.up && !s.cfg.Deaf {
			out, to = p.audio, p.media
		}
		s.mu.Unlock()
		if out != nil {
			_, _ = out.WriteToUDPAddrPort(buf[:n], to) // closed when the peer has gone
		}
	}
}

// play sends a caller silence in place of music, until there is an agent.
func (s *Server) play(l *leg) {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	packet := make([]byte, 172)
	packet[0], packet[8] = 0x80, 1
	for i := 1; ; i++ {
		s.mu.Lock()
		over := s.closed || s.legs[l.id] == nil || l.peer != nil && l.peer.up
		s.mu.Unlock()
		if over {
			return
		}
		packet[2], packet[3] = byte(i>>8), byte(i)
		_, _ = l.audio.WriteToUDPAddrPort(packet, l.media) // closed when the caller has gone
		<-tick.C
	}
}
