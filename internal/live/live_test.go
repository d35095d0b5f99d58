package live

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"holdline/internal/acd"
	"holdline/internal/store"
)

func bubble(t *testing.T, set func(*Config), test func(*testing.T, *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, set)
		defer w.hub.Close()
		test(t, w)
	})
}

// settle lets everything that is under way be published.
func settle() {
	<-time.After(time.Second) // of the bubble's clock
	synctest.Wait()
}

func TestASnapshotHasEverythingAndChangesOnlyWhatChanged(t *testing.T) {
	bubble(t, nil, func(t *testing.T, w *world) {
		w.status(1, acd.Online, "")
		b := w.follow(Scope{}, "")
		settle()
		b.catchUp()
		for _, key := range []string{"client", "queue/10", "queue/11", "agent/1", "agent/2", "agent/3", "agent/4"} {
			if b.knows[key] == nil {
				t.Errorf("the snapshot has no %s: %s", key, b.last.Objects)
			}
		}
		if !b.last.Snapshot && b.frames == 1 || b.field("agent/1", "status") != "available" || b.field("agent/4", "number") != "4930123456" {
			t.Errorf("snapshot: %s", b.last.Objects)
		}

		offer := w.join("a", 10)
		b.next()
		if b.last.Snapshot || b.knows["caller/a"] == nil {
			t.Fatalf("a caller joined, and the frame was %v %s", b.last.Snapshot, b.last.Objects)
		}
		if strings.Contains(string(b.last.Objects), "agent/2") {
			t.Errorf("agent 2 has nothing to do with it: %s", b.last.Objects)
		}
		if b.field("caller/a", "state") != "Trying" || b.field("agent/1", "state") != "offered" || b.field("queue/10", "trying_members") != 1.0 ||
			b.field("queue/10", "agents_available") != 0.0 {
			t.Errorf("while agent 1 is rung: %s", b.last.Objects)
		}

		w.step(acd.OfferAnswered{Offer: offer.Offer})
		b.next()
		if b.field("caller/a", "agent_id") != 1.0 || b.field("caller/a", "answered") == nil || b.field("agent/1", "state") != "talking" {
			t.Errorf("while they talk: %s", b.last.Objects)
		}
		today := b.field("queue/10", "today").(map[string]any)
		if today["answered"] != 1.0 || today["service_level"] != 100.0 {
			t.Errorf("today: %v", today)
		}

		w.step(acd.CallerEnded{Call: "a", Cause: acd.CauseCallerHangup})
		b.next()
		if b.knows["caller/a"] != nil || !strings.Contains(string(b.last.Objects), `"caller/a":null`) {
			t.Errorf("the caller is gone: %s", b.last.Objects)
		}
	})
}

func TestWhatHappensTogetherIsToldTogetherAndSoon(t *testing.T) {
	bubble(t, nil, func(t *testing.T, w *world) {
		b := w.follow(Scope{}, "")
		settle()
		b.catchUp()
		frames, begun := b.frames, time.Now()
		w.status(1, acd.Online, "")
		b.next()
		if at := time.Since(begun); at > 10*time.Millisecond {
			t.Errorf("a single change took %v", at)
		}
		for i := range 100 {
			w.join(acd.CallID(fmt.Sprint(i)), 11)
			<-time.After(5 * time.Millisecond)
		}
		last := time.Now()
		for b.knows["caller/99"] == nil {
			b.next()
		}
		if late := time.Since(last); late > 100*time.Millisecond {
			t.Errorf("the last of many changes came after %v", late)
		}
		if n := b.frames - frames; n > 9 {
			t.Errorf("%d frames for what happened within 500 ms", n)
		}
	})
}

