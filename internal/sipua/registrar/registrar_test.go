package registrar

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"holdline/internal/acd"
	"holdline/internal/store"
)

var t0 = time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)

// table is a registrar whose store is a map that must always equal it.
type table struct {
	*Registrar
	rows map[string]store.Binding
}

func newTable(cfg Config) *table {
	tb := &table{rows: map[string]store.Binding{}}
	cfg.Save = func(b store.Binding) { tb.rows[key(b.ExtensionID, b.Contact)] = b }
	cfg.Remove = func(ext int64, contact string) { delete(tb.rows, key(ext, contact)) }
	tb.Registrar = New(cfg)
	return tb
}

func key(ext int64, contact string) string { return fmt.Sprint(ext, " ", contact) }

// consistent checks table against store, where those that lapsed are, too.
func (tb *table) consistent(t interface{ Fatalf(string, ...any) }) {
	all := tb.All()
	if len(all)+len(tb.lapsed) != len(tb.rows) || len(all) != tb.Len() {
		t.Fatalf("%d bindings and %d that lapsed, %d rows, Len %d", len(all), len(tb.lapsed), len(tb.rows), tb.Len())
	}
	for _, b := range slices.AppendSeq(all, maps.Values(tb.lapsed)) {
		if diff := cmp.Diff(b, tb.rows[key(b.ExtensionID, b.Contact)]); diff != "" {
			t.Fatalf("table and store differ: %s", diff)
		}
	}
}

// request is a phone's REGISTER with one contact.
func request(ext int64, contact string, expires int, callID string, cseq int64) Request {
	return Request{Extension: ext, Org: 7, Contacts: []Contact{{contact, -1}}, Expires: expires, CallID: callID, CSeq: cseq,
		UserAgent: "phone/1", Received: "udp:192.0.2.1:5060", LocalAddr: "udp:192.0.2.254:5060"}
}

func (tb *table) must(t *testing.T, now time.Time, r Request, code int) Response {
	t.Helper()
	got := tb.Register(now, r)
	if got.Code != code {
		t.Fatalf("%d %s, want %d", got.Code, got.Reason, code)
	}
	tb.consistent(t)
	return got
}

func contacts(list []store.Binding) string {
	var out []string
	for _, b := range list {
		out = append(out, b.Contact)
	}
	return strings.Join(out, " ")
}

func TestRegisterRefreshRemove(t *testing.T) {
	tb := newTable(Config{})
	got := tb.must(t, t0, request(201, "sip:201@192.0.2.1:5060", 600, "a", 1), 200)
	want := []store.Binding{{ExtensionID: 201, Contact: "sip:201@192.0.2.1:5060", Received: "udp:192.0.2.1:5060", LocalAddr: "udp:192.0.2.254:5060",
		CallID: "a", CSeq: 1, UserAgent: "phone/1", Expires: acd.TimeOf(t0.Add(600 * time.Second))}}
	if diff := cmp.Diff(got.Bindings, want); diff != "" || got.Change != BecameReachable {
		t.Errorf("%v %s", got.Change, diff)
	}
	if n := Remaining(got.Bindings[0], t0.Add(time.Second/2)); n != 600 {
		t.Errorf("remaining %d", n)
	}
	if n := Remaining(got.Bindings[0], t0.Add(time.Hour)); n != 0 {
		t.Errorf("remaining %d after the end", n)
	}
	got = tb.must(t, t0.Add(time.Minute), request(201, "sip:201@192.0.2.1:5060", 600, "a", 2), 200)
	if got.Change != NoChange || len(got.Bindings) != 1 || got.Bindings[0].Expires != acd.TimeOf(t0.Add(660*time.Second)) {
		t.Errorf("refresh: %+v", got)
	}
	query := tb.must(t, t0, Request{Extension: 201, CallID: "a", CSeq: 1, Expires: -1}, 200)
	if diff := cmp.Diff(query.Bindings, got.Bindings); diff != "" || query.Change != NoChange {
		t.Errorf("query: %s", diff)
	}
	got = tb.must(t, t0.Add(2*time.Minute), request(201, "sip:201@192.0.2.1:5060", 0, "a", 3), 200)
	if got.Change != BecameUnreachable || len(got.Bindings) != 0 || tb.Reachable(201) {
		t.Errorf("remove: %+v", got)
	}
	got = tb.must(t, t0.Add(2*time.Minute), request(201, "sip:201@192.0.2.1:5060", 0, "a", 4), 200)
	if got.Change != NoChange {
		t.Errorf("remove what is not there: %+v", got)
	}
}

