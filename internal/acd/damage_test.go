package acd_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"holdline/internal/acd"
)

// TestHistoriesWithDamage breaks something inside the engine now and then: the
// patrol finds what matters, and after the repair everything holds again and
// the journal is one that could have happened.
func TestHistoriesWithDamage(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := newHistory(t)
		h.journal.late = time.Second
		h.furnish()
		for range rapid.SampledFrom([]int{20, 200}).Draw(t, "length") {
			if rapid.IntRange(0, 9).Draw(t, "damage") == 0 {
				h.damage()
			}
			h.event()
		}
		h.drain()
	})
}

func (h *history) damage() {
	kind := rapid.IntRange(0, len(acd.Damages)-1).Draw(h.t, "kind")
	h.engine.Damage(kind, rapid.IntRange(0, 99).Draw(h.t, "agent"), rapid.IntRange(0, 99).Draw(h.t, "caller"))
	broken := h.engine.Check()
	if broken == nil {
		return
	}
	var found []acd.Breach
	for tries := 0; len(found) == 0; tries++ {
		if found = h.engine.Patrol(); tries > 1000 {
			h.t.Fatalf("damage %d: the patrol does not find: %v", kind, broken)
		}
	}
	h.now = h.now.Add(rapid.SampledFrom([]time.Duration{0, h.journal.late}).Draw(h.t, "noticed after"))
	facts, cmds := h.engine.Repair(h.now, found)
	for _, c := range cmds {
		h.obey(c)
	}
	if err := h.journal.read(facts, cmds); err != nil {
		h.t.Fatalf("damage %d (%v), repaired: %v", kind, broken, err)
	}
	if err := h.engine.Check(); err != nil {
		h.t.Fatalf("damage %d (%v), repaired: %v", kind, broken, err)
	}
	if err := h.journal.compare(h.engine, h.now); err != nil {
		h.t.Fatalf("damage %d (%v), repaired: %v", kind, broken, err)
	}
}
