package sipua

import (
	"sync"

	"holdline/internal/telephony"
)

// joining is a bridge or mix that legs, perhaps on different workers, are to
// be in. Each tells when it has media, and when something else is wanted of it.
type joining interface {
	ready(side int, l *leg)
	leave(side int)
}

// join is a bridge wanted between two legs: made once both have media, unless
// either has been told something else by then.
type join struct {
	media audio

	mu    sync.Mutex // guards all below
	sides [2]joined
	off   bool
}

// joined is a leg that is ready for its bridge.
type joined struct {
	stream stream
	wide   bool // talks G.722
	narrow func()
}

// ready notes the stream of one side; the second makes the bridge. Where only
// one of them talks G.722, which is not transcoded, that one is asked for G.711.
func (j *join) ready(side int, l *leg) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.sides[side] = joined{l.stream, l.wide(), l.wantNarrow}
	a, b := j.sides[0], j.sides[1]
	if j.off || a.stream == nil || b.stream == nil {
		return
	}
	j.media.bridge(a.stream, b.stream)
	switch {
	case a.wide && !b.wide:
		a.narrow()
	case b.wide && !a.wide:
		b.narrow()
	}
}

// leave ends the wish; a bridge that was made is ended by what follows it.
func (j *join) leave(int) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.off = true
}

// voice is a stream in a mix, and those it hears.
type voice struct {
	stream stream
	hears  []stream
}

// gathering is a mix: made of those who have media, and anew with each who has it later.
type gathering struct {
	media audio
	hears [][]int // by side

	mu    sync.Mutex // guards all below
	sides []stream   // nil = no media yet, or gone
	gone  []bool
}

// newGathering gives a mix of the members, each one's side its index.
func newGathering(media audio, members []telephony.Member) *gathering {
	g := &gathering{media: media, hears: make([][]int, len(members)), sides: make([]stream, len(members)), gone: make([]bool, len(members))}
	side := map[telephony.LegID]int{}
	for i, m := range members {
		side[m.Leg] = i
	}
	for i, m := range members {
		for _, id := range m.Hears {
			if other, ok := side[id]; ok {
				g.hears[i] = append(g.hears[i], other)
			}
		}
	}
	return g
}

func (g *gathering) ready(side int, l *leg) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.gone[side] {
		return
	}
	g.sides[side] = l.stream
	if l.wide() {
		l.wantNarrow()
	}
	var voices []voice
	for i, s := range g.sides {
		if s == nil {
			continue
		}
		v := voice{stream: s}
		for _, other := range g.hears[i] {
			if g.sides[other] != nil {
				v.hears = append(v.hears, g.sides[other])
			}
		}
		voices = append(voices, v)
	}
	g.media.mix(voices)
}

// leave takes a side out. What follows takes its stream out of the mix; the others go on.
func (g *gathering) leave(side int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.gone[side], g.sides[side] = true, nil
}