func TestExpiryIsChosen(t *testing.T) {
	tb := newTable(Config{MinExpires: 60, DefaultExpires: 300, MaxExpires: 1000})
	for _, c := range []struct{ param, header, want int }{
		{-1, -1, 300}, {-1, 120, 120}, {90, 120, 90}, {0, 120, 0}, {90, 0, 90}, {99999, -1, 1000}, {-1, 99999, 1000}, {60, -1, 60},
	} {
		r := request(201, "sip:201@192.0.2.1", c.header, fmt.Sprint(c), 1)
		r.Contacts[0].Expires = c.param
		got := tb.must(t, t0, r, 200)
		left := 0
		if len(got.Bindings) == 1 {
			left = Remaining(got.Bindings[0], t0)
		}
		if left != c.want {
			t.Errorf("%+v: %d s", c, left)
		}
	}
	for _, brief := range []int{1, 59} {
		got := tb.must(t, t0, request(202, "sip:202@192.0.2.1", brief, "b", 1), 423)
		if got.MinExpires != 60 || tb.Reachable(202) {
			t.Errorf("%d s: %+v", brief, got)
		}
	}
}

func TestAllOrNothing(t *testing.T) {
	tb := newTable(Config{MaxBindings: 3})
	r := request(201, "sip:a@b", 600, "a", 1)
	for _, second := range []Contact{{"tel:123", -1}, {"sip:c@d", 5}, {"", -1}} {
		r.Contacts = append(r.Contacts[:1], second)
		if got := tb.Register(t0, r); got.Code == 200 || tb.Len() != 0 {
			t.Errorf("%v: %+v, %d bindings", second, got, tb.Len())
		}
	}
	r.Contacts = make([]Contact, 4)
	tb.must(t, t0, r, 400)
	r = request(201, "sip:a@b", 600, "", 1)
	tb.must(t, t0, r, 400)
	r.CallID = strings.Repeat("x", 257)
	tb.must(t, t0, r, 400)
}

func TestStar(t *testing.T) {
	tb := newTable(Config{})
	tb.must(t, t0, request(201, "sip:201@a", 600, "a", 1), 200)
	tb.must(t, t0, request(201, "sip:201@b", 600, "b", 1), 200)
	star := Request{Extension: 201, Star: true, Expires: 600, CallID: "a", CSeq: 2}
	tb.must(t, t0, star, 400)
	star.Expires = -1
	tb.must(t, t0, star, 400)
	star.Expires, star.Contacts = 0, []Contact{{"sip:201@c", -1}}
	tb.must(t, t0, star, 400)
	star.Contacts, star.CSeq = nil, 1
	tb.must(t, t0, star, 500)
	if tb.Len() != 2 {
		t.Fatalf("a refused * took bindings away")
	}
	star.CSeq = 2
	if got := tb.must(t, t0, star, 200); got.Change != BecameUnreachable || tb.Len() != 0 {
		t.Errorf("%+v", got)
	}
	if got := tb.must(t, t0, star, 200); got.Change != NoChange {
		t.Errorf("%+v", got)
	}
}

func TestOutOfOrder(t *testing.T) {
	tb := newTable(Config{})
	tb.must(t, t0, request(201, "sip:201@a", 600, "a", 5), 200)
	for _, cseq := range []int64{4, 5} {
		tb.must(t, t0.Add(31*time.Second), request(201, "sip:201@a", 0, "a", cseq), 500)
		tb.must(t, t0.Add(31*time.Second), request(201, "sip:201@new", 600, "a", cseq), 500)
	}
	tb.must(t, t0.Add(time.Second), request(201, "sip:201@b", 600, "b", 1), 200) // another phone
	// Too late to be a delayed packet: a phone that restarted with the Call-ID it always has.
	got := tb.must(t, t0.Add(33*time.Second), request(201, "sip:201@a", 600, "a", 1), 200)
	if contacts(got.Bindings) != "sip:201@a sip:201@b" || got.Bindings[0].CSeq != 1 {
		t.Errorf("%+v", got)
	}
}

