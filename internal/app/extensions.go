package app

import (
	"context"
	"strings"
	"time"

	"holdline/internal/acd"
	"holdline/internal/store"
)

// Extension is an internal number as dialects show and edit it. Its SIP
// password hashes are left empty here: they never leave the use cases.
type Extension struct {
	store.Extension
	FullNumber string    // extended number, "0003*201"
	Domain     string    // SIP domain of the organisation
	Created    time.Time // in the organisation's time zone
}

// ExtensionRef names an extension: by id, or by short or full number.
type ExtensionRef struct {
	ID     int64
	Number string // when ID is 0
}

func (r ExtensionRef) notFound() *Error {
	if r.ID != 0 {
		return refuse(NotFound, "there is no extension %d among yours; list them to find the right id", r.ID)
	}
	return refuse(NotFound, "there is no extension with the number %s among yours; list them to find the right number", r.Number)
}

// ExtensionFilter narrows a list; empty fields match all.
type ExtensionFilter struct {
	Type   ExtensionType
	Number string // short or full
	Search string // part of the full number or the label, in capitals or not
	Owner  int64  // this user's
	Page
}

// ExtensionType says what answers at an extension.
type ExtensionType = store.ExtensionType

// The types of extensions.
const (
	Phone          = store.PhoneExtension
	QueueType      = store.QueueExtension
	extensionTypes = "phone, queue"
)

// checkType refuses what is no extension type, and politely what is not built yet.
func checkType(t ExtensionType) *Error {
	switch t {
	case Phone, QueueType:
		return nil
	case "ivr", "fax":
		return Invalidf("type", "extensions of type %q are not available in this version; allowed are %s", t, extensionTypes)
	}
	return Invalidf("type", "type is %q; allowed are %s", t, extensionTypes)
}

func checkExtension(e store.Extension) error {
	return first(
		checkLabel("label", e.Label, 255),
		checkOptionalText("caller_id_name", e.CallerIDName, 255),
		checkOpaque("extra_params", e.ExtraParams, 4096),
		checkOptionalNumber("message_did", e.MessageDID),
		checkOptionalNumber("did_as_transfer_caller_id", e.DIDAsTransferCallerID),
		checkOptionalID("dial_rule_id", e.DialRuleID),
		checkOptionalID("dial_rule_limit", e.DialRuleLimit),
		checkOptionalID("extension_group_id", e.GroupID),
	)
}

// ListExtensions lists the extensions the actor sees, by id, with their total number.
func (s *Service) ListExtensions(ctx context.Context, a Actor, f ExtensionFilter) (list []Extension, total int, err error) {
	if f.Type != "" {
		if err := checkType(f.Type); err != nil {
			return nil, 0, err
		}
	}
	err = s.store.View(ctx, func(tx store.Tx) error {
		o, err := tx.Organisations.Get(ctx, a.Org)
		if err != nil {
			return err
		}
		filter := store.ExtensionFilter{Type: f.Type, Number: strings.TrimPrefix(f.Number, o.Prefix+"*"), Page: f.Page}
		search := strings.ToLower(f.Search)
		if a.Reach == store.ReachUser || search != "" || f.Owner != 0 {
			filter.Page = Page{} // the page is cut after leaving out what does not belong to it
		}
		rows, n, err := tx.Extensions.List(ctx, a.Org, filter)
		if err != nil {
			return err
		}
		if filter.Page != f.Page {
			rows, n = cut(rows, func(e store.Extension) bool {
				return a.sees(e) && (f.Owner == 0 || e.OwnerID == f.Owner) && (strings.Contains(o.Prefix+"*"+e.Number, search) || strings.Contains(strings.ToLower(e.Label), search))
			}, f.Page)
		}
		list, total = make([]Extension, len(rows)), n
		for i, row := range rows {
			list[i] = shown(row, o)
		}
		return nil
	})
	return list, total, err
}

// cut keeps the rows that pass and gives a page of them with their number.
func cut[T any](rows []T, keep func(T) bool, p Page) ([]T, int) {
	var kept []T
	for _, r := range rows {
		if keep(r) {
			kept = append(kept, r)
		}
	}
	return pageOf(kept, p), len(kept)
}

