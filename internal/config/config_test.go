package config

import (
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/spf13/pflag"
)

// load reads settings as a command would: args, variables, file ("" = none).
func load(t *testing.T, p Profile, args []string, environ []string, file string) (Config, error) {
	t.Helper()
	if file != "" {
		path := filepath.Join(t.TempDir(), "h.yaml")
		if err := os.WriteFile(path, []byte(file), 0o600); err != nil {
			t.Fatal(err)
		}
		environ = append([]string{"HOLDLINE_CONFIG=" + path}, environ...)
	}
	flags := pflag.NewFlagSet("test", pflag.ContinueOnError)
	flags.Bool("no-traffic", false, "a flag that is no setting")
	AddFlags(flags, p)
	if err := flags.Parse(args); err != nil {
		t.Fatal(err)
	}
	return Load(flags, p, environ)
}

func TestDefaults(t *testing.T) {
	serve := Default(Serve)
	if serve.HTTP != ":8080" || serve.SIP != ":5060" || serve.RTPPorts != (PortRange{16384, 32767}) || serve.RTPTimeout != 30*time.Second {
		t.Errorf("serve: %+v", serve)
	}
	if demo := Default(Demo); demo.HTTP != "127.0.0.1:8080" || demo.SIP != "127.0.0.1:5060" {
		t.Errorf("the demo listens beyond this machine: %+v", demo)
	}
	if n := serve.RTPPorts.Pairs(); n != 8192 {
		t.Errorf("pairs = %d", n)
	}
}

func TestFlagBeforeVariableBeforeFileBeforeDefault(t *testing.T) {
	const file = "http: :1\nsip: :1\ndata: /from/file\n"
	environ := []string{"PATH=/bin", "HOLDLINE_HTTP=:2", "HOLDLINE_SIP=:2"}
	c, err := load(t, Serve, []string{"--http", ":3", "--no-traffic"}, environ, file)
	if err != nil {
		t.Fatal(err)
	}
	want := Default(Serve)
	want.HTTP, want.SIP, want.Data = ":3", ":2", "/from/file"
	if d := cmp.Diff(want, c, cmpopts.IgnoreFields(Config{}, "File"), cmpopts.EquateComparable(netip.Addr{})); d != "" {
		t.Error(d)
	}
}

func TestEveryKindOfValueIsRead(t *testing.T) {
	c, err := load(t, Serve, []string{"--metrics=off", "--advertise", "::ffff:192.0.2.7"}, nil, `
rtp_ports: 20000-20009
log_level: DEBUG
log_format: json
max_calls: 250
digest: SHA-256, md5
rtp_timeout: 0
session_expires: 90
register_max_expires: 2h
shutdown_timeout: 1m30s
recordings_keep: 90
phone_codes: "*1, -, *22,*3"
webhooks_keep: 7
trusted_proxies: 10.9.0.0/16,127.0.0.1
proxy_header: Forwarded
sign_in_idle: 20m
sign_in_max: 86400
webhooks_allow: 10.1.0.0/16, ::ffff:192.0.2.9,crm.local , 2001:db8::7
`)
	if err != nil {
		t.Fatal(err)
	}
	want := Default(Serve)
	want.File, want.Metrics, want.Advertise = c.File, false, netip.MustParseAddr("192.0.2.7")
	want.RTPPorts, want.LogLevel, want.LogFormat, want.MaxCalls = PortRange{20000, 20009}, -4, "json", 250
	want.Digest, want.RecordingsKeep = []string{"SHA-256", "MD5"}, 90
	want.WebhooksKeep, want.WebhooksAllow = 7, Targets{Hosts: []string{"crm.local"},
		Networks: []netip.Prefix{netip.MustParsePrefix("10.1.0.0/16"), netip.MustParsePrefix("192.0.2.9/32"), netip.MustParsePrefix("2001:db8::7/128")}}
	want.TrustedProxies, want.ProxyForwarded = Targets{Networks: []netip.Prefix{netip.MustParsePrefix("10.9.0.0/16"), netip.MustParsePrefix("127.0.0.1/32")}}, true
	want.SignInIdle, want.SignInMax = 20*time.Minute, 24*time.Hour
	want.PhoneCodes = [4]string{"*1", "", "*22", "*3"}
	want.RTPTimeout, want.SessionExpires, want.RegisterMaxExpires, want.ShutdownTimeout = 0, 90*time.Second, 2*time.Hour, 90*time.Second
	if d := cmp.Diff(want, c, cmpopts.EquateComparable(netip.Addr{}, netip.Prefix{})); d != "" {
		t.Error(d)
	}
	for _, none := range []string{"-", ""} {
		if c, err = load(t, Demo, []string{"--webhooks-allow=" + none}, nil, ""); err != nil || c.WebhooksAllow.Networks != nil {
			t.Errorf("%q allows %v, %v", none, c.WebhooksAllow, err)
		}
	}
}