func TestEqualContactsAreOne(t *testing.T) {
	tb := newTable(Config{})
	tb.must(t, t0, request(201, "sip:201@Phone.Local;ob", 600, "a", 1), 200)
	got := tb.must(t, t0, request(201, "sip:%3201@phone.local", 600, "b", 1), 200)
	if contacts(got.Bindings) != "sip:%3201@phone.local" {
		t.Errorf("%s", contacts(got.Bindings))
	}
	got = tb.must(t, t0, request(201, "sip:201@phone.local;transport=tcp", 600, "c", 1), 200)
	if len(got.Bindings) != 2 {
		t.Errorf("%s", contacts(got.Bindings))
	}
}

func TestPhoneBehindANewNATPortReplaces(t *testing.T) {
	tb := newTable(Config{})
	tb.must(t, t0, request(201, "sip:201@198.51.100.1:4001", 600, "a", 1), 200)
	tb.must(t, t0, request(201, "sip:201@198.51.100.1:9000", 600, "other phone", 1), 200)
	got := tb.must(t, t0, request(201, "sip:201@198.51.100.1:4002", 600, "a", 2), 200)
	if contacts(got.Bindings) != "sip:201@198.51.100.1:4002 sip:201@198.51.100.1:9000" || got.Change != NoChange {
		t.Errorf("%s", contacts(got.Bindings))
	}
	// The contact stays, the address it came from moves.
	r := request(201, "sip:201@198.51.100.1:4002", 600, "a", 3)
	r.Received = "udp:198.51.100.9:1"
	if got = tb.must(t, t0, r, 200); got.Bindings[0].Received != r.Received || tb.Knows(netip.MustParseAddr("198.51.100.1")) {
		t.Errorf("%+v", got.Bindings)
	}
	// Two contacts in one request are two phones' worth.
	r = request(202, "sip:1@a", 600, "x", 1)
	r.Contacts = append(r.Contacts, Contact{"sip:2@a", -1})
	if got = tb.must(t, t0, r, 200); len(got.Bindings) != 2 {
		t.Errorf("%s", contacts(got.Bindings))
	}
}

func TestOneMorePushesOutTheStalest(t *testing.T) {
	tb := newTable(Config{MaxBindings: 3})
	for i := range 3 {
		tb.must(t, t0.Add(time.Duration(i)*time.Second), request(201, fmt.Sprintf("sip:201@a:%d", i+1), 600, fmt.Sprint(i), 1), 200)
	}
	tb.must(t, t0.Add(4*time.Second), request(201, "sip:201@a:1", 600, "0", 2), 200)
	got := tb.must(t, t0.Add(5*time.Second), request(201, "sip:201@a:9", 600, "9", 1), 200)
	if contacts(got.Bindings) != "sip:201@a:1 sip:201@a:3 sip:201@a:9" {
		t.Errorf("%s", contacts(got.Bindings))
	}
}

func TestExpire(t *testing.T) {
	tb := newTable(Config{})
	if _, ok := tb.NextExpiry(); ok {
		t.Error("an empty table has an expiry")
	}
	tb.must(t, t0, request(201, "sip:201@a", 100, "a", 1), 200)
	tb.must(t, t0, request(201, "sip:201@b", 200, "b", 1), 200)
	tb.must(t, t0, request(202, "sip:202@c", 150, "c", 1), 200)
	for _, step := range []struct {
		after int
		lost  []Lost
		left  int
	}{{99, nil, 3}, {100, nil, 2}, {150, []Lost{{202, 7}}, 1}, {200, []Lost{{201, 7}}, 0}, {300, nil, 0}} {
		if next, ok := tb.NextExpiry(); ok && step.lost != nil && !next.Equal(t0.Add(time.Duration(step.after)*time.Second)) {
			t.Errorf("next expiry %v, want %d s", next.Sub(t0), step.after)
		}
		lost := tb.Expire(t0.Add(time.Duration(step.after) * time.Second))
		tb.consistent(t)
		if diff := cmp.Diff(lost, step.lost); diff != "" || tb.Len() != step.left {
			t.Errorf("after %d s: %d left, lost %s", step.after, tb.Len(), diff)
		}
	}
}

