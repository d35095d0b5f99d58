package sound

import "math"

const (
	lobes    = 24   // of the sinc on each side; more make the edge of the band steeper
	steps    = 512  // of the table between two zero crossings; interpolated linearly
	kaiser   = 8.0  // window shape: stop band about 80 dB down
	bandEdge = 0.93 // of the smaller half rate: leaves room for the filter to fall before it
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

// resample converts from a rate in Hz to 8 kHz. What 8 kHz cannot carry is
// filtered out before, so that it does not come back as whistling.
func resample(in []float32, rate int) []int16 {
	if rate == Rate {
		out := make([]int16, len(in))
		for i, x := range in {
			out[i] = pcm(float64(x))
		}
		return out
	}
	step := float64(rate) / Rate
	scale := bandEdge / max(step, 1) // zero crossings an input sample
	out := make([]int16, max(1, int(int64(len(in))*Rate/int64(rate))))
	for i := range out {
		out[i] = pcm(scale * at(in, float64(i)*step, scale))
	}
	return out
}

// at gives the filtered input around a place between samples.
func at(in []float32, place, scale float64) float64 {
	reach := lobes / scale
	first := max(0, int(math.Ceil(place-reach)))
	last := min(len(in)-1, int(place+reach))
	sum := 0.0
	for j := first; j <= last; j++ {
		x := math.Abs(float64(j)-place) * scale * steps
		k := min(int(x), lobes*steps)
		sum += float64(in[j]) * (kernel[k] + (x-float64(k))*(kernel[k+1]-kernel[k]))
	}
	return sum
}