func TestBoolFlagNeedsNoValue(t *testing.T) {
	c, err := load(t, Serve, []string{"--metrics"}, []string{"HOLDLINE_METRICS=no"}, "")
	if err != nil || !c.Metrics {
		t.Errorf("metrics = %v, %v", c.Metrics, err)
	}
}

func TestMistakesNameSettingValueOriginAndWhatIsAllowed(t *testing.T) {
	for _, tt := range []struct {
		name    string
		args    []string
		environ []string
		file    string
		want    []string
	}{
		{name: "port too high", args: []string{"--sip", "127.0.0.1:99999"},
			want: []string{`sip: "127.0.0.1:99999" (from --sip) is not an address: port must be 0…65535; allowed: HOST:PORT`}},
		{name: "no port", environ: []string{"HOLDLINE_HTTP=192.0.2.1"},
			want: []string{`http: "192.0.2.1" (from HOLDLINE_HTTP) is not an address: the port is missing, write 192.0.2.1:PORT`}},
		{name: "bare IPv6", args: []string{"--http=2001:db8::1"}, want: []string{"write [2001:db8::1]:PORT"}},
		{name: "no address at all", args: []string{"--http=8080"}, want: []string{"it needs the form HOST:PORT"}},
		{name: "host with a space", args: []string{"--http=a b:80"}, want: []string{"neither an IP address nor a host name"}},
		{name: "a proxy by name", args: []string{"--trusted-proxies=10.0.0.1,proxy.local"}, want: []string{"trusted_proxies", `has "proxy.local", which is neither a network nor an address`}},
		{name: "another header", args: []string{"--proxy-header=X-Real-IP"}, want: []string{"proxy_header", "is none of them; allowed: x-forwarded"}},
		{name: "odd port", args: []string{"--rtp-ports=20001-20010"}, want: []string{"begins with an odd port", "begin with 20002"}},
		{name: "one port", args: []string{"--rtp-ports=20000-20000"}, want: []string{"is a single port"}},
		{name: "backwards", args: []string{"--rtp-ports=20000-19000"}, want: []string{"ends before it begins"}},
		{name: "not a range", args: []string{"--rtp-ports=20000"}, want: []string{`"20000"`, "is not a range of ports"}},
		{name: "privileged", args: []string{"--rtp-ports=2-100"}, want: []string{"begins below port 1024"}},
		{name: "choice", file: "log_format: xml\n", want: []string{`log_format: "xml" (from`, "h.yaml) is none of them; allowed: text or json"}},
		{name: "group", file: "rtp: {ports: 5}\n", want: []string{"rtp: no such setting (in ", "did you mean "}},
		{name: "list", file: "http: [a, b]\n", want: []string{"is a list or a group"}},
		{name: "empty key", file: "http:\n", want: []string{"http: ", "has no value"}},
		{name: "unknown key", file: "rtp_port: 1-2\n", want: []string{"rtp_port: no such setting (in", "did you mean rtp_ports?"}},
		{name: "config inside the file", file: "config: other.yaml\n", want: []string{"config: no such setting"}},
		{name: "unknown variable", environ: []string{"HOLDLINE_LOGLEVEL=info"},
			want: []string{"HOLDLINE_LOGLEVEL: no such environment variable; did you mean HOLDLINE_LOG_LEVEL?"}},
		{name: "missing file", args: []string{"--config", "/nowhere/h.yaml"}, want: []string{`config: "/nowhere/h.yaml" cannot be read: no such file`}},
		{name: "broken file", file: "http: [\n", want: []string{"cannot be read: yaml: line"}},
		{name: "twice in the file", file: "http: :1\nhttp: :2\n", want: []string{"cannot be read", "already defined at line 1"}},
		{name: "empty data", args: []string{"--data="}, want: []string{`data: "" (from --data) is empty`}},
		{name: "unknown algorithm", args: []string{"--digest=md5,sha-512"}, want: []string{`digest: "md5,sha-512" (from --digest) is not a list of them; allowed: md5, sha-256`}},
		{name: "algorithm twice", args: []string{"--digest=md5,MD5"}, want: []string{"names one twice"}},
		{name: "three codes", args: []string{"--phone-codes=*1,*2,*3"}, want: []string{"names 3 codes"}},
		{name: "no code", args: []string{"--phone-codes=*1,*2,*3,45"}, want: []string{`has "45", which is no code`}},
		{name: "codes that begin alike", args: []string{"--phone-codes=*4,*2,*3,*45"}, want: []string{"one the beginning of the other"}},
		{name: "number", args: []string{"--max-calls=many"}, want: []string{"is not a whole number"}},
		{name: "number out of range", args: []string{"--max-calls=-1"}, want: []string{"is out of range; allowed: 0…1000000"}},
		{name: "days below zero", args: []string{"--recordings-keep=-1"}, want: []string{"is out of range; allowed: 0…36500"}},
		{name: "host bits", args: []string{"--webhooks-allow=10.1.2.3/16"}, want: []string{"write 10.1.0.0/16, or 10.1.2.3/32"}},
		{name: "no target", args: []string{"--webhooks-allow=crm.local,http://x"}, want: []string{`has "http://x", which is neither a network`}},
		{name: "half an address", args: []string{"--webhooks-allow=10.1"}, want: []string{`has "10.1", which is neither`}},
		{name: "huge number", args: []string{"--max-calls=99999999999999999999"}, want: []string{"is out of range"}},
		{name: "time", args: []string{"--rtp-timeout=soon"}, want: []string{"is not a time"}},
		{name: "short time", args: []string{"--session-expires=30s"}, want: []string{"is shorter than 1m30s"}},
		{name: "long time", args: []string{"--shutdown-timeout=1h"}, want: []string{"is longer than 10m"}},
		{name: "bool", args: []string{"--metrics=maybe"}, want: []string{"is neither true nor false"}},
		{name: "unspecified address", args: []string{"--advertise=0.0.0.0"}, want: []string{"is not an IP address phones can reach"}},
		{name: "between settings", args: []string{"--register-min-expires=10m", "--register-max-expires=5m"},
			want: []string{`register_max_expires: "5m" is shorter than register_min_expires (10m)`}},
		{name: "all at once", args: []string{"--http=x", "--sip=y"}, environ: []string{"HOLDLINE_DATA="},
			want: []string{"http: ", "\nsip: ", "\ndata: "}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := load(t, Serve, tt.args, tt.environ, tt.file)
			if err == nil {
				t.Fatal("accepted")
			}
			for _, w := range tt.want {
				if !strings.Contains(err.Error(), w) {
					t.Errorf("message\n%v\nlacks %q", err, w)
				}
			}
		})
	}
}

