package event

import (
	"net/url"
	"strconv"
	"strings"
	"time"

	"holdline/internal/acd"
	"holdline/internal/store"
)

// form is an application/x-www-form-urlencoded text in the making, its keys in the order of the contracts.
type form struct{ strings.Builder }

// put adds a key that is always there.
func (f *form) put(key, value string) {
	if f.Len() > 0 {
		f.WriteByte('&')
	}
	f.WriteString(key)
	f.WriteByte('=')
	f.WriteString(url.QueryEscape(value))
}

// text adds a key unless it has no value.
func (f *form) text(key, value string) {
	if value != "" {
		f.put(key, value)
	}
}

// id adds an id unless it is 0.
func (f *form) id(key string, n int64) {
	if n != 0 {
		f.put(key, strconv.FormatInt(n, 10))
	}
}

func (f *form) flag(key string, on bool) {
	if on {
		f.put(key, "yes")
		return
	}
	f.put(key, "no")
}

// happening is one event of an extension, before it is put into a dialect's words.
type happening struct {
	extension int64 // whose event it is
	event     store.Event
	in        bool // flow in: the extension is called; out: it calls
	at        acd.Time
	call      acd.CallID
	leg       string // of the call
	caller    party
	called    party
	did       string // public number that was called; "" = none
	dialled   string // number that was called
	status    string
	end       *ending // of a hangup
	recording string
	outcome   acd.Outcome // of a caller's stay in a queue that is over
	bridged   bool        // the party has talked
	moved     bool        // the call was transferred while the party was in it
}

// party is one side of a call. Its extension is 0 if it is outside.
type party struct {
	extension    int64
	full         string // number of the extension, extended
	number, name string // as shown; of the called party, the number to look it up by
}

// ending is what a hangup tells of the time before.
type ending struct{ lasted, talked time.Duration }

// is tells whether the event is what a subscription is for.
func (h *happening) is(wanted store.Event) bool {
	switch wanted {
	case store.EventAnswerIn:
		return h.event == store.EventAnswer && h.in
	case store.EventAnswerOut:
		return h.event == store.EventAnswer && !h.in
	}
	return h.event == wanted
}

// form gives what is sent.
func (h *happening) form(d store.Dialect) string {
	if d == store.DialectUAPI {
		return h.uapi()
	}
	return h.ver1()
}

// ver1 leaves out keys without a value (contracts/ringme.md, Extension events).
func (h *happening) ver1() string {
	var f form
	f.put("EventType", string(h.event))
	f.text("CallID", string(h.call))
	f.text("SubCallID", h.leg)
	f.text("CallAPIID", string(h.call))
	f.text("CallerIDNum", h.caller.number)
	f.text("CallerIDName", h.caller.name)
	f.text("CallerExtension", h.caller.full)
	f.id("CallerExtensionID", h.caller.extension)
	f.text("CalledExtension", h.called.full)
	f.id("CalledExtensionID", h.called.extension)
	f.text("CalledDID", h.did)
	f.text("CalledNumber", h.dialled)
	f.put("CallFlow", h.flow())
	f.put("CallStatus", h.status)
	f.put("EventTime", strconv.FormatInt(int64(h.at), 10))
	if h.end != nil {
		f.put("Duration", strconv.FormatInt(h.end.lasted.Microseconds(), 10))
		f.put("BridgedDuration", strconv.FormatInt(h.end.talked.Microseconds(), 10))
		f.text("RecID", h.recording)
	}
	f.flag("Bridged", h.bridged)
	f.flag("Transfered", h.moved)
	return f.String()
}

// uapi has the same keys always (contracts/unifiedapi.md, Phone call events).
func (h *happening) uapi() string {
	var f form
	f.put("CallID", string(h.call))
	f.put("CallerIDNum", h.caller.number)
	f.put("CallerIDName", h.caller.name)
	f.put("CalledDID", h.did)
	f.put("CalledExtension", h.called.full)
	f.put("CallStatus", h.status)
	f.put("CallFlow", strings.ToUpper(h.flow()))
	f.put("CallerExtension", h.caller.full)
	f.put("CalledNumber", h.dialled)
	f.put("CallAPIID", string(h.call))
	return f.String()
}

func (h *happening) flow() string {
	if h.in {
		return "in"
	}
	return "out"
}
