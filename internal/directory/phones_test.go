package directory

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"holdline/internal/store"
)

// TestPhonesFollowEveryChange: the list is kept, so each change must be seen in the next one.
func TestPhonesFollowEveryChange(t *testing.T) {
	d := New()
	if got := d.Phones(7); got != nil {
		t.Errorf("phones of nobody: %+v", got)
	}
	d.PutOrganisation(store.Organisation{ID: 7, Prefix: "0003"})
	d.PutOrganisation(store.Organisation{ID: 8, Prefix: "0004"})
	put := func(id int64, number string, kind store.ExtensionType, owner int64) {
		d.PutExtension(store.Extension{ID: id, OrgID: 7, Number: number, Type: kind, OwnerID: owner})
	}
	expect := func(want ...PhoneEntry) {
		t.Helper()
		if diff := cmp.Diff(want, append([]PhoneEntry(nil), d.Phones(7)...)); diff != "" {
			t.Error(diff)
		}
	}
	put(3, "202", store.PhoneExtension, 1)
	put(2, "700", store.QueueExtension, 1)
	expect(PhoneEntry{3, 1, "0003*202"})
	put(4, "201", store.PhoneExtension, 0)
	expect(PhoneEntry{4, 0, "0003*201"}, PhoneEntry{3, 1, "0003*202"})
	put(4, "201", store.PhoneExtension, 5)
	expect(PhoneEntry{4, 5, "0003*201"}, PhoneEntry{3, 1, "0003*202"})
	d.DropExtension(7, 3)
	expect(PhoneEntry{4, 5, "0003*201"})
	d.PutOrganisation(store.Organisation{ID: 7, Prefix: "0005"})
	expect(PhoneEntry{4, 5, "0005*201"})
	if got := d.Phones(8); len(got) != 0 {
		t.Errorf("another organisation's: %+v", got)
	}
}

func TestByNumber(t *testing.T) {
	d := New()
	for id, prefix := range map[int64]string{7: "0003", 8: "0004"} {
		d.PutOrganisation(store.Organisation{ID: id, Prefix: prefix})
		d.PutExtension(store.Extension{ID: id * 10, OrgID: id, Number: "201", Type: store.PhoneExtension})
	}
	for full, want := range map[string]int64{"0003*201": 70, "0004*201": 80, "0003*202": 0, "0005*201": 0, "201": 0, "": 0, "*": 0, "0003*": 0} {
		if e, ok := d.ByFullNumber(full); ok != (want != 0) || e.ID != want {
			t.Errorf("ByFullNumber(%q) = %d, %v; want %d", full, e.ID, ok, want)
		}
	}
	for number, want := range map[string]int64{"0003*201": 70, "201": 70, "0004*201": 0, "202": 0, "": 0} {
		if e, ok := d.OfNumber(7, number); ok != (want != 0) || e.ID != want {
			t.Errorf("OfNumber(%q) = %d, %v; want %d", number, e.ID, ok, want)
		}
	}
	if _, ok := d.OfNumber(9, "201"); ok {
		t.Error("an extension of an organisation that is not there")
	}
}
