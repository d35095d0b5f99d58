package loadtest

import (
	"math"
	"slices"
	"time"
)

// Sample is every value of a time that was measured; percentiles are exact.
type Sample struct{ values []time.Duration }

func (s *Sample) add(d time.Duration) { s.values = append(s.values, d) }

// Quantiles of a sample. A percentile is the smallest value that so many
// percent of all values do not exceed (nearest rank).
type Quantiles struct {
	Count int     `json:"count"`
	P50   float64 `json:"p50_ms"`
	P95   float64 `json:"p95_ms"`
	P99   float64 `json:"p99_ms"`
	Max   float64 `json:"max_ms"`
}

func (s *Sample) quantiles() Quantiles {
	v := slices.Clone(s.values)
	slices.Sort(v)
	q := Quantiles{Count: len(v)}
	if len(v) == 0 {
		return q
	}
	at := func(p float64) float64 {
		return milliseconds(v[max(0, int(math.Ceil(p*float64(len(v))))-1)])
	}
	q.P50, q.P95, q.P99, q.Max = at(0.50), at(0.95), at(0.99), at(1)
	return q
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
