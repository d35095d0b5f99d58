package auth

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

var (
	// ErrUnknown is what a Source answers for a client or token it does not have.
	ErrUnknown = errors.New("auth: unknown")
	// ErrInvalidToken: the token is unknown, expired or revoked; the holder must ask for a new one.
	ErrInvalidToken = errors.New("auth: invalid token")
)

// Grant says on whose behalf a token acts.
type Grant struct {
	Application int64
	Org         int64
	User        int64  // 0 = the organisation itself
	Reach       string // how far it sees: user, organisation, administrator
	Role        string // of the user it acts for by consent; "" = for the application alone
}

// Client is an application as the token server needs it.
type Client struct {
	Grant
	Name         string
	Organisation string // its name
	SecretHash   string // of HashSecret
	Suspended    bool
	RedirectURIs []string // registered ones
}

// Code is an authorization code as it is kept (RFC 6749 §4.1.2).
type Code struct {
	Application int64
	User        int64  // who consented
	RedirectURI string // as it was sent; "" = it was left out
	Challenge   string // PKCE with S256 (RFC 7636 §4.2); "" = none
	Expires     time.Time
}

// NewToken is a token to be kept. The secret's hash is the one the client was
// proven with: the token is not kept when it was renewed in between.
type NewToken struct {
	Hash        [32]byte
	Application int64
	SecretHash  string
	Expires     time.Time
}

// Source keeps clients, codes and tokens.
type Source interface {
	// Client finds an application by its client_id; ErrUnknown if there is none.
	Client(ctx context.Context, clientID string) (Client, error)
	// SaveToken keeps a token of the application alone; ErrUnknown when it was suspended, deleted or given another secret.
	SaveToken(ctx context.Context, t NewToken) error
	// SaveCode keeps an authorization code's hash; ErrUnknown when application or user are gone.
	SaveCode(ctx context.Context, hash [32]byte, c Code) error
	// Redeem exchanges a code for a token that acts for its user, in one step, if check allows the code,
	// and gives what the token stands for. ErrUnknown when there is no such code, or SaveToken would say so.
	// A code that was used before gives ErrUnknown too, and the tokens made from it die.
	Redeem(ctx context.Context, code [32]byte, t NewToken, check func(Code) error) (Grant, error)
	// Token finds the application and expiry of a token's hash; ErrUnknown if there is none. The grant
	// is the token's: for the user it acts for, and as far as that user sees.
	Token(ctx context.Context, hash [32]byte) (Client, time.Time, error)
	// DropToken revokes a token of an application; none is fine.
	DropToken(ctx context.Context, hash [32]byte, application int64) error
	// OnRevoke has forget called after tokens have died: all of an application's (user 0), or all of a user's (application 0).
	OnRevoke(forget func(application, user int64))
}

// Config is what a Server needs. Source is required.
type Config struct {
	Source   Source
	Clock    func() time.Time // default time.Now
	Lifetime time.Duration    // of access tokens, default one hour
	CacheFor time.Duration    // how long a looked-up token is trusted without asking Source again, default one minute
}

// Server issues access tokens and looks them up. Safe for concurrent use.
type Server struct {
	cfg     Config
	mu      sync.Mutex // guards cache and revoked
	cache   map[[32]byte]cached
	revoked uint64 // counts what Forget was called for, so that nothing read before it is remembered after it
}

type cached struct {
	grant   Grant
	expires time.Time // of the token
	recheck time.Time // when Source is asked again
}

// cacheSize bounds the cache: some 2 MB.
const cacheSize = 16384

// New gives a token server.
func New(c Config) *Server {
	if c.Clock == nil {
		c.Clock = time.Now
	}
	if c.Lifetime <= 0 {
		c.Lifetime = time.Hour
	}
	if c.CacheFor <= 0 {
		c.CacheFor = time.Minute
	}
	s := &Server{cfg: c, cache: map[[32]byte]cached{}}
	c.Source.OnRevoke(s.forget)
	return s
}

// Issued is a fresh access token.
type Issued struct {
	Token     string
	ExpiresIn time.Duration
	Scope     string
}

// Issue answers a token request; a refusal is an *OAuthError. The scope asked
// for is ignored, as RFC 6749 §3.3 allows: the answer tells the one given.
func (s *Server) Issue(ctx context.Context, q TokenRequest) (Issued, error) {
	switch q.GrantType {
	case "client_credentials":
		return s.clientCredentials(ctx, q)
	case "authorization_code":
		return s.authorizationCode(ctx, q)
	default:
		return Issued{}, &OAuthError{Code: "unsupported_grant_type", Description: fmt.Sprintf(
			"grant_type %s is not supported; use client_credentials or authorization_code", printable(q.GrantType))}
	}
}

