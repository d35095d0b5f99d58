package sipua

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/emiago/sipgo/sip"

	"holdline/internal/media"
	"holdline/internal/sipua/negotiate"
	"holdline/internal/sipua/transaction"
	"holdline/internal/sipua/transport"
	"holdline/internal/telephony"
)

// phase is how far a leg has come.
type phase uint8

const (
	setup phase = iota // no final answer yet
	up                 // answered
	over               // Ended has been sent, or waits for recordings; what is left is signalling
)

// Timers of a leg.
const (
	ringTimer    timerKind = iota // repeat 18x (RFC 3261 §13.3.1.1)
	confirmTimer                  // repeat 2xx until the ACK (§13.3.1.4)
	sessionTimer                  // refresh or expiry (RFC 4028)
	retryTimer                    // a refresh that met glare (§14.1)
	recordTimer                   // recordings that are not finished
	legTimers
)

// ringEvery is how often a provisional answer is repeated, so that no proxy gives up.
const ringEvery = time.Minute

// leg is one party's side of a call.
type leg struct {
	w         *worker
	id        telephony.LegID
	org       int64
	extension int64  // of the phone; 0 = a trunk's
	call      string // call id for logs
	callID    string // SIP
	incoming  bool
	phase     phase
	dialog    *dialog // incoming: from the start; outgoing: the fork that won
	timers    [legTimers]timer

	// Media.
	stream  stream
	heard   bool              // SetRemote was called: the leg has media
	remote  negotiate.Session // the peer's latest description; zero until there is one
	format  negotiate.Format
	local   negotiate.Local
	sdp     []byte        // our latest description
	codecs  []media.Codec // that it names
	held    bool
	mute    bool // nothing came while the peer held us
	toG711  narrowing
	share   *share
	join    joining // nil = in no bridge and no mix
	side    int
	playing *media.Playback // wanted before there is media

	taping     *recording       // the one that runs, or is wanted before there is media
	recordings []*recording     // not told yet
	last       *telephony.Ended // waits for them

	// An incoming call.
	invite  *serverTx
	offered bool // the INVITE had an offer
	ringing reply

	confirm confirmation // a 2xx of ours that waits for its ACK
	session session
	refresh *clientTx // a re-INVITE or UPDATE of ours is out

	// An outgoing call.
	out outgoing
}

// confirmation is a 2xx to an INVITE, repeated until the ACK comes whatever
// the transport (RFC 3261 §13.3.1.4).
type confirmation struct {
	ok       []byte // nil = nothing waits
	flow     transport.Flow
	cseq     uint32
	interval time.Duration
	until    time.Time
	answer   bool // the ACK carries the answer to our offer
	bye      bool // the leg is over: BYE follows the ACK (§15)
	reason   string
}

func (w *worker) newLeg(id telephony.LegID, org int64) *leg {
	l := &leg{w: w, id: id, org: org}
	for i := range l.timers {
		l.timers[i].owner, l.timers[i].kind = l, timerKind(i)
	}
	w.legs[id] = l
	w.ua.counters.legs.Add(1)
	return l
}

func (l *leg) emit(ev telephony.Event) { l.w.ua.cfg.Handler.HandleEvent(l.org, ev) }

// logger gives the log with the leg's attributes.
func (l *leg) logger() *slog.Logger {
	return l.w.ua.log.With("call", l.call, "leg", string(l.id), "sip_call_id", l.callID)
}

func (l *leg) arm(kind timerKind, at time.Time) { l.w.timers.arm(&l.timers[kind], at) }
func (l *leg) disarm(kind timerKind)            { l.w.timers.disarm(&l.timers[kind]) }

// tick fires one of the leg's timers.
func (l *leg) tick(_ *worker, now time.Time, kind timerKind) {
	switch kind {
	case ringTimer:
		l.provisional(now, l.ringing)
	case confirmTimer:
		l.repeatOK(now)
	case sessionTimer:
		l.sessionDue(now)
	case retryTimer:
		l.sendRefresh(now)
	case recordTimer:
		l.overdue()
	}
}