func TestASlowWatcherMissesNoFinalState(t *testing.T) {
	bubble(t, nil, func(t *testing.T, w *world) {
		slow, fast := w.follow(Scope{}, ""), w.follow(Scope{}, "")
		settle()
		slow.catchUp()
		fast.catchUp()
		seen := slow.frames
		for i := range 40 {
			w.status(1, acd.Status(i%3), "lunch")
			w.join(acd.CallID(fmt.Sprint(i)), 11)
			if i >= 10 {
				w.step(acd.CallerEnded{Call: acd.CallID(fmt.Sprint(i - 10)), Cause: acd.CauseCallerHangup})
			}
			settle()
			fast.catchUp()
		}
		slow.catchUp()
		if n := slow.frames - seen; n != 1 {
			t.Errorf("the slow watcher needed %d frames", n)
		}
		if !same(slow.knows, fast.knows) || len(slow.knows) != 7+10 {
			t.Errorf("slow %d objects, fast %d", len(slow.knows), len(fast.knows))
		}
	})
}

// Whatever happens, and however slow they are, all watchers end with what a new one sees.
func TestAllWatchersEndWithTheSame(t *testing.T) {
	for seed := range uint64(20) {
		bubble(t, nil, func(t *testing.T, w *world) {
			r := rand.New(rand.NewPCG(seed, 1))
			browsers := []*watcher{w.follow(Scope{}, ""), w.follow(Scope{}, ""), w.follow(Scope{}, ""), w.follow(Scope{User: 102}, "")}
			for i := range 200 {
				randomStep(w, r, i)
				<-time.After(time.Duration(r.IntN(150)) * time.Millisecond)
				if b := browsers[r.IntN(len(browsers))]; r.IntN(3) == 0 {
					b.catchUp()
				}
				if i == 100 { // one goes and comes back
					after := browsers[2].last.ID
					browsers[2].cursor.Close()
					browsers[2].cursor = w.follow(Scope{}, after).cursor
				}
			}
			settle()
			all, own := w.follow(Scope{}, ""), w.follow(Scope{User: 102}, "")
			all.catchUp()
			own.catchUp()
			for i, b := range browsers {
				b.catchUp()
				want := all
				if i == 3 {
					want = own
				}
				if !same(b.knows, want.knows) {
					t.Errorf("seed %d: watcher %d knows\n%s\nand should know\n%s", seed, i, b.knows, want.knows)
				}
			}
			if len(own.knows) == 0 || len(own.knows) >= len(all.knows) {
				t.Errorf("seed %d: user 102 sees %d of %d objects", seed, len(own.knows), len(all.knows))
			}
		})
	}
}

func randomStep(w *world, r *rand.Rand, i int) {
	agent, queue := acd.AgentID(1+r.IntN(4)), acd.QueueID(10+r.IntN(2))
	switch r.IntN(7) {
	case 0, 1:
		for _, c := range w.step(acd.CallerJoined{Call: acd.CallID(fmt.Sprint("c", i)), Queue: queue, Number: "1"}) {
			if c.Kind == acd.CmdOffer && r.IntN(2) == 0 {
				w.step(acd.OfferAnswered{Offer: c.Offer})
			}
		}
	case 2:
		w.step(acd.CallerEnded{Call: acd.CallID(fmt.Sprint("c", r.IntN(i+1))), Cause: acd.CauseCallerHangup})
	case 3:
		w.status(agent, acd.Status(r.IntN(3)), "lunch")
	case 4:
		w.step(acd.SetReachable{Agent: agent, Reachable: r.IntN(3) > 0})
	case 5:
		w.step(acd.SetMembership{Membership: acd.Membership{Queue: queue, Agent: agent, Level: r.IntN(3), Status: acd.Online}})
		w.hub.Touch(org)
	case 6:
		w.step(acd.RemoveMembership{Queue: queue, Agent: agent})
		w.hub.Touch(org)
	}
}

