package server

import (
	"context"
	"time"

	"holdline/internal/demo/past"
)

// DemoPast is what a new demo world looks back on; one that is there already
// stays as it is.
type DemoPast struct {
	Days int    // before today
	Zone string // IANA name of the organisation's time zone; "" = UTC
	Seed uint64
	Told func(share float64) // see past.Config
}

// demoWorld makes the demo world, with its past where one is wanted.
func (s *Server) demoWorld(ctx context.Context) error {
	if p := s.opts.DemoPast; p != nil {
		if err := past.Make(ctx, past.Config{Store: s.db, Trunk: s.opts.DemoTrunk, Prompts: prompts{}, Recordings: s.recordings,
			Now: time.Now(), Days: p.Days, Zone: p.Zone, Seed: p.Seed, Told: p.Told}); err != nil {
			return err
		}
	}
	_, err := s.app.DemoWorld(ctx, s.opts.DemoTrunk)
	return err
}
