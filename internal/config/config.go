// Package config holds the server's settings. One table (settings.go) gives
// every setting its flag, HOLDLINE_* variable, key in the YAML file, default,
// allowed values and help; reading, checking, --help and
// docs/configuration.md all come from it.
package config

//go:generate go run holdline/cmd/holdline docs config --output ../../docs/configuration.md

import (
	"log/slog"
	"net/netip"
	"path/filepath"
	"time"
)

// Config is the settings of one server, read and checked.
type Config struct {
	File               string        // the YAML file that was read; "" = none
	HTTP               string        // host:port of HTTP: APIs, metrics, health
	SIP                string        // host:port of SIP, UDP and TCP
	Advertise          netip.Addr    // put into SIP and SDP; invalid = the address each message leaves from
	RTPPorts           PortRange     // UDP ports of media
	Data               string        // directory of the database and the recordings
	RecordingsKeep     int           // days after which recordings are deleted; 0 = never
	WebhooksKeep       int           // days after which webhook deliveries that ended are deleted; 0 = never
	WebhooksAllow      Targets       // what webhooks may be sent to beside public addresses
	LogLevel           slog.Level    // least level written
	LogFormat          string        // "text" or "json"
	Metrics            bool          // serve /metrics
	EnableVoiptech     bool          // serve the voiptech dialect
	MaxCalls           int           // most legs at a time; 0 = as many as RTPPorts carries
	RTPTimeout         time.Duration // a leg that sent no media for so long is ended; 0 = never
	SessionExpires     time.Duration // session interval asked for (RFC 4028); 0 = session timers off
	RegisterMinExpires time.Duration // shorter registrations get 423 (RFC 3261 §10.3)
	RegisterMaxExpires time.Duration // longer ones are shortened
	PhoneCodes         [4]string     // to log in, log out, pause and come back; "" = off
	Digest             []string      // algorithms of digest challenges, "MD5" and "SHA-256", in the order they are sent
	GuardRate          int           // requests a second one unknown address may send; 0 = no limit
	MediaLoops         int           // goroutines that pace and relay media; 0 = one per core
	APIHourlyLimit     int           // requests an organisation may send to the APIs an hour
	OAuthLimit         int           // requests to /oauth an address may send a second
	TrustedProxies     Targets       // reverse proxies that are believed about where requests come from; networks only
	ProxyForwarded     bool          // they tell it by Forwarded (RFC 7239), not X-Forwarded-For and -Proto
	SignInIdle         time.Duration // a browser that is not used for so long is signed out
	SignInMax          time.Duration // after which every browser is signed out
	ShutdownTimeout    time.Duration // most time a stop takes to end calls and write what is left
}

// Database gives the path of the database.
func (c Config) Database() string { return filepath.Join(c.Data, "holdline.db") }

// Recordings gives the directory of the recordings.
func (c Config) Recordings() string { return filepath.Join(c.Data, "recordings") }

// PortRange is UDP ports Low to High, both included. RTP takes the even port
// of a pair, RTCP the odd one above it (RFC 3550 §11).
type PortRange struct{ Low, High int }

// Pairs gives the number of legs the range carries.
func (r PortRange) Pairs() int { return (r.High - r.Low + 1) / 2 }

// Targets are networks, and hosts by name.
type Targets struct {
	Networks []netip.Prefix
	Hosts    []string
}

// Profile is a command's choice of defaults.
type Profile uint8

const (
	Serve Profile = iota // reachable from the network
	Demo                 // this machine only, quieter log
)
