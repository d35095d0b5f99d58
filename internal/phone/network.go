package phone

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Config says where a Network stands.
type Config struct {
	// Address is the local IPv4 address, or address:port for a fixed SIP port; "" = 127.0.0.1, any port.
	// A server that trusts a trunk by its address sees this one.
	Address string
	// Server is host:port of the SIP server requests go to (UDP).
	Server string
	// RTPSockets is how many sockets carry all the audio; 0 = 2. More of them give more receive buffer.
	RTPSockets int
	// UserAgent is sent in requests; "" = "phone".
	UserAgent string
	// T1 is RFC 3261's estimate of the round trip; 0 = 500 ms. Every retransmission and time-out follows from it.
	T1 time.Duration
	// Filter, when set, sees every SIP message in both directions and drops it by returning false.
	// It runs on the loop; msg must not be kept or changed.
	Filter func(out bool, msg []byte) bool
}

// Network is a set of phones that share sockets. Its methods, and those of
// its phones and calls, are safe for concurrent use and may be called from
// the callbacks, which all run on the network's loop and must not block.
type Network struct {
	cfg    Config
	server netip.AddrPort
	sip    *socket
	media  *pacer
	host   string // local ip:port as it stands in Via and Contact
	ip     string
	epoch  time.Time

	mu     sync.Mutex // guards the four below
	posts  []func()
	armed  int64 // the time the loop's read ends at, 0 = never
	asleep bool
	closed bool
	done   chan struct{}

	// Everything below belongs to the loop.
	spare    []func()
	now      int64 // ns since 1970, taken when the loop woke up
	timers   timerHeap
	phones   map[string]*Phone
	anyone   *Phone
	clients  map[string]*clientTx // by branch; CANCEL, which shares its INVITE's, by branch and " CANCEL"
	invites  map[string]*Call     // server INVITE transactions by branch
	dialogs  map[string]*Call     // by our own tag; ended ones stay for 32 s to answer what is repeated
	graves   []grave              // what is to be forgotten, in order of time
	live     map[*Call]struct{}   // calls that have not ended
	pending  int                  // client transactions without a final answer
	waiters  []func() bool        // asked after every turn of the loop until they return true
	msg      message
	buf      []byte // of the message being written
	sdp      []byte // and of its session description
	prefix   string // of branches, tags and Call-IDs
	sequence uint64
}

type grave struct {
	at     int64
	forget func()
}

// Open binds the sockets and starts the network.
func Open(cfg Config) (*Network, error) {
	if cfg.T1 == 0 {
		cfg.T1 = 500 * time.Millisecond
	}
	if cfg.UserAgent == "" {
		cfg.UserAgent = "phone"
	}
	local, err := localAddress(cfg.Address)
	if err != nil {
		return nil, err
	}
	server, err := net.ResolveUDPAddr("udp4", cfg.Server)
	if err != nil {
		return nil, fmt.Errorf("phone: server %q: %w", cfg.Server, err)
	}
	n := &Network{cfg: cfg, server: unmap(server.AddrPort()), done: make(chan struct{}), epoch: time.Now(), phones: map[string]*Phone{},
		clients: map[string]*clientTx{}, invites: map[string]*Call{}, dialogs: map[string]*Call{}, live: map[*Call]struct{}{}}
	if n.sip, err = openSocket(local, maxDatagram); err != nil {
		return nil, fmt.Errorf("phone: SIP socket: %w", err)
	}
	if n.media, err = openPacer(local.Addr(), max(cfg.RTPSockets, 2), n.epoch); err != nil {
		return nil, fmt.Errorf("phone: RTP sockets: %w", joinClose(err, n.sip.conn))
	}
	n.host, n.ip = n.sip.local.String(), n.sip.local.Addr().String()
	n.now = n.clock()
	var seed [6]byte
	_, _ = rand.Read(seed[:]) // never fails
	n.prefix = hex.EncodeToString(seed[:])
	go n.run()
	return n, nil
}

func joinClose(err error, c *net.UDPConn) error {
	_ = c.Close()
	return err
}

func localAddress(s string) (netip.AddrPort, error) {
	if s == "" {
		s = "127.0.0.1"
	}
	if !strings.Contains(s, ":") {
		s += ":0"
	}
	a, err := netip.ParseAddrPort(s)
	if err != nil {
		return a, fmt.Errorf("phone: local address %q: want an IPv4 address or address:port", s)
	}
	if !a.Addr().Unmap().Is4() {
		return a, fmt.Errorf("phone: local address %q: only IPv4 is spoken", s)
	}
	return unmap(a), nil
}

func unmap(a netip.AddrPort) netip.AddrPort { return netip.AddrPortFrom(a.Addr().Unmap(), a.Port()) }

// Addr gives the address the network's SIP messages come from.
func (n *Network) Addr() netip.AddrPort { return n.sip.local }

// Close ends the network at once, without a word to the server; see Drain for
// the polite end. Calls that are up end with By == Lost.
func (n *Network) Close() error {
	n.mu.Lock()
	if n.closed {
		n.mu.Unlock()
		return nil
	}
	n.closed = true
	_ = n.sip.conn.SetReadDeadline(time.Unix(1, 0))
	n.mu.Unlock()
	<-n.done
	n.media.close()
	return n.sip.conn.Close()
}