func TestWhoComesBackGetsWhatChangedMeanwhile(t *testing.T) {
	bubble(t, nil, func(t *testing.T, w *world) {
		b := w.follow(Scope{}, "")
		w.join("a", 11)
		settle()
		b.catchUp()
		b.cursor.Close()
		w.step(acd.CallerEnded{Call: "a", Cause: acd.CauseCallerHangup})
		w.status(2, acd.Paused, "lunch")
		settle()

		again := w.follow(Scope{}, b.last.ID).next()
		if again.last.Snapshot {
			t.Fatalf("a snapshot after %s", b.last.ID)
		}
		b.apply(again.last)
		if b.knows["caller/a"] != nil || b.field("agent/2", "pause_reason") != "lunch" || again.knows["agent/1"] != nil {
			t.Errorf("what changed meanwhile: %s", again.last.Objects)
		}
		for _, after := range []string{"", "x", "x-1", "-", strings.Replace(b.last.ID, "-", "-9", 1), b.last.ID[1:]} {
			if f := w.follow(Scope{}, after).next().last; !f.Snapshot {
				t.Errorf("no snapshot after %q", after)
			}
		}
		current := w.follow(Scope{}, again.last.ID)
		if _, wake, err := current.cursor.Take(); wake == nil || err != nil {
			t.Errorf("who has missed nothing is told something, or %v", err)
		}
	})
}

func TestTombstonesAreForgottenAndThenASnapshotFollows(t *testing.T) {
	bubble(t, nil, func(t *testing.T, w *world) {
		b := w.follow(Scope{}, "")
		w.join("first", 11)
		settle()
		b.catchUp()
		for i := range maxGone + 1 {
			id := acd.CallID(fmt.Sprint(i))
			w.join(id, 11)
			if i%1000 == 0 {
				settle()
			}
		}
		settle()
		for i := range maxGone + 1 {
			w.step(acd.CallerEnded{Call: acd.CallID(fmt.Sprint(i)), Cause: acd.CauseCallerHangup})
		}
		settle()
		if f := w.follow(Scope{}, b.last.ID).next().last; !f.Snapshot {
			t.Error("what was forgotten is not told, and no snapshot either")
		}
		if n := w.hub.feed(org).table.gone.Len(); n > maxGone {
			t.Errorf("%d tombstones", n)
		}
	})
}

func TestAUserSeesOwnThingsOnly(t *testing.T) {
	bubble(t, nil, func(t *testing.T, w *world) {
		w.status(1, acd.Online, "")
		b := w.follow(Scope{User: 101}, "").next()
		settle()
		b.catchUp()
		if len(b.knows) != 3 || b.knows["client"] == nil || b.knows["agent/1"] == nil || b.knows["queue/10"] == nil {
			t.Fatalf("user 101 sees %s", b.knows)
		}
		w.status(2, acd.Online, "")
		w.join("other", 11)
		w.mu.Lock()
		w.calls = []acd.LiveCall{{Call: "x", CallerExtension: 22, To: "1"}, {Call: "y", CalledExtension: 21, To: "2"}}
		w.mu.Unlock()
		offer := w.join("mine", 10)
		settle()
		b.catchUp()
		if b.knows["caller/mine"] == nil || b.knows["caller/other"] != nil || b.knows["agent/2"] != nil || b.knows["call/y"] == nil || b.knows["call/x"] != nil {
			t.Errorf("user 101 sees %s", b.knows)
		}
		// The call goes on to agent 2: it is gone for user 101, and nothing more is told.
		w.step(acd.OfferEnded{Offer: offer.Offer, Cause: acd.CauseBusy})
		settle()
		b.catchUp()
		if b.knows["caller/mine"] != nil {
			t.Error("user 101 still sees a caller another agent is rung for")
		}
		w.step(acd.CallerEnded{Call: "mine", Cause: acd.CauseCallerHangup}, acd.CallerEnded{Call: "other", Cause: acd.CauseCallerHangup})
		settle()
		b.catchUp()
		if strings.Contains(string(b.last.Objects), "caller/") {
			t.Errorf("user 101 is told of the end of others' calls: %s", b.last.Objects)
		}

		if stranger := w.follow(Scope{User: 999}, "").next(); len(stranger.knows) != 1 {
			t.Errorf("somebody without a phone sees %s", stranger.knows)
		}
		// The phone becomes somebody else's.
		w.dir.PutExtension(store.Extension{ID: 21, OrgID: org, OwnerID: 103, Number: "201", Type: store.PhoneExtension})
		w.hub.Touch(org)
		settle()
		b.catchUp()
		if len(b.knows) != 1 {
			t.Errorf("user 101, who has no phone any more, sees %s", b.knows)
		}
	})
}

