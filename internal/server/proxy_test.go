package server_test

import (
	"bufio"
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"holdline/internal/config"
	"holdline/internal/server"
)

// behind is a server with a proxy before it that is set up as the documentation says.
type behind struct {
	t      *testing.T
	client *http.Client
	url    string
	csrf   string
}

// example gives a block of code of the documentation.
func example(t *testing.T, language string) string {
	t.Helper()
	text, err := os.ReadFile("../../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	_, block, found := strings.Cut(string(text), "```"+language+"\n")
	block, _, closed := strings.Cut(block, "```")
	if !found || !closed {
		t.Fatalf("docs/operations.md has no example for %s", language)
	}
	return block
}

// replaced puts what the test needs into an example; each has to be in it.
func replaced(t *testing.T, text string, pairs ...string) string {
	t.Helper()
	for i := 0; i < len(pairs); i += 2 {
		if !strings.Contains(text, pairs[i]) {
			t.Fatalf("the example has no %q:\n%s", pairs[i], text)
		}
		text = strings.ReplaceAll(text, pairs[i], pairs[i+1])
	}
	return text
}

func freeAddr(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// certificate writes one that signs itself.
func certificate(t *testing.T, dir string) (cert, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, DNSNames: []string{"calls.example.com"}}
	der, err := x509.CreateCertificate(rand.Reader, c, c, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	cert, key = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	for path, block := range map[string]*pem.Block{cert: {Type: "CERTIFICATE", Bytes: der}, key: {Type: "PRIVATE KEY", Bytes: secret}} {
		if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return cert, key
}

// startBehind starts a server and, by run, a proxy that listens at an address
// with TLS; the client comes from an address of its own.
func startBehind(t *testing.T, program string, run func(dir, listen, upstream string) *exec.Cmd) *behind {
	t.Helper()
	if _, err := exec.LookPath(program); err != nil {
		t.Skip(program + " is not installed")
	}
	c := settings(t, t.TempDir())
	c.TrustedProxies = config.Targets{Networks: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}}
	s := start(t, server.Options{Config: c, DemoTrunk: netip.MustParseAddrPort("127.0.0.2:5070")})
	t.Cleanup(func() { stop(t, s) })
	listen := freeAddr(t)
	proxy := run(t.TempDir(), listen, s.HTTPAddr().String())
	var said bytes.Buffer
	proxy.Stdout, proxy.Stderr = &said, &said
	if err := proxy.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = proxy.Process.Signal(syscall.SIGTERM)
		_ = proxy.Wait() // how it ends is its own affair
		if t.Failed() {
			t.Logf("%s said:\n%s", program, &said)
		}
	})
	from := &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 9)}, Timeout: 10 * time.Second}
	transport := &http.Transport{DialContext: from.DialContext, TLSClientConfig: &tls.Config{InsecureSkipVerify: true}} // #nosec G402 -- its certificate signs itself
	t.Cleanup(transport.CloseIdleConnections)
	b := &behind{t: t, url: "https://" + listen, client: &http.Client{Transport: transport, Timeout: 20 * time.Second}}
	for deadline := time.Now().Add(20 * time.Second); ; { // until it listens
		r, err := b.client.Get(b.url + "/healthz")
		if err == nil {
			_ = r.Body.Close()
			return b
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s does not answer: %v", program, err)
		}
	}
}

