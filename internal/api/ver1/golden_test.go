package ver1_test

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"holdline/internal/acd"
	"holdline/internal/api/apitest"
	"holdline/internal/auth"
	"holdline/internal/store"
)

var update = flag.Bool("update", false, "write the answers into the golden files")

// pageAnswers are the answers the reference page shows, by step. Step 2's is lost, step 4's a generic sample.
var pageAnswers = map[string]string{
	"1-create-queue": `{ "status": "active", "domain": "sip.ringme.ru", "create_date": "2020-03-16 12:11:13", "name": "000*370",
		"dial_rule_limit": null, "extension_group_id": null, "label": "test queue", "caller_id_name": null, "client_id": 12,
		"extra_params": null, "message_did": null, "dial_rule_id": null, "ani_rfc3325": false, "type": "queue", "id": 208,
		"did_as_transfer_caller_id": null }`,
	"2-configure-queue": `{ "extension_id": 208, "strategy": "ring-all", "tier_rules_apply": true, "tier_rule_wait_second": 5,
		"tier_rule_wait_multiply_level": false, "sound_type": "music", "sound": 36, "start_sound": null, "announce_sound": 35,
		"announce_frequency": 15, "max_wait_time": 1800, "timeout_transfer_dst": "333", "max_wait_time_with_no_agent": 0,
		"no_agent_timeout_transfer_dst": null, "exit_with_no_av_agents": true, "exit_key": null, "exit_transfer_dst": null,
		"record_enabled": true, "agent_announce_sound": null, "agent_report_wait_time": true, "agent_hangup_action": null,
		"agent_hangup_transfer_dst": null, "append_to_cid_name_on_transfer": null }`,
	"3-create-local-agent": `{ "status": "available", "name": null, "busy_delay_time": 10, "no_answer_delay_time": 10,
		"call_timeout": 30, "wrap_up_time": 0, "extension_id": 117, "reject_delay_time": 10, "extra_params": null, "id": 1 }`,
	"4-create-remote-agent": `{ "busy_delay_time": 10, "call_timeout": 30, "extra_params": null, "id": 9, "name": null,
		"no_answer_delay_time": 10, "number": "89215650644", "reject_delay_time": 10, "status": "available", "wrap_up_time": 0 }`,
	"5-add-local-agent":  `{ "position": 1, "agent_id": 1, "level": 1 }`,
	"6-add-remote-agent": `{ "position": 1, "agent_id": 9, "level": 2 }`,
}

// TestWalkThroughOfTheReferencePage sends the page's requests, steps 1 to 6,
// byte for byte, in the page's world: client 12, phone 117, sounds 35 and 36.
func TestWalkThroughOfTheReferencePage(t *testing.T) {
	s := apitest.New(t, nil)
	world := pageWorld(s)
	files, _ := filepath.Glob("testdata/walkthrough/*.txt")
	if len(files) != 6 {
		t.Fatalf("%d steps; want 6", len(files))
	}
	for i, file := range files {
		if i == 3 { // the page's remote agent has id 9
			world.fillAgents(8)
		}
		got := replay(t, s, file)
		name := strings.TrimSuffix(filepath.Base(file), ".txt")
		if i != 1 && got.Status != 201 || i == 1 && got.Status != 200 {
			t.Errorf("%s: status %d", name, got.Status)
		}
		if !hasJSON(t, got.Body, []byte(pageAnswers[name])) {
			t.Errorf("%s answers\n%s\nthe page has\n%s", name, got.Body, pageAnswers[name])
		}
	}
	// The agents are ready for callers: the engine has what the API was told.
	err := s.Engine.Read(t.Context(), 12, func(e *acd.Engine, _ acd.Time) {
		if v, ok := e.QueueView(208); !ok || v.LoggedIn != 2 {
			t.Errorf("the engine's queue: %+v, %v; want 2 logged in", v, ok)
		}
	})
	if err != nil {
		t.Error(err)
	}
}

// fixture arranges ids: rows of a filler organisation use up those before the wanted one.
type fixture struct {
	*apitest.Server
	phones []int64 // of the filler organisation
}