func TestDropExtension(t *testing.T) {
	tb := newTable(Config{})
	tb.must(t, t0, request(201, "sip:201@a", 100, "a", 1), 200)
	tb.must(t, t0, request(201, "sip:201@b", 100, "b", 1), 200)
	tb.must(t, t0, request(202, "sip:202@c", 100, "c", 1), 200)
	if !tb.DropExtension(201) || tb.DropExtension(201) || len(tb.Bindings(201)) != 0 || len(tb.Bindings(202)) != 1 {
		t.Errorf("%+v", tb.All())
	}
	tb.consistent(t)
}

func TestLoad(t *testing.T) {
	old := newTable(Config{})
	r := request(201, "sip:201@a", 600, "a", 50)
	r.Received = FormatReceived("TCP", netip.MustParseAddrPort("[2001:db8::1]:5061"))
	old.must(t, t0, r, 200)
	old.must(t, t0, request(202, "sip:202@b", 60, "b", 1), 200)
	old.must(t, t0, request(299, "sip:299@c", 600, "c", 1), 200)
	stored := old.All()
	stored = append(stored, store.Binding{ExtensionID: 201, Contact: "nonsense", Expires: acd.TimeOf(t0.Add(time.Hour))})

	tb := newTable(Config{})
	for _, b := range stored {
		tb.rows[key(b.ExtensionID, b.Contact)] = b
	}
	tb.Load(stored, func(ext int64) (int64, bool) { return 7, ext != 299 }, t0.Add(time.Minute))
	tb.consistent(t)
	if got := contacts(tb.All()); got != "sip:201@a" {
		t.Errorf("loaded %s", got)
	}
	if b, ok := tb.Lapsed(202); !ok || b.Contact != "sip:202@b" {
		t.Errorf("extension 202, whose registration ran out while nobody ran, has %+v, %v", b, ok)
	}
	if !tb.Knows(netip.MustParseAddr("2001:db8::1")) || tb.Knows(netip.MustParseAddr("192.0.2.1")) {
		t.Error("addresses are not those loaded")
	}
	// A phone that restarted along with us begins its CSeq again and is not refused.
	if got := tb.must(t, t0.Add(time.Minute), request(201, "sip:201@a", 600, "a", 1), 200); got.Change != NoChange {
		t.Errorf("%+v", got)
	}
}

func TestUserAgentIsBounded(t *testing.T) {
	tb := newTable(Config{})
	r := request(201, "sip:201@a", 600, "a", 1)
	r.UserAgent = strings.Repeat("x", maxText-1) + "é" + strings.Repeat("y", 100)
	if got := tb.must(t, t0, r, 200).Bindings[0].UserAgent; got != strings.Repeat("x", maxText-1) {
		t.Errorf("%d bytes kept, ending in %q", len(got), got[len(got)-4:])
	}
}

func TestReceivedRoundTrips(t *testing.T) {
	for in, want := range map[string]string{
		"192.0.2.1:5060": "udp:192.0.2.1:5060", "[::ffff:192.0.2.1]:5060": "udp:192.0.2.1:5060", "[2001:db8::1]:5060": "udp:[2001:db8::1]:5060",
	} {
		text := FormatReceived("UDP", netip.MustParseAddrPort(in))
		transport, addr, err := ParseReceived(text)
		if text != want || transport != "udp" || err != nil || FormatReceived(transport, addr) != want {
			t.Errorf("%s became %s, %s, %s, %v", in, text, transport, addr, err)
		}
	}
	for _, s := range []string{"", "udp", "udp:", "udp:phone:5060", "192.0.2.1:5060"} {
		if _, _, err := ParseReceived(s); err == nil {
			t.Errorf("%q was read", s)
		}
	}
}

