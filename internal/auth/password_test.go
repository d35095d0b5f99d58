package auth

import (
	"context"
	"errors"
	"strings"
	"testing"
)

func TestPasswordHashesAreSaltedAndMatchOnlyTheirPassword(t *testing.T) {
	h, ctx := NewHasher(2), t.Context()
	one, err := h.Hash(ctx, "correct horse")
	if err != nil {
		t.Fatal(err)
	}
	two, _ := h.Hash(ctx, "correct horse")
	if one == two {
		t.Error("two hashes of one password are equal: the salt is not random")
	}
	if !strings.HasPrefix(one, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Errorf("not in PHC form: %s", one)
	}
	for password, want := range map[string]bool{"correct horse": true, "correct horsf": false, "": false, "Correct horse": false} {
		if got, err := h.Matches(ctx, one, password); got != want || err != nil {
			t.Errorf("Matches(%q) = %v, %v; want %v", password, got, err, want)
		}
	}
	if got, err := h.Matches(ctx, "", ""); got || err != nil {
		t.Errorf("no stored password matched the empty one: %v, %v", got, err)
	}
}

// The reference implementation's own vector (phc-winner-argon2 test.c): password "password", salt "somesalt".
func TestKnownArgon2idVector(t *testing.T) {
	const stored = "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4"
	if ok, err := NewHasher(1).Matches(t.Context(), stored, "password"); !ok || err != nil {
		t.Errorf("Matches = %v, %v", ok, err)
	}
}

func TestDamagedHashesAreErrorsNotWrongPasswords(t *testing.T) {
	good := "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4"
	for _, stored := range []string{"x", "$", good + "$", strings.Replace(good, "argon2id", "argon2i", 1),
		strings.Replace(good, "v=19", "v=16", 1), strings.Replace(good, "m=256", "m=4294967295", 1),
		strings.Replace(good, "t=2", "t=0", 1), strings.Replace(good, "p=1", "p=0", 1),
		strings.Replace(good, "c29tZXNhbHQ", "", 1), strings.Replace(good, "m=256", "m=+256", 1), good[:len(good)-30]} {
		if ok, err := NewHasher(1).Matches(t.Context(), stored, "password"); ok || !errors.Is(err, ErrHash) {
			t.Errorf("Matches(%q) = %v, %v; want ErrHash", stored, ok, err)
		}
	}
}

func TestOrganisationPasswordMatchesPlainAndMD5(t *testing.T) {
	h, ctx := NewHasher(2), t.Context()
	stored, err := h.HashOrganisation(ctx, "demo")
	if err != nil {
		t.Fatal(err)
	}
	for value, want := range map[string]bool{
		"demo": true, "fe01ce2a7fbac8fafaed7c982a04e229": true, "FE01CE2A7FBAC8FAFAED7C982A04E229": true,
		"Demo": false, "": false, "fe01ce2a7fbac8fafaed7c982a04e228": false,
	} {
		if got, err := h.MatchesOrganisation(ctx, stored, value); got != want || err != nil {
			t.Errorf("MatchesOrganisation(%q) = %v, %v; want %v", value, got, err, want)
		}
	}
	// A password that looks like an MD5 itself still works as it is.
	looks := "fe01ce2a7fbac8fafaed7c982a04e229"
	stored, _ = h.HashOrganisation(ctx, looks)
	if ok, _ := h.MatchesOrganisation(ctx, stored, looks); !ok {
		t.Error("a password of 32 hex digits does not match itself")
	}
}

func TestHasherWaitsForASlotAndGivesUpWithItsContext(t *testing.T) {
	h := NewHasher(1)
	h.slots <- struct{}{} // the only slot is taken
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := h.Hash(ctx, "x"); !errors.Is(err, context.Canceled) {
		t.Errorf("Hash with all slots taken: %v; want context.Canceled", err)
	}
	<-h.slots
	if _, err := h.Hash(t.Context(), "x"); err != nil {
		t.Errorf("the slot was not given back: %v", err)
	}
}

func FuzzParsePHC(f *testing.F) {
	f.Add("$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4")
	f.Add("$argon2id$v=19$m=1,t=1,p=1$$")
	f.Fuzz(func(t *testing.T, s string) {
		if p, err := parsePHC(s); err == nil && p.String() != s {
			t.Errorf("%q is read as %q", s, p)
		}
	})
}

func BenchmarkHash(b *testing.B) {
	h := NewHasher(1)
	for b.Loop() {
		h.Hash(b.Context(), "correct horse")
	}
}

// Another cost is that of new hashes and of logins that do not exist, never that of what is stored.
func TestWithCost(t *testing.T) {
	usual, ctx := NewHasher(1), t.Context()
	cheap := usual.WithCost(Cost{Memory: 8, Passes: 1})
	stored, err := cheap.Hash(ctx, "secret")
	if err != nil || !strings.HasPrefix(stored, "$argon2id$v=19$m=8,t=1,p=1$") {
		t.Fatal(stored, err)
	}
	for name, h := range map[string]*Hasher{"usual": usual, "cheap": cheap} {
		right, err1 := h.Matches(ctx, stored, "secret")
		wrong, err2 := h.Matches(ctx, stored, "Secret")
		none, err3 := h.Matches(ctx, "", "secret")
		if err := errors.Join(err1, err2, err3); err != nil || !right || wrong || none {
			t.Errorf("%s: right %v, wrong %v, none %v, %v", name, right, wrong, none, err)
		}
	}
	if again, err := usual.Hash(ctx, "secret"); err != nil || !strings.HasPrefix(again, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Error("the hasher itself has changed:", again, err)
	}
}
