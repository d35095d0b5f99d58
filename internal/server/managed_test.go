package server_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"holdline/internal/server"
)

// admin is an administrator's application of a server.
type admin struct {
	t     *testing.T
	base  string
	token string
}

func newAdmin(t *testing.T, s *server.Server) *admin {
	t.Helper()
	var out strings.Builder
	s.PrintFirstCredentials(&out)
	pair := regexp.MustCompile(`client_id=(admin-\S+)\s+client_secret=(\S+)`).FindStringSubmatch(out.String())
	if pair == nil {
		t.Fatalf("no administrator's application in\n%s", out.String())
	}
	a := &admin{t: t, base: "http://" + s.HTTPAddr().String()}
	t.Cleanup(http.DefaultClient.CloseIdleConnections)
	res, err := http.PostForm(a.base+"/oauth/token.php", url.Values{"grant_type": {"client_credentials"}, "client_id": {pair[1]}, "client_secret": {pair[2]}})
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var got struct {
		Token string `json:"access_token"`
	}
	if err := json.NewDecoder(res.Body).Decode(&got); err != nil || got.Token == "" {
		t.Fatalf("status %d, %v", res.StatusCode, err)
	}
	a.token = got.Token
	return a
}

func (a *admin) do(method, path, body string, status int) map[string]any {
	a.t.Helper()
	r, err := http.NewRequestWithContext(a.t.Context(), method, a.base+"/api/ver1.0"+path, strings.NewReader(body))
	if err != nil {
		a.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+a.token)
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		a.t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != status {
		a.t.Fatalf("%s %s: %d %s, %v; want %d", method, path, res.StatusCode, text, err, status)
	}
	var v map[string]any
	_ = json.Unmarshal(text, &v) // lists and empty answers give none
	return v
}

// provider takes registrations.
type provider struct {
	t *testing.T
	net.PacketConn
}

func newProvider(t *testing.T) *provider {
	t.Helper()
	c, err := net.ListenPacket("udp", "127.0.0.9:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return &provider{t, c}
}

var copied = regexp.MustCompile(`(?im)^(via|from|call-id|cseq|contact):.*\r\n`)

// registers waits for a REGISTER for so many seconds and grants it.
func (p *provider) registers(seconds string) {
	p.t.Helper()
	if err := p.SetReadDeadline(time.Now().Add(20 * time.Second)); err != nil {
		p.t.Fatal(err)
	}
	buf := make([]byte, 4096)
	for {
		n, from, err := p.ReadFrom(buf)
		if err != nil {
			p.t.Fatalf("no REGISTER with Expires: %s came: %v", seconds, err)
		}
		request := string(buf[:n])
		if !strings.HasPrefix(request, "REGISTER ") {
			continue
		}
		to := regexp.MustCompile(`(?im)^to:.*`).FindString(request)
		answer := "SIP/2.0 200 OK\r\n" + strings.Join(copied.FindAllString(request, -1), "") + strings.TrimSuffix(to, "\r") + ";tag=p\r\nContent-Length: 0\r\n\r\n"
		if _, err := p.WriteTo([]byte(answer), from); err != nil {
			p.t.Fatal(err)
		}
		if strings.Contains(request, "\r\nExpires: "+seconds) {
			return
		}
	}
}

func TestAClientAndItsLinesComeAndGoWhileTheServerRuns(t *testing.T) {
	s := start(t, server.Options{Config: settings(t, t.TempDir())})
	defer stop(t, s)
	a, p := newAdmin(t, s), newProvider(t)
	org := fmt.Sprintf("/client/%v", a.do("POST", "/client/", `{"name":"New","prefix":"0042","domain":"new.example"}`, 201)["id"])
	queue := a.do("POST", org+"/extension/", `{"name":"700","type":"queue"}`, 201)["id"]
	a.do("GET", fmt.Sprintf("/extension/%v/queue/status/", queue), "", 200)

	trunk := fmt.Sprintf("%s/trunk/%v", org, a.do("POST", org+"/trunk/",
		fmt.Sprintf(`{"name":"line","host":"%s","register":true,"username":"u","password":"p"}`, p.LocalAddr()), 201)["id"])
	p.registers("") // any
	a.do("PUT", trunk, `{"username":"other"}`, 200)
	p.registers("0") // the old account ends
	a.do("DELETE", trunk, "", 204)
	p.registers("0")
	a.do("DELETE", org, "", 204)
	a.do("GET", org, "", 404)
	a.do("GET", fmt.Sprintf("/extension/%v/queue/status/", queue), "", 404)
}
