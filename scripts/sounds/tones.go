package main

import "math"

// ringback is 425 Hz, one second on and four off (ETSI TR 101 041-2).
func ringback() loop {
	out := make(loop, 5*rate)
	for i := range rate {
		out[i] = 0.12 * math.Sin(2*math.Pi*425*float64(i)/rate) * edge(i, rate)
	}
	return out
}

// beep is two short notes, so that nobody takes it for a tone of the line.
func beep() loop {
	out := make(loop, rate*4/10)
	for n, frequency := range []float64{880, 1174.66} {
		start, length := n*rate*12/100, rate*16/100
		for i := range length {
			out.add(start+i, 0.15*math.Sin(2*math.Pi*frequency*float64(i)/rate)*edge(i, length))
		}
	}
	return out
}

// silence is half a second of nothing.
func silence() loop { return make(loop, rate/2) }

// edge rounds the first and last 10 ms of a tone.
func edge(i, length int) float64 {
	const soft = rate / 100
	near := min(i, length-1-i)
	if near >= soft {
		return 1
	}
	return 0.5 - 0.5*math.Cos(math.Pi*float64(near)/soft)
}
