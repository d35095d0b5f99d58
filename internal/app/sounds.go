package app

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"holdline/internal/acd"
	"holdline/internal/store"
)

// MaxSound is the size in bytes of the largest sound that can be uploaded.
const MaxSound = 10 << 20

// Sound is a stored sound. Its Data is empty but where it is said to be there.
type Sound = store.Sound

// ListSounds lists the organisation's sounds, by id, with their total number.
func (s *Service) ListSounds(ctx context.Context, a Actor, p Page) (list []Sound, total int, err error) {
	err = s.store.View(ctx, func(tx store.Tx) error {
		rows, err := tx.Sounds.List(ctx, a.Org)
		list, total = pageOf(rows, p), len(rows)
		return err
	})
	return list, total, err
}

// GetSound gives one sound with its Data.
func (s *Service) GetSound(ctx context.Context, a Actor, id int64) (row Sound, err error) {
	err = s.store.View(ctx, func(tx store.Tx) error {
		row, err = findSound(ctx, tx, a, id)
		return err
	})
	return row, err
}

// CreateSound stores a sound. Title is its file's name when it is empty.
func (s *Service) CreateSound(ctx context.Context, a Actor, n Sound) (Sound, error) {
	n.ID, n.OrgID = 0, a.Org
	audio, err := s.takeUpload(ctx, a, &n)
	if err != nil {
		return n, err
	}
	err = s.change(ctx, a.Org, func(tx store.Tx) error {
		if err := tx.Sounds.Create(ctx, &n); err != nil {
			return err
		}
		if err := tx.Sounds.SetAudio(ctx, n.OrgID, n.ID, audio); err != nil {
			return err
		}
		return s.noted(ctx, tx, a, "sound.create", soundTarget(n), n.Filename)
	}, s.played(&n, audio))
	return n, err
}

// soundTarget names a sound in the audit log.
func soundTarget(n Sound) string { return fmt.Sprintf("sound %d %q", n.ID, n.Title) }

// ReplaceSound gives a sound another content, and another title if there is one.
func (s *Service) ReplaceSound(ctx context.Context, a Actor, id int64, n Sound) (Sound, error) {
	old, err := s.GetSound(ctx, a, id)
	if err != nil {
		return n, err
	}
	n.ID, n.OrgID = id, a.Org
	if n.Title == "" {
		n.Title = old.Title
	}
	audio, err := s.takeUpload(ctx, a, &n)
	if err != nil {
		return n, err
	}
	err = s.change(ctx, a.Org, func(tx store.Tx) error {
		if err := tx.Sounds.Put(ctx, n); err != nil {
			return missing(err, "%s", noSound(id).Message)
		}
		if err := tx.Sounds.SetAudio(ctx, n.OrgID, n.ID, audio); err != nil {
			return err
		}
		return s.noted(ctx, tx, a, "sound.replace", soundTarget(n), n.Filename)
	}, s.played(&n, audio))
	return n, err
}

// RenameSound changes a sound's title.
func (s *Service) RenameSound(ctx context.Context, a Actor, id int64, edit func(*Sound) error) (row Sound, err error) {
	err = s.change(ctx, a.Org, func(tx store.Tx) error {
		old, err := findSound(ctx, tx, a, id)
		if err != nil {
			return err
		}
		if err := changesSounds(a); err != nil {
			return err
		}
		row = old
		if err := edit(&row); err != nil {
			return err
		}
		if err := checkTitle(row.Title); err != nil {
			return err
		}
		row.ID, row.OrgID, row.Filename, row.Data = old.ID, old.OrgID, old.Filename, nil
		if err := tx.Sounds.Put(ctx, row); err != nil {
			return err
		}
		return s.noted(ctx, tx, a, "sound.update", soundTarget(old), changed(old, row))
	}, nothing)
	return row, err
}