// signIn signs dana in, with an address made up; the answer has the cookie.
func (b *behind) signIn() *http.Cookie {
	b.t.Helper()
	r, err := http.NewRequestWithContext(b.t.Context(), "POST", b.url+"/console/session", strings.NewReader(`{"login":"dana","password":"demo"}`))
	if err != nil {
		b.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Origin", b.url) // as browsers send it
	r.Header.Set("X-Forwarded-For", "198.51.100.66")
	r.Header.Set("Forwarded", "for=198.51.100.66")
	r.Header.Set("X-Forwarded-Proto", "gopher")
	a, err := b.client.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer a.Body.Close()
	text, _ := io.ReadAll(a.Body)
	var in struct{ CSRF string }
	if err := json.Unmarshal(text, &in); err != nil || a.StatusCode != http.StatusOK || len(a.Cookies()) != 1 {
		b.t.Fatalf("%d %s", a.StatusCode, text)
	}
	b.csrf = in.CSRF
	return a.Cookies()[0]
}

func (b *behind) get(path string, cookie *http.Cookie) *http.Response {
	b.t.Helper()
	r, err := http.NewRequestWithContext(b.t.Context(), "GET", b.url+path, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	r.AddCookie(cookie)
	a, err := b.client.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() { _ = a.Body.Close() })
	if a.StatusCode != http.StatusOK {
		b.t.Fatalf("%s: %s", path, a.Status)
	}
	return a
}

// check does what the console does through the proxy.
func (b *behind) check() {
	b.t.Helper()
	cookie := b.signIn()
	if !cookie.Secure {
		b.t.Error("the cookie is not kept for TLS")
	}
	log, err := io.ReadAll(b.get("/api/ver1.0/client/@me/audit/?action=session.sign_in", cookie).Body)
	if err != nil || !bytes.Contains(log, []byte(`"address":"127.0.0.9"`)) {
		b.t.Errorf("the audit log says %s, %v", log, err)
	}
	lines := bufio.NewScanner(b.get("/api/ver1.0/client/@me/stream/", cookie).Body)
	lines.Buffer(nil, 1<<20)
	until := func(text string) {
		b.t.Helper()
		for lines.Scan() {
			if strings.Contains(lines.Text(), text) {
				return
			}
		}
		b.t.Fatalf("the stream ends before %q: %v", text, lines.Err())
	}
	until("event: snapshot")
	r, err := http.NewRequestWithContext(b.t.Context(), "PUT", b.url+"/api/ver1.0/client/@me/extension/@700", strings.NewReader(`{"label":"Sales by proxy"}`))
	if err != nil {
		b.t.Fatal(err)
	}
	r.AddCookie(cookie)
	r.Header.Set("X-CSRF-Token", b.csrf)
	a, err := b.client.Do(r)
	if err != nil || a.StatusCode != http.StatusOK {
		b.t.Fatalf("%v %v", a, err)
	}
	_ = a.Body.Close()
	until("Sales by proxy") // at once: nothing else fills a buffer
}

func TestBehindNginx(t *testing.T) {
	b := startBehind(t, "nginx", func(dir, listen, upstream string) *exec.Cmd {
		cert, key := certificate(t, dir)
		site := replaced(t, example(t, "nginx"), "listen 443 ssl", "listen "+listen+" ssl", "/etc/ssl/calls.example.com.pem", cert,
			"/etc/ssl/calls.example.com.key", key, "127.0.0.1:8080", upstream)
		temp := ""
		for _, name := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
			temp += fmt.Sprintf("%s_temp_path %s/%s;\n", name, dir, name)
		}
		path := filepath.Join(dir, "nginx.conf")
		whole := fmt.Sprintf("daemon off;\nmaster_process off;\npid %s/pid;\nerror_log stderr;\nevents {}\nhttp {\naccess_log off;\n%s%s}\n", dir, temp, site)
		if err := os.WriteFile(path, []byte(whole), 0o600); err != nil {
			t.Fatal(err)
		}
		return exec.Command("nginx", "-e", "stderr", "-p", dir, "-c", path)
	})
	b.check()
}

func TestBehindCaddy(t *testing.T) {
	b := startBehind(t, "caddy", func(dir, listen, upstream string) *exec.Cmd {
		cert, key := certificate(t, dir)
		site := regexp.MustCompile(`(?m)^calls\.example\.com \{`).ReplaceAllString(replaced(t, example(t, "caddyfile"), "127.0.0.1:8080", upstream),
			"https://"+listen+" {\n tls "+cert+" "+key)
		path := filepath.Join(dir, "Caddyfile")
		if err := os.WriteFile(path, []byte("{\n admin off\n auto_https disable_redirects\n}\n"+site), 0o600); err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command("caddy", "run", "--adapter", "caddyfile", "--config", path)
		cmd.Env = append(os.Environ(), "HOME="+dir, "XDG_DATA_HOME="+dir, "XDG_CONFIG_HOME="+dir)
		return cmd
	})
	b.check()
}
