package sound

import "math"

const (
	lobes    = 24   // of the sinc on each side; more make the edge of the band steeper
	steps    = 512  // of the table between two zero crossings; interpolated linearly
	kaiser   = 8.0  // window shape: stop band about 80 dB down
	bandEdge = 0.93 // of the smaller half rate: leaves room for the filter to fall before it

	// keptWeights bounds the memory of weights that are computed once. Usual
	// rates need far less: 44.1 kHz has 80 phases of 286.
	keptWeights = 1 << 18
)

// kernel is one side of a Kaiser-windowed sinc, from its peak outwards.
var kernel = func() [lobes*steps + 2]float64 {
	var table [lobes*steps + 2]float64
	table[0] = 1
	for i := 1; i < lobes*steps; i++ {
		x := float64(i) / steps
		edge := x / lobes
		table[i] = math.Sin(math.Pi*x) / (math.Pi * x) * bessel(kaiser*math.Sqrt(1-edge*edge)) / bessel(kaiser)
	}
	return table
}()

// bessel is I0, the modified Bessel function of order 0, by its series.
func bessel(x float64) float64 {
	sum, term := 1.0, 1.0
	for k := 1.0; term > sum*1e-12; k++ {
		term *= (x / (2 * k)) * (x / (2 * k))
		sum += term
	}
	return sum
}

// resampler converts to 8 kHz, piece by piece, so that a long sound is never
// in memory at its own rate. What 8 kHz cannot carry is filtered out before,
// so that it does not come back as whistling.
//
// Output i lies at input i·up/down, a reduced fraction: only down different
// places between two inputs occur, and each place, a phase, has its weights.
type resampler struct {
	rate     int // Hz
	up, down int
	scale    float64     // zero crossings an input sample
	half     int         // inputs on either side of a place that count
	phases   [][]float32 // by place between two inputs; nil = not computed yet
	scratch  []float32   // the weights of one place, where there are too many to keep

	in    []float32 // inputs still needed
	first int       // the number of in[0]; the half of them before 0 are silence
	read  int       // inputs written so far
	out   []int16
}

func newResampler(rate int) *resampler {
	g := gcd(rate, Rate)
	r := &resampler{rate: rate, up: rate / g, down: Rate / g}
	r.scale = bandEdge / max(float64(rate)/Rate, 1)
	r.half = int(lobes/r.scale) + 1
	if r.down*2*r.half <= keptWeights {
		r.phases = make([][]float32, r.down)
	}
	r.in, r.first = make([]float32, r.half), -r.half
	return r
}

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// write takes the next inputs, from -1 to 1.
func (r *resampler) write(in []float32) {
	r.read += len(in)
	if r.rate == Rate {
		for _, x := range in {
			r.out = append(r.out, pcm(float64(x)))
		}
		return
	}
	r.in = append(r.in, in...)
	r.emit(math.MaxInt)
}

// close gives all of the sound, at least one sample.
func (r *resampler) close() []int16 {
	if r.rate == Rate {
		return r.out
	}
	r.in = append(r.in, make([]float32, r.half+1)...)
	r.emit(max(1, int(int64(r.read)*Rate/int64(r.rate))))
	return r.out
}

// emit makes the outputs whose inputs are all there, up to the limit-th, and
// forgets the inputs no later one needs.
func (r *resampler) emit(limit int) {
	for len(r.out) < limit {
		place := len(r.out) * r.up
		from := place/r.down - r.half + 1 - r.first
		to := from + 2*r.half
		if to > len(r.in) {
			from = min(from, len(r.in))
			r.first += from
			r.in = r.in[:copy(r.in, r.in[from:])]
			return
		}
		r.out = append(r.out, pcm(float64(dot(r.in[from:to], r.weights(place%r.down)))))
	}
}

// weights gives those of the inputs around a place.
func (r *resampler) weights(phase int) []float32 {
	if r.phases == nil {
		r.scratch = r.weigh(phase, r.scratch)
		return r.scratch
	}
	if r.phases[phase] == nil {
		r.phases[phase] = r.weigh(phase, nil)
	}
	return r.phases[phase]
}

func (r *resampler) weigh(phase int, into []float32) []float32 {
	into = into[:0]
	for j := 1 - r.half; j <= r.half; j++ {
		x := math.Abs(float64(j)-float64(phase)/float64(r.down)) * r.scale * steps
		k := min(int(x), lobes*steps)
		into = append(into, float32(r.scale*(kernel[k]+(x-float64(k))*(kernel[k+1]-kernel[k]))))
	}
	return into
}

// dot multiplies inputs with weights, an even number of them; sums of their
// own let the processor work on several at once.
func dot(in, weights []float32) float32 {
	var even, odd float32
	weights = weights[:len(in)]
	for i := 0; i+1 < len(in); i += 2 {
		even += in[i] * weights[i]
		odd += in[i+1] * weights[i+1]
	}
	return even + odd
}