// DeleteSound deletes a sound; while queues use it, it is refused as a Conflict that names them.
func (s *Service) DeleteSound(ctx context.Context, a Actor, id int64) error {
	return s.change(ctx, a.Org, func(tx store.Tx) error {
		row, err := findSound(ctx, tx, a, id)
		if err != nil {
			return err
		}
		if err := changesSounds(a); err != nil {
			return err
		}
		by, err := soundUsers(ctx, tx, a.Org, SoundID(id))
		if err != nil {
			return err
		}
		if by != "" {
			return refuse(Conflict, "sound %d is used by %s; choose another sound there first", id, by)
		}
		if err := tx.Sounds.Delete(ctx, a.Org, id); err != nil {
			return err
		}
		return s.noted(ctx, tx, a, "sound.delete", soundTarget(row), "")
	}, func() []acd.Input {
		if s.sounds != nil {
			s.sounds.Drop(a.Org, id)
		}
		return nil
	})
}

// soundUsers names the queues that use a sound, by number and what they play it as; "" = none.
func soundUsers(ctx context.Context, tx store.Tx, org int64, id SoundID) (string, error) {
	queues, err := tx.Queues.List(ctx, org)
	var by []string
	for _, q := range queues {
		as := soundUses(q, id)
		if as == "" {
			continue
		}
		e, err := tx.Extensions.Get(ctx, org, int64(q.ID))
		if err != nil {
			return "", err
		}
		by = append(by, fmt.Sprintf("queue %s (%s)", e.Number, as))
	}
	return strings.Join(by, ", "), err
}

// soundUses names the settings of a queue that are a sound.
func soundUses(q Queue, id SoundID) string {
	var as []string
	for _, f := range []struct {
		name string
		is   SoundID
	}{{"sound", q.Music}, {"start_sound", q.Greeting}, {"announce_sound", q.Announcement}, {"agent_announce_sound", q.AgentAnnouncement}} {
		if f.is == id {
			as = append(as, f.name)
		}
	}
	return strings.Join(as, ", ")
}

// played has the library play what was stored.
func (s *Service) played(n *Sound, audio []byte) func() []acd.Input {
	return func() []acd.Input {
		s.sounds.Put(n.OrgID, n.ID, audio)
		return nil
	}
}

// takeUpload refuses what is no sound before anything is stored, and gives
// the audio of what is one.
func (s *Service) takeUpload(ctx context.Context, a Actor, n *Sound) (audio []byte, err error) {
	if err := changesSounds(a); err != nil {
		return nil, err
	}
	n.Filename = filepath.Base(strings.ReplaceAll(n.Filename, `\`, "/"))
	if n.Title == "" {
		n.Title = strings.TrimSuffix(n.Filename, filepath.Ext(n.Filename))
	}
	if err := first(checkTitle(n.Title), checkText("file", n.Filename, 255)); err != nil {
		return nil, err
	}
	if len(n.Data) == 0 {
		return nil, Invalidf("file", "file is empty; send a WAV or MP3 file")
	}
	if len(n.Data) > MaxSound {
		return nil, refuse(TooLarge, "file is larger than %d MB; shorten it, or convert it to 8 kHz mono", MaxSound>>20)
	}
	if s.sounds == nil {
		return nil, errors.New("app: there is no library for sounds")
	}
	audio, err = s.sounds.Decode(ctx, a.Org, n.Data)
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return nil, &Error{Code: Unavailable, Message: err.Error(), cause: err}
	case err != nil && ctx.Err() != nil:
		return nil, err
	case err != nil:
		return nil, Invalidf("file", "file %q cannot be played: %s", n.Filename, err)
	}
	return audio, nil
}

func checkTitle(title string) *Error {
	if !visible(title) {
		return Invalidf("title", "title is empty; give the sound a name")
	}
	return checkText("title", title, 255)
}

// changesSounds: the sounds are the organisation's, whatever user has the queue.
func changesSounds(a Actor) error {
	if a.Reach == store.ReachUser {
		return refuse(AccessDenied, "an application of a user cannot change sounds; use one of the organisation")
	}
	return nil
}

func findSound(ctx context.Context, tx store.Tx, a Actor, id int64) (Sound, error) {
	row, err := tx.Sounds.Get(ctx, a.Org, id)
	return row, missing(err, "%s", noSound(id).Message)
}

func noSound(id int64) *Error {
	return refuse(NotFound, "there is no sound %d among yours; list them to find the right id", id)
}