func TestACommandMayHaveOnlySomeFlags(t *testing.T) {
	flags := pflag.NewFlagSet("test", pflag.ContinueOnError)
	AddFlags(flags, Serve, "config", "data")
	if flags.Lookup("data") == nil || flags.Lookup("http") != nil {
		t.Error("flags other than asked for")
	}
	c, err := Load(flags, Serve, []string{"HOLDLINE_HTTP=:9"})
	if err != nil || c.HTTP != ":9" {
		t.Errorf("variable of a setting without flag: %q, %v", c.HTTP, err)
	}
}

func TestHelpNamesEverySetting(t *testing.T) {
	flags := pflag.NewFlagSet("test", pflag.ContinueOnError)
	AddFlags(flags, Demo)
	help := flags.FlagUsages()
	for _, s := range Settings {
		if !strings.Contains(help, "--"+s.Flag()+" ") || !strings.Contains(help, "["+s.Env()+"]") {
			t.Errorf("help lacks %s:\n%s", s.Name, help)
		}
	}
	if !strings.Contains(help, "127.0.0.1:8080") {
		t.Errorf("help lacks the demo's defaults:\n%s", help)
	}
}

func TestDocumentIsCurrent(t *testing.T) {
	have, err := os.ReadFile("../../docs/configuration.md")
	if err != nil {
		t.Fatal(err)
	}
	if string(have) != Markdown() {
		t.Error(`docs/configuration.md is not what the settings say: run "make generate"`)
	}
}

func TestDocumentedExampleIsRead(t *testing.T) {
	_, rest, _ := strings.Cut(Markdown(), "```yaml\n")
	example, _, ok := strings.Cut(rest, "```")
	if !ok {
		t.Fatal("no example")
	}
	c, err := load(t, Serve, nil, nil, example)
	if err != nil || c.Advertise.String() != "203.0.113.7" || c.LogFormat != "json" {
		t.Errorf("%+v, %v", c, err)
	}
}

func FuzzFile(f *testing.F) {
	f.Add("http: :8080\nrtp_ports: 2000-3000\n")
	f.Add("a: &a [*a]\n")
	f.Add("? {x: y}\n: 1\n1: 2\n")
	f.Fuzz(func(t *testing.T, text string) {
		c, err := load(t, Serve, nil, nil, text)
		if err == nil && (c.HTTP == "" || c.RTPPorts.Pairs() < 1) {
			t.Errorf("accepted %q as %+v", text, c)
		}
	})
}