// Whatever phones do, table, heap, addresses and store agree, and changes of
// reachability alternate for each extension.
func TestTableStaysConsistent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tb := newTable(Config{MaxBindings: 3, MinExpires: 10, DefaultExpires: 100})
		now, reachable := t0, map[int64]bool{}
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			now = now.Add(time.Duration(rapid.IntRange(0, 40).Draw(t, "seconds")) * time.Second)
			for _, l := range tb.Expire(now) {
				if !reachable[l.Extension] || l.Org != 7 {
					t.Fatalf("%+v lost but not there", l)
				}
				reachable[l.Extension] = false
			}
			r := Request{Extension: rapid.Int64Range(1, 3).Draw(t, "extension"), Org: 7, CSeq: rapid.Int64Range(1, 9).Draw(t, "cseq"),
				CallID: rapid.StringMatching("[abcd]").Draw(t, "call"), Expires: rapid.SampledFrom([]int{-1, 0, 5, 20, 90}).Draw(t, "header"),
				Star:     rapid.IntRange(0, 9).Draw(t, "star") == 0,
				Received: rapid.StringMatching("(udp:192.0.2.[12]:1)?").Draw(t, "received")}
			for range rapid.IntRange(0, 2).Draw(t, "contacts") {
				r.Contacts = append(r.Contacts, Contact{rapid.StringMatching(`sip:[aA%41]{1}@h(:[12])?(;lr)?`).Draw(t, "contact"), rapid.SampledFrom([]int{-1, 0, 30}).Draw(t, "expires")})
			}
			before := tb.All()
			got := tb.Register(now, r)
			tb.consistent(t)
			if got.Code != 200 {
				if len(before) != tb.Len() || got.Change != NoChange {
					t.Fatalf("%d changed something", got.Code)
				}
				continue
			}
			if want := change(reachable[r.Extension], len(got.Bindings) > 0); got.Change != want {
				t.Fatalf("change %v, want %v", got.Change, want)
			}
			reachable[r.Extension] = len(got.Bindings) > 0
			tb.check(t, now)
		}
	})
}

// check looks at what must hold inside.
func (tb *table) check(t *rapid.T, now time.Time) {
	from := map[netip.Addr]int{}
	for i, b := range tb.expiries {
		if b.index != i || b.Expires <= acd.TimeOf(now) {
			t.Fatalf("heap position %d is wrong", i)
		}
		if b.from.IsValid() {
			from[b.from]++
		}
		for _, other := range b.owner.bindings {
			if other != b && other.uri.Equal(b.uri) {
				t.Fatalf("%s twice", b.Contact)
			}
		}
	}
	if diff := cmp.Diff(from, tb.addresses, cmp.Comparer(func(a, b netip.Addr) bool { return a == b })); diff != "" {
		t.Fatalf("addresses: %s", diff)
	}
	for id, e := range tb.extensions {
		if n := len(e.bindings); n == 0 || n > 3 || e.id != id {
			t.Fatalf("extension %d has %d", id, n)
		}
	}
}

func BenchmarkRegister(b *testing.B) {
	r := New(Config{})
	requests := make([]Request, 10_000)
	for i := range requests {
		requests[i] = request(int64(i), fmt.Sprintf("sip:%d@192.0.2.1:5060", i), 600, "a", 1)
		requests[i].Received = fmt.Sprintf("udp:10.0.%d.%d:5060", i/250, i%250)
		r.Register(t0, requests[i])
	}
	b.ReportAllocs()
	for n := 0; b.Loop(); n++ {
		q := &requests[n%len(requests)]
		q.CSeq++
		if got := r.Register(t0.Add(time.Duration(n)*time.Millisecond), *q); got.Code != 200 {
			b.Fatal(got)
		}
	}
}

