package event

import (
	"net/url"
	"testing"
	"time"

	"holdline/internal/acd"
	"holdline/internal/store"
)

// FuzzForm: whatever callers call themselves, a receiver reads back exactly that, in both dialects.
func FuzzForm(f *testing.F) {
	f.Add("15557000", "Ann & Bob", "4989700", true)
	f.Add("+49 (0) 30", "a=b&CallStatus=ANSWER#?%zz\x00\xff", "*50#", false)
	f.Fuzz(func(t *testing.T, number, name, dialled string, in bool) {
		h := happening{event: store.EventHangup, in: in, call: "c", leg: "l", caller: party{number: number, name: name},
			dialled: dialled, status: answered, end: &ending{time.Second, time.Second}}
		for _, d := range []store.Dialect{store.DialectVer1, store.DialectUAPI} {
			v, err := url.ParseQuery(h.form(d))
			if err != nil {
				t.Fatalf("%s: %v", d, err)
			}
			for key, want := range map[string]string{"CallerIDNum": number, "CallerIDName": name, "CalledNumber": dialled, "CallStatus": answered} {
				if got := v[key]; want != "" && (len(got) != 1 || got[0] != want) {
					t.Errorf("%s: %s is %q, want %q", d, key, got, want)
				}
			}
		}
	})
}

// FuzzFacts: whatever the journal holds, following it breaks nothing, and
// each queue's hangups of flow in are its callers who left.
func FuzzFacts(f *testing.F) {
	f.Add([]byte{19, 1, 1, 0, 1, 2, 19, 2, 1, 7, 21, 2, 1, 7, 5, 1, 1, 7, 7, 1, 1, 7, 6, 1, 1, 0, 20, 2, 1, 7, 20, 1, 1, 0})
	f.Fuzz(func(t *testing.T, data []byte) {
		c, left, told := newCalls(), 0, 0
		for seq := uint64(1); len(data) >= 4; data = data[4:] {
			seq++
			id, call := string(rune('a'+data[1]%8)), acd.CallID(rune('a'+data[2]%8))
			fact := acd.Fact{Seq: seq, At: acd.Time(seq), Kind: acd.FactKind(data[0] % 24), Call: call, Agent: acd.AgentID(data[3] % 3),
				Queue: 700, Outcome: acd.Outcome(data[3] % 12), Cause: acd.OfferCause(data[3] % 12)}
			if data[3]%16 != 15 {
				fact.Leg = &acd.Leg{ID: id, Call: call, In: data[3]&1 == 0, Agent: fact.Agent, Queue: 700, Extension: int64(data[3] % 4), Started: 1,
					Answered: acd.Time(data[3] & 8), Ended: acd.Time(data[3] & 16), By: "local", Cause: "cancelled"}
			}
			if fact.Kind == acd.FactCallerLeft {
				left++
			}
			c.follow(&fact, func(h happening) {
				if h.form(store.DialectVer1) == "" || h.form(store.DialectUAPI) == "" {
					t.Error("an empty form")
				}
				if h.extension == 700 && h.in && h.is(store.EventHangup) {
					told++
				}
			})
		}
		if told != left {
			t.Errorf("%d callers left, %d hangups told", left, told)
		}
	})
}