// Drain hangs up every call, and returns when all have ended and every
// request has been answered or given up, or with the context's error.
func (n *Network) Drain(ctx context.Context) error {
	n.post(func() {
		for c := range n.live {
			c.hangup(causeLocal, "")
		}
	})
	return n.until(ctx, func() bool { return len(n.live) == 0 && n.pending == 0 })
}

// until waits for a condition of the loop's own data.
func (n *Network) until(ctx context.Context, holds func() bool) error {
	met := make(chan struct{})
	n.post(func() {
		n.waiters = append(n.waiters, func() bool {
			if ctx.Err() != nil {
				return true
			}
			if !holds() {
				return false
			}
			close(met)
			return true
		})
	})
	select {
	case <-met:
		return nil
	case <-ctx.Done():
		n.post(func() {}) // so that the waiter is dropped
		return ctx.Err()
	case <-n.done:
		return net.ErrClosed
	}
}

// After runs f on the loop d from now.
func (n *Network) After(d time.Duration, f func()) {
	n.post(func() { n.after(d, f) })
}

// Dropped gives the number of packets, SIP and RTP, that arrived here and were
// lost because this process did not read them in time: they are the test's fault, not the server's.
func (n *Network) Dropped() uint64 { return uint64(n.sip.drops.Load()) + n.media.dropped() }

// Behind gives the longest time audio was late in being sent because this
// process did not get the processor, since the last call of Behind.
func (n *Network) Behind() time.Duration { return n.media.behind() }

func (n *Network) clock() int64 { return n.epoch.UnixNano() + int64(time.Since(n.epoch)) }

// post has f run on the loop.
func (n *Network) post(f func()) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.posts = append(n.posts, f)
	if n.asleep {
		n.asleep = false
		n.armed = 1
		_ = n.sip.conn.SetReadDeadline(time.Unix(1, 0))
	}
}

func (n *Network) run() {
	defer close(n.done)
	for {
		n.now = n.clock()
		n.runPosts()
		n.runTimers()
		n.askWaiters()
		wait, stop := n.arm()
		if stop {
			break
		}
		packets, err := n.sip.read(wait)
		if err != nil { // the deadline: what has arrived goes before the timers all the same
			packets, _ = n.sip.read(false)
		}
		n.now = n.clock()
		for i := range packets {
			n.receive(&packets[i])
		}
	}
	for c := range n.live {
		c.end(Lost, 0, "the phone was switched off")
	}
}

func (n *Network) runPosts() {
	n.mu.Lock()
	n.asleep = false
	posts := n.posts
	n.posts = n.spare[:0]
	n.mu.Unlock()
	for i, f := range posts {
		f()
		posts[i] = nil
	}
	n.spare = posts
}

// arm sets the end of the next read to the next timer, and says whether to block at all.
func (n *Network) arm() (wait, stop bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.closed {
		return false, true
	}
	next := n.nextTimer()
	if next != n.armed {
		n.armed = next
		deadline := time.Time{}
		if next != 0 {
			deadline = n.epoch.Add(time.Duration(next - n.epoch.UnixNano()))
		}
		_ = n.sip.conn.SetReadDeadline(deadline)
	}
	n.asleep = len(n.posts) == 0
	return n.asleep, false
}

func (n *Network) askWaiters() {
	kept := n.waiters[:0]
	for _, w := range n.waiters {
		if !w() {
			kept = append(kept, w)
		}
	}
	clear(n.waiters[len(kept):])
	n.waiters = kept
}

// receive handles one datagram.
func (n *Network) receive(d *datagram) {
	if n.cfg.Filter != nil && !n.cfg.Filter(false, d.data) {
		return
	}
	if n.msg.parse(d.data) != nil {
		return
	}
	if n.msg.code != 0 {
		n.receiveResponse(&n.msg, d)
		return
	}
	n.receiveRequest(&n.msg, d)
}

// send puts a message on the wire; what the network loses, timers repeat.
func (n *Network) send(msg []byte, to netip.AddrPort) {
	if n.cfg.Filter != nil && !n.cfg.Filter(true, msg) {
		return
	}
	_ = n.sip.send(msg, to)
}

// token gives a string nobody else uses, for branches, tags and Call-IDs.
func (n *Network) token() string {
	n.sequence++
	return n.prefix + strconv.FormatUint(n.sequence, 36)
}

// bury forgets something when everything that could repeat it is over (64*T1, RFC 3261 timers B, D, H, J).
func (n *Network) bury(forget func()) {
	n.graves = append(n.graves, grave{n.now + 64*int64(n.cfg.T1), forget})
	if len(n.graves) == 1 {
		n.at(n.graves[0].at, n.dig)
	}
}

func (n *Network) dig() {
	done := 0
	for done < len(n.graves) && n.graves[done].at <= n.now {
		n.graves[done].forget()
		done++
	}
	n.graves = n.graves[:copy(n.graves, n.graves[done:])]
	if len(n.graves) > 0 {
		n.at(max(n.graves[0].at, n.now+int64(100*time.Millisecond)), n.dig)
	}
}
