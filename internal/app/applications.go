package app

import (
	"context"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"holdline/internal/auth"
	"holdline/internal/store"
)

// Application is an API client as dialects show and edit it.
type Application struct {
	store.Application           // without its SecretHash
	Secret            string    // only right after it was made or renewed: it is kept nowhere
	Created           time.Time // in the organisation's time zone
}

// Reach is how far an application sees.
type Reach = store.Reach

// maxRedirects is how many redirect URIs an application can have.
const maxRedirects = 20

func (s *Service) shownApplication(row store.Application) Application {
	row.SecretHash = ""
	return Application{Application: row, Created: row.Created.Std().In(s.Zone(Actor{Org: row.OrgID}))}
}

// ListApplications lists the organisation's applications, by id, with their number.
func (s *Service) ListApplications(ctx context.Context, a Actor, p Page) (list []Application, total int, err error) {
	if err := a.manages("applications"); err != nil {
		return nil, 0, err
	}
	err = s.store.View(ctx, func(tx store.Tx) error {
		rows, err := tx.Applications.List(ctx, a.Org)
		total = len(rows)
		for _, row := range pageOf(rows, p) {
			list = append(list, s.shownApplication(row))
		}
		return err
	})
	return list, total, err
}

// GetApplication gives one application.
func (s *Service) GetApplication(ctx context.Context, a Actor, id int64) (app Application, err error) {
	err = s.store.View(ctx, func(tx store.Tx) error {
		row, err := findApplication(ctx, tx, a, id)
		app = s.shownApplication(row)
		return err
	})
	return app, err
}

func findApplication(ctx context.Context, tx store.Tx, a Actor, id int64) (store.Application, error) {
	if err := a.manages("applications"); err != nil {
		return store.Application{}, err
	}
	row, err := tx.Applications.Get(ctx, id)
	if err == nil && row.OrgID != a.Org {
		err = store.ErrNotFound
	}
	if err != nil {
		return store.Application{}, missing(err, "there is no application %d among yours; list them to find the right id", id)
	}
	return row, nil
}

// changeableApplication finds an application that the actor may change: one
// that sees further than the actor is not, or its renewed secret would see for the actor.
func changeableApplication(ctx context.Context, tx store.Tx, a Actor, id int64) (store.Application, error) {
	row, err := findApplication(ctx, tx, a, id)
	if err == nil && narrower(row.Reach, a.Reach) != row.Reach {
		err = refuse(AccessDenied, "application %d sees further than you do; only an administrator changes it", id)
	}
	return row, err
}

// CreateApplication makes an application with a client_id and a secret of the
// server's; name, reach, user, redirect URIs and whether it is suspended are n's.
func (s *Service) CreateApplication(ctx context.Context, a Actor, n Application) (made Application, err error) {
	if err := a.manages("applications"); err != nil {
		return made, err
	}
	row, secret := n.Application, auth.NewSecret()
	row.ID, row.OrgID, row.Created = 0, a.Org, s.now()
	row.ClientID, row.SecretHash = "app-"+auth.NewPassword(), auth.HashSecret(secret)
	err = s.store.Update(ctx, func(tx store.Tx) error {
		if err := checkApplication(ctx, tx, a, row); err != nil {
			return err
		}
		if err := tx.Applications.Create(ctx, &row); err != nil {
			return err
		}
		return s.noted(ctx, tx, a, "application.create", applicationTarget(row), "reach "+string(row.Reach))
	})
	made = s.shownApplication(row)
	made.Secret = secret
	return made, err
}

// UpdateApplication lets edit change an application and saves it. With another
// reach or user, or suspended, its tokens die at once.
func (s *Service) UpdateApplication(ctx context.Context, a Actor, id int64, edit func(*Application) error) (app Application, err error) {
	dies := false
	err = s.store.Update(ctx, func(tx store.Tx) error {
		old, err := changeableApplication(ctx, tx, a, id)
		if err != nil {
			return err
		}
		app = s.shownApplication(old)
		if err := edit(&app); err != nil {
			return err
		}
		row := old
		row.Name, row.Reach, row.UserID, row.Suspended, row.RedirectURIs = app.Name, app.Reach, app.UserID, app.Suspended, app.RedirectURIs
		if err := checkApplication(ctx, tx, a, row); err != nil {
			return err
		}
		if err := tx.Applications.Put(ctx, row); err != nil {
			return err
		}
		app = s.shownApplication(row)
		if dies = row.Suspended && !old.Suspended || row.Reach != old.Reach || row.UserID != old.UserID; dies {
			if err := tx.Tokens.DeleteApplication(ctx, id); err != nil {
				return err
			}
		}
		return s.noted(ctx, tx, a, "application.update", applicationTarget(row), changed(old, row))
	})
	if err == nil && dies {
		s.forget(id, 0)
	}
	return app, err
}

