package event

import (
	"net/url"
	"testing"
	"time"

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
