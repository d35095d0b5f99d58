package report_test

import (
	"errors"
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"

	"holdline/internal/report"
)

// The column of 1 % of the table of Erlang B in "Carrier Grade Voice over IP",
// 2nd edition, appendix A: channels, erlangs of one digit
// (globalspec.com/reference/55139/203279/appendix-a-table-of-erlang-b).
func TestErlangBTable(t *testing.T) {
	for n, a := range map[int]float64{2: 0.2, 3: 0.5, 4: 0.9, 5: 1.4, 6: 1.9, 7: 2.5, 8: 3.1, 9: 3.8} {
		if least, most := report.ErlangB(n, a-0.05), report.ErlangB(n, a+0.05); least > 0.01 || most < 0.01 {
			t.Errorf("%d lines, %v erlangs: between %.4f and %.4f are lost; want 0.01", n, a, least, most)
		}
	}
}

// 15 lines at a loss of 1 % carry 8.108 erlangs (the example of
// erlang.com/calculatormanual/howmuchtrafficcanatrunkgrouphandle.htm); 33.333
// erlangs at 1 % need 45 lines (erlang.com, forum, "Trunk Engineering").
func TestErlangBExamples(t *testing.T) {
	if b := report.ErlangB(15, 8.108); round(b, 5) != 0.01 {
		t.Errorf("ErlangB(15, 8.108) = %v; want 0.01", b)
	}
	if enough, few := report.ErlangB(45, 33.333), report.ErlangB(44, 33.333); enough > 0.01 || few <= 0.01 {
		t.Errorf("45 lines lose %v, 44 lose %v; 45 are the first below 0.01", enough, few)
	}
}

// Two agents with half of the time free, and three with a third, by hand: the
// formula gives 1/3 and 4/9, and with two a mean wait of a third of a call.
func TestErlangCByHand(t *testing.T) {
	d := report.Demand{Arrivals: 60, Interval: time.Hour, AHT: time.Minute, Target: 0.5} // one erlang
	two, err := report.Predict(d, 2)
	if err != nil || round(two.Waits, 12) != round(1.0/3, 12) || round(two.ServiceLevel, 12) != round(2.0/3, 12) || two.ASA.Round(time.Millisecond) != 20*time.Second || two.Occupancy != 0.5 {
		t.Errorf("%+v, %v", two, err)
	}
	d.Arrivals = 120
	if three, err := report.Predict(d, 3); err != nil || round(three.Waits, 12) != round(4.0/9, 12) {
		t.Errorf("%+v, %v", three, err)
	}
}

// 100 calls in half an hour, 3 minutes each, 80 % within 20 s, occupancy of 85 %
// at most: the example of Call Centre Helper, "Erlang C Formula – Made Simple",
// with the figures that the README of github.com/rodrigo-arenas/pyworkforce
// prints for it: 14 agents, 0.8883500191794669, 0.7142857142857143, 0.1741319335950498.
func TestErlangCStaffingExample(t *testing.T) {
	d := report.Demand{Arrivals: 100, Interval: 30 * time.Minute, AHT: 3 * time.Minute, Target: 0.8, Within: 20 * time.Second, MaxOccupancy: 0.85}
	s, err := report.Staffing(d)
	if err != nil || s.Agents != 14 || round(s.Waits, 12) != round(0.1741319335950498, 12) || round(s.ServiceLevel, 12) != round(0.8883500191794669, 12) ||
		round(s.Occupancy, 12) != round(0.7142857142857143, 12) {
		t.Errorf("%+v, %v", s, err)
	}
	if same, err := report.Predict(d, 14); err != nil || same != s {
		t.Errorf("14 agents: %+v, %v; want %+v", same, err, s)
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
			if c := directErlangC(s.Agents, s.Traffic); math.Abs(c-s.Waits) > 1e-9 {
				t.Fatalf("%d agents, %v erlangs: %v wait; directly %v", s.Agents, s.Traffic, s.Waits, c)
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
}

func round(x float64, digits int) float64 {
	p := math.Pow(10, float64(digits))
	return math.Round(x*p) / p
}
