package auth

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"time"
)

// CodeLifetime is how long an authorization code can be exchanged (contracts/unifiedapi.md, token).
const CodeLifetime = 10 * time.Minute

// AuthorizeRequest is a request for a user's consent (RFC 6749 §4.1.1).
type AuthorizeRequest struct {
	ResponseType string
	ClientID     string
	RedirectURI  string // "" = left out
	State        string
	Challenge    string // code_challenge
	Method       string // code_challenge_method
}

// ParseAuthorizeRequest reads a request for consent. The errors it gives are
// those that must be shown to the user, because nobody knows yet whether the
// redirect URI may be trusted; others come from Authorize.
func ParseAuthorizeRequest(form url.Values) (AuthorizeRequest, error) {
	for _, name := range []string{"client_id", "redirect_uri", "response_type", "state", "code_challenge", "code_challenge_method"} {
		if len(form[name]) > 1 {
			return AuthorizeRequest{}, &OAuthError{Code: "invalid_request", Description: "parameter " + name + " is sent more than once"}
		}
	}
	return AuthorizeRequest{ResponseType: form.Get("response_type"), ClientID: form.Get("client_id"), RedirectURI: form.Get("redirect_uri"),
		State: form.Get("state"), Challenge: form.Get("code_challenge"), Method: form.Get("code_challenge_method")}, nil
}

// Authorization is a valid request for consent.
type Authorization struct {
	Client   Client
	Redirect string // where the answer goes
	request  AuthorizeRequest
}

// Authorize checks a request for consent. An error of the client or its
// redirect URI is a *ShowError: it is shown and never redirected (RFC 6749
// §4.1.2.1), or everybody could have us redirect anywhere. With an
// *OAuthError, the user is sent to a.Refused.
func (s *Server) Authorize(ctx context.Context, q AuthorizeRequest) (a Authorization, err error) {
	c, err := s.cfg.Source.Client(ctx, q.ClientID)
	switch {
	case errors.Is(err, ErrUnknown) || err == nil && c.Suspended:
		return a, &ShowError{"There is no such application, or it is suspended. Ask whoever sent you here to check its client_id."}
	case err != nil:
		return a, fmt.Errorf("auth: looking a client up: %w", err)
	}
	a = Authorization{Client: c, Redirect: q.RedirectURI, request: q}
	switch {
	case len(c.RedirectURIs) == 0:
		return a, &ShowError{"The application has no redirect URI registered, so it cannot ask for your consent. Its owner has to register one first."}
	case q.RedirectURI == "" && len(c.RedirectURIs) == 1:
		a.Redirect = c.RedirectURIs[0]
	case !slices.Contains(c.RedirectURIs, q.RedirectURI): // letter by letter: RFC 9700 §2.1
		return a, &ShowError{"The redirect URI is not one of those registered for the application. Ask whoever sent you here to register it exactly as it is sent."}
	}
	return a, q.check()
}

// ShowError is told to the user, in place.
type ShowError struct{ Message string }

func (e *ShowError) Error() string { return "auth: " + e.Message }

func (q AuthorizeRequest) check() error {
	switch {
	case q.ResponseType != "code":
		return &OAuthError{Code: "unsupported_response_type", Description: "response_type must be code"}
	case q.Challenge == "" && q.Method != "":
		return &OAuthError{Code: "invalid_request", Description: "code_challenge is missing; send it with code_challenge_method"}
	case q.Challenge == "":
		return nil
	case q.Method != "S256": // plain, also the default of RFC 7636 §4.3, shows the verifier to whoever sees the request: RFC 9700 §2.1.1
		return &OAuthError{Code: "invalid_request", Description: "code_challenge_method must be S256"}
	}
	if sum, err := base64.RawURLEncoding.DecodeString(q.Challenge); err != nil || len(sum) != sha256.Size {
		return &OAuthError{Code: "invalid_request", Description: "code_challenge is not the base64url of a SHA-256 without padding"}
	}
	return nil
}

// Consent makes the code for a user who agreed and gives where to send the user.
func (s *Server) Consent(ctx context.Context, a Authorization, user int64) (location string, err error) {
	code := NewSecret()
	err = s.cfg.Source.SaveCode(ctx, HashToken(code), Code{Application: a.Client.Application, User: user,
		RedirectURI: a.request.RedirectURI, Challenge: a.request.Challenge, Expires: s.cfg.Clock().Add(CodeLifetime)})
	if errors.Is(err, ErrUnknown) {
		return "", &OAuthError{Code: "access_denied", Description: "the application is not of the user's organisation, or was suspended"}
	}
	if err != nil {
		return "", fmt.Errorf("auth: saving a code: %w", err)
	}
	return a.to(url.Values{"code": {code}}), nil
}

// Refused gives where to send a user with an error.
func (a Authorization) Refused(e *OAuthError) (location string) {
	return a.to(url.Values{"error": {e.Code}, "error_description": {e.Description}})
}

// to adds parameters and the state to the redirect URI, keeping its own query (RFC 6749 §3.1.2).
func (a Authorization) to(with url.Values) string {
	if a.request.State != "" {
		with.Set("state", a.request.State)
	}
	u, err := url.Parse(a.Redirect)
	if err != nil { // it was parsed when it was registered
		return a.Redirect
	}
	if u.RawQuery != "" {
		u.RawQuery += "&"
	}
	u.RawQuery += with.Encode()
	return u.String()
}

// authorizationCode exchanges a code (RFC 6749 §4.1.3).
func (s *Server) authorizationCode(ctx context.Context, q TokenRequest) (Issued, error) {
	if q.Code == "" {
		return Issued{}, &OAuthError{Code: "invalid_request", Description: "parameter code is missing"}
	}
	since := s.revocations()
	c, err := s.client(ctx, q)
	if err != nil {
		return Issued{}, err
	}
	token, t := s.newToken(c)
	g, err := s.cfg.Source.Redeem(ctx, HashToken(q.Code), t, func(k Code) error { return s.checkCode(k, c, q) })
	var refused *OAuthError
	switch {
	case errors.Is(err, ErrUnknown):
		return Issued{}, invalidGrant()
	case errors.As(err, &refused):
		return Issued{}, refused
	case err != nil:
		return Issued{}, fmt.Errorf("auth: redeeming a code: %w", err)
	}
	return s.issued(token, t, g, since), nil
}

// invalidGrant is the same for every fault of a code, so that nobody learns which are in use.
func invalidGrant() *OAuthError {
	return &OAuthError{Code: "invalid_grant", Description: "the code is wrong, expired or used, or was asked for with another redirect_uri or code_challenge"}
}

func (s *Server) checkCode(k Code, c Client, q TokenRequest) error {
	if k.Application != c.Application || k.RedirectURI != q.RedirectURI || !s.cfg.Clock().Before(k.Expires) || !matchesChallenge(k.Challenge, q.Verifier) {
		return invalidGrant()
	}
	return nil
}

// matchesChallenge: a verifier without a challenge is refused as well, or an
// attacker could strip the challenge from the request (RFC 9700 §2.1.1).
func matchesChallenge(challenge, verifier string) bool {
	if challenge == "" || verifier == "" {
		return challenge == verifier
	}
	sum := sha256.Sum256([]byte(verifier))
	return subtle.ConstantTimeCompare([]byte(base64.RawURLEncoding.EncodeToString(sum[:])), []byte(challenge)) == 1
}