// TestLapsed: only a registration that ran out is remembered, until the phone
// registers again or its extension goes.
func TestLapsed(t *testing.T) {
	tb := newTable(Config{})
	tb.must(t, t0, request(201, "sip:201@a", 100, "a", 1), 200)
	tb.must(t, t0, request(202, "sip:202@a", 100, "a", 1), 200)
	tb.must(t, t0, request(203, "sip:203@a", 100, "a", 1), 200)
	tb.must(t, t0, request(203, "sip:203@a", 0, "a", 2), 200)
	if _, ok := tb.Lapsed(201); ok {
		t.Error("a registration lapsed while it holds")
	}
	tb.Expire(t0.Add(100 * time.Second))
	b, ok := tb.Lapsed(201)
	if !ok || b.UserAgent != "phone/1" || b.Contact != "sip:201@a" || b.Expires != acd.TimeOf(t0.Add(100*time.Second)) {
		t.Errorf("after its end: %+v, %v", b, ok)
	}
	if _, ok := tb.Lapsed(203); ok {
		t.Error("a phone that unregistered counts as lapsed")
	}
	tb.must(t, t0.Add(200*time.Second), request(201, "sip:201@b", 100, "b", 1), 200)
	tb.DropExtension(202)
	for _, extension := range []int64{201, 202} {
		if _, ok := tb.Lapsed(extension); ok {
			t.Errorf("extension %d is still remembered", extension)
		}
	}
}

// TestLapsedSurvivesRestarts: of several that ran out the last is known, of an
// extension that has another none, and no row is left behind.
func TestLapsedSurvivesRestarts(t *testing.T) {
	first := newTable(Config{})
	first.must(t, t0, request(201, "sip:201@a", 100, "a", 1), 200)
	first.must(t, t0, request(202, "sip:202@a", 100, "a", 1), 200)
	first.must(t, t0, request(203, "sip:203@a", 100, "a", 1), 200)
	first.Expire(t0.Add(100 * time.Second)) // before the restart
	row := func(ext int64, contact string, seconds int) {
		first.rows[key(ext, contact)] = store.Binding{ExtensionID: ext, Contact: contact, Expires: acd.TimeOf(t0.Add(time.Duration(seconds) * time.Second))}
	}
	row(201, "sip:201@b", 150) // during it
	row(201, "sip:201@c", 120)
	row(202, "sip:202@b", 900) // still good
	for range 4 {              // in any order of the rows
		tb := newTable(Config{})
		maps.Copy(tb.rows, first.rows)
		tb.Load(slices.Collect(maps.Values(first.rows)), func(int64) (int64, bool) { return 7, true }, t0.Add(200*time.Second))
		tb.consistent(t)
		if b, ok := tb.Lapsed(201); !ok || b.Contact != "sip:201@b" {
			t.Errorf("of 201 %+v, %v is known", b, ok)
		}
		if b, ok := tb.Lapsed(202); ok {
			t.Errorf("of 202, which is registered, %+v is known", b)
		}
		tb.must(t, t0.Add(200*time.Second), request(203, "sip:203@a", 100, "b", 1), 200)
		tb.must(t, t0.Add(200*time.Second), request(201, "sip:201@d", 100, "b", 1), 200)
		if len(tb.rows) != 3 {
			t.Errorf("%d rows are left, want one a phone: %v", len(tb.rows), slices.Sorted(maps.Keys(tb.rows)))
		}
	}
}

func TestSinceIsKeptWhileARegistrationIsRenewed(t *testing.T) {
	tb := newTable(Config{})
	since := func(want time.Time, contact string) {
		t.Helper()
		if got := tb.Since(201, contact); !got.Equal(want) {
			t.Errorf("%s is registered since %v; want %v", contact, got, want)
		}
	}
	since(time.Time{}, "sip:201@192.0.2.1")
	tb.must(t, t0, request(201, "sip:201@192.0.2.1", 600, "a", 1), 200)
	tb.must(t, t0.Add(time.Minute), request(201, "sip:201@192.0.2.1", 600, "a", 2), 200)
	since(t0, "sip:201@192.0.2.1")
	tb.must(t, t0.Add(2*time.Minute), request(201, "sip:201@192.0.2.2", 600, "a", 3), 200) // its address changed
	since(t0, "sip:201@192.0.2.2")
	since(time.Time{}, "sip:201@192.0.2.1")
	tb.must(t, t0.Add(3*time.Minute), request(201, "sip:201@192.0.2.3", 600, "b", 1), 200) // another device
	since(t0.Add(3*time.Minute), "sip:201@192.0.2.3")
	tb.Expire(t0.Add(time.Hour))
	tb.must(t, t0.Add(time.Hour), request(201, "sip:201@192.0.2.2", 600, "a", 4), 200)
	since(t0.Add(time.Hour), "sip:201@192.0.2.2")
}
