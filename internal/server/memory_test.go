package server

import "testing"

func TestMemoryIsReleasedAfterABusyTimeOnly(t *testing.T) {
	released := 0
	var legs int
	m := memory{legs: func() int { return legs }, release: func() { released++ }}
	look := func(n, times int) {
		legs = n
		for range times {
			m.look()
		}
	}
	look(10, 20)
	if released != 0 {
		t.Errorf("a quiet server released memory %d times", released)
	}
	look(500, 10)
	if released != 0 {
		t.Errorf("a busy server released memory %d times", released)
	}
	look(100, memoryFirst-1)
	look(400, 1) // busy again
	look(100, memoryFirst)
	if released != 1 {
		t.Errorf("released %d times when it had become quiet, want once", released)
	}
	look(100, 20)
	if released != 2 {
		t.Errorf("released %d times in all, want twice", released)
	}
}
