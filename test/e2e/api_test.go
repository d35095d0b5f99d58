package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// api is a client of the ver1.0 API with the demo organisation's rights.
type api struct {
	base, token string
}

// api logs in.
func (s *server) api() *api {
	s.t.Helper()
	a := &api{base: "http://" + s.http}
	var got struct {
		Token string `json:"access_token"`
	}
	res, err := http.PostForm(a.base+"/oauth/token", url.Values{"grant_type": {"client_credentials"},
		"client_id": {"demo"}, "client_secret": {"demo"}})
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	if err := json.NewDecoder(res.Body).Decode(&got); err != nil || got.Token == "" {
		s.t.Fatalf("no token: %s %v", res.Status, err)
	}
	a.token = got.Token
	return a
}

// send makes one request, below /api/ver1.0. in and out may be nil; an answer
// over 299 is an error that shows it. lost is the error of a request that got no answer.
func (a *api) send(method, path string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	if in == nil {
		body = nil
	}
	req, err := http.NewRequest(method, a.base+"/api/ver1.0"+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+a.token)
	if in != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return lost{err}
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	switch {
	case err != nil:
		return lost{err}
	case res.StatusCode > 299:
		return fmt.Errorf("%s %s: %s %s", method, path, res.Status, text)
	case out == nil:
		return nil
	}
	return json.Unmarshal(text, out)
}

// lost says that nobody knows whether a request was carried out.
type lost struct{ error }

func (a *api) must(t *testing.T, method, path string, in, out any) {
	t.Helper()
	if err := a.send(method, path, in, out); err != nil {
		t.Fatal(err)
	}
}

// extension gives the id of an extension by its short number.
func (a *api) extension(t *testing.T, number string) int64 {
	t.Helper()
	var rows []struct {
		ID   int64  `json:"id"`
		Name string `json:"name"`
	}
	a.must(t, http.MethodGet, "/client/@me/extension/?per_page=200", nil, &rows)
	for _, row := range rows {
		if row.Name == "0003*"+number {
			return row.ID
		}
	}
	t.Fatalf("no extension %s", number)
	return 0
}

// has says whether an extension exists.
func (a *api) has(t *testing.T, number string) bool {
	t.Helper()
	var rows []struct{ Name string }
	a.must(t, http.MethodGet, "/client/@me/extension/?name="+number, nil, &rows)
	return len(rows) == 1 && rows[0].Name == "0003*"+number
}

type agentRow struct {
	ID          int64  `json:"id"`
	ExtensionID int64  `json:"extension_id"`
	Status      string `json:"status"`
}

// agent gives the local agent at a phone.
func (a *api) agent(t *testing.T, number string) agentRow {
	t.Helper()
	var rows []agentRow
	a.must(t, http.MethodGet, fmt.Sprintf("/client/@me/agent/local/?extension_id=%d", a.extension(t, number)), nil, &rows)
	if len(rows) != 1 {
		t.Fatalf("%d agents sit at %s", len(rows), number)
	}
	return rows[0]
}

// setQueue changes settings of a queue.
func (a *api) setQueue(t *testing.T, number string, settings map[string]any) {
	t.Helper()
	a.must(t, http.MethodPut, fmt.Sprintf("/extension/%d/queue/", a.extension(t, number)), settings, nil)
}

// setAgent changes settings of the agent at a phone, e.g. status.
func (a *api) setAgent(t *testing.T, number string, settings map[string]any) {
	t.Helper()
	a.must(t, http.MethodPut, fmt.Sprintf("/client/@me/agent/local/%d", a.agent(t, number).ID), settings, nil)
}

// leaveRemote takes the remote agents out of a queue.
func (a *api) leaveRemote(t *testing.T, queue string) {
	t.Helper()
	path := fmt.Sprintf("/extension/%d/queue/agents/remote/", a.extension(t, queue))
	var rows []struct {
		AgentID int64 `json:"agent_id"`
	}
	a.must(t, http.MethodGet, path, nil, &rows)
	for _, row := range rows {
		a.must(t, http.MethodDelete, fmt.Sprintf("%s%d", path, row.AgentID), nil, nil)
	}
}

type recordingRow struct {
	ID       string `json:"record_uuid"`
	Duration int    `json:"duration"`
	Size     int64  `json:"size"`
	State    string `json:"state"`
	Error    string `json:"error"`
}

// recording waits for the one recording there is to be finished: that is the
// writers' business and takes a moment after the call.
func (a *api) recording(t *testing.T) (row recordingRow) {
	t.Helper()
	a.until(t, "a finished recording", "/client/@me/record/", func(answer []byte) bool {
		var rows []recordingRow
		if json.Unmarshal(answer, &rows) != nil || len(rows) != 1 || rows[0].State == "running" {
			return false
		}
		row = rows[0]
		return true
	})
	return row
}

// until asks until the answer is as wanted: what is told follows what happens
// by the moment the journal takes.
func (a *api) until(t *testing.T, what, path string, wanted func(answer []byte) bool) {
	t.Helper()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	var answer json.RawMessage
	for ctx := within(t); ; {
		if a.must(t, http.MethodGet, path, nil, &answer); wanted(answer) {
			return
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("%s does not show %s: %s", path, what, answer)
		}
	}
}

// request makes one request with any body and gives the answer's.
func (a *api) request(t *testing.T, req *http.Request, code int) []byte {
	t.Helper()
	req.Header.Set("Authorization", "Bearer "+a.token)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != code {
		t.Fatalf("%s %s: %s %v %.300s", req.Method, req.URL.Path, res.Status, err, text)
	}
	return text
}

// download gives a file, or the range of it.
func (a *api) download(t *testing.T, path, part string) []byte {
	t.Helper()
	req, err := http.NewRequest(http.MethodGet, a.base+"/api/ver1.0"+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	if part == "" {
		return a.request(t, req, http.StatusOK)
	}
	req.Header.Set("Range", part)
	return a.request(t, req, http.StatusPartialContent)
}

// upload stores a sound and gives its id.
func (a *api) upload(t *testing.T, title, file string) int64 {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	_ = form.WriteField("title", title) // a bytes.Buffer takes everything
	part, _ := form.CreateFormFile("file", filepath.Base(file))
	_, _ = part.Write(data)
	_ = form.Close()
	req, err := http.NewRequest(http.MethodPost, a.base+"/api/ver1.0/client/@me/sound/", &body)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", form.FormDataContentType())
	var row struct{ ID int64 }
	if err := json.Unmarshal(a.request(t, req, http.StatusCreated), &row); err != nil || row.ID == 0 {
		t.Fatalf("the sound has id %d: %v", row.ID, err)
	}
	return row.ID
}