func pageWorld(s *apitest.Server) *fixture {
	f := &fixture{Server: s}
	s.Update(func(ctx context.Context, tx store.Tx) error {
		created := acd.TimeOf(time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC))
		for i := 1; i <= 12; i++ {
			o := store.Organisation{Name: fmt.Sprint("client ", i), Prefix: fmt.Sprintf("9%02d", i), Domain: fmt.Sprintf("c%d.test", i), Created: created}
			if i == 12 {
				o.Prefix, o.Domain = "000", "sip.ringme.ru"
			}
			if err := tx.Organisations.Create(ctx, &o); err != nil {
				return err
			}
		}
		for id := int64(1); id <= 207; id++ {
			e := store.Extension{OrgID: 1, Number: fmt.Sprint(1000 + id), Type: store.PhoneExtension, Created: created}
			if id == 117 {
				e.OrgID, e.Number = 12, "117"
			}
			if err := tx.Extensions.Create(ctx, &e); err != nil {
				return err
			}
			if e.OrgID == 1 {
				f.phones = append(f.phones, e.ID)
			}
		}
		for id := int64(1); id <= 36; id++ {
			sound := store.Sound{OrgID: 1, Title: "t", Filename: "t.wav", Data: []byte("RIFF")}
			if id >= 35 {
				sound.OrgID = 12
			}
			if err := tx.Sounds.Create(ctx, &sound); err != nil {
				return err
			}
		}
		a := store.Application{OrgID: 12, Name: "page", ClientID: "page", SecretHash: auth.HashSecret("page"), Reach: store.ReachOrganisation, Created: created}
		if err := tx.Applications.Create(ctx, &a); err != nil {
			return err
		}
		return tx.Tokens.Create(ctx, store.Token{Hash: auth.HashToken("8SNsrS0jV35vfmKqKeKtRrHfpbg4UX"), ApplicationID: a.ID,
			Expires: acd.TimeOf(s.Clock.Now().Add(time.Hour))})
	})
	s.Open()
	return f
}

// fillAgents uses up the agent ids 2 … last.
func (f *fixture) fillAgents(last int) {
	f.Update(func(ctx context.Context, tx store.Tx) error {
		for i := 2; i <= last; i++ {
			a := store.Agent{OrgID: 1, ExtensionID: f.phones[i]}
			if err := tx.Agents.Create(ctx, &a); err != nil {
				return err
			}
		}
		return nil
	})
}

const answerMark = "--- answer ---\n"

// replay sends the request of a golden file and compares the answer with the file's.
func replay(t *testing.T, s *apitest.Server, file string) apitest.Answer {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	request, want, _ := strings.Cut(string(text), answerMark)
	comment := ""
	for strings.HasPrefix(request, "#") {
		line, rest, _ := strings.Cut(request, "\n")
		comment, request = comment+line+"\n", rest
	}
	head, body, _ := strings.Cut(request, "\n\n")
	lines := strings.Split(head, "\n")
	method, path, _ := strings.Cut(lines[0], " ")
	got := s.Do(method, path, "", strings.TrimSuffix(body, "\n"), lines[1:]...)

	var pretty bytes.Buffer
	if err := json.Indent(&pretty, got.Body, "", "  "); err != nil {
		t.Fatalf("%s: %v in %s", file, err, got.Body)
	}
	answer := fmt.Sprintf("%d\nContent-Type: %s\n\n%s", got.Status, got.Header.Get("Content-Type"), pretty.String())
	if *update {
		if err := os.WriteFile(file, []byte(comment+request+answerMark+answer), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if answer != want {
		t.Errorf("%s\n got %s\nwant %s", file, answer, want)
	}
	return got
}

// added are the fields of Holdline's own that answers have beside the page's.
var added = []string{"tier_rule_clock", "ring_progressively_delay", "abandoned_resume_allowed", "discard_abandoned_after",
	"announce_position", "announce_wait", "language", "max_no_answer", "pause_reason"}

// hasJSON tells whether an answer is the page's object, but for fields of our own.
func hasJSON(t *testing.T, got, page []byte) bool {
	t.Helper()
	var x, y map[string]any
	if err := json.Unmarshal(got, &x); err != nil {
		t.Fatalf("%v in %s", err, got)
	}
	if err := json.Unmarshal(page, &y); err != nil {
		t.Fatalf("%v in %s", err, page)
	}
	for _, name := range added {
		delete(x, name)
	}
	return reflect.DeepEqual(x, y)
}
