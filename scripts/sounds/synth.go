package main

import "math"

const rate = 8000 // Hz, what telephones carry

// loop is a piece of sound whose end runs into its beginning: what rings on
// past the end is heard at the start, so that it repeats without a seam.
type loop []float64

func (l loop) add(at int, x float64) { l[at%len(l)] += x }

// partial is one sine of a note.
type partial struct {
	ratio    float64 // of the note's frequency
	strength float64
	halfLife float64 // seconds for it to fall to half
}

// voice is how an instrument sounds.
type voice struct {
	partials []partial
	attack   float64 // seconds to full strength
	damping  float64 // how much faster higher notes die: half-life divides by (f/440)^damping
}

var (
	// piano is a soft electric piano: a round tone and a short glint of bell.
	piano = voice{attack: 0.006, damping: 0.6, partials: []partial{
		{1, 1, 0.55}, {2, 0.42, 0.35}, {3, 0.16, 0.22}, {4, 0.07, 0.16}, {7, 0.05, 0.04},
	}}
	// marimba has the tuned fourth partial of its bars, which dies at once.
	marimba = voice{attack: 0.003, damping: 0.8, partials: []partial{
		{1, 1, 0.32}, {2, 0.10, 0.20}, {3.98, 0.34, 0.06}, {9.1, 0.06, 0.02},
	}}
	// bass carries its pitch in the second and third partial, which small speakers can play.
	bass = voice{attack: 0.012, damping: 0.3, partials: []partial{
		{1, 0.8, 0.5}, {2, 0.65, 0.45}, {3, 0.30, 0.30}, {4, 0.10, 0.20},
	}}
)

// highest is the top of the band: above it a partial would fold back.
const highest = 3300

// note plays one: at and how long it is held in seconds, frequency in Hz.
func (v voice) note(out loop, at, frequency, strength, held float64) {
	const ringing = 6 // half-lives after which nothing is heard
	start := int(at * rate)
	brightness := math.Pow(frequency/440, -v.damping)
	for n, p := range v.partials {
		f := frequency * p.ratio
		if f > highest {
			continue
		}
		decay := p.halfLife * brightness
		length := int(min(held+0.25, decay*ringing) * rate)
		for i := range length {
			t := float64(i) / rate
			x := strength * p.strength * math.Exp2(-t/decay) * math.Sin(2*math.Pi*f*t+float64(n))
			out.add(start+i, x*v.swell(t)*release(t, held, float64(length)/rate))
		}
	}
}

func (v voice) swell(t float64) float64 {
	if t >= v.attack {
		return 1
	}
	return 0.5 - 0.5*math.Cos(math.Pi*t/v.attack)
}

// release lets a note go at its end instead of cutting it, which would click.
func release(t, held, end float64) float64 {
	from := min(held, end-0.03)
	if t <= from {
		return 1
	}
	return max(0, 0.5+0.5*math.Cos(math.Pi*(t-from)/(end-from)))
}

// pad is a held chord tone: two sines a little apart that swell and fade.
func pad(out loop, at, frequency, strength, held float64) {
	start, length := int(at*rate), int((held+1.2)*rate)
	for i := range length {
		t := float64(i) / rate
		shape := math.Sin(math.Pi * t / (held + 1.2))
		tone := math.Sin(2*math.Pi*frequency*1.0015*t) + math.Sin(2*math.Pi*frequency*0.9985*t) +
			0.3*math.Sin(2*math.Pi*2*frequency*t)
		out.add(start+i, strength*shape*shape*tone)
	}
}

// room puts a small hall around the dry sound: echoes at times without common
// divisor, each softer and darker than the one before, running round the loop.
func room(dry loop, wet float64) loop {
	out := append(loop(nil), dry...)
	dark := append(loop(nil), dry...)
	for n, ms := range []int{23, 37, 53, 71, 97, 131, 173, 227, 283, 347, 421, 509, 613} {
		dark = dark.darker()
		gain := wet * math.Pow(0.86, float64(n))
		if n%3 == 1 {
			gain = -gain
		}
		for i, x := range dark {
			out.add(i+ms*rate/1000, gain*x)
		}
	}
	return out
}

// darker is a gentle low-pass that runs round the loop.
func (l loop) darker() loop {
	out := make(loop, len(l))
	for i := range l {
		out[i] = 0.25*l[(i+len(l)-1)%len(l)] + 0.5*l[i] + 0.25*l[(i+1)%len(l)]
	}
	return out
}

// level scales to a mean power in dB below full scale.
func (l loop) level(db float64) loop {
	sum := 0.0
	for _, x := range l {
		sum += x * x
	}
	gain := math.Pow(10, db/20) / math.Sqrt(sum/float64(len(l)))
	for i := range l {
		l[i] *= gain
	}
	return l
}
