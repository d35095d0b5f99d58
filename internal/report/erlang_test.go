package report_test

import (
	"errors"
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"

	"holdline/internal/report"
)

// The lines of the Erlang B table at a loss of 1 % as every textbook prints it,
// e.g. T. S. Rappaport, Wireless Communications, table 3.4: lines, erlangs.
func TestErlangBTable(t *testing.T) {
	for n, a := range map[int]float64{2: 0.153, 4: 0.869, 5: 1.36, 10: 4.46, 20: 12.0, 24: 15.3, 40: 29.0, 70: 56.1, 100: 84.1} {
		if b := report.ErlangB(n, a); math.Abs(b-0.01) > 0.0004 {
			t.Errorf("ErlangB(%d, %v) = %.5f; want 0.01", n, a, b)
		}
	}
}

// The worked example of "The Erlang-C formula" (Mitan Ltd, mitan.co.uk/erlang/elgcmath.htm):
// 360 calls in half an hour, 4 minutes each, 55 agents, 15 s.
func TestErlangCWorkedExample(t *testing.T) {
	d := report.Demand{Arrivals: 360, Interval: 30 * time.Minute, AHT: 4 * time.Minute, Target: 0.84, Within: 15 * time.Second}
	s, err := report.Predict(d, 55)
	if err != nil {
		t.Fatal(err)
	}
	if s.Traffic != 48 || round(s.Occupancy, 3) != 0.873 || round(s.Waits, 3) != 0.239 || round(s.ASA.Seconds(), 1) != 8.2 || round(s.ServiceLevel, 3) != 0.846 {
		t.Errorf("%+v", s)
	}
	if need, err := report.Staffing(d); err != nil || need != s {
		t.Errorf("needed: %+v, %v", need, err)
	}
}

// The worked example of Call Centre Helper, "Erlang C Formula – Made Simple":
// 100 calls in half an hour, 3 minutes each, 80 % within 20 s: 14 agents.
func TestErlangCStaffingExample(t *testing.T) {
	d := report.Demand{Arrivals: 100, Interval: 30 * time.Minute, AHT: 3 * time.Minute, Target: 0.8, Within: 20 * time.Second, MaxOccupancy: 0.85}
	s, err := report.Staffing(d)
	if err != nil || s.Agents != 14 || round(s.Waits, 3) != 0.174 || round(s.ServiceLevel, 3) != 0.888 || round(s.ASA.Seconds(), 1) != 7.8 || round(s.Occupancy, 3) != 0.714 {
		t.Errorf("%+v, %v", s, err)
	}
	d.MaxOccupancy = 0.5
	if s, err := report.Staffing(d); err != nil || s.Agents != 20 {
		t.Errorf("with half the time free: %+v, %v", s, err)
	}
}

// Large numbers overflow the formula as it is printed, not the recursion.
func TestErlangCOfThousandsOfAgents(t *testing.T) {
	d := report.Demand{Arrivals: 60_000, Interval: 30 * time.Minute, AHT: 5 * time.Minute, Target: 0.8, Within: 20 * time.Second}
	s, err := report.Staffing(d)
	if err != nil || s.Traffic != 10_000 || s.Agents <= 10_000 || s.Agents > 10_200 || s.ServiceLevel < 0.8 || s.ServiceLevel > 1 || math.IsNaN(s.Waits) {
		t.Errorf("%+v, %v", s, err)
	}
}

// The recursion agrees with the sum it stands for, and one agent fewer never meets the target.
func TestStaffingIsTheLeastThatMeetsTheTarget(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := report.Demand{Arrivals: float64(rapid.IntRange(1, 2000).Draw(t, "calls")), Interval: time.Hour,
			AHT:    time.Duration(rapid.IntRange(1, 600).Draw(t, "aht")) * time.Second,
			Target: rapid.Float64Range(0.1, 0.99).Draw(t, "target"), Within: time.Duration(rapid.IntRange(0, 60).Draw(t, "within")) * time.Second}
		s, err := report.Staffing(d)
		if err != nil || s.ServiceLevel < d.Target || s.Occupancy >= 1 {
			t.Fatalf("%+v, %v", s, err)
		}
		if s.Agents > 1 {
			if less, err := report.Predict(d, s.Agents-1); err != nil || less.ServiceLevel >= d.Target {
				t.Fatalf("one fewer: %+v, %v", less, err)
			}
		}
		if s.Agents < 100 {
			if c := directErlangC(s.Agents, s.Traffic); math.Abs(c-s.Waits) > 1e-9 || math.Abs(report.ErlangC(s.Agents, s.Traffic)-c) > 1e-9 {
				t.Fatalf("ErlangC(%d, %v) = %v; directly %v", s.Agents, s.Traffic, s.Waits, c)
			}
		}
	})
}

// directErlangC is the formula as textbooks print it.
func directErlangC(n int, a float64) float64 {
	term, sum := 1.0, 0.0
	for k := range n {
		sum += term
		term *= a / float64(k+1)
	}
	top := term * float64(n) / (float64(n) - a)
	return top / (sum + top)
}

func TestDemandsOutOfRange(t *testing.T) {
	good := report.Demand{Arrivals: 10, Interval: time.Hour, AHT: time.Minute, Target: 0.8}
	for name, spoil := range map[string]func(*report.Demand){
		"no calls": func(d *report.Demand) { d.Arrivals = 0 }, "NaN": func(d *report.Demand) { d.Arrivals = math.NaN() },
		"no interval": func(d *report.Demand) { d.Interval = 0 }, "no handle time": func(d *report.Demand) { d.AHT = 0 },
		"everybody at once": func(d *report.Demand) { d.Target = 1 }, "occupancy": func(d *report.Demand) { d.MaxOccupancy = 2 },
		"beyond all numbers": func(d *report.Demand) { d.Arrivals, d.AHT = 1e9, 24*time.Hour },
	} {
		d := good
		spoil(&d)
		if _, err := report.Staffing(d); !errors.Is(err, report.ErrDemand) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if s, err := report.Predict(report.Demand{Arrivals: 100, Interval: time.Hour, AHT: time.Hour, Target: 0.8}, 99); err != nil || s.ServiceLevel != 0 || s.Waits != 1 {
		t.Errorf("too few agents: %+v, %v", s, err)
	}
	if report.ErlangC(3, 4) != 1 {
		t.Error("more traffic than agents, and somebody does not wait")
	}
}

func round(x float64, digits int) float64 {
	p := math.Pow(10, float64(digits))
	return math.Round(x*p) / p
}
