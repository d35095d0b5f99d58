package report

import (
	"errors"
	"math"
	"time"
)

// Demand is what an interval brings and what is wanted of the service.
type Demand struct {
	Arrivals     float64       // calls in Interval
	Interval     time.Duration // over which they arrive
	AHT          time.Duration // talk, hold and wrap-up of a call
	Target       float64       // share of the calls to be answered within Within, 0…1
	Within       time.Duration
	MaxOccupancy float64 // most of their time agents may be busy, 0…1; 0 = no limit
}

// Staff is what a number of agents makes of a demand.
type Staff struct {
	Agents       int
	Traffic      float64 // offered load in erlangs: agents busy on average
	Waits        float64 // share of the callers who have to wait at all
	ServiceLevel float64 // share answered within Demand.Within
	ASA          time.Duration
	Occupancy    float64
}

// ErrDemand: a demand that no number of agents up to MaxAgents meets, or whose values are out of range.
var ErrDemand = errors.New("report: arrivals, interval, handle time, target or occupancy out of range")

// MaxAgents bounds the staffing: far more than one organisation seats.
const MaxAgents = 1_000_000

// Staffing gives the least number of agents that meets the demand, by
// Erlang's delay formula (Erlang C: random arrivals, callers wait patiently).
func Staffing(d Demand) (Staff, error) {
	if !d.valid() {
		return Staff{}, ErrDemand
	}
	a := d.traffic()
	if a > MaxAgents {
		return Staff{}, ErrDemand
	}
	// Erlang B by its recursion: every step is a ratio of numbers between 0
	// and 1, where the formula's powers and factorials overflow from 170 agents on.
	b := 1.0
	for n := 1; n <= MaxAgents; n++ {
		b = a * b / (float64(n) + a*b)
		if float64(n) <= a || d.MaxOccupancy > 0 && a/float64(n) > d.MaxOccupancy {
			continue
		}
		if s := d.with(n, a, b); s.ServiceLevel >= d.Target {
			return s, nil
		}
	}
	return Staff{}, ErrDemand
}

// Predict tells what n agents make of the demand. With fewer than its traffic
// the queue grows without end: the service level is 0, everybody waits, and ASA is the longest duration.
func Predict(d Demand, n int) (Staff, error) {
	if !d.valid() || n < 1 || n > MaxAgents {
		return Staff{}, ErrDemand
	}
	a := d.traffic()
	if a >= float64(n) {
		return Staff{Agents: n, Traffic: a, Waits: 1, ASA: math.MaxInt64, Occupancy: 1}, nil
	}
	return d.with(n, a, erlangB(n, a)), nil
}

func (d Demand) traffic() float64 { return d.Arrivals * d.AHT.Seconds() / d.Interval.Seconds() }

// with evaluates n > a agents; b is Erlang B of them.
func (d Demand) with(n int, a, b float64) Staff {
	rho := a / float64(n)
	c := b / (1 - rho*(1-b))
	spare := float64(n) - a
	aht := d.AHT.Seconds()
	return Staff{Agents: n, Traffic: a, Waits: c, Occupancy: rho,
		ServiceLevel: 1 - c*math.Exp(-spare*d.Within.Seconds()/aht),
		ASA:          time.Duration(c * aht / spare * float64(time.Second))}
}

// erlangB is the share of calls lost when a erlangs are offered to n lines without a queue.
func erlangB(n int, a float64) float64 {
	b := 1.0
	for i := 1; i <= n; i++ {
		b = a * b / (float64(i) + a*b)
	}
	return b
}

func (d Demand) valid() bool {
	return d.Arrivals > 0 && d.Arrivals <= 1e9 && d.Interval > 0 && d.AHT > 0 && d.Within >= 0 &&
		d.Target > 0 && d.Target < 1 && d.MaxOccupancy >= 0 && d.MaxOccupancy <= 1
}
