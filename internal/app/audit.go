package app

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"holdline/internal/store"
)

// Audited is an entry of the audit log as it is shown.
type Audited = store.Audit

// AuditFilter narrows the audit log; zero fields match all.
type AuditFilter struct {
	From, To    time.Time // From <= at < To
	User        int64
	Application int64
	Action      string // "extension.update", or "extension." for all of that kind
	Oldest      bool
	Page
}

// ListAudit lists who changed what in the organisation, with the number of
// entries that match. It is the organisation's: no user's application reads it.
func (s *Service) ListAudit(ctx context.Context, a Actor, f AuditFilter) (list []Audited, total int, err error) {
	if err := a.manages("the audit log's entries"); err != nil {
		return nil, 0, err
	}
	s.FlushAudit(ctx)
	err = s.store.View(ctx, func(tx store.Tx) error {
		list, total, err = tx.AuditLog.List(ctx, a.Org, store.AuditFilter{From: timeOf(f.From), To: timeOf(f.To),
			User: f.User, Application: f.Application, Action: f.Action, Oldest: f.Oldest, Page: f.Page})
		return err
	})
	return list, total, err
}

type addressKey struct{}

// WithAddress gives the context of a request that came from an address, for
// the audit log. A port is left out.
func WithAddress(ctx context.Context, address string) context.Context {
	if at := strings.LastIndexByte(address, ':'); at > 0 && (strings.Count(address, ":") == 1 || address[at-1] == ']') {
		address = address[:at]
	}
	return context.WithValue(ctx, addressKey{}, strings.Trim(address, "[]"))
}

func addressOf(ctx context.Context) string {
	address, _ := ctx.Value(addressKey{}).(string)
	return address
}

// noted ends a change: it refuses what the actor's role does not allow, and
// notes the rest in the audit log, in the change's own transaction.
func (s *Service) noted(ctx context.Context, tx store.Tx, a Actor, action, target, detail string) error {
	if err := a.may(action); err != nil {
		return err
	}
	e := s.entry(ctx, a, action, target, detail)
	return putAudit(ctx, tx, a, e)
}

func (s *Service) entry(ctx context.Context, a Actor, action, target, detail string) store.Audit {
	user := a.User
	if a.home != 0 {
		user = a.behind
	}
	return store.Audit{OrgID: a.Org, At: s.now(), User: user, Application: a.Application, Address: addressOf(ctx),
		Action: action, Target: target, Detail: shortened(detail)}
}

// putAudit writes an entry with the name of who made it.
func putAudit(ctx context.Context, tx store.Tx, a Actor, e store.Audit) error {
	if e.Actor == "" {
		var err error
		if e.Actor, err = actorName(ctx, tx, a, e); err != nil {
			return err
		}
	}
	return tx.AuditLog.Create(ctx, &e)
}

// actorName names a user, an application, or the user behind one.
func actorName(ctx context.Context, tx store.Tx, a Actor, e store.Audit) (string, error) {
	home := a.Org
	if a.home != 0 {
		home = a.home
	}
	var names []string
	if e.User != 0 && (e.Application == 0 || a.Role != "") {
		u, err := tx.Users.Get(ctx, home, e.User)
		if err == nil {
			names = append(names, u.Name)
		} else if !errors.Is(err, store.ErrNotFound) {
			return "", err
		}
	}
	if e.Application != 0 {
		app, err := tx.Applications.Get(ctx, e.Application)
		if err == nil {
			names = append(names, app.Name)
		} else if !errors.Is(err, store.ErrNotFound) {
			return "", err
		}
	}
	if len(names) == 0 {
		return a.Source.String(), nil
	}
	return strings.Join(names, " through "), nil
}

const maxDetail = 1000 // characters; what is beyond is cut off

func shortened(s string) string {
	if utf8.RuneCountInString(s) <= maxDetail {
		return s
	}
	return string([]rune(s)[:maxDetail-1]) + "…"
}

// lateAudit are entries of what is changed without a transaction of its own:
// status, calls. Thousands a second are possible, so they are written together
// a moment later; the journal has what happened, these only say by whom.
type lateAudit struct {
	mu      sync.Mutex // guards below
	entries []lateEntry
	waiting bool
	writing sync.Mutex // held while a batch is written
}

type lateEntry struct {
	actor Actor
	store.Audit
}

const (
	auditPause   = 50 * time.Millisecond // entries are gathered for so long
	auditBatch   = 200                   // entries of one transaction: the journal waits no longer than for its own
	auditBacklog = 100_000               // beyond it, while the disk fails, entries are given up: 30 MB
)

// noteLater notes what was done, within a moment.
func (s *Service) noteLater(ctx context.Context, a Actor, action, target, detail string) {
	e := lateEntry{a, s.entry(ctx, a, action, target, detail)}
	l := &s.later
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.entries) < auditBacklog {
		l.entries = append(l.entries, e)
	}
	if !l.waiting {
		l.waiting = true
		time.AfterFunc(auditPause, func() { s.FlushAudit(context.Background()) })
	}
}

// FlushAudit writes what waits for the audit log. A server does so before its store is closed.
func (s *Service) FlushAudit(ctx context.Context) {
	l := &s.later
	l.writing.Lock()
	defer l.writing.Unlock()
	l.mu.Lock()
	batch := l.entries
	l.entries, l.waiting = nil, false
	l.mu.Unlock()
	var err error
	for len(batch) > 0 && err == nil {
		n := min(len(batch), auditBatch)
		if err = s.store.Update(ctx, func(tx store.Tx) error { return putLate(ctx, tx, batch[:n]) }); err == nil {
			batch = batch[n:]
		}
	}
	if err == nil || errors.Is(err, store.ErrClosed) {
		return
	}
	s.log.Error("audit entries could not be stored; they are tried again with the next one", "entries", len(batch), "err", err)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.entries = append(batch, l.entries...)
}

// putLate leaves out entries of organisations that are gone by now.
func putLate(ctx context.Context, tx store.Tx, batch []lateEntry) error {
	there := map[int64]bool{}
	names := map[[2]int64]string{}
	for _, e := range batch {
		known, asked := there[e.OrgID]
		if !asked {
			_, err := tx.Organisations.Get(ctx, e.OrgID)
			if err != nil && !errors.Is(err, store.ErrNotFound) {
				return err
			}
			known = err == nil
			there[e.OrgID] = known
		}
		if !known {
			continue
		}
		who := [2]int64{e.User, e.Application}
		if e.Actor = names[who]; e.Actor == "" {
			name, err := actorName(ctx, tx, e.actor, e.Audit)
			if err != nil {
				return err
			}
			e.Actor = name
			if who != [2]int64{} {
				names[who] = name
			}
		}
		if err := putAudit(ctx, tx, e.actor, e.Audit); err != nil {
			return err
		}
	}
	return nil
}

// auditKeep is how long the audit log goes back.
const auditKeep = 400 * 24 * time.Hour

// auditSweep is how many old entries one transaction takes away.
const auditSweep = 1000

// changed tells what a change did to a row: the fields that differ, without secrets.
func changed[T any](old, now T, leaveOut ...string) string {
	return strings.Join(differences(old, now, func(name string) bool { return slices.Contains(leaveOut, name) }), "; ")
}
