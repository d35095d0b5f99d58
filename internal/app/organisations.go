package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"holdline/internal/acd"
	"holdline/internal/engine"
	"holdline/internal/store"
)

// Organisation is a client as dialects show and edit it. Password, of the
// organisation's own login, is empty when it is shown; what is put there is the new one.
type Organisation struct {
	store.Organisation
	Created time.Time // in the organisation's time zone
}

var (
	prefixForm = regexp.MustCompile(`^[0-9]{1,8}$`)
	domainForm = regexp.MustCompile(`^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$`)
)

func shownOrganisation(o store.Organisation) Organisation {
	o.Password, o.PauseReasons, o.ServiceLevelThreshold = "", o.Reasons(), o.Threshold()
	return Organisation{Organisation: o, Created: o.Created.Std().In(zone(o))}
}

// ListOrganisations lists the clients the actor sees, by id, with their
// number: all for an administrator, for all others their own.
func (s *Service) ListOrganisations(ctx context.Context, a Actor, p Page) (list []Organisation, total int, err error) {
	err = s.store.View(ctx, func(tx store.Tx) error {
		all, err := tx.Organisations.List(ctx)
		rows, n := cut(all, func(o store.Organisation) bool { return a.Reach == store.ReachAll || o.ID == a.Org }, p)
		total = n
		for _, o := range rows {
			list = append(list, shownOrganisation(o))
		}
		return err
	})
	return list, total, err
}

// GetOrganisation gives the client the actor works in.
func (s *Service) GetOrganisation(ctx context.Context, a Actor) (o Organisation, err error) {
	err = s.store.View(ctx, func(tx store.Tx) error {
		row, err := tx.Organisations.Get(ctx, a.Org)
		o = shownOrganisation(row)
		return missing(err, "there is no client %d any more", a.Org)
	})
	return o, err
}

// CreateOrganisation makes a client and starts its engine; only administrators do.
func (s *Service) CreateOrganisation(ctx context.Context, a Actor, n Organisation) (o Organisation, err error) {
	if err := administrators(a); err != nil {
		return o, err
	}
	row := n.Organisation
	row.ID, row.Created, row.Domain, row.Login = 0, s.now(), strings.ToLower(row.Domain), canonicalLogin(row.Login)
	if err := checkOrganisation(row); err != nil {
		return o, err
	}
	if row.Password, err = s.organisationPassword(ctx, row.Password, ""); err != nil {
		return o, err
	}
	err = s.store.Update(ctx, func(tx store.Tx) error {
		if err := tx.Organisations.Create(ctx, &row); err != nil {
			return taken(err, "another client has the prefix %s or the login %q; choose others", row.Prefix, row.Login)
		}
		return s.noted(ctx, tx, a, "organisation.create", organisationTarget(row), "prefix "+row.Prefix)
	})
	if err != nil {
		return o, err
	}
	s.directory.PutOrganisation(row)
	if err := s.engine.Open(context.WithoutCancel(ctx), row.ID); err != nil {
		s.log.Error("the engine of a new client could not be started; the next start tries again", "org", row.ID, "err", err)
		return o, engineGone(err)
	}
	return shownOrganisation(row), nil
}

func administrators(a Actor) error {
	if a.Reach == store.ReachAll {
		return nil
	}
	return refuse(AccessDenied, "only an administrator of the server makes and deletes clients")
}

// organisationPassword hashes a new password; with "" the old one stays.
func (s *Service) organisationPassword(ctx context.Context, clear, old string) (string, error) {
	if clear == "" {
		return old, nil
	}
	if err := checkPassword(clear); err != nil {
		return "", err
	}
	return s.passwords.HashOrganisation(ctx, clear)
}

// UpdateOrganisation lets edit change a client and saves it: its name, time
// zone, pause reasons and T of service levels, for an administrator also login
// and password; its domain until it has a phone, whose account and password are
// made with it. The prefix stays: it is in every number.
func (s *Service) UpdateOrganisation(ctx context.Context, a Actor, edit func(*Organisation) error) (o Organisation, err error) {
	if err := a.manages("a client's settings"); err != nil {
		return o, err
	}
	old, row, err := s.editedOrganisation(ctx, a, edit)
	if err != nil {
		return o, err
	}
	err = s.change(ctx, a.Org, func(tx store.Tx) error {
		now, err := tx.Organisations.Get(ctx, a.Org)
		if err == nil && !reflect.DeepEqual(now, old) {
			err = refuse(Conflict, "client %d was changed by somebody else just now; read it again", a.Org)
		}
		if err == nil && row.Domain != old.Domain {
			err = checkNoPhone(ctx, tx, old, row.Domain)
		}
		if err != nil {
			return err
		}
		if err := tx.Organisations.Put(ctx, row); err != nil {
			return taken(err, "another client has the login %q; choose another", row.Login)
		}
		return s.noted(ctx, tx, a, "organisation.update", organisationTarget(row), changed(old, row))
	}, func() []acd.Input {
		s.directory.PutOrganisation(row)
		return nil
	})
	return shownOrganisation(row), err
}