// RenewApplicationSecret gives an application another secret and tells it,
// this once. Its tokens die at once.
func (s *Service) RenewApplicationSecret(ctx context.Context, a Actor, id int64) (app Application, err error) {
	secret := auth.NewSecret()
	err = s.store.Update(ctx, func(tx store.Tx) error {
		row, err := changeableApplication(ctx, tx, a, id)
		if err != nil {
			return err
		}
		row.SecretHash = auth.HashSecret(secret)
		if err := tx.Applications.Put(ctx, row); err != nil {
			return err
		}
		if err := tx.Tokens.DeleteApplication(ctx, id); err != nil {
			return err
		}
		app = s.shownApplication(row)
		return s.noted(ctx, tx, a, "application.secret", applicationTarget(row), "secret renewed; its tokens ended")
	})
	if err != nil {
		return Application{}, err
	}
	s.forget(id, 0)
	app.Secret = secret
	return app, nil
}

// DeleteApplication deletes an application; its tokens die at once.
func (s *Service) DeleteApplication(ctx context.Context, a Actor, id int64) error {
	err := s.store.Update(ctx, func(tx store.Tx) error {
		row, err := changeableApplication(ctx, tx, a, id)
		if err != nil {
			return err
		}
		if err := tx.Applications.Delete(ctx, a.Org, id); err != nil {
			return err
		}
		return s.noted(ctx, tx, a, "application.delete", applicationTarget(row), "")
	})
	if err == nil {
		s.forget(id, 0)
	}
	return err
}

func applicationTarget(a store.Application) string { return "application " + a.Name }

func checkApplication(ctx context.Context, tx store.Tx, a Actor, row store.Application) error {
	switch row.Reach {
	case store.ReachUser, store.ReachOrganisation, store.ReachAll:
	default:
		return Invalidf("reach", "reach is %q; allowed are user, organisation, administrator", row.Reach)
	}
	if narrower(row.Reach, a.Reach) != row.Reach {
		return refuse(AccessDenied, "an application cannot see further than who makes it: reach %s is allowed at most", a.Reach)
	}
	if row.Reach == store.ReachUser && row.UserID == 0 {
		return Invalidf("user_id", "user_id is missing; an application of reach user sees what is that user's")
	}
	if row.UserID != 0 {
		if _, err := tx.Users.Get(ctx, a.Org, row.UserID); err != nil {
			return asInvalid(err, "user_id", "user_id is %d, and there is no such user among yours; list them to find the right id", row.UserID)
		}
	}
	if err := first(checkName(row.Name)); err != nil {
		return err
	}
	return checkRedirects(row.RedirectURIs)
}

// checkRedirects allows what an authorization code may safely be sent to:
// absolute URIs without a fragment (RFC 6749 §3.1.2), over TLS, or to the very
// machine the browser runs on (RFC 9700 §2.6).
func checkRedirects(list []string) error {
	if len(list) > maxRedirects {
		return Invalidf("redirect_uris", "redirect_uris has %d entries; at most %d are allowed", len(list), maxRedirects)
	}
	for i, text := range list {
		u, err := url.Parse(text)
		if err != nil || len(text) > 1024 || u.User != nil || u.String() != text || strings.ContainsAny(text, "#\"<>\\^`{|} ") || checkHost(u.Host) != nil {
			return Invalidf("redirect_uris", "redirect_uris has %q; allowed are whole addresses like https://crm.example.com/oauth, without # and passwords", clipped(text, 128))
		}
		if u.Scheme != "https" && (u.Scheme != "http" || !loopback(u.Hostname())) {
			return Invalidf("redirect_uris", "redirect_uris has %q; it must begin with https://, because codes sent without TLS can be stolen", clipped(text, 128))
		}
		if slices.Contains(list[:i], text) {
			return Invalidf("redirect_uris", "redirect_uris has %q twice; send it once", clipped(text, 128))
		}
	}
	return nil
}

func loopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}