func TestAnOrganisationNobodyWatchesIsNotRead(t *testing.T) {
	bubble(t, nil, func(t *testing.T, w *world) {
		w.join("a", 11)
		settle()
		if w.reads != 0 || len(w.hub.feeds) != 0 {
			t.Errorf("%d reads, %d feeds, and nobody watches", w.reads, len(w.hub.feeds))
		}
		b := w.follow(Scope{}, "").next()
		b.cursor.Close()
		b.cursor.Close() // counts once
		<-time.After(2 * time.Minute)
		synctest.Wait()
		reads := w.reads
		w.join("b", 11)
		settle()
		if w.reads != reads || w.hub.feed(org) != nil {
			t.Error("the organisation is still followed two minutes after its last watcher has gone")
		}
		if again := w.follow(Scope{}, b.last.ID).next(); !again.last.Snapshot || again.knows["caller/b"] == nil {
			t.Errorf("who comes later gets %s", again.last.Objects)
		}
	})
}

// A hold of two phones leaves no fact: the calls are looked at all the same, and nothing else is.
func TestCallsAreLookedAtWithoutAFact(t *testing.T) {
	bubble(t, nil, func(t *testing.T, w *world) {
		w.calls = []acd.LiveCall{{Call: "c1", State: acd.CallTalking}}
		b := w.follow(Scope{}, "")
		settle()
		b.catchUp()
		w.calls = []acd.LiveCall{{Call: "c1", State: acd.CallHeld, CallerHold: acd.HoldByOrder}}
		w.hub.Watch(org, nil)
		b.next()
		if b.field("call/c1", "state") != "held" || b.field("call/c1", "caller_hold") != "order" || b.field("call/c1", "called_hold") != nil {
			t.Errorf("the call is %s", b.last.Objects)
		}
		if strings.Contains(string(b.last.Objects), "agent/") {
			t.Errorf("more was told: %s", b.last.Objects)
		}
	})
}

func TestConfigurationChangesAreSeen(t *testing.T) {
	bubble(t, nil, func(t *testing.T, w *world) {
		b := w.follow(Scope{}, "")
		settle()
		b.catchUp()
		w.dir.PutExtension(store.Extension{ID: 11, OrgID: org, Number: "711", Type: store.QueueExtension, Label: "Sales", Blocked: true})
		w.hub.Touch(org)
		b.next()
		if b.field("queue/11", "label") != "Sales" || b.field("queue/11", "status") != "blocked" || b.field("queue/10", "status") != "active" {
			t.Errorf("the queue is called %v, and is %v", b.field("queue/11", "label"), b.field("queue/11", "status"))
		}
		// What is told by inputs is looked at alone.
		w.step(acd.SetMembership{Membership: acd.Membership{Queue: 11, Agent: 1, Level: 2, Position: 3}})
		w.hub.Touch(org, acd.SetMembership{Membership: acd.Membership{Queue: 11, Agent: 1}})
		b.next()
		if places := b.field("agent/1", "queues").([]any); len(places) != 2 || strings.Contains(string(b.last.Objects), "agent/2") {
			t.Errorf("agent 1 joined a queue: %s", b.last.Objects)
		}
		w.step(acd.RemoveMembership{Queue: 11, Agent: 1})
		w.hub.Touch(org, acd.RemoveMembership{Queue: 11, Agent: 1}, acd.Note{})
		b.next()
		if places := b.field("agent/1", "queues").([]any); len(places) != 1 {
			t.Errorf("agent 1 left the queue: %s", b.last.Objects)
		}
		w.step(acd.RemoveAgent{Agent: 3})
		w.dir.DropAgent(org, 3)
		w.hub.Touch(org, acd.RemoveAgent{Agent: 3}, acd.SetQueue{Queue: acd.Queue{ID: 11}}, acd.SetAgent{Agent: acd.Agent{ID: 2}})
		b.next()
		if b.knows["agent/3"] != nil {
			t.Errorf("agent 3 was deleted: %s", b.last.Objects)
		}
		w.hub.Touch(org, acd.RemoveQueue{Queue: 11})
		settle()

		w.dir.DropAgent(org, 4)
		w.step(acd.RemoveAgent{Agent: 4})
		w.dir.DropExtension(org, 11)
		w.step(acd.RemoveQueue{Queue: 11})
		<-time.After(20 * time.Second) // nobody told: the sweep finds it
		b.catchUp()
		if b.knows["agent/4"] != nil || b.knows["queue/11"] != nil {
			t.Errorf("what was deleted is still there: %s", b.knows)
		}
	})
}

