// Package provision gives a softphone its account: the address in a QR code
// leads here, and Linphone reads its settings from the answer (remote
// provisioning, https://wiki.linphone.org/xwiki/wiki/public/view/Lib/Features/Remote%20Provisioning/).
// What may be fetched, how often and until when is the use cases' matter.
package provision

import (
	"errors"
	"log/slog"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"holdline/internal/api/ratelimit"
	"holdline/internal/app"
)

// Path is where softphones fetch their account, with its code as the query's
// "code": queries are not logged.
const Path = "/provisioning/linphone"

// Address gives the path and query a code is fetched by.
func Address(code string) string { return Path + "?code=" + code }

// perMinute bounds the requests of an address: guessing 190 bits is hopeless
// anyway, but it shall not cost more than a phone's own attempts do.
const perMinute = 30

// Config is what the handler needs; App is required.
type Config struct {
	App   *app.Service
	Log   *slog.Logger
	Clock func() time.Time // default time.Now
}

type handler struct {
	Config
	limit *ratelimit.Limiter
}

// New gives the handler of Path.
func New(c Config) http.Handler {
	return &handler{Config: c, limit: ratelimit.New(perMinute, time.Minute, c.Clock)}
}

func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	head := w.Header()
	head.Set("Cache-Control", "no-store")
	head.Set("Referrer-Policy", "no-referrer")
	head.Set("X-Content-Type-Options", "nosniff")
	if q := h.limit.Take(ratelimit.AddressKey(r.RemoteAddr)); !q.OK {
		head.Set("Retry-After", strconv.Itoa(int((q.Reset+time.Second-1)/time.Second)))
		http.Error(w, "too many attempts from this address; wait a minute", http.StatusTooManyRequests)
		return
	}
	switch {
	case r.Method != http.MethodGet: // no HEAD: it would use up a fetch
		head.Set("Allow", http.MethodGet)
		http.Error(w, "only GET is possible here", http.StatusMethodNotAllowed)
	case strings.Contains(r.Header.Get("Accept"), "text/html"):
		writePage(w, r)
	default:
		h.give(w, r)
	}
}

// give answers with the account.
func (h *handler) give(w http.ResponseWriter, r *http.Request) {
	p, err := h.App.Provision(r.Context(), r.URL.Query().Get("code"))
	var refused *app.Error
	if errors.As(err, &refused) {
		http.Error(w, refused.Message, http.StatusNotFound)
		return
	}
	if err == nil {
		if p.Server == "" {
			p.Server = hostOf(r)
		}
		err = writeConfig(w, p)
	}
	if err != nil {
		h.Log.Error("a softphone could not be given its account", "from", r.RemoteAddr, "err", err)
		http.Error(w, "something went wrong on our side; the server's log has more", http.StatusInternalServerError)
	}
}

// hostOf gives the host the phone has just reached us by, without a port.
func hostOf(r *http.Request) string {
	if at, err := netip.ParseAddrPort(r.Host); err == nil {
		return at.Addr().String()
	}
	host, _, _ := strings.Cut(r.Host, ":")
	if strings.HasPrefix(r.Host, "[") {
		host, _, _ = strings.Cut(r.Host[1:], "]")
	}
	return host
}
