package auth

import (
	"encoding/base64"
	"fmt"
	"net/url"
	"strings"
)

// OAuthError is an error answer of the token endpoint (RFC 6749 §5.2).
type OAuthError struct {
	Code        string // invalid_request, invalid_client, invalid_grant, unauthorized_client, unsupported_grant_type, invalid_scope
	Description string // for people: what was wrong and the fix; ASCII without " and \
}

func (e *OAuthError) Error() string { return "auth: " + e.Code + ": " + e.Description }

// TokenRequest is a request for an access token.
type TokenRequest struct {
	GrantType    string
	ClientID     string
	ClientSecret string
	Code         string // of grant type authorization_code, as are the next two
	RedirectURI  string
	Verifier     string // code_verifier (RFC 7636 §4.5)
}

// ParseTokenRequest reads a token request: the form of the body and the
// Authorization header. Credentials come in one of the two, never both
// (RFC 6749 §2.3); no parameter may be sent twice (§3.2). Errors are *OAuthError.
func ParseTokenRequest(form url.Values, authorization string) (TokenRequest, error) {
	var q TokenRequest
	for name, values := range form {
		if len(values) > 1 {
			return q, &OAuthError{Code: "invalid_request", Description: fmt.Sprintf("parameter %s is sent %d times; send it once", printable(name), len(values))}
		}
	}
	q.GrantType, q.ClientID, q.ClientSecret = form.Get("grant_type"), form.Get("client_id"), form.Get("client_secret")
	q.Code, q.RedirectURI, q.Verifier = form.Get("code"), form.Get("redirect_uri"), form.Get("code_verifier")
	if q.GrantType == "client_credentials" {
		q.Code, q.RedirectURI, q.Verifier = "", "", "" // accepted and ignored (contracts/unifiedapi.md, token)
	}
	if authorization != "" {
		if err := q.basic(authorization); err != nil {
			return q, err
		}
	}
	switch {
	case q.GrantType == "":
		return q, &OAuthError{Code: "invalid_request", Description: "parameter grant_type is missing; send grant_type=client_credentials in a form-encoded body"}
	case q.ClientID == "":
		return q, &OAuthError{Code: "invalid_client", Description: "no client credentials; send client_id and client_secret in the body, or HTTP Basic"}
	}
	return q, nil
}

// basic reads HTTP Basic credentials; both halves are form-encoded first (RFC 6749 §2.3.1).
func (q *TokenRequest) basic(authorization string) error {
	scheme, value, _ := strings.Cut(authorization, " ")
	raw, err := base64.StdEncoding.DecodeString(strings.TrimSpace(value))
	id, secret, ok := strings.Cut(string(raw), ":")
	if !strings.EqualFold(scheme, "Basic") || err != nil || !ok {
		return &OAuthError{Code: "invalid_client", Description: "the Authorization header is not HTTP Basic with client_id:client_secret in base64"}
	}
	if q.ClientSecret != "" {
		return &OAuthError{Code: "invalid_request", Description: "client credentials are sent twice; use HTTP Basic or the body, not both"}
	}
	id, err1 := url.QueryUnescape(id)
	secret, err2 := url.QueryUnescape(secret)
	if err1 != nil || err2 != nil {
		return &OAuthError{Code: "invalid_client", Description: "client_id and client_secret must be form-encoded before base64"}
	}
	if q.ClientID != "" && q.ClientID != id {
		return &OAuthError{Code: "invalid_request", Description: "client_id in the body differs from the one in the Authorization header"}
	}
	q.ClientID, q.ClientSecret = id, secret
	return nil
}

// printable keeps what RFC 6749 §5.2 allows in error_description, at most 64 characters of it.
func printable(s string) string {
	out := strings.Map(func(r rune) rune {
		if r < 0x20 || r > 0x7e || r == '"' || r == '\\' {
			return '?'
		}
		return r
	}, s)
	return out[:min(len(out), 64)]
}