// editedOrganisation gives the client as edit wants it, checked, the new
// password hashed: that takes too long for a transaction.
func (s *Service) editedOrganisation(ctx context.Context, a Actor, edit func(*Organisation) error) (old, row store.Organisation, err error) {
	err = s.store.View(ctx, func(tx store.Tx) error {
		old, err = tx.Organisations.Get(ctx, a.Org)
		return err
	})
	if err != nil {
		return old, row, err
	}
	o := shownOrganisation(old)
	o.PauseReasons, o.ServiceLevelThreshold = old.PauseReasons, old.ServiceLevelThreshold // defaults are not kept with another change
	if err := edit(&o); err != nil {
		return old, row, err
	}
	row = old
	row.Name, row.TimeZone, row.Login, row.Domain = o.Name, o.TimeZone, canonicalLogin(o.Login), strings.ToLower(o.Domain)
	row.PauseReasons, row.ServiceLevelThreshold = o.PauseReasons, o.ServiceLevelThreshold
	switch {
	case o.Prefix != old.Prefix:
		return old, row, Invalidf("prefix", "prefix cannot be changed from %s to %q: it is in every phone's account", old.Prefix, o.Prefix)
	case a.Reach != store.ReachAll && (row.Login != old.Login || o.Password != ""):
		return old, row, refuse(AccessDenied, "only an administrator changes a client's login and password; name, time_zone, pause_reasons and service_level_threshold are yours")
	}
	if err := checkOrganisation(row); err != nil {
		return old, row, err
	}
	row.Password, err = s.organisationPassword(ctx, o.Password, old.Password)
	return old, row, err
}

// checkNoPhone: passwords of phones are kept as hashes with the domain in
// them, so another domain would lock every phone out.
func checkNoPhone(ctx context.Context, tx store.Tx, o store.Organisation, domain string) error {
	_, phones, err := tx.Extensions.List(ctx, o.ID, store.ExtensionFilter{Type: Phone, Page: Page{Limit: 1}})
	if err == nil && phones > 0 {
		return Invalidf("domain", "domain cannot be changed from %s to %q: it is in the accounts of %d phones; delete them first", o.Domain, clipped(domain, 64), phones)
	}
	return err
}

func checkOrganisation(o store.Organisation) error {
	if err := first(checkName(o.Name)); err != nil {
		return err
	}
	if !prefixForm.MatchString(o.Prefix) {
		return Invalidf("prefix", "prefix is %q; allowed are 1 to 8 digits, which stand before every extension's number", clipped(o.Prefix, 64))
	}
	if !domainForm.MatchString(o.Domain) {
		return Invalidf("domain", "domain is %q; allowed is a name like pbx.example.com", clipped(o.Domain, 64))
	}
	if o.Login != "" && !loginForm.MatchString(o.Login) {
		return Invalidf("login", "login is %q; allowed is an e-mail address, or null", clipped(o.Login, 64))
	}
	if _, err := time.LoadLocation(o.TimeZone); err != nil || o.TimeZone == "Local" {
		return Invalidf("time_zone", "time_zone is %q; allowed are names like Europe/Berlin, or UTC", clipped(o.TimeZone, 64))
	}
	if t := o.ServiceLevelThreshold; t < 0 || t > MaxThreshold || t%time.Second != 0 {
		return Invalidf("service_level_threshold", "service_level_threshold is %v; allowed are 1 to %d whole seconds", t, int64(MaxThreshold/time.Second))
	}
	return checkReasons(o.PauseReasons)
}

const (
	maxReasons = 30 // more are not chosen from at a glance
	maxReason  = 80 // characters, as of the reason of a break itself
)

func checkReasons(list []string) error {
	if len(list) > maxReasons {
		return Invalidf("pause_reasons", "pause_reasons are %d; at most %d are allowed", len(list), maxReasons)
	}
	for i, r := range list {
		if strings.TrimSpace(r) != r || !visible(r) {
			return Invalidf("pause_reasons", "pause_reasons has %q, which is empty or begins or ends with a space; write the reason alone", clipped(r, maxReason))
		}
		if err := first(checkText("pause_reasons", r, maxReason)); err != nil {
			return err
		}
		if slices.ContainsFunc(list[:i], func(s string) bool { return strings.EqualFold(r, s) }) {
			return Invalidf("pause_reasons", "pause_reasons has %q twice; once is enough", r)
		}
	}
	return nil
}

