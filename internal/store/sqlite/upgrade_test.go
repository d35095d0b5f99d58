package sqlite

import (
	"context"
	"errors"
	"path/filepath"
	"reflect"
	"testing"

	"holdline/internal/acd"
	"holdline/internal/store"
)

// oldDatabase makes a database as version 1 left it: an organisation with a
// phone, a queue, an agent in it, and a journal with a caller who still talks.
func oldDatabase(t *testing.T, path string) {
	t.Helper()
	db, err := pool(path, volatile, false)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	steps, err := provider(db)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := steps.UpTo(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	for _, query := range []string{
		`INSERT INTO organisations VALUES (3, 'Old', '000', 'old.example', 'old@example.com', 'pw', 'Europe/Berlin', 11)`,
		`INSERT INTO journals VALUES (3, 4, 9)`,
		`INSERT INTO users VALUES (4, 3, 'ann', 'Ann', 'pw', 'agent', 12)`,
		`INSERT INTO extensions VALUES (20, 3, 4, '201', 'phone', 0, 'Desk', NULL, 'x', NULL, NULL, 7, NULL, NULL, 1, 'h1', 'h2', 13)`,
		`INSERT INTO extensions VALUES (21, 3, NULL, '700', 'queue', 0, '', NULL, NULL, NULL, NULL, NULL, NULL, NULL, 0, '', '', 14)`,
		`INSERT INTO sounds VALUES (5, 3, 'Music', 'm.wav', x'0102')`,
		`INSERT INTO queues VALUES (21, 3, 'ring-all', 1, 2000000, 1, 1, 3000000, 1, 5, NULL, NULL, 4000000, 5000000, '301', 6000000, '302',
			1, 35, '303', 1, NULL, 1, 'transfer', '304', 'tag', 1, 7000000)`,
		`INSERT INTO agents VALUES (6, 3, 0, 20, '', 'Ann', NULL, 1000000, 2000000, 3000000, 4000000, 5000000, 2, 1)`,
		`INSERT INTO memberships VALUES (3, 21, 6, 1, 2, 2, 'lunch', 15)`,
		`INSERT INTO facts VALUES (3, 1, 100, 1, 21, 0, 'a', 0, '4930', 'Bob', 0, '', 0, 0, 0, 0, 0, 0)`,
		`INSERT INTO facts VALUES (3, 2, 101, 2, 21, 6, 'a', 9, '', '', 0, '', 0, 0, 0, 0, 0, 0)`,
		`INSERT INTO facts VALUES (3, 3, 102, 5, 21, 6, 'a', 9, '', '', 0, '', 0, 0, 0, 0, 0, 2)`,
		`INSERT INTO facts VALUES (3, 4, 102, 6, 21, 6, 'a', 0, '', '', 0, '', 0, 0, 0, 1, 0, 2)`,
		`INSERT INTO open_calls VALUES (3, 'a', 5, 3)`,
	} {
		if _, err := db.ExecContext(t.Context(), query); err != nil {
			t.Fatalf("%s: %v", query, err)
		}
	}
}

// A database of version 1 opens, keeps everything and goes on.
func TestUpgrade(t *testing.T) {
	path := filepath.Join(t.TempDir(), "holdline.db")
	oldDatabase(t, path)
	if v, err := VersionOf(t.Context(), path); err != nil || v != (Version{1, latest()}) {
		t.Fatalf("version before: %v, %v", v, err)
	}
	s := openAt(t, path)
	defer func() { s.Close() }()
	if v, err := VersionOf(t.Context(), path); err != nil || v != (Version{latest(), latest()}) {
		t.Errorf("version after: %v, %v", v, err)
	}
	checkOld(t, s)

	// The journal goes on: the talk ends, and the next call has legs.
	l := acd.Leg{ID: "b", Call: "b", In: true, Started: 104, Ended: 105}
	s.Journal().Append(3, []acd.Fact{{Seq: 5, At: 103, Kind: acd.FactTalkEnded, Call: "a"}, {Seq: 6, At: 105, Kind: acd.FactLegEnded, Call: "b", Leg: &l}}, nil)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = openAt(t, path)
	err := s.View(t.Context(), func(tx store.Tx) error {
		open, err1 := tx.Facts.OpenCalls(t.Context(), 3)
		rows, n, err2 := tx.Calls.List(t.Context(), 3, store.CallFilter{})
		if len(open) != 0 || n != 1 || len(rows) != 1 || rows[0].ID != "b" {
			t.Errorf("open calls %v, call history %v", open, rows)
		}
		return errors.Join(err1, err2)
	})
	if err != nil {
		t.Error(err)
	}
}

func checkOld(t *testing.T, s store.Store) {
	t.Helper()
	text, number := func(s string) *string { return &s }, func(n int64) *int64 { return &n }
	expect(t, s, store.Organisation{ID: 3, Name: "Old", Prefix: "000", Domain: "old.example", Login: "old@example.com", Password: "pw",
		TimeZone: "Europe/Berlin", Created: 11}, func(ctx context.Context, tx store.Tx) (store.Organisation, error) {
		return tx.Organisations.ByLogin(ctx, "old@example.com")
	})
	expect(t, s, store.Extension{ID: 20, OrgID: 3, OwnerID: 4, Number: "201", Type: "phone", Label: "Desk", ExtraParams: text("x"),
		DialRuleLimit: number(7), ANIRFC3325: true, HA1MD5: "h1", HA1SHA256: "h2", Created: 13},
		func(ctx context.Context, tx store.Tx) (store.Extension, error) { return tx.Extensions.Get(ctx, 3, 20) })
	expect(t, s, acd.Queue{ID: 21, Strategy: acd.RingAll, TierRulesApply: true, TierRuleWait: 2e9, TierRuleWaitMultiplyLevel: true,
		TierRuleClockJoin: true, RingProgressivelyDelay: 3e9, Ringback: true, Music: 5, AnnounceEvery: 4e9, MaxWait: 5e9, MaxWaitDst: "301",
		MaxWaitNoAgent: 6e9, NoAgentDst: "302", ExitWithNoAgents: true, ExitKey: '#', ExitDst: "303", Record: true, ReportWaitTime: true,
		AgentHangupAction: "transfer", AgentHangupDst: "304", CIDNameTag: "tag", AbandonedResume: true, DiscardAbandonedAfter: 7e9},
		func(ctx context.Context, tx store.Tx) (acd.Queue, error) { return tx.Queues.Get(ctx, 3, 21) })
	expect(t, s, store.Agent{OrgID: 3, ExtensionID: 20, Name: text("Ann"), Default: acd.Online, Agent: acd.Agent{ID: 6, CallTimeout: 1e9,
		BusyDelay: 2e9, NoAnswerDelay: 3e9, RejectDelay: 4e9, WrapUp: 5e9, MaxNoAnswer: 2}},
		func(ctx context.Context, tx store.Tx) (store.Agent, error) { return tx.Agents.Get(ctx, 3, 6) })
	expect(t, s, []acd.Membership{{Queue: 21, Agent: 6, Level: 1, Position: 2, Status: acd.Paused, Reason: "lunch", Since: 15}},
		func(ctx context.Context, tx store.Tx) ([]acd.Membership, error) { return tx.Memberships.List(ctx, 3) })
	talk := acd.Fact{Seq: 3, At: 102, Kind: acd.FactConnected, Queue: 21, Agent: 6, Call: "a", Offer: 9, Duration: 2000}
	expect(t, s, []acd.Fact{
		{Seq: 1, At: 100, Kind: acd.FactCallerJoined, Queue: 21, Call: "a", Number: "4930", Name: "Bob"},
		{Seq: 2, At: 101, Kind: acd.FactOffered, Queue: 21, Agent: 6, Call: "a", Offer: 9}, talk,
		{Seq: 4, At: 102, Kind: acd.FactCallerLeft, Queue: 21, Agent: 6, Call: "a", Outcome: acd.OutcomeAnswered, Duration: 2000},
	}, func(ctx context.Context, tx store.Tx) ([]acd.Fact, error) { return tx.Facts.After(ctx, 3, 0, 0) })
	expect(t, s, []acd.Fact{talk}, func(ctx context.Context, tx store.Tx) ([]acd.Fact, error) { return tx.Facts.OpenCalls(ctx, 3) })
	expect(t, s, nil, func(ctx context.Context, tx store.Tx) ([]acd.Leg, error) { return tx.Calls.OpenLegs(ctx, 3) })
}

func expect[T any](t *testing.T, s store.Store, want T, get func(context.Context, store.Tx) (T, error)) {
	t.Helper()
	err := s.View(t.Context(), func(tx store.Tx) error {
		got, err := get(t.Context(), tx)
		if !reflect.DeepEqual(got, want) {
			t.Errorf("got %+v\nwant %+v", got, want)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// Going back to version 1 works as long as nothing needs the new columns.
func TestDowngrade(t *testing.T) {
	path := filepath.Join(t.TempDir(), "holdline.db")
	oldDatabase(t, path)
	if _, err := Migrate(t.Context(), path); err != nil {
		t.Fatal(err)
	}
	db, err := pool(path, volatile, false)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	steps, err := provider(db)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := steps.DownTo(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	if v, err := currentVersion(t.Context(), db); err != nil || v != 1 {
		t.Errorf("version %d, %v", v, err)
	}
	if _, err := db.ExecContext(t.Context(), `INSERT INTO facts VALUES (3, 5, 100, 1, 21, 0, 'b', 0, '', '', 0, '', 0, 0, 0, 0, 0, 0)`); err != nil {
		t.Error("the old columns:", err)
	}
}
