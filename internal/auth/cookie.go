package auth

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"net/http"
	"time"

	"holdline/internal/origin"
)

// CookieName is the browser session's.
const CookieName = "holdline_session"

// CookieOf gives the session cookie of a request; "" = none.
func CookieOf(r *http.Request) string {
	c, err := r.Cookie(CookieName)
	if err != nil {
		return ""
	}
	return c.Value
}

// SetCookie gives the browser its session for a time: sent to this host
// only, never along with requests other sites start, out of reach of scripts,
// and over TLS only where the sign-in came over it.
func SetCookie(w http.ResponseWriter, r *http.Request, value string, lifetime time.Duration) {
	http.SetCookie(w, &http.Cookie{Name: CookieName, Value: value, Path: "/", MaxAge: int(lifetime / time.Second), HttpOnly: true,
		Secure: origin.Secure(r), SameSite: http.SameSiteStrictMode})
}

// ClearCookie takes the session away from the browser.
func ClearCookie(w http.ResponseWriter, r *http.Request) {
	http.SetCookie(w, &http.Cookie{Name: CookieName, Path: "/", MaxAge: -1, HttpOnly: true, Secure: origin.Secure(r), SameSite: http.SameSiteStrictMode})
}

// CSRFToken gives the value that forms and scripts of a session send with each
// change, in the field csrf or the header X-CSRF-Token. It follows from the
// cookie, which no other site can read, and tells nothing of it.
func CSRFToken(cookie string) string {
	mac := hmac.New(sha256.New, []byte(cookie))
	mac.Write([]byte("holdline csrf"))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// MatchesCSRF tells whether what was sent is the session's CSRF token.
func MatchesCSRF(cookie, sent string) bool {
	return cookie != "" && subtle.ConstantTimeCompare([]byte(CSRFToken(cookie)), []byte(sent)) == 1
}