func TestTodaysFiguresCountEachCallOnce(t *testing.T) {
	bubble(t, nil, func(t *testing.T, w *world) {
		for i := range 5 {
			w.join(acd.CallID(fmt.Sprint(i)), 11)
			w.step(acd.CallerEnded{Call: acd.CallID(fmt.Sprint(i)), Cause: acd.CauseCallerHangup})
		}
		b := w.follow(Scope{}, "")
		for i := range 5 { // while the journal is being read
			w.join(acd.CallID(fmt.Sprint(10+i)), 11)
		}
		settle()
		b.catchUp()
		if today := b.field("queue/11", "today").(map[string]any); today["offered"] != 10.0 || today["abandoned"] != 5.0 || today["short_abandoned"] != 5.0 {
			t.Errorf("today: %v", today)
		}
		// The bubble begins at midnight UTC, an hour later in Berlin.
		<-time.After(23*time.Hour + time.Minute)
		w.join("tomorrow", 11)
		settle()
		b.catchUp()
		if today := b.field("queue/11", "today").(map[string]any); today["offered"] != 1.0 {
			t.Errorf("after midnight: %v", today)
		}
	})
}

func TestAnEngineThatIsNotThere(t *testing.T) {
	bubble(t, nil, func(t *testing.T, w *world) {
		w.broken = errors.New("closed")
		c, err := w.hub.Follow(org, Scope{}, "")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Next(t.Context()); !errors.Is(err, w.broken) {
			t.Errorf("Next = %v", err)
		}
		c.Close()
		w.mu.Lock()
		w.broken = nil
		w.mu.Unlock()
		<-time.After(20 * time.Second)
		b := w.follow(Scope{}, "").next()
		w.mu.Lock()
		w.broken = errors.New("closed again")
		w.mu.Unlock()
		w.join("a", 11)
		settle() // nothing can be read: nothing is told
		b.catchUp()
		w.mu.Lock()
		w.broken = nil
		w.mu.Unlock()
		<-time.After(20 * time.Second)
		b.catchUp()
		if b.knows["caller/a"] == nil {
			t.Error("what happened while the engine could not be read is never told")
		}
	})
}

func TestLimitsAndTheEnd(t *testing.T) {
	bubble(t, func(c *Config) { c.Watchers = 2 }, func(t *testing.T, w *world) {
		one, two := w.follow(Scope{}, ""), w.follow(Scope{}, "")
		if _, err := w.hub.Follow(org, Scope{}, ""); !errors.Is(err, ErrFull) {
			t.Errorf("a third watcher of two: %v", err)
		}
		two.cursor.Close()
		w.follow(Scope{}, "")
		if n := w.hub.Watchers(); n != 2 {
			t.Errorf("%d watchers", n)
		}

		one.next()
		settle()
		one.catchUp()
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := one.cursor.Next(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("Next with a cancelled context: %v", err)
		}
		ended := make(chan error)
		go func() {
			_, err := one.cursor.Next(t.Context())
			ended <- err
		}()
		synctest.Wait()
		w.hub.Close()
		if err := <-ended; !errors.Is(err, ErrClosed) {
			t.Errorf("Next when the hub closes: %v", err)
		}
		if _, err := w.hub.Follow(org, Scope{}, ""); !errors.Is(err, ErrClosed) {
			t.Errorf("Follow after Close: %v", err)
		}
	})
}
