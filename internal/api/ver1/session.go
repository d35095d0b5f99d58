package ver1

import (
	"errors"
	"net/http"

	"holdline/internal/app"
	"holdline/internal/auth"
)

// signedIn gives the actor of a browser's session. The cookie comes along with
// whatever the browser sends here, so a change needs the session's CSRF token,
// too, which only our own page knows.
func (h *Handler) signedIn(r *http.Request) (app.Actor, error) {
	cookie := auth.CookieOf(r)
	if cookie == "" {
		return app.Actor{}, errUnauthorized
	}
	in, err := h.App.Session(r.Context(), cookie)
	var refused *app.Error
	if errors.As(err, &refused) && refused.Code == app.Unauthorized {
		return app.Actor{}, errUnauthorized
	}
	if err != nil {
		return app.Actor{}, err
	}
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodOptions:
		return in.Actor, nil
	}
	if !auth.MatchesCSRF(cookie, r.Header.Get("X-CSRF-Token")) {
		return app.Actor{}, &app.Error{Code: app.AccessDenied, Message: "a browser's session changes something only with the header X-CSRF-Token of its page; load the page again"}
	}
	return in.Actor, nil
}
