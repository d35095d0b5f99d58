//go:build linux

package media

// player walks through a playback, frame by frame. Each stream has its own
// position, so everybody hears music from its beginning; the bytes are shared.
type player struct {
	playback Playback
	active   bool
	sound    int // index in playback.Sounds
	frame    int // the next frame of that sound
}

// start begins a playback at its first frame.
func (p *player) start(pb Playback) {
	*p = player{playback: pb, active: true}
	if pb.Loop && !audible(pb.Sounds) {
		p.playback.Loop = false // a loop of nothing would never advance
	}
}

func audible(sounds []*Sound) bool {
	for _, s := range sounds {
		if s.frames > 0 {
			return true
		}
	}
	return false
}

// next returns the sound and the frame to be sent now and moves on. Its last
// result is false when there is nothing more to play.
func (p *player) next() (s *Sound, frame int, ok bool) {
	for p.active {
		if p.sound == len(p.playback.Sounds) {
			if !p.playback.Loop {
				return nil, 0, false
			}
			p.sound = 0
		}
		if s = p.playback.Sounds[p.sound]; p.frame < s.frames {
			p.frame++
			return s, p.frame - 1, true
		}
		p.sound, p.frame = p.sound+1, 0
	}
	return nil, 0, false
}
