package demo

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// breaks has agents take a break now and then, one at a time, through the HTTP
// API as any program would. Who has one when the demonstration ends comes back.
func (s *street) breaks(ctx context.Context) {
	if s.cfg.API == nil || len(s.cfg.Agents) == 0 { // without traffic there is nobody
		return
	}
	for {
		s.mu.Lock()
		pause, length := s.around(s.cfg.Work), s.around(s.cfg.Break)
		who := s.cfg.Agents[s.rand.IntN(len(s.cfg.Agents))]
		reason := breakReasons[s.rand.IntN(len(breakReasons))]
		s.mu.Unlock()
		if !rest(ctx, pause) {
			return
		}
		err := s.cfg.API.SetStatus(ctx, who.Name, "on_break", reason)
		rest(ctx, length)
		ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTime)
		back := s.cfg.API.SetStatus(ending, who.Name, "available", "")
		cancel()
		if (err != nil || back != nil) && ctx.Err() == nil { // of no weight: the calls go on
			s.say("%s could not take a break: %v", who.Name, firstError(err, back))
		}
	}
}

var breakReasons = []string{"Short break", "Short break", "Lunch", "Meeting", "Back office", "Training"}

// rest waits; false when ctx has ended.
func rest(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

func firstError(list ...error) error {
	for _, err := range list {
		if err != nil {
			return err
		}
	}
	return nil
}

// API is the server's HTTP API as the demo's application uses it.
type API struct {
	Base             string // "http://127.0.0.1:8080"
	ClientID, Secret string

	token string
	until time.Time // when the token is old
	ids   map[string]int64
}

// tokenLife is how long a token is used: less than it lasts.
const tokenLife = 30 * time.Minute

// SetStatus sets the status of a local agent, by name, with the reason of a
// break. It is for one goroutine at a time.
func (a *API) SetStatus(ctx context.Context, agent, status, reason string) error {
	if err := a.meet(ctx); err != nil {
		return err
	}
	id, ok := a.ids[agent]
	if !ok { // deleted: nobody to send on a break
		return nil
	}
	change := map[string]string{"status": status}
	if reason != "" {
		change["pause_reason"] = reason
	}
	body, err := json.Marshal(change)
	if err != nil {
		return err
	}
	return a.ask(ctx, http.MethodPut, fmt.Sprintf("/api/ver1.0/client/@me/agent/local/%d", id), "application/json", string(body), nil)
}

// meet gets a token and learns the agents' ids, now and then anew.
func (a *API) meet(ctx context.Context) error {
	if time.Now().Before(a.until) {
		return nil
	}
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {a.ClientID}, "client_secret": {a.Secret}}
	var issued struct {
		Token string `json:"access_token"`
	}
	a.token = ""
	if err := a.ask(ctx, http.MethodPost, "/oauth/token", "application/x-www-form-urlencoded", form.Encode(), &issued); err != nil {
		return err
	}
	a.token = issued.Token
	var agents []struct {
		ID   int64
		Name string
	}
	if err := a.ask(ctx, http.MethodGet, "/api/ver1.0/client/@me/agent/local/", "", "", &agents); err != nil {
		return err
	}
	a.ids = map[string]int64{}
	for _, one := range agents {
		a.ids[one.Name] = one.ID
	}
	a.until = time.Now().Add(tokenLife)
	return nil
}

// ask makes a request and reads the answer into out, if that is not nil.
func (a *API) ask(ctx context.Context, method, path, kind, body string, out any) error {
	r, err := http.NewRequestWithContext(ctx, method, a.Base+path, strings.NewReader(body))
	if err != nil {
		return err
	}
	if kind != "" {
		r.Header.Set("Content-Type", kind)
	}
	if a.token != "" {
		r.Header.Set("Authorization", "Bearer "+a.token)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(io.LimitReader(answer.Body, 1<<20))
	if err != nil {
		return err
	}
	if answer.StatusCode/100 != 2 {
		a.until = time.Time{} // perhaps it was the token
		return fmt.Errorf("%s %s: %s: %.200s", method, path, answer.Status, text)
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(text, out)
}