// openMedia takes a port for the leg, beside the leg it will talk with.
func (l *leg) openMedia(peer *share) error {
	if l.stream != nil {
		return nil
	}
	var near stream
	if peer != nil {
		_, _, near = peer.state()
	}
	s, err := l.w.ua.media.open(near, ears{l}, l.call)
	if errors.Is(err, media.ErrNoPorts) {
		l.w.ua.warn("ports", "call refused: every RTP port is in use; widen --rtp-ports", "error", err, "call", l.call)
	} else if err != nil {
		l.logger().Error("opening media failed", "error", err)
	}
	if err == nil {
		l.stream = s
	}
	return err
}

// describe sets our end of the session towards a peer.
func (l *leg) describe(to transport.Flow) negotiate.Local {
	if l.local.SessionID == 0 {
		l.local = negotiate.Local{Addr: l.w.ua.host(to.Remote.Addr()), Port: l.stream.Port(), SessionID: uint64(l.w.rand.Uint32()), Version: 1}
	}
	return l.local
}

// hear takes what was agreed with the peer to the stream, and makes what was
// waiting for media true.
func (l *leg) hear(s negotiate.Session, f negotiate.Format) {
	if s.Addr.Addr().IsUnspecified() && l.remote.Addr.IsValid() { // old-style hold names no address
		s.Addr = l.remote.Addr
	}
	l.remote, l.format = s, f
	r := media.Remote{Addr: s.Addr, Codec: f.Codec, PayloadType: f.PayloadType, EventType: s.Event,
		Send: s.Direction.Receives(), Receive: s.Direction.Sends()}
	if l.mute && !s.Held() { // listen for silence anew
		l.mute = false
		deaf := r
		deaf.Receive = false
		l.stream.SetRemote(deaf)
	}
	l.stream.SetRemote(r)
	if l.share != nil {
		l.share.settle(f.Codec, l.stream)
	}
	if l.heard {
		return
	}
	l.heard = true
	if l.join != nil {
		l.join.ready(l.side, l)
	} else if l.playing != nil {
		l.stream.Play(*l.playing)
	}
	l.playing = nil
	l.tape()
}

// accepts gives the codecs for an answer, best first: what the other leg
// already talks, then G.711 in the peer's order, as music is G.711, then the rest.
func accepts(s negotiate.Session, prefer media.Codec) []media.Codec {
	out := make([]media.Codec, 0, len(s.Formats)+1)
	if prefer != 0 {
		out = append(out, prefer)
	}
	for _, f := range s.Formats {
		if f.Codec != media.G722 {
			out = append(out, f.Codec)
		}
	}
	return append(out, media.G722)
}

// offers gives the codecs of an offer towards a leg that will talk with peer.
// G.722 is never transcoded, so it is offered only to a peer that has it; and
// never decoded, so it is not where the talk will be recorded, unless the peer
// has nothing else.
func offers(peer *share, recorded bool) []media.Codec {
	if peer == nil {
		return []media.Codec{media.PCMA, media.PCMU}
	}
	codec, prefer, _ := peer.state()
	if codec == 0 {
		codec = prefer
	}
	switch {
	case codec == media.PCMU:
		return []media.Codec{media.PCMU, media.PCMA}
	case codec == media.PCMA:
		return []media.Codec{media.PCMA, media.PCMU}
	case codec == media.G722:
		return []media.Codec{media.G722}
	case recorded && slices.ContainsFunc(peer.offered, isG711):
		return slices.DeleteFunc(slices.Clone(peer.offered), func(c media.Codec) bool { return !isG711(c) })
	case len(peer.offered) > 0:
		return peer.offered
	}
	return []media.Codec{media.PCMA, media.PCMU}
}

func isG711(c media.Codec) bool { return c == media.PCMA || c == media.PCMU }

// agree answers an offer. The answer is l.sdp.
func (l *leg) agree(s negotiate.Session, to transport.Flow) error {
	var prefer media.Codec
	if l.share != nil {
		_, prefer, _ = l.share.state()
	}
	if l.format.Codec != 0 {
		prefer = l.format.Codec // a re-INVITE keeps the codec if it can
	}
	f, ok := negotiate.Choose(s, accepts(s, prefer))
	if !ok || s.Refused {
		return fmt.Errorf("%w: no audio is left", negotiate.ErrNotAcceptable)
	}
	if err := l.openMedia(nil); err != nil {
		return err
	}
	sdp := negotiate.Answer(l.describe(to), s, f, negotiate.SendRecv)
	if l.sdp != nil && !bytes.Equal(sdp, l.sdp) { // the version tells whether anything changed (RFC 3264 §8)
		l.local.Version++
		sdp = negotiate.Answer(l.local, s, f, negotiate.SendRecv)
	}
	l.sdp, l.codecs = sdp, []media.Codec{f.Codec}
	l.hear(s, f)
	return nil
}