// client proves the client of a request.
func (s *Server) client(ctx context.Context, q TokenRequest) (Client, error) {
	c, err := s.cfg.Source.Client(ctx, q.ClientID)
	if err != nil && !errors.Is(err, ErrUnknown) {
		return c, err
	}
	// The comparison runs for unknown clients too, and every refusal reads the same: nobody learns which ids exist.
	if ok := MatchesSecret(c.SecretHash, q.ClientSecret); !ok || err != nil || c.Suspended {
		return c, invalidClient()
	}
	return c, nil
}

func invalidClient() *OAuthError {
	return &OAuthError{Code: "invalid_client", Description: "client_id or client_secret is wrong, or the application is suspended"}
}

func (s *Server) clientCredentials(ctx context.Context, q TokenRequest) (Issued, error) {
	since := s.revocations()
	c, err := s.client(ctx, q)
	if err != nil {
		return Issued{}, err
	}
	token, t := s.newToken(c)
	if err := s.cfg.Source.SaveToken(ctx, t); errors.Is(err, ErrUnknown) {
		return Issued{}, invalidClient()
	} else if err != nil {
		return Issued{}, fmt.Errorf("auth: saving a token: %w", err)
	}
	return s.issued(token, t, c.Grant, since), nil
}

func (s *Server) newToken(c Client) (string, NewToken) {
	token := NewSecret()
	return token, NewToken{Hash: HashToken(token), Application: c.Application, SecretHash: c.SecretHash, Expires: s.cfg.Clock().Add(s.cfg.Lifetime)}
}

func (s *Server) issued(token string, t NewToken, g Grant, since uint64) Issued {
	s.remember(t.Hash, g, t.Expires, since)
	return Issued{Token: token, ExpiresIn: s.cfg.Lifetime, Scope: g.Reach}
}

// Revoke ends a token at its client's wish (RFC 7009); one that is unknown, or
// another client's, is passed over. A refusal is an *OAuthError.
func (s *Server) Revoke(ctx context.Context, q TokenRequest, token string) error {
	c, err := s.client(ctx, q)
	if err != nil {
		return err
	}
	hash := HashToken(token)
	if err := s.cfg.Source.DropToken(ctx, hash, c.Application); err != nil {
		return fmt.Errorf("auth: revoking a token: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.revoked++
	if have, ok := s.cache[hash]; ok && have.grant.Application == c.Application {
		delete(s.cache, hash)
	}
	return nil
}

// Lookup gives what a token stands for, or ErrInvalidToken.
func (s *Server) Lookup(ctx context.Context, token string) (Grant, error) {
	hash, now := HashToken(token), s.cfg.Clock()
	s.mu.Lock()
	c, ok := s.cache[hash]
	since := s.revoked
	s.mu.Unlock()
	if ok && now.Before(c.recheck) && now.Before(c.expires) {
		return c.grant, nil
	}
	client, expires, err := s.cfg.Source.Token(ctx, hash)
	if errors.Is(err, ErrUnknown) || err == nil && (client.Suspended || !now.Before(expires)) {
		s.drop(hash)
		return Grant{}, ErrInvalidToken
	}
	if err != nil {
		return Grant{}, fmt.Errorf("auth: looking a token up: %w", err)
	}
	s.remember(hash, client.Grant, expires, since)
	return client.Grant, nil
}

// forget drops an application's or a user's tokens from the cache, so that a revocation counts at once.
func (s *Server) forget(application, user int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.revoked++
	for h, c := range s.cache {
		if application != 0 && c.grant.Application == application || user != 0 && c.grant.User == user {
			delete(s.cache, h)
		}
	}
}

func (s *Server) revocations() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.revoked
}

func (s *Server) drop(hash [32]byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.cache, hash)
}

// remember caches what a token stands for, unless something was revoked since it was read.
func (s *Server) remember(hash [32]byte, g Grant, expires time.Time, since uint64) {
	now := s.cfg.Clock()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.revoked != since {
		return
	}
	if len(s.cache) >= cacheSize {
		s.makeRoom(now)
	}
	s.cache[hash] = cached{grant: g, expires: expires, recheck: now.Add(s.cfg.CacheFor)}
}

// makeRoom drops what is stale, and if that is too little, an eighth of the
// rest, whichever the map yields first: they are only looked up again.
func (s *Server) makeRoom(now time.Time) {
	for h, c := range s.cache {
		if !now.Before(c.recheck) || !now.Before(c.expires) {
			delete(s.cache, h)
		}
	}
	for h := range s.cache {
		if len(s.cache) <= cacheSize-cacheSize/8 {
			return
		}
		delete(s.cache, h)
	}
}
