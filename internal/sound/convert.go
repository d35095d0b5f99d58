package sound

import (
	"context"
	"errors"

	"holdline/internal/store"
)

// Convert decodes sounds without audio, one after the other, stores their
// audio and has them played; callers hear the built-in music until then. What
// cannot be decoded is told to bad and left as it is. It ends early, with
// ctx's error, when ctx does.
func (l *Library) Convert(ctx context.Context, s store.Store, old []store.Sound, bad func(store.Sound, error)) error {
	for _, row := range old {
		if err := l.convert(ctx, s, row, bad); err != nil {
			return err
		}
	}
	return nil
}

func (l *Library) convert(ctx context.Context, s store.Store, row store.Sound, bad func(store.Sound, error)) error {
	err := s.View(ctx, func(tx store.Tx) (err error) {
		row, err = tx.Sounds.Get(ctx, row.OrgID, row.ID)
		return err
	})
	if errors.Is(err, store.ErrNotFound) { // deleted meanwhile
		return nil
	}
	if err != nil {
		return err
	}
	audio, err := l.Decode(ctx, row.OrgID, row.Data)
	if err != nil {
		if ctx.Err() == nil {
			bad(row, err)
		}
		return ctx.Err()
	}
	return s.Update(ctx, func(tx store.Tx) error {
		have, err := tx.Sounds.Audio(ctx, row.OrgID, row.ID)
		if errors.Is(err, store.ErrNotFound) || have != nil { // deleted or replaced meanwhile
			return nil
		}
		if err != nil {
			return err
		}
		// Before the commit: whoever replaces the file does it in a later
		// transaction and puts its sound after that.
		l.Put(row.OrgID, row.ID, audio)
		return tx.Sounds.SetAudio(ctx, row.OrgID, row.ID, audio)
	})
}
