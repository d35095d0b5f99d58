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
}

// Client is an application as the token server needs it.
type Client struct {
	Grant
	SecretHash string // of HashSecret
	Suspended  bool
}

// Source keeps clients and tokens.
type Source interface {
	// Client finds an application by its client_id; ErrUnknown if there is none.
	Client(ctx context.Context, clientID string) (Client, error)
	// SaveToken keeps a token's hash.
	SaveToken(ctx context.Context, hash [32]byte, application int64, expires time.Time) error
	// Token finds the application and expiry of a token's hash; ErrUnknown if there is none.
	Token(ctx context.Context, hash [32]byte) (Client, time.Time, error)
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
	cfg   Config
	mu    sync.Mutex // guards cache
	cache map[[32]byte]cached
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
	return &Server{cfg: c, cache: map[[32]byte]cached{}}
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
	default:
		return Issued{}, &OAuthError{Code: "unsupported_grant_type", Description: fmt.Sprintf("grant_type %s is not supported; use client_credentials", printable(q.GrantType))}
	}
}

func (s *Server) clientCredentials(ctx context.Context, q TokenRequest) (Issued, error) {
	c, err := s.cfg.Source.Client(ctx, q.ClientID)
	if err != nil && !errors.Is(err, ErrUnknown) {
		return Issued{}, err
	}
	// The comparison runs for unknown clients too, and every refusal reads the same: nobody learns which ids exist.
	if ok := MatchesSecret(c.SecretHash, q.ClientSecret); !ok || err != nil || c.Suspended {
		return Issued{}, &OAuthError{Code: "invalid_client", Description: "client_id or client_secret is wrong, or the application is suspended"}
	}
	return s.issue(ctx, c.Grant)
}

// issue makes a token for a grant that has been proven, whatever the grant type was.
func (s *Server) issue(ctx context.Context, g Grant) (Issued, error) {
	token, expires := NewSecret(), s.cfg.Clock().Add(s.cfg.Lifetime)
	hash := HashToken(token)
	if err := s.cfg.Source.SaveToken(ctx, hash, g.Application, expires); err != nil {
		return Issued{}, fmt.Errorf("auth: saving a token: %w", err)
	}
	s.remember(hash, g, expires)
	return Issued{Token: token, ExpiresIn: s.cfg.Lifetime, Scope: g.Reach}, nil
}

// Lookup gives what a token stands for, or ErrInvalidToken.
func (s *Server) Lookup(ctx context.Context, token string) (Grant, error) {
	hash, now := HashToken(token), s.cfg.Clock()
	s.mu.Lock()
	c, ok := s.cache[hash]
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
	s.remember(hash, client.Grant, expires)
	return client.Grant, nil
}

// Forget drops an application's tokens from the cache, so that a suspension or a changed reach counts at once.
func (s *Server) Forget(application int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for h, c := range s.cache {
		if c.grant.Application == application {
			delete(s.cache, h)
		}
	}
}

func (s *Server) drop(hash [32]byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.cache, hash)
}

func (s *Server) remember(hash [32]byte, g Grant, expires time.Time) {
	now := s.cfg.Clock()
	s.mu.Lock()
	defer s.mu.Unlock()
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