func pageOf[T any](rows []T, p Page) []T {
	from := min(max(p.Offset, 0), len(rows))
	to := len(rows)
	if p.Limit > 0 {
		to = min(from+p.Limit, to)
	}
	return rows[from:to]
}

// GetExtension gives one extension.
func (s *Service) GetExtension(ctx context.Context, a Actor, ref ExtensionRef) (e Extension, err error) {
	err = s.viewExtension(ctx, a, ref, func(tx store.Tx, row store.Extension) error {
		e, err = s.show(ctx, tx, row)
		return err
	})
	return e, err
}

// CreateExtension makes an extension; one of type queue gets a queue with the
// defaults. Number (short or full), Type and what may be edited are taken from e.
func (s *Service) CreateExtension(ctx context.Context, a Actor, e Extension) (made Extension, err error) {
	row := e.Extension
	if err := checkType(row.Type); err != nil {
		return made, err
	}
	if err := checkExtension(row); err != nil {
		return made, err
	}
	var queue Queue
	err = s.change(ctx, a.Org, func(tx store.Tx) error {
		o, err := tx.Organisations.Get(ctx, a.Org)
		if err != nil {
			return err
		}
		if row.ID, row.OrgID, row.Created = 0, a.Org, s.now(); row.OwnerID == 0 {
			row.OwnerID = a.User
		}
		if err := checkOwner(ctx, tx, a, row.OwnerID, a.User); err != nil {
			return err
		}
		row.HA1MD5, row.HA1SHA256 = "", ""
		row.Number = strings.TrimPrefix(row.Number, o.Prefix+"*")
		if !shortNumber.MatchString(row.Number) {
			return Invalidf("name", "name is %q; allowed are 2 to 10 digits, with or without your prefix %s*", e.Number, o.Prefix)
		}
		if err := tx.Extensions.Create(ctx, &row); err != nil {
			return taken(err, "the number %s*%s is in use; choose another number", o.Prefix, row.Number)
		}
		made = shown(row, o)
		if row.Type == QueueType {
			queue = defaultQueue(QueueID(row.ID))
			if err := tx.Queues.Put(ctx, a.Org, queue); err != nil {
				return err
			}
		}
		return s.noted(ctx, tx, a, "extension.create", extensionTarget(row), string(row.Type))
	}, func() []acd.Input {
		s.directory.PutExtension(row)
		if row.Type != QueueType {
			return nil
		}
		return []acd.Input{acd.SetQueue{Queue: queue}}
	})
	return made, err
}

// UpdateExtension lets edit change an extension's editable fields and saves
// it. Number and type cannot be changed; edit's error ends it.
func (s *Service) UpdateExtension(ctx context.Context, a Actor, ref ExtensionRef, edit func(*Extension) error) (e Extension, err error) {
	if a, ref, err = s.at(ctx, a, ref); err != nil {
		return e, err
	}
	var row store.Extension
	err = s.change(ctx, a.Org, func(tx store.Tx) error {
		old, err := findExtension(ctx, tx, a, ref)
		if err != nil {
			return err
		}
		if e, err = s.show(ctx, tx, old); err != nil {
			return err
		}
		if err := edit(&e); err != nil {
			return err
		}
		if err := unchangedIdentity(e, old); err != nil {
			return err
		}
		row = e.Extension
		row.ID, row.OrgID, row.Number, row.Type = old.ID, old.OrgID, old.Number, old.Type
		if err := checkOwner(ctx, tx, a, row.OwnerID, old.OwnerID); err != nil {
			return err
		}
		row.HA1MD5, row.HA1SHA256, row.Created = old.HA1MD5, old.HA1SHA256, old.Created
		if err := checkExtension(row); err != nil {
			return err
		}
		if err := tx.Extensions.Put(ctx, row); err != nil {
			return err
		}
		if e, err = s.show(ctx, tx, row); err != nil {
			return err
		}
		return s.noted(ctx, tx, a, "extension.update", extensionTarget(row), changed(old, row))
	}, func() []acd.Input {
		s.directory.PutExtension(row)
		if row.Blocked {
			s.unregister(row.OrgID, row.ID)
		}
		return nil
	})
	return e, err
}

