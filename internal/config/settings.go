package config

import (
	"strings"
)

// EnvPrefix begins the name of every environment variable.
const EnvPrefix = "HOLDLINE_"

// Setting is one row of the table.
type Setting struct {
	Name    string // key in the YAML file
	Arg     string // what stands for the value in --help
	Default string
	Demo    string // default of the demo, if another
	Allowed string // for people: what may stand there
	Help    string // one sentence, no full stop
	set     func(*Config, string) error
}

// Flag gives the command-line flag's name.
func (s Setting) Flag() string { return strings.ReplaceAll(s.Name, "_", "-") }

// Env gives the environment variable's name.
func (s Setting) Env() string { return EnvPrefix + strings.ToUpper(s.Name) }

// DefaultFor gives the default of a profile.
func (s Setting) DefaultFor(p Profile) string {
	if p == Demo && s.Demo != "" {
		return s.Demo
	}
	return s.Default
}

// fileSetting names the YAML file itself, so it has no key in that file.
const fileSetting = "config"

const (
	allowedAddress  = "HOST:PORT or :PORT (every address of this machine); port 0…65535, 0 = any free one"
	allowedDuration = "a number of seconds, or a time such as 30s, 5m or 1h"
)

// Settings is the table, in the order of --help and the documentation.
var Settings = []Setting{
	{Name: fileSetting, Arg: "FILE", Allowed: "path of a YAML file; empty = none",
		Help: "YAML file with settings, one `name: value` a line",
		set:  into(func(c *Config) *string { return &c.File }, anyText)},
	{Name: "http", Arg: "ADDR", Default: ":8080", Demo: "127.0.0.1:8080", Allowed: allowedAddress,
		Help: "address for HTTP",
		set:  into(func(c *Config) *string { return &c.HTTP }, address)},
	{Name: "sip", Arg: "ADDR", Default: ":5060", Demo: "127.0.0.1:5060", Allowed: allowedAddress,
		Help: "address for SIP, UDP and TCP",
		set:  into(func(c *Config) *string { return &c.SIP }, address)},
	{Name: "advertise", Arg: "IP", Allowed: "an IP address; empty = the address each message leaves from",
		Help: "address written into SIP and SDP, where phones reach this server through NAT",
		set:  intoAddr},
	{Name: "rtp_ports", Arg: "LO-HI", Default: "16384-32767", Allowed: "LO-HI within 1024…65535, LO even, at least two ports",
		Help: "UDP ports of media, two for each phone in a call",
		set:  into(func(c *Config) *PortRange { return &c.RTPPorts }, portRange)},
	{Name: "data", Arg: "DIR", Default: "./holdline-data", Allowed: "a directory; made when it does not exist",
		Help: "directory of the database and the recordings",
		set:  into(func(c *Config) *string { return &c.Data }, someText)},
	{Name: "recordings_keep", Arg: "DAYS", Default: "0", Allowed: "0…36500; 0 = for ever",
		Help: "days after which recordings of calls are deleted",
		set:  into(func(c *Config) *int { return &c.RecordingsKeep }, whole(0, 36_500))},
	{Name: "webhooks_keep", Arg: "DAYS", Default: "30", Allowed: "0…36500; 0 = for ever",
		Help: "days after which webhook deliveries that were made or given up are deleted",
		set:  into(func(c *Config) *int { return &c.WebhooksKeep }, whole(0, 36_500))},
	{Name: "webhooks_allow", Arg: "LIST", Default: "-", Demo: "127.0.0.0/8,::1", Allowed: "networks such as 10.1.0.0/16, addresses and host names, with commas; - = none",
		Help: "what webhooks may be sent to beside public addresses, for receivers in your own network",
		set:  into(func(c *Config) *Targets { return &c.WebhooksAllow }, targets)},
	{Name: "log_level", Arg: "LEVEL", Default: "info", Demo: "warn", Allowed: "debug, info, warn or error",
		Help: "least level of log lines",
		set:  intoLevel},
	{Name: "log_format", Arg: "FORMAT", Default: "text", Allowed: "text or json",
		Help: "form of log lines",
		set:  into(func(c *Config) *string { return &c.LogFormat }, oneOf("text", "json"))},
	{Name: "metrics", Arg: "BOOL", Default: "true", Allowed: "true or false",
		Help: "serve Prometheus metrics at /metrics",
		set:  into(func(c *Config) *bool { return &c.Metrics }, boolean)},
	{Name: "enable_voiptech", Arg: "BOOL", Default: "false", Demo: "true", Allowed: "true or false",
		Help: "serve /API/UpdateAgentState.php, whose callers send the organisation's password in the URL: use it behind TLS only",
		set:  into(func(c *Config) *bool { return &c.EnableVoiptech }, boolean)},
	{Name: "max_calls", Arg: "N", Default: "0", Allowed: "0…1000000; 0 = as many as rtp_ports carries",
		Help: "phones and trunk lines in calls at a time; further ones get 503 with Retry-After",
		set:  into(func(c *Config) *int { return &c.MaxCalls }, whole(0, 1_000_000))},
	{Name: "rtp_timeout", Arg: "TIME", Default: "30s", Allowed: allowedDuration + ", 5s…1h; 0 = never",
		Help: "a phone that sends no media for so long, and is not on hold, is hung up",
		set:  into(func(c *Config) *duration { return (*duration)(&c.RTPTimeout) }, orOff(5*second, hour))},
	{Name: "session_expires", Arg: "TIME", Default: "30m", Allowed: allowedDuration + ", 90s…24h; 0 = off",
		Help: "how often a long call is checked to be still there (RFC 4028)",
		set:  into(func(c *Config) *duration { return (*duration)(&c.SessionExpires) }, orOff(90*second, 24*hour))},
	{Name: "register_min_expires", Arg: "TIME", Default: "60s", Allowed: allowedDuration + ", 1s…1h",
		Help: "shortest registration a phone may ask for; shorter ones get 423",
		set:  into(func(c *Config) *duration { return (*duration)(&c.RegisterMinExpires) }, between(second, hour))},
	{Name: "register_max_expires", Arg: "TIME", Default: "1h", Allowed: allowedDuration + ", 1s…168h, not under register_min_expires",
		Help: "longest registration a phone gets; longer ones are shortened",
		set:  into(func(c *Config) *duration { return (*duration)(&c.RegisterMaxExpires) }, between(second, 168*hour))},
	{Name: "digest", Arg: "LIST", Default: "md5,sha-256", Allowed: "md5, sha-256, or both with a comma, the first to be sent first",
		Help: "algorithms phones are asked to prove their password with; some know md5 only and look at the first, or give up when another is there",
		set:  into(func(c *Config) *[]string { return &c.Digest }, algorithms)},
	{Name: "phone_codes", Arg: "LIST", Default: "*45,*46,*47,*48", Allowed: "four codes with commas, each * and digits, none the beginning of another; - = off",
		Help: "what agents dial at their phone to log in, log out, pause and come back",
		set:  into(func(c *Config) *[4]string { return &c.PhoneCodes }, phoneCodes)},
	{Name: "guard_rate", Arg: "N", Default: "20", Allowed: "0…100000; 0 = no limit",
		Help: "SIP requests a second that one unknown address may send before it is ignored",
		set:  into(func(c *Config) *int { return &c.GuardRate }, whole(0, 100_000))},
	{Name: "media_loops", Arg: "N", Default: "0", Allowed: "0…256; 0 = one per core",
		Help: "loops that pace and relay media",
		set:  into(func(c *Config) *int { return &c.MediaLoops }, whole(0, 256))},
	{Name: "api_hourly_limit", Arg: "N", Default: "36000", Allowed: "1…1000000000",
		Help: "requests an organisation may send to the APIs an hour; further ones get 429",
		set:  into(func(c *Config) *int { return &c.APIHourlyLimit }, whole(1, 1_000_000_000))},
	{Name: "oauth_limit", Arg: "N", Default: "20", Allowed: "1…1000000",
		Help: "requests to /oauth that one address may send a second",
		set:  into(func(c *Config) *int { return &c.OAuthLimit }, whole(1, 1_000_000))},
	{Name: "trusted_proxies", Arg: "LIST", Default: "-", Allowed: "addresses and networks such as 10.1.0.0/16, with commas; - = none",
		Help: "reverse proxies that are believed about the client's address and TLS; name the proxies only, since nobody else in these networks is doubted either",
		set:  into(func(c *Config) *Targets { return &c.TrustedProxies }, networks)},
	{Name: "proxy_header", Arg: "NAME", Default: "x-forwarded", Allowed: "x-forwarded (X-Forwarded-For and X-Forwarded-Proto) or forwarded (Forwarded, RFC 7239)",
		Help: "what the trusted proxies tell it with; they must set it anew or add to it, not pass on what clients send",
		set: into(func(c *Config) *bool { return &c.ProxyForwarded }, func(value string) (bool, error) {
			name, err := oneOf("x-forwarded", "forwarded")(value)
			return name == "forwarded", err
		})},
	{Name: "sign_in_idle", Arg: "TIME", Default: "12h", Allowed: allowedDuration + ", 1m…8760h",
		Help: "a browser that is not used for so long has to sign in again; an open page that is looked at uses it",
		set:  into(func(c *Config) *duration { return (*duration)(&c.SignInIdle) }, between(60*second, 8760*hour))},
	{Name: "sign_in_max", Arg: "TIME", Default: "168h", Allowed: allowedDuration + ", 1m…8760h",
		Help: "a browser has to sign in again after so long in any case",
		set:  into(func(c *Config) *duration { return (*duration)(&c.SignInMax) }, between(60*second, 8760*hour))},
	{Name: "shutdown_timeout", Arg: "TIME", Default: "10s", Allowed: allowedDuration + ", 1s…10m",
		Help: "most time a stop takes to end calls and write what is left",
		set:  into(func(c *Config) *duration { return (*duration)(&c.ShutdownTimeout) }, between(second, 600*second))},
}
