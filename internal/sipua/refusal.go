package sipua

import (
	"net/netip"
	"sync"
	"time"
)

// Reason says why a phone was refused.
type Reason uint8

// The reasons.
const (
	WrongPassword Reason = iota + 1
	WrongUser            // the name for authentication is not the phone's
	PhoneBlocked
	BadRequest // a REGISTER that cannot be carried out; the log says what is wrong with it
)

// Refusal is a request of a phone, a REGISTER for the most part, that was not let in.
type Refusal struct {
	At   time.Time
	From netip.Addr
	Why  Reason
}

// refusals keeps the last one of each phone there is, for those who may ask
// about the phone. A stranger who tries names leaves no trace of names that
// are nobody's, and is answered the same; see guard for what it may cost.
type refusals struct {
	mu   sync.Mutex // guards last
	last map[int64]Refusal
}

func (r *refusals) note(extension int64, what Refusal) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.last == nil {
		r.last = map[int64]Refusal{}
	}
	r.last[extension] = what
}

func (r *refusals) drop(extension int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.last, extension)
}

func whyRefused(same bool) Reason {
	if same {
		return WrongPassword
	}
	return WrongUser
}

// Refused gives the last refusal of a phone since the start; false if there was none.
func (ua *UA) Refused(extension int64) (Refusal, bool) {
	ua.refusals.mu.Lock()
	defer ua.refusals.mu.Unlock()
	what, ok := ua.refusals.last[extension]
	return what, ok
}
