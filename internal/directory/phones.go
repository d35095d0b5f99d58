package directory

import (
	"cmp"
	"slices"
	"strings"

	"holdline/internal/store"
)

// PhoneEntry is one phone extension in a list.
type PhoneEntry struct {
	ID    int64
	Owner int64  // user; 0 = none
	Full  string // extended number, "0003*201"
}

// Phones lists an organisation's phone extensions by extended number, as
// texts are ordered. The list is shared: whoever gets it changes nothing of it.
// It is sorted once and kept until an extension changes, so that a page of a
// long list does not cost the sorting of all of it.
func (d *Directory) Phones(orgID int64) []PhoneEntry {
	d.mu.RLock()
	defer d.mu.RUnlock()
	o := d.orgs[orgID]
	if o == nil {
		return nil
	}
	if have := o.listed.Load(); have != nil {
		return *have
	}
	list := make([]PhoneEntry, 0, len(o.extensions))
	for _, e := range o.extensions {
		if e.Type == store.PhoneExtension {
			list = append(list, PhoneEntry{ID: e.ID, Owner: e.OwnerID, Full: o.Prefix + "*" + e.Number})
		}
	}
	slices.SortFunc(list, func(a, b PhoneEntry) int { return cmp.Compare(a.Full, b.Full) })
	// Writers hold the lock alone, so nothing has changed since it was read;
	// two readers at once store the same.
	o.listed.Store(&list)
	return list
}

// ByFullNumber finds an extension of any organisation by its extended number.
func (d *Directory) ByFullNumber(full string) (store.Extension, bool) {
	prefix, short, ok := strings.Cut(full, "*")
	if !ok {
		return store.Extension{}, false
	}
	d.mu.RLock()
	defer d.mu.RUnlock()
	for _, o := range d.orgs {
		if o.Prefix == prefix {
			e, ok := o.extensions[o.byNumber[short]]
			return e, ok
		}
	}
	return store.Extension{}, false
}

// OfNumber finds an organisation's extension by its short or extended number.
// What only leads there, such as a DID, is none.
func (d *Directory) OfNumber(orgID int64, number string) (store.Extension, bool) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	o := d.orgs[orgID]
	if o == nil {
		return store.Extension{}, false
	}
	e, ok := o.extensions[o.byNumber[strings.TrimPrefix(number, o.Prefix+"*")]]
	return e, ok
}