func organisationTarget(o store.Organisation) string {
	return fmt.Sprintf("client %d %s", o.ID, o.Name)
}

// DeleteOrganisation deletes a client with all it has: calls are hung up,
// phones unregistered, recordings removed from the disk. Only administrators
// do, and not their own client, which they would leave with.
func (s *Service) DeleteOrganisation(ctx context.Context, a Actor) error {
	if err := administrators(a); err != nil {
		return err
	}
	if a.home == 0 || a.home == a.Org {
		return refuse(Conflict, "client %d is your own; sign in as an administrator of another one to delete it", a.Org)
	}
	lock := s.lock(a.Org)
	lock.Lock()
	defer lock.Unlock()
	// What is begun is ended, also when the client that asked has gone.
	ctx = context.WithoutCancel(ctx)
	if err := s.engine.Close(ctx, a.Org); err != nil && !errors.Is(err, engine.ErrNoOrganisation) {
		return engineGone(err)
	}
	gone, err := s.deleteOrganisation(ctx, a)
	if err != nil {
		if again := s.engine.Open(ctx, a.Org); again != nil && !errors.Is(err, store.ErrNotFound) {
			s.log.Error("the engine of a client that was not deleted could not be started again", "org", a.Org, "err", again)
		}
		return missing(err, "there is no client %d any more", a.Org)
	}
	s.leave(gone)
	return nil
}

// goneOrganisation is what must be told that a client is no more.
type goneOrganisation struct {
	id           int64
	extensions   []store.Extension
	applications []store.Application
	sounds       []store.Sound
}

func (s *Service) deleteOrganisation(ctx context.Context, a Actor) (gone goneOrganisation, err error) {
	gone.id = a.Org
	err = s.store.Update(ctx, func(tx store.Tx) error {
		row, err := tx.Organisations.Get(ctx, a.Org)
		if err != nil {
			return err
		}
		if err := gone.collect(ctx, tx); err != nil {
			return err
		}
		if err := tx.Organisations.Delete(ctx, a.Org); err != nil {
			return err
		}
		own := a // the entry stands in the administrator's own log: the client's is gone
		own.Org, own.User, own.home = a.home, a.behind, 0
		return s.noted(ctx, tx, own, "organisation.delete", organisationTarget(row), "")
	})
	return gone, err
}

func (g *goneOrganisation) collect(ctx context.Context, tx store.Tx) (err error) {
	if g.extensions, _, err = tx.Extensions.List(ctx, g.id, store.ExtensionFilter{}); err != nil {
		return err
	}
	if g.applications, err = tx.Applications.List(ctx, g.id); err != nil {
		return err
	}
	g.sounds, err = tx.Sounds.List(ctx, g.id)
	return err
}

func (s *Service) leave(gone goneOrganisation) {
	s.directory.DropOrganisation(gone.id)
	if s.watched != nil {
		s.watched.Drop(gone.id)
	}
	for _, e := range gone.extensions {
		s.unregister(gone.id, e.ID)
	}
	for _, app := range gone.applications {
		s.forget(app.ID, 0)
	}
	for _, sound := range gone.sounds {
		if s.sounds != nil {
			s.sounds.Drop(gone.id, sound.ID)
		}
	}
	if s.outbox != nil {
		s.outbox.Changed(gone.id)
	}
	if err := s.removeRecordings(gone.id); err != nil {
		s.log.Error("recordings of a deleted client could not be removed; the next start tries again", "org", gone.id, "err", err)
	}
}

// removeRecordings removes a client's folder of recordings.
func (s *Service) removeRecordings(org int64) error {
	if s.recordings == "" {
		return nil
	}
	root, err := os.OpenRoot(s.recordings)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer root.Close()
	return root.RemoveAll(strconv.FormatInt(org, 10))
}

// RemoveOrphans removes recordings of clients that are no more, which a crash
// may have left. Run it before the engines are opened.
func (s *Service) RemoveOrphans(ctx context.Context) error {
	entries, err := os.ReadDir(s.recordings)
	if s.recordings == "" || errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	var have []store.Organisation
	err = s.store.View(ctx, func(tx store.Tx) error {
		have, err = tx.Organisations.List(ctx)
		return err
	})
	for _, e := range entries {
		id, notOurs := strconv.ParseInt(e.Name(), 10, 64)
		if err != nil || notOurs != nil || !e.IsDir() || slices.ContainsFunc(have, func(o store.Organisation) bool { return o.ID == id }) {
			continue
		}
		s.log.Info("recordings of a deleted client are removed", "org", id)
		err = s.removeRecordings(id)
	}
	return err
}
