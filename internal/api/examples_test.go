package api_test

import (
	"bufio"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"holdline/internal/api/apitest"
)

const examples = "../../examples/"

// command makes an example's command; the test is skipped where its language is not installed.
func command(ctx context.Context, t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	if _, err := exec.LookPath(args[0]); err != nil {
		t.Skip(args[0], "is not installed")
	}
	return exec.CommandContext(ctx, args[0], args[1:]...)
}

// program builds an example in Go.
func program(t *testing.T, name string) string {
	t.Helper()
	file := t.TempDir() + "/" + name
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", file, examples+name).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return file
}

// everything lists what an organisation has, to see what is left behind.
func everything(d *apitest.Demo) string {
	var all strings.Builder
	for _, path := range []string{"extension/", "agent/local/", "agent/remote/"} {
		all.Write(d.Do("GET", "/api/ver1.0/client/@me/"+path, d.Tokens["demo"], "").Body)
	}
	return all.String()
}

func TestTheWalkThroughs(t *testing.T) {
	for name, args := range map[string]func(t *testing.T) []string{
		"curl":   func(*testing.T) []string { return []string{"sh", examples + "walkthrough.sh"} },
		"python": func(*testing.T) []string { return []string{"python3", examples + "walkthrough.py"} },
		"php":    func(*testing.T) []string { return []string{"php", examples + "walkthrough.php"} },
		"go":     func(t *testing.T) []string { return []string{program(t, "walkthrough-go")} },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := apitest.NewDemo(t, nil)
			before := everything(d)
			run := command(t.Context(), t, args(t)...)
			run.Env = append(os.Environ(), "HOLDLINE_URL="+d.URL)
			out, err := run.CombinedOutput()
			if err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			text := strings.NewReplacer(" ", "", "'", `"`).Replace(string(out)) // Python prints its own form
			for _, part := range []string{`"max_wait_time":1800`, `"password":"`, `"event_type":"agent-login"`, `"pause_reason":"lunch"`,
				`"status":"available"`, `"waiting_members":0`, "[]"} {
				if !strings.Contains(text, part) {
					t.Errorf("it does not print %s:\n%s", part, out)
				}
			}
			if after := everything(d); after != before {
				t.Errorf("it leaves something behind:\n%s", after)
			}
		})
	}
}

func TestTheReceivers(t *testing.T) {
	for name, args := range map[string]func(t *testing.T) []string{
		"python": func(*testing.T) []string { return []string{"python3", examples + "webhook_receiver.py", "0"} },
		"go":     func(t *testing.T) []string { return []string{program(t, "webhook-receiver-go"), "127.0.0.1:0"} },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			receive(t, args(t))
		})
	}
}

const (
	webhookKey     = "0123456789012345678901234567"
	webhookPayload = "agent_id=1&agent_status=available&agent_type=local"
)

// receive runs a receiver and sends it requests, good and bad.
func receive(t *testing.T, args []string) {
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	run := command(ctx, t, args...)
	run.Env = append(os.Environ(), "HOLDLINE_WEBHOOK_SECRET=whsec_"+base64.StdEncoding.EncodeToString([]byte(webhookKey)))
	out, err := run.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := run.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	lines.Scan()
	url, ok := strings.CutPrefix(lines.Text(), "receiving at ")
	if !ok {
		t.Fatalf("it says %q", lines.Text())
	}
	now := time.Now().Unix()
	for _, c := range []struct {
		name, method, id, payload, signature string
		at                                   int64
		status                               int
	}{
		{"signed", "POST", "msg_1", webhookPayload, signed("msg_1", now, webhookPayload), now, 204},
		{"the same again", "POST", "msg_1", webhookPayload, signed("msg_1", now, webhookPayload), now, 204},
		{"in the query", "GET", "msg_2", webhookPayload, signed("msg_2", now, webhookPayload), now, 204},
		{"among others", "POST", "msg_3", webhookPayload, "v1,AAAA " + signed("msg_3", now, webhookPayload), now, 204},
		{"another payload", "POST", "msg_4", webhookPayload + "&x=y", signed("msg_4", now, webhookPayload), now, 401},
		{"another id", "POST", "msg_5", webhookPayload, signed("msg_6", now, webhookPayload), now, 401},
		{"old", "POST", "msg_7", webhookPayload, signed("msg_7", now-600, webhookPayload), now - 600, 401},
		{"not signed", "POST", "msg_8", webhookPayload, "", now, 401},
	} {
		if got := deliver(t, url, c.method, c.id, c.at, c.payload, c.signature); got != c.status {
			t.Errorf("%s: %d; want %d", c.name, got, c.status)
		}
	}
	run.Process.Kill()
	var events int
	for lines.Scan() {
		events++
		if !strings.Contains(lines.Text(), "available") {
			t.Errorf("it prints %q", lines.Text())
		}
	}
	run.Wait() // killed
	if events != 3 {
		t.Errorf("%d events; want 3, each once", events)
	}
}

// signed makes a signature by the text of Standard Webhooks, not by the server's code.
func signed(id string, at int64, payload string) string {
	mac := hmac.New(sha256.New, []byte(webhookKey))
	io.WriteString(mac, id+"."+strconv.FormatInt(at, 10)+"."+payload)
	return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

func deliver(t *testing.T, url, method, id string, at int64, payload, signature string) int {
	t.Helper()
	body := io.Reader(strings.NewReader(payload))
	if method == "GET" {
		url, body = url+"/?"+payload, nil
	}
	r, err := http.NewRequestWithContext(t.Context(), method, url, body)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Webhook-Id", id)
	r.Header.Set("Webhook-Timestamp", strconv.FormatInt(at, 10))
	r.Header.Set("Webhook-Signature", signature)
	got, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	got.Body.Close()
	return got.StatusCode
}
