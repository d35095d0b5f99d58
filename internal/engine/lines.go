package engine

import (
	"context"

	"holdline/internal/acd"
)

// Lines tells which of the organisation's phones ring or are in a call, by
// extension; those with no call are left out.
func (h *Host) Lines(ctx context.Context, id int64) (lines map[int64]acd.Line, err error) {
	lines = map[int64]acd.Line{}
	err = h.run(ctx, id, func(o *org) {
		for _, l := range o.legs {
			if phone := l.record.Extension; phone != 0 {
				lines[phone] = max(lines[phone], lineOf(l))
			}
		}
	})
	return lines, err
}

// lineOf tells what a leg makes of its phone. Who calls is busy before
// anybody answers: the receiver is off the hook.
func lineOf(l *leg) acd.Line {
	if l.record.In || l.answered {
		return acd.LineBusy
	}
	return acd.LineRinging
}