// offer makes an offer. It is l.sdp.
func (l *leg) offer(codecs []media.Codec, to transport.Flow) {
	if l.describe(to); l.sdp != nil {
		l.local.Version++
	}
	l.sdp, l.codecs = negotiate.Offer(l.local, codecs, negotiate.SendRecv), codecs
}

// accept takes the answer to an offer of ours: the first it names of what was
// offered (RFC 3264 §7).
func (l *leg) accept(body []byte) error {
	s, err := negotiate.Parse(body)
	if err != nil {
		return err
	}
	if s.Refused {
		return fmt.Errorf("%w: audio was refused", negotiate.ErrNotAcceptable)
	}
	for _, f := range s.Formats {
		if slices.Contains(l.codecs, f.Codec) {
			l.hear(s, f)
			return nil
		}
	}
	return fmt.Errorf("%w: the answer has none of the codecs offered", negotiate.ErrNotAcceptable)
}

// sdpRefusal gives the status code for a description that can not be used, with
// the Warning that explains it (RFC 3261 §20.43).
func sdpRefusal(err error) reply {
	r := reply{code: 488, extra: `Warning: 305 holdline "` + quotable(err.Error()) + "\"\r\n"}
	switch {
	case errors.Is(err, media.ErrNoPorts):
		r = reply{code: 503, reason: "No Free RTP Port", extra: "Retry-After: " + itoa(retryAfter) + "\r\n"}
	case errors.Is(err, negotiate.ErrMalformed):
		r.code = 400
	case !errors.Is(err, negotiate.ErrNotAcceptable):
		r = reply{code: 500}
	}
	return r
}

// wrongType refuses a body that is no SDP (RFC 3261 §8.2.3); nil if there is none or it is SDP.
func wrongType(req *sip.Request) *reply {
	if len(req.Body()) == 0 || isType(req, sdpType) {
		return nil
	}
	return &reply{code: 415, extra: "Accept: " + sdpType + "\r\n"}
}

// await starts repeating a 2xx until its ACK.
func (l *leg) await(now time.Time, ok []byte, flow transport.Flow, cseq uint32, answer bool) {
	l.confirm = confirmation{ok: ok, flow: flow, cseq: cseq, interval: transaction.T1, until: now.Add(transaction.Linger), answer: answer}
	l.arm(confirmTimer, now.Add(transaction.T1))
}

func (l *leg) repeatOK(now time.Time) {
	c := &l.confirm
	if c.ok == nil {
		return
	}
	if now.Before(c.until) {
		l.w.send(c.flow, c.ok, nil)
		c.interval = min(2*c.interval, transaction.T2)
		l.arm(confirmTimer, now.Add(min(c.interval, c.until.Sub(now))))
		return
	}
	c.ok = nil
	if c.bye {
		l.w.bye(now, l.dialog, c.reason)
		return
	}
	l.logger().Warn("the phone never confirmed our answer (no ACK): check NAT and firewall between it and us", "peer", l.dialog.flow.String())
	l.hangBye(now, `Reason: SIP;cause=408;text="No ACK received"`+"\r\n")
	l.end(now, telephony.Ended{By: telephony.Network, Cause: telephony.SessionExpired, Code: 408, Reason: "no ACK came for the answer"})
}

// acked takes the ACK of a 2xx.
func (l *leg) acked(now time.Time, req *sip.Request) {
	c := &l.confirm
	if c.ok == nil || req.CSeq().SeqNo != c.cseq {
		return
	}
	c.ok = nil
	l.disarm(confirmTimer)
	if c.bye {
		l.w.bye(now, l.dialog, c.reason)
		return
	}
	if !c.answer {
		return
	}
	if err := l.accept(req.Body()); err != nil {
		l.logger().Info("call ended: no usable answer in the ACK to our offer", "error", err)
		l.hangBye(now, `Reason: SIP;cause=488;text="No usable SDP answer"`+"\r\n")
		l.end(now, telephony.Ended{By: telephony.Network, Cause: telephony.NotAcceptable, Code: 488, Reason: err.Error()})
	}
}
