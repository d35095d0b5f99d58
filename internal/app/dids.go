package app

import (
	"context"
	"errors"
	"slices"
	"strings"

	"holdline/internal/acd"
	"holdline/internal/store"
)

// DID is a public number and the extension it leads to.
type DID = store.DID

// maxDIDs is how many public numbers an organisation can have.
const maxDIDs = 10_000

// ListDIDs lists the organisation's public numbers in order, with their number.
func (s *Service) ListDIDs(ctx context.Context, a Actor, p Page) (list []DID, total int, err error) {
	if err := a.manages("public numbers"); err != nil {
		return nil, 0, err
	}
	err = s.store.View(ctx, func(tx store.Tx) error {
		rows, err := tx.DIDs.List(ctx, a.Org)
		list, total = pageOf(rows, p), len(rows)
		return err
	})
	return list, total, err
}

// GetDID gives one public number.
func (s *Service) GetDID(ctx context.Context, a Actor, number string) (d DID, err error) {
	err = s.store.View(ctx, func(tx store.Tx) error {
		d, err = findDID(ctx, tx, a, number)
		return err
	})
	return d, err
}

func findDID(ctx context.Context, tx store.Tx, a Actor, number string) (DID, error) {
	if err := a.manages("public numbers"); err != nil {
		return DID{}, err
	}
	rows, err := tx.DIDs.List(ctx, a.Org)
	if err != nil {
		return DID{}, err
	}
	at, found := slices.BinarySearchFunc(rows, number, func(d DID, n string) int { return strings.Compare(d.Number, n) })
	if !found {
		return DID{}, refuse(NotFound, "there is no public number %s among yours; list them to find the right one", clipped(number, 64))
	}
	return rows[at], nil
}

// CreateDID has a public number lead to an extension; calls to it do from now on.
func (s *Service) CreateDID(ctx context.Context, a Actor, n DID) (DID, error) {
	if err := a.manages("public numbers"); err != nil {
		return n, err
	}
	n.OrgID = a.Org
	if !externalNumber.MatchString(n.Number) {
		return n, Invalidf("number", "number is %q; allowed are 3 to 20 digits as the provider sends them, with a leading + if it does", clipped(n.Number, 64))
	}
	if s.directory.DIDClashes(a.Org, n.Number) {
		return n, refuse(Conflict, "calls to %s cannot be told from another client's, which shares a provider with you; check the number, or ask the administrator", n.Number)
	}
	err := s.change(ctx, a.Org, func(tx store.Tx) error {
		have, err := tx.DIDs.List(ctx, a.Org)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(have, func(d DID) bool { return d.Number == n.Number }) {
			return refuse(AlreadyExists, "the public number %s leads somewhere already; change it there", n.Number)
		}
		if len(have) >= maxDIDs {
			return refuse(Conflict, "there are %d public numbers already, and no more are possible", len(have))
		}
		return s.putDID(ctx, tx, a, "did.create", n)
	}, s.followDID(&n))
	return n, err
}

// UpdateDID lets edit change where a public number leads.
func (s *Service) UpdateDID(ctx context.Context, a Actor, number string, edit func(*DID) error) (d DID, err error) {
	err = s.change(ctx, a.Org, func(tx store.Tx) error {
		old, err := findDID(ctx, tx, a, number)
		if err != nil {
			return err
		}
		d = old
		if err := edit(&d); err != nil {
			return err
		}
		d.OrgID, d.Number = old.OrgID, old.Number
		return s.putDID(ctx, tx, a, "did.update", d)
	}, s.followDID(&d))
	return d, err
}

// putDID saves a number that leads to an extension of the organisation.
func (s *Service) putDID(ctx context.Context, tx store.Tx, a Actor, action string, d DID) error {
	e, err := tx.Extensions.Get(ctx, a.Org, d.ExtensionID)
	if errors.Is(err, store.ErrNotFound) {
		return Invalidf("extension_id", "extension_id is %d, and there is no such extension of yours; list them to find the right id", d.ExtensionID)
	}
	if err != nil {
		return err
	}
	if err := tx.DIDs.Put(ctx, d); err != nil {
		return err
	}
	return s.noted(ctx, tx, a, action, "public number "+d.Number, "to "+extensionTarget(e))
}

func (s *Service) followDID(d *DID) func() []acd.Input {
	return func() []acd.Input {
		s.directory.PutDID(*d)
		return nil
	}
}

// DeleteDID takes a public number away: calls to it are refused from now on.
func (s *Service) DeleteDID(ctx context.Context, a Actor, number string) error {
	return s.change(ctx, a.Org, func(tx store.Tx) error {
		d, err := findDID(ctx, tx, a, number)
		if err != nil {
			return err
		}
		if err := tx.DIDs.Delete(ctx, a.Org, d.Number); err != nil {
			return err
		}
		return s.noted(ctx, tx, a, "did.delete", "public number "+d.Number, "")
	}, func() []acd.Input {
		s.directory.DropDID(a.Org, number)
		return nil
	})
}
