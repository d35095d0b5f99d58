package trunk

import (
	"fmt"
	"strings"
	"time"
)

// The messages name the trunk, what happened, and what to do about it.

func (r *Registration) registered(grant time.Duration) string {
	return fmt.Sprintf("trunk %s: registered as %s for %d s", r.trunk.Name, r.aor, grant/time.Second)
}

func (r *Registration) wrongPassword() string {
	return fmt.Sprintf("trunk %s refuses the password: check username and password of trunk %d", r.trunk.Name, r.trunk.ID)
}

func (r *Registration) nameless() string {
	return fmt.Sprintf("trunk %s asks for a password, but has none: set username and password of trunk %d", r.trunk.Name, r.trunk.ID)
}

func (r *Registration) unanswerable(err error) string {
	return fmt.Sprintf("trunk %s asks for an authentication that is not supported (%v): ask the provider for SHA-256 or MD5 digests, or remove register from trunk %d",
		r.trunk.Name, err, r.trunk.ID)
}

func (r *Registration) silent() string {
	return fmt.Sprintf("trunk %s does not answer: check host %q and transport %q of trunk %d, and the firewall",
		r.trunk.Name, r.trunk.Host, r.trunk.Transport, r.trunk.ID)
}

func (r *Registration) ungranted() string {
	return fmt.Sprintf("trunk %s accepts the registration of %s but grants it no time: ask the provider whether the account may register",
		r.trunk.Name, r.aor)
}

func (r *Registration) refused(a Reply) string {
	answer := strings.TrimSpace(fmt.Sprintf("%d %s", a.Code, clean(a.Reason)))
	advice := "trying again later"
	switch {
	case a.Code == 403:
		advice = fmt.Sprintf("check username of trunk %d, and with the provider that it may register from here", r.trunk.ID)
	case a.Code == 404:
		advice = fmt.Sprintf("check username and host of trunk %d", r.trunk.ID)
	case a.Code/100 == 3:
		advice = fmt.Sprintf("set host of trunk %d to where the provider moved", r.trunk.ID)
	case a.Code/100 == 4 || a.Code/100 == 6:
		advice = fmt.Sprintf("check host and username of trunk %d with the provider", r.trunk.ID)
	}
	return fmt.Sprintf("trunk %s does not register %s (%s): %s", r.trunk.Name, r.aor, answer, advice)
}

// clean makes a stranger's text fit for a log line.
func clean(s string) string {
	const most = 80
	s = strings.Map(func(c rune) rune {
		if c < ' ' || c == 0x7f {
			return -1
		}
		return c
	}, s)
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "") + "…"
	}
	return s
}
