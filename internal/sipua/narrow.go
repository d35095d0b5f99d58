package sipua

import (
	"time"

	"holdline/internal/media"
)

// G.722 is relayed between two phones that both have it and is never
// transcoded: a leg that talks it hears neither music nor a mix, nor a phone
// that talks G.711. When one of these is wanted, its peer is asked by
// re-INVITE to go on in G.711, which practically every phone has as well.

// narrowing is how far a leg has come with that.
type narrowing struct {
	wanted  bool
	asked   bool          // a re-INVITE is out, or waits after a glare
	refused bool          // the peer has G.722 only, or will not change
	sdp     []byte        // our description before
	codecs  []media.Codec // and what it named
}

// wide tells whether the leg talks G.722 and is going to.
func (l *leg) wide() bool { return l.format.Codec == media.G722 && !l.toG711.wanted }

// wantNarrow has the leg's worker ask for G.711.
func (l *leg) wantNarrow() {
	l.w.post(taskFunc(func(_ *worker, now time.Time) { l.narrow(now) }))
}

// narrow asks the peer for G.711, unless the leg talks that already.
func (l *leg) narrow(now time.Time) {
	n := &l.toG711
	if l.phase != up || !l.wide() || n.refused {
		return
	}
	n.wanted = true
	if l.refresh != nil {
		l.arm(retryTimer, now.Add(time.Second))
		return
	}
	l.sendRefresh(now)
}

// offerNarrow makes G.711 the offer of the re-INVITE that follows, if it is wanted.
func (l *leg) offerNarrow() {
	n := &l.toG711
	if !n.wanted || l.format.Codec != media.G722 { // changed by the peer meanwhile
		n.wanted, n.asked = false, false
		return
	}
	if !n.asked {
		n.asked, n.sdp, n.codecs = true, l.sdp, l.codecs
	}
	l.offer([]media.Codec{media.PCMA, media.PCMU}, l.dialog.flow)
}

// stayWide takes a refusal: the session stays as it was (RFC 3261 §14.1).
func (l *leg) stayWide() {
	n := &l.toG711
	if !n.asked {
		return
	}
	l.logger().Info("the phone talks G.722 only: it does not hear music, nor phones that talk G.711; enable G.711 on it")
	l.sdp, l.codecs = n.sdp, n.codecs
	*n = narrowing{refused: true}
}