// checkOwner: whose an extension is decides what the user's applications and
// sign-in see, so only who sees all of the organisation changes it.
func checkOwner(ctx context.Context, tx store.Tx, a Actor, owner, was int64) error {
	if owner == was {
		return nil
	}
	if err := a.manages("owners of extensions"); err != nil || owner == 0 {
		return err
	}
	_, err := tx.Users.Get(ctx, a.Org, owner)
	return asInvalid(err, "user_id", "user_id is %d, and there is no such user among yours; list them to find the right id", owner)
}

// extensionTarget names an extension in the audit log.
func extensionTarget(e store.Extension) string { return "extension " + e.Number }

func unchangedIdentity(e Extension, old store.Extension) error {
	if e.Number != old.Number && e.Number != e.FullNumber {
		return Invalidf("name", "name cannot be changed from %s to %q; make another extension and delete this one", e.FullNumber, e.Number)
	}
	if e.Type != old.Type {
		return Invalidf("type", "type cannot be changed from %s to %q; make another extension and delete this one", old.Type, e.Type)
	}
	return nil
}

// viewExtension runs fn with an extension in a read transaction.
func (s *Service) viewExtension(ctx context.Context, a Actor, ref ExtensionRef, fn func(store.Tx, store.Extension) error) error {
	a, ref, err := s.at(ctx, a, ref)
	if err != nil {
		return err
	}
	return s.store.View(ctx, func(tx store.Tx) error {
		row, err := findExtension(ctx, tx, a, ref)
		if err != nil {
			return err
		}
		return fn(tx, row)
	})
}

// at gives the actor working in the extension's organisation: an
// administrator names any organisation's extension by its id or its full number
// alone, but for one who works in another organisation, and means that one's.
func (s *Service) at(ctx context.Context, a Actor, ref ExtensionRef) (Actor, ExtensionRef, error) {
	if a.Reach != store.ReachAll || a.home != 0 {
		return a, ref, nil
	}
	if ref.ID == 0 {
		a, err := s.inOrganisationOf(a, ref.Number)
		return a, ref, err
	}
	err := s.store.View(ctx, func(tx store.Tx) error {
		if _, err := tx.Extensions.Get(ctx, a.Org, ref.ID); err == nil {
			return nil
		}
		orgs, err := tx.Organisations.List(ctx)
		for _, o := range orgs {
			if _, err := tx.Extensions.Get(ctx, o.ID, ref.ID); err == nil {
				a = a.in(o.ID)
				return nil
			}
		}
		return err
	})
	return a, ref, err
}

// findExtension finds what ref names among what the actor sees.
func findExtension(ctx context.Context, tx store.Tx, a Actor, ref ExtensionRef) (e store.Extension, err error) {
	if ref.ID != 0 {
		e, err = tx.Extensions.Get(ctx, a.Org, ref.ID)
	} else {
		var o store.Organisation
		if o, err = tx.Organisations.Get(ctx, a.Org); err != nil {
			return e, err
		}
		e, err = tx.Extensions.ByNumber(ctx, a.Org, strings.TrimPrefix(ref.Number, o.Prefix+"*"))
	}
	if err == nil && !a.sees(e) {
		err = store.ErrNotFound
	}
	if err != nil {
		return store.Extension{}, missing(err, "%s", ref.notFound().Message)
	}
	return e, nil
}

func (s *Service) show(ctx context.Context, tx store.Tx, row store.Extension) (Extension, error) {
	o, err := tx.Organisations.Get(ctx, row.OrgID)
	return shown(row, o), err
}

func shown(row store.Extension, o store.Organisation) Extension {
	row.HA1MD5, row.HA1SHA256 = "", ""
	return Extension{Extension: row, FullNumber: o.Prefix + "*" + row.Number, Domain: o.Domain, Created: row.Created.Std().In(zone(o))}
}

// zone gives the organisation's time zone; UTC when its name is unknown here.
func zone(o store.Organisation) *time.Location {
	if l, err := time.LoadLocation(o.TimeZone); err == nil {
		return l
	}
	return time.UTC
}
