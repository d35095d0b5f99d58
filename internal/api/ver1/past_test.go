package ver1_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"holdline/internal/acd"
	"holdline/internal/api"
	"holdline/internal/api/apitest"
	"holdline/internal/store"
)

// past gives the demo organisation a call that is over ("past-1", recorded as
// "rec-1"), one that waits in Sales ("live-1"), and a sound.
func past(t *testing.T, d *apitest.Demo) {
	t.Helper()
	sales, agent := acd.QueueID(d.Extension("700")), d.Agent("201")
	start := acd.TimeOf(d.Clock.Now())
	at := func(s int) acd.Time { return start.Add(time.Duration(s) * time.Second) }
	caller := acd.Leg{ID: "past-1", Call: "past-1", In: true, From: "493012345678", FromName: "Mrs. Smith", To: "15550700", Trunk: 1, Queue: sales, Started: at(0)}
	phone := acd.Leg{ID: "leg-2", Call: "past-1", From: "493012345678", To: "0003*201", Extension: d.Extension("201"), Queue: sales, Agent: agent, Started: at(4)}
	step := func(seconds int, f acd.Fact) {
		t.Helper()
		d.Clock.Advance(at(seconds).Std().Sub(d.Clock.Now()))
		f.Call = "past-1"
		if _, err := d.Engine.Apply(t.Context(), d.Org, acd.Note{Fact: f}); err != nil {
			t.Fatal(err)
		}
	}
	leg := func(l acd.Leg) *acd.Leg { return &l }
	step(0, acd.Fact{Kind: acd.FactLegStarted, Leg: leg(caller)})
	step(0, acd.Fact{Kind: acd.FactCallerJoined, Queue: sales, Number: "493012345678", Name: "Mrs. Smith"})
	step(4, acd.Fact{Kind: acd.FactLegStarted, Leg: leg(phone)})
	step(4, acd.Fact{Kind: acd.FactOffered, Queue: sales, Agent: agent, Offer: 901})
	step(8, acd.Fact{Kind: acd.FactConnected, Queue: sales, Agent: agent, Offer: 901, Duration: 8 * time.Second})
	step(68, acd.Fact{Kind: acd.FactTalkEnded, Queue: sales, Agent: agent, Cause: acd.CauseCallerHangup, Duration: time.Minute})
	step(68, acd.Fact{Kind: acd.FactCallerLeft, Queue: sales, Outcome: acd.OutcomeAnswered, Cause: acd.CauseCallerHangup, Duration: 8 * time.Second})
	caller.Answered, caller.Ended, caller.By, caller.Cause = at(1), at(68), "remote", "normal"
	phone.Answered, phone.Ended, phone.By, phone.Cause = at(8), at(68), "local", "normal"
	step(68, acd.Fact{Kind: acd.FactLegEnded, Leg: leg(caller)})
	step(68, acd.Fact{Kind: acd.FactLegEnded, Leg: leg(phone)})
	step(69, acd.Fact{Kind: acd.FactRated, Queue: sales, Agent: agent, Reason: "5"})

	file := filepath.Join(d.Recordings, fmt.Sprint(d.Org), "rec-1.wav")
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, wav, 0o644); err != nil {
		t.Fatal(err)
	}
	d.Update(func(ctx context.Context, tx store.Tx) error {
		r := store.Recording{ID: "rec-1", OrgID: d.Org, Call: "past-1", Path: file, Started: at(8), State: store.RecordingRunning}
		if err := tx.Recordings.Create(ctx, r); err != nil {
			return err
		}
		if err := tx.Recordings.Finish(ctx, d.Org, "rec-1", store.RecordingFinished, time.Minute, int64(len(wav)), ""); err != nil {
			return err
		}
		return tx.Sounds.Create(ctx, &store.Sound{OrgID: d.Org, Title: "Welcome", Filename: "welcome.wav", Data: wav})
	})
	d.Engine.SetCalls(d.Org, acd.LiveCall{Call: "live-1", Queue: sales, In: true, From: "493087654321", To: "15550700", Started: at(60), Answered: at(61)})
}

// wav is a WAV file as far as the world's library looks at it.
var wav = append([]byte("RIFF\x2c\x00\x00\x00WAVEfmt "), bytes.Repeat([]byte{1, 2, 3, 4}, 100)...)

// form gives a multipart body of fields (name, value) and its header; a value of bytes is a file.
func form(t *testing.T, fields ...any) (body, header string) {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for i := 0; i < len(fields); i += 2 {
		name := fields[i].(string)
		if data, ok := fields[i+1].([]byte); ok {
			part, _ := w.CreateFormFile(name, "up/../load.wav")
			part.Write(data)
		} else {
			w.WriteField(name, fields[i+1].(string))
		}
	}
	w.Close()
	return b.String(), "Content-Type: " + w.FormDataContentType()
}

func (c client) post(path string, status int, fields ...any) map[string]any {
	c.t.Helper()
	body, header := form(c.t, fields...)
	got := c.d.Do("POST", "/api/ver1.0"+expand(c.d, path), c.d.Tokens[c.as], body, header)
	if got.Status != status {
		c.t.Fatalf("POST %s: status %d, want %d: %s", path, got.Status, status, got.Body)
	}
	return got.JSON(c.t)
}

func TestCurrentCalls(t *testing.T) {
	c := demo(t)
	past(t, c.d)
	sales, phone, other := c.d.Extension("700"), c.d.Extension("201"), c.d.Extension("202")
	c.d.Engine.SetCalls(c.d.Org,
		acd.LiveCall{Call: "waits", Queue: acd.QueueID(sales), In: true, From: "4930111", FromName: "Ann", To: "15550700", Started: acd.TimeOf(c.d.Clock.Now())},
		acd.LiveCall{Call: "talks", Queue: acd.QueueID(sales), In: true, From: "4930222", To: "15550700", CalledExtension: phone, Agent: c.d.Agent("201"), Recording: "rec-2"},
		acd.LiveCall{Call: "out", From: "0003*202", To: "4930333", CallerExtension: other},
		acd.LiveCall{Call: "gone", From: "0003*202", To: "0003*203", CallerExtension: other, CalledExtension: c.d.Extension("203")})
	names := func(path string) (out []string) {
		for _, l := range c.list(path) {
			out = append(out, l["call_api_id"].(string)+" "+l["call_flow"].(string))
		}
		return out
	}
	for path, want := range map[string]string{
		"/client/@me/current_calls/":                   "[waits in talks in out out gone internal]",
		"/client/@me/current_calls/?page=2&per_page=3": "[gone internal]",
		"/extension/{700}/current_calls/":              "[waits in talks in]",
		"/extension/{201}/current_calls":               "[talks in]",
		"/extension/@203/current_calls/":               "[gone internal]",
	} {
		if got := fmt.Sprint(names(path)); got != want {
			t.Errorf("%s: %s; want %s", path, got, want)
		}
	}
	c.want("waiting", c.get("/extension/{700}/current_calls/waits"), "called_number", "15550700", "called_did", "15550700", "caller_id_number", "4930111",
		"caller_id_name", "Ann", "caller_extension", nil, "called_extension", "0003*700", "answer_time_gmt", nil, "record_uuid", nil, "real_call", true)
	c.want("talking", c.get("/extension/{700}/current_calls/talks"), "called_extension", "0003*201", "record_uuid", "rec-2", "agent_id", int(c.d.Agent("201")))
	c.put("/extension/{700}/current_calls/waits", `{"action":"transfer","send_dst":"203"}`)
	c.send("DELETE", "/extension/{201}/current_calls/talks", "", 204)
	if got := fmt.Sprint(c.d.Engine.Orders()); got != "[transfer waits to 203 hang up talks]" {
		t.Error(got)
	}
	for _, s := range []scenario{
		{name: "not this extension's", method: "DELETE", path: "/extension/{202}/current_calls/talks", status: 404, word: "not_found"},
		{name: "no such call", method: "PUT", path: "/extension/{700}/current_calls/none", body: `{"action":"transfer","send_dst":"201"}`, status: 404, word: "not_found"},
		{name: "has just ended", method: "DELETE", path: "/extension/{202}/current_calls/gone", status: 409, word: "conflict"},
		{name: "has just ended, transfer", method: "PUT", path: "/extension/{202}/current_calls/gone", body: `{"action":"transfer","send_dst":"201"}`, status: 409, word: "conflict"},
		{name: "nowhere", method: "PUT", path: "/extension/{700}/current_calls/waits", body: `{"action":"transfer","send_dst":"000"}`, status: 400, word: "invalid_parameter", field: "send_dst"},
		{name: "nobody's number", method: "PUT", path: "/extension/{700}/current_calls/waits", body: `{"action":"transfer","send_dst":"0003*999"}`, status: 400, word: "invalid_parameter", field: "send_dst"},
		{name: "no number", method: "PUT", path: "/extension/{700}/current_calls/waits", body: `{"action":"transfer","send_dst":"Dana"}`, status: 400, word: "invalid_parameter", field: "send_dst"},
		{name: "no destination", method: "PUT", path: "/extension/{700}/current_calls/waits", body: `{"action":"transfer"}`, status: 400, word: "invalid_parameter", field: "send_dst"},
		{name: "no action", method: "PUT", path: "/extension/{700}/current_calls/waits", body: `{"send_dst":"201"}`, status: 400, word: "invalid_parameter", field: "action"},
		{name: "unknown action", method: "PUT", path: "/extension/{700}/current_calls/waits", body: `{"action":"dance"}`, status: 400, word: "invalid_parameter", field: "action"},
		{name: "a call's name is no path", method: "GET", path: "/extension/{700}/current_calls/" + strings.Repeat("x", 300), status: 404, word: "not_found"},
	} {
		t.Run(s.name, func(t *testing.T) { s.run(t, c.d) })
	}
}

func TestCallHistory(t *testing.T) {
	c := demo(t)
	past(t, c.d)
	one := c.get("/client/@me/call_history/past-1")
	c.want("the call", one, "call_uuid", "past-1", "flow", "in", "init_time_gmt", "2020-03-16 12:11:13", "start_time_gmt", "2020-03-16 12:11:14",
		"bridged_time_gmt", "2020-03-16 12:11:21", "hangup_time_gmt", "2020-03-16 12:12:21", "duration", 68, "bridged_duration", 60,
		"from_username", "493012345678", "from_screen_name", "Mrs. Smith", "to_username", "15550700", "did_number", "15550700", "extension_id", int(c.d.Extension("700")),
		"extension_name", "0003*700", "extension_type", "queue", "result", "bridged", "hangup_cause", "normal", "hangup_disposition", "caller_bye",
		"rating", "5", "record_uuid", "rec-1", "queue_result", "answered")
	cdr := one["cdr"].([]any)
	if len(cdr) != 2 {
		t.Fatal(cdr)
	}
	c.want("the agent's leg", cdr[1].(map[string]any), "flow", "out", "extension_name", "0003*201", "answered_duration", 60, "hangup_by", "local")

	envelope := func(query string) (map[string]any, int) {
		t.Helper()
		v := c.get("/client/@me/call_history/" + query)
		return v, len(v["call_history"].([]any))
	}
	v, n := envelope("")
	if c.want("envelope", v, "page", 1, "per_page", 50, "order", "desc"); n != 1 {
		t.Errorf("%d calls", n)
	}
	for query, want := range map[string]int{
		"?flow=in": 1, "?flow=out": 0, "?to_username=15550700": 1, "?to_username=1": 0,
		"?extension_id={201}": 1, "?extension_id={202}": 0, "?extension_id={700}": 1, "?order=asc&page=2&per_page=1": 0,
		"?start_datetime=2020-03-16%2012:11:13&end_datetime=2020-03-16%2012:11:14": 1,
		"?start_datetime=2020-03-16+12:11:14":                                      0, "?end_datetime=2020-03-16+12:11:13": 0, "?start_datetime=2020-03-16&end_datetime=2020-03-17": 1,
	} {
		if _, n := envelope(query); n != want {
			t.Errorf("%s: %d calls; want %d", query, n, want)
		}
	}
	for _, s := range []scenario{
		{name: "no such call", method: "GET", path: "/client/@me/call_history/none", status: 404, word: "not_found"},
		{name: "no time", method: "GET", path: "/client/@me/call_history/?start_datetime=yesterday", status: 400, word: "invalid_parameter", field: "start_datetime"},
		{name: "the 30th of February", method: "GET", path: "/client/@me/call_history/?end_datetime=2020-02-30", status: 400, word: "invalid_parameter", field: "end_datetime"},
		{name: "backwards", method: "GET", path: "/client/@me/call_history/?start_datetime=2020-03-16&end_datetime=2020-03-15", status: 400, word: "invalid_parameter", field: "end_datetime"},
		{name: "flow", method: "GET", path: "/client/@me/call_history/?flow=up", status: 400, word: "invalid_parameter", field: "flow"},
		{name: "order", method: "GET", path: "/client/@me/call_history/?order=random", status: 400, word: "invalid_parameter", field: "order"},
		{name: "extension", method: "GET", path: "/client/@me/call_history/?extension_id=x", status: 400, word: "invalid_parameter", field: "extension_id"},
		{name: "no such extension", method: "GET", path: "/client/@me/call_history/?extension_id=99999", status: 404, word: "not_found"},
	} {
		t.Run(s.name, func(t *testing.T) { s.run(t, c.d) })
	}
}

func TestRecordings(t *testing.T) {
	c := demo(t)
	past(t, c.d)
	c.want("recording", c.list("/client/@me/record/")[0], "record_uuid", "rec-1", "call_uuid", "past-1", "start_time_gmt", "2020-03-16 12:11:21",
		"duration", 60, "size", len(wav), "state", "finished", "error", nil)
	c.want("of its call", c.get("/client/@me/record/rec-1"), "flow", "in", "from_username", "493012345678", "from_screen_name", "Mrs. Smith",
		"to_username", "15550700", "extension_id", int(c.d.Extension("700")), "extension_name", "0003*700", "queue_id", int(c.d.Extension("700")), "agent_id", int(c.d.Agent("201")))
	for query, want := range map[string]int{"extension_id={700}": 1, "extension_id={201}": 1, "extension_id={701}": 0, "agent_id={a201}": 1, "agent_id={a202}": 0,
		"search=SMITH": 1, "search=123": 1, "search=999": 0, "extension_id={700}&agent_id={a201}&search=smith&state=finished": 1} {
		if n := len(c.list("/client/@me/record/?" + query)); n != want {
			t.Errorf("%s: %d recordings, want %d", query, n, want)
		}
	}
	for query, field := range map[string]string{"extension_id=x": "extension_id", "extension_id=1&extension_id=2": "extension_id", "agent_id=98765": "agent_id", "agent_id=x": "agent_id"} {
		scenario{method: "GET", path: "/client/@me/record/?" + query, status: 400, word: "invalid_parameter", field: field}.run(t, c.d)
	}
	scenario{name: "a stranger's", as: "stranger", method: "GET", path: "/client/@me/record/?extension_id={700}", status: 404, word: "not_found"}.run(t, c.d)
	scenario{name: "a stranger's agent", as: "stranger", method: "GET", path: "/client/@me/record/?agent_id={a201}", status: 400, word: "invalid_parameter", field: "agent_id"}.run(t, c.d)
	if n := len(c.list("/client/@me/record/?call_uuid=past-2")); n != 0 {
		t.Error(n)
	}
	file := "/client/@me/record/rec-1/file"
	whole := c.d.Do("GET", "/api/ver1.0"+file, c.d.Tokens["demo"], "", "Accept-Encoding: gzip")
	if whole.Status != 200 || !bytes.Equal(whole.Body, wav) || whole.Header.Get("Content-Type") != "audio/wav" || whole.Header.Get("Accept-Ranges") != "bytes" {
		t.Errorf("%d %v", whole.Status, whole.Header)
	}
	part := c.d.Do("GET", "/api/ver1.0"+file, c.d.Tokens["demo"], "", "Range: bytes=4-7", "Accept-Encoding: gzip")
	if part.Status != 206 || !bytes.Equal(part.Body, wav[4:8]) || part.Header.Get("Content-Range") != fmt.Sprintf("bytes 4-7/%d", len(wav)) {
		t.Errorf("%d %q %v", part.Status, part.Body, part.Header)
	}
	if head := c.send("HEAD", file, "", 200); len(head.Body) != 0 || head.Header.Get("Content-Length") != fmt.Sprint(len(wav)) {
		t.Errorf("HEAD: %v", head.Header)
	}
	if got := c.d.Do("GET", "/api/ver1.0"+file, c.d.Tokens["demo"], "", "Range: bytes=99999-"); got.Status != 416 || got.JSON(t)["status"] != "range_not_satisfiable" || got.Header.Get("Content-Range") != fmt.Sprintf("bytes */%d", len(wav)) {
		t.Errorf("beyond the end: %d %v %s", got.Status, got.Header, got.Body)
	}
	c.send("DELETE", "/client/@me/record/rec-1", "", 204)
	for _, path := range []string{"", "/file"} {
		c.send("GET", "/client/@me/record/rec-1"+path, "", 404)
	}
	if _, err := os.Stat(filepath.Join(c.d.Recordings, fmt.Sprint(c.d.Org), "rec-1.wav")); !os.IsNotExist(err) {
		t.Error("the file is still there:", err)
	}
	c.send("DELETE", "/client/@me/record/rec-1", "", 404)
}

// What became of a recording is shown with its error and, where the row does
// not know it, the file's size.
func TestStatesOfRecordings(t *testing.T) {
	c := demo(t)
	past(t, c.d)
	file := filepath.Join(c.d.Recordings, "cut.wav")
	if err := os.WriteFile(file, wav[:100], 0o600); err != nil {
		t.Fatal(err)
	}
	c.d.Update(func(ctx context.Context, tx store.Tx) error {
		for id, state := range map[string]store.RecordingState{"cut": store.RecordingFailed, "saved": store.RecordingRecovered, "runs": store.RecordingRunning} {
			r := store.Recording{ID: id, OrgID: c.d.Org, Call: "past-1", Path: file, Started: 1, State: store.RecordingRunning}
			if err := tx.Recordings.Create(ctx, r); err != nil {
				return err
			}
			problem, size := "", int64(100)
			if state == store.RecordingFailed {
				problem, size = "no space left on device", 0 // its end tells the length only
			}
			if state == store.RecordingRunning {
				continue
			}
			if err := tx.Recordings.Finish(ctx, c.d.Org, id, state, 3*time.Second, size, problem); err != nil {
				return err
			}
		}
		return nil
	})
	for id, want := range map[string][]any{
		"cut":   {"state", "failed", "error", "no space left on device", "size", 100, "duration", 3},
		"saved": {"state", "recovered", "error", nil, "size", 100},
		"runs":  {"state", "running", "error", nil, "size", 0},
		"rec-1": {"state", "finished", "error", nil, "size", len(wav)},
	} {
		row := c.get("/client/@me/record/" + id)
		c.want(id, row, want...)
		list := c.list("/client/@me/record/?state=" + row["state"].(string))
		if len(list) != 1 || list[0]["record_uuid"] != id {
			t.Errorf("in state %v: %v", row["state"], list)
			continue
		}
		c.want(id+" in the list", list[0], want...)
	}
	scenario{method: "GET", path: "/client/@me/record/?state=lost", status: 400, word: "invalid_parameter", field: "state"}.run(t, c.d)
}

// Whatever stands in a row, no file outside the recordings' folder is opened or removed.
func TestRecordingsStayInTheirFolder(t *testing.T) {
	c := demo(t)
	past(t, c.d)
	secret := filepath.Join(t.TempDir(), "secret.wav")
	if err := os.WriteFile(secret, []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(c.d.Recordings, "link.wav")
	if err := os.Symlink(secret, link); err != nil {
		t.Fatal(err)
	}
	up, _ := filepath.Rel(c.d.Recordings, secret)
	for i, path := range []string{secret, link, filepath.Join(c.d.Recordings, up), c.d.Recordings + "/" + up, up, ""} {
		id := fmt.Sprint("bad-", i)
		c.d.Update(func(ctx context.Context, tx store.Tx) error {
			r := store.Recording{ID: id, OrgID: c.d.Org, Call: "past-1", Path: path, Started: 1, State: store.RecordingFinished}
			return tx.Recordings.Create(ctx, r)
		})
		got := c.d.Do("GET", "/api/ver1.0/client/@me/record/"+id+"/file", c.d.Tokens["demo"], "")
		if got.Status == 200 || bytes.Contains(got.Body, []byte("secret")) {
			t.Errorf("%q: %d %s", path, got.Status, got.Body)
		}
		c.d.Do("DELETE", "/api/ver1.0/client/@me/record/"+id, c.d.Tokens["demo"], "")
		if _, err := os.Stat(secret); err != nil {
			t.Fatalf("%q: the file outside is gone: %v", path, err)
		}
	}
	for _, path := range []string{"..%2F..%2Fetc%2Fpasswd", "%2e%2e", "rec-1%00"} {
		if got := c.d.Do("GET", "/api/ver1.0/client/@me/record/"+path+"/file", c.d.Tokens["demo"], ""); got.Status != 404 {
			t.Errorf("%s: %d", path, got.Status)
		}
	}
	// One that runs is neither heard nor deleted.
	c.d.Update(func(ctx context.Context, tx store.Tx) error {
		return tx.Recordings.Create(ctx, store.Recording{ID: "runs", OrgID: c.d.Org, Call: "past-1", Path: link, Started: 1, State: store.RecordingRunning})
	})
	c.send("GET", "/client/@me/record/runs/file", "", 409)
	c.send("DELETE", "/client/@me/record/runs", "", 409)
}

func TestHistoryIsSearchedAndExported(t *testing.T) {
	c := demo(t)
	past(t, c.d)
	const path = "/client/@me/call_history/?"
	for query, want := range map[string]int{"search=smith": 1, "search=49301": 1, "search=50700": 1, "search=nobody": 0, "kind=bridged": 1, "kind=abandoned": 0,
		"kind=answered": 0, "kind=unanswered&search=smith": 0, "format=json": 1, "kind=bridged&extension_id={201}": 1, "search=x&extension_id={201}": 0} {
		if got := c.send("GET", path+query, "", 200); got.Header.Get("X-Total-Count") != fmt.Sprint(want) {
			t.Errorf("%s: %s calls, want %d", query, got.Header.Get("X-Total-Count"), want)
		}
	}
	for query, field := range map[string]string{"kind=lost": "kind", "format=xml": "format", "format=csv&flow=up": "flow", "format=csv&extension_id=987": "extension_id"} {
		status, word := 400, "invalid_parameter"
		if strings.Contains(query, "987") {
			status, word, field = 404, "not_found", ""
		}
		scenario{method: "GET", path: path + query, status: status, word: word, field: field}.run(t, c.d)
	}

	got := c.send("GET", path+"format=csv", "", 200)
	if h := got.Header; h.Get("Content-Type") != "text/csv; charset=utf-8; header=present" || h.Get("Content-Disposition") != `attachment; filename="calls.csv"` {
		t.Errorf("headers %v", h)
	}
	rows, err := csv.NewReader(bytes.NewReader(got.Body)).ReadAll()
	if err != nil || len(rows) != 2 || len(rows[0]) != 23 {
		t.Fatalf("%v %q", err, rows)
	}
	for i, name := range rows[0] {
		want := map[string]string{"call_uuid": "past-1", "from_screen_name": "Mrs. Smith", "result": "bridged", "duration": "68", "rating": "5", "queue_id": fmt.Sprint(c.d.Extension("700"))}
		if v, ok := want[name]; ok && rows[1][i] != v {
			t.Errorf("%s is %q, want %q", name, rows[1][i], v)
		}
	}
	if got := c.send("GET", path+"format=csv&search=nobody", "", 200); bytes.Count(got.Body, []byte("\n")) != 1 {
		t.Errorf("an empty export is %q", got.Body)
	}
}

// An export has every call once, however many begin in the same moment, and names are no formulas.
func TestALongExport(t *testing.T) {
	c := demo(t)
	const calls = 2300
	started := acd.TimeOf(c.d.Clock.Now())
	notes := make([]acd.Input, 0, 2*calls)
	for i := range calls {
		at := started.Add(time.Duration(i/600) * time.Second) // more at once than are read at once
		leg := acd.Leg{ID: fmt.Sprint("c", i), Call: acd.CallID(fmt.Sprint("c", i)), In: true, From: "+4930", FromName: "=1+1", To: "200", Started: at, Ended: at, By: "remote", Cause: "normal"}
		notes = append(notes, acd.Note{Fact: acd.Fact{Kind: acd.FactLegStarted, Call: leg.Call, Leg: &leg}}, acd.Note{Fact: acd.Fact{Kind: acd.FactLegEnded, Call: leg.Call, Leg: &leg}})
	}
	if _, err := c.d.Engine.Apply(t.Context(), c.d.Org, notes...); err != nil {
		t.Fatal(err)
	}
	for _, order := range []string{"asc", "desc"} {
		rows, err := csv.NewReader(bytes.NewReader(c.send("GET", "/client/@me/call_history/?format=csv&order="+order, "", 200).Body)).ReadAll()
		if err != nil || len(rows) != calls+1 {
			t.Fatalf("%s: %v, %d rows", order, err, len(rows))
		}
		seen := map[string]bool{}
		for _, r := range rows[1:] {
			seen[r[0]] = true
			if r[8] != "'+4930" || r[9] != "'=1+1" {
				t.Fatalf("a formula: %q", r)
			}
		}
		if len(seen) != calls {
			t.Errorf("%s: %d different calls", order, len(seen))
		}
	}
}

func TestSounds(t *testing.T) {
	c := demo(t)
	made := c.post("/client/@me/sound/", 201, "title", "Welcome", "file", wav)
	c.want("made", made, "client_id", int(c.d.Org), "title", "Welcome", "filename", "load.wav")
	id := int64(made["id"].(float64))
	path := fmt.Sprint("/client/@me/sound/", id)
	if !bytes.Equal(c.d.Sounds.Playing(c.d.Org, id), wav) {
		t.Error("callers do not hear it")
	}
	if got := c.send("GET", path+"/file", "", 200); !bytes.Equal(got.Body, wav) || got.Header.Get("Content-Type") != "audio/wav" {
		t.Errorf("%v %q", got.Header, got.Body)
	}
	c.want("renamed", c.put(path, `{"title":"Good morning"}`), "title", "Good morning", "filename", "load.wav")
	longer := append(bytes.Clone(wav), 5, 6)
	c.want("replaced", c.post(path, 200, "file", longer), "id", int(id), "title", "Good morning")
	if !bytes.Equal(c.d.Sounds.Playing(c.d.Org, id), longer) || !bytes.Equal(c.send("GET", path+"/file", "", 200).Body, longer) {
		t.Error("the old content is still there")
	}
	c.put("/extension/{700}/queue/", fmt.Sprintf(`{"sound_type":"music","sound":%d,"start_sound":%d}`, id, id))
	if got := c.send("DELETE", path, "", 409); !strings.Contains(string(got.Body), "used by queue 700 (sound, start_sound);") {
		t.Errorf("%s", got.Body)
	}
	c.put("/extension/{700}/queue/", `{"sound":null,"start_sound":null}`)
	c.send("DELETE", path, "", 204)
	if c.d.Sounds.Playing(c.d.Org, id) != nil {
		t.Error("callers still hear it")
	}
	c.send("GET", path, "", 404)
	if n := len(c.list("/client/@me/sound/")); n != 0 {
		t.Error(n)
	}
}

// What is played is stored beside the file: by the first version and by the
// one that replaces it. Where others' files are converted for too long, nothing is stored.
func TestUploadsAreStoredAsTheyArePlayed(t *testing.T) {
	c := demo(t)
	id := int64(c.post("/client/@me/sound/", 201, "title", "x", "file", wav)["id"].(float64))
	path := fmt.Sprint("/client/@me/sound/", id)
	played := func() (audio []byte) {
		c.d.Update(func(ctx context.Context, tx store.Tx) (err error) {
			audio, err = tx.Sounds.Audio(ctx, c.d.Org, id)
			return err
		})
		return audio
	}
	if !bytes.Equal(played(), wav) {
		t.Error("what is played is not stored")
	}
	longer := append(bytes.Clone(wav), wav...)
	c.post(path, 200, "file", longer)
	c.put(path, `{"title":"y"}`)
	if !bytes.Equal(played(), longer) {
		t.Error("what is played is not that of the new file")
	}
	c.d.Sounds.SetBusy(true)
	body, header := form(t, "title", "z", "file", wav)
	for _, to := range []string{path, "/client/@me/sound/"} {
		scenario{method: "POST", path: to, body: body, headers: []string{header}, status: 503, word: "unavailable", says: "busy with other files"}.run(t, c.d)
	}
	if !bytes.Equal(played(), longer) || len(c.list("/client/@me/sound/")) != 1 {
		t.Error("something was stored")
	}
}

func TestWhatIsNoSound(t *testing.T) {
	c := demo(t)
	past(t, c.d)
	big := append(bytes.Clone(wav), make([]byte, 10<<20)...)
	huge := append(bytes.Clone(wav), make([]byte, 12<<20)...)
	for name, s := range map[string]struct {
		status int
		word   string
		field  string
		fields []any
	}{
		"not audio":     {400, "invalid_parameter", "file", []any{"title", "x", "file", []byte("%PDF-1.4")}},
		"empty":         {400, "invalid_parameter", "file", []any{"title", "x", "file", []byte{}}},
		"no file":       {400, "invalid_parameter", "file", []any{"title", "x"}},
		"title twice":   {400, "invalid_parameter", "title", []any{"title", "x", "title", "y", "file", wav}},
		"unknown field": {400, "invalid_parameter", "colour", []any{"colour", "x", "file", wav}},
		"long title":    {400, "invalid_parameter", "title", []any{"title", strings.Repeat("x", 256), "file", wav}},
		"very long":     {400, "invalid_parameter", "title", []any{"title", strings.Repeat("x", 5000), "file", wav}},
		"over 10 MB":    {413, "too_large", "", []any{"title", "x", "file", big}},
		"far over":      {413, "too_large", "", []any{"title", "x", "file", huge}},
	} {
		for _, path := range []string{"/client/@me/sound/", "/client/@me/sound/{sound}"} {
			body, header := form(t, s.fields...)
			got := c.d.Do("POST", "/api/ver1.0"+expand(c.d, path), c.d.Tokens["demo"], body, header)
			if got.Status != s.status {
				t.Errorf("%s: %d %s", name, got.Status, got.Body)
				continue
			}
			checkError(t, got, s.word, s.field)
		}
	}
	cut, header := form(t, "title", "x", "file", wav)
	for _, s := range []scenario{
		{name: "cut off", method: "POST", path: "/client/@me/sound/", body: cut[:len(cut)/2], headers: []string{header}, status: 400, word: "invalid_parameter"},
		{name: "JSON", method: "POST", path: "/client/@me/sound/", body: `{"title":"x"}`, status: 415, word: "unsupported_media_type"},
		{name: "no boundary", method: "POST", path: "/client/@me/sound/", body: cut, headers: []string{"Content-Type: multipart/form-data"}, status: 415, word: "unsupported_media_type"},
		{name: "no such sound", method: "POST", path: "/client/@me/sound/98765", body: cut, headers: []string{header}, status: 404, word: "not_found"},
		{name: "no id", method: "GET", path: "/client/@me/sound/x", status: 404, word: "not_found"},
		{name: "no title", method: "PUT", path: "/client/@me/sound/{sound}", body: `{"title":" "}`, status: 400, word: "invalid_parameter", field: "title"},
		{name: "filename", method: "PUT", path: "/client/@me/sound/{sound}", body: `{"filename":"x.wav"}`, status: 400, word: "invalid_parameter", field: "filename"},
	} {
		t.Run(s.name, func(t *testing.T) { s.run(t, c.d) })
	}
	if list := c.list("/client/@me/sound/"); len(list) != 1 || list[0]["title"] != "Welcome" || !bytes.Equal(c.send("GET", "/client/@me/sound/{sound}/file", "", 200).Body, wav) {
		t.Errorf("something was stored: %v", list)
	}
}

func FuzzUpload(f *testing.F) {
	f.Add("multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\nRIFF\r\n--x--\r\n")
	f.Add("multipart/form-data; boundary=", "--")
	d := apitest.NewDemo(f, func(c *api.Config) { c.PerHour = 1 << 30 })
	f.Fuzz(func(t *testing.T, kind, body string) {
		if len(kind) > 200 || strings.ContainsAny(kind, "\r\n\x00") {
			return
		}
		r, err := http.NewRequestWithContext(t.Context(), "POST", d.URL+"/api/ver1.0/client/@me/sound/", strings.NewReader(body))
		if err != nil {
			return
		}
		r.Header.Set("Authorization", "Bearer "+d.Tokens["demo"])
		r.Header.Set("Content-Type", kind)
		got, err := http.DefaultClient.Do(r)
		if err != nil {
			return // a header net/http does not send
		}
		defer got.Body.Close()
		if got.StatusCode != 201 && got.StatusCode != 400 && got.StatusCode != 413 && got.StatusCode != 415 {
			t.Fatalf("%d", got.StatusCode)
		}
	})
}

func TestReports(t *testing.T) {
	c := demo(t)
	past(t, c.d)
	c.d.Clock.Advance(10 * time.Minute)
	find := func(list []map[string]any, name string, id int64) map[string]any {
		for _, r := range list {
			if r[name] == float64(id) {
				return r
			}
		}
		t.Fatalf("no %s %d in %v", name, id, list)
		return nil
	}
	const today = "?start_datetime=2020-03-16&end_datetime=2020-03-16+12:20:00"
	rows := c.list("/client/@me/report/queues/" + today)
	if len(rows) != 2 {
		t.Errorf("%d rows; want one for each queue", len(rows))
	}
	c.want("Sales", find(rows, "extension_id", c.d.Extension("700")), "extension_name", "0003*700", "start_datetime", "2020-03-16 00:00:00",
		"end_datetime", "2020-03-16 12:20:00", "offered", 1, "answered", 1, "abandoned", 0, "asa", 8, "mean_wait", 8, "longest_wait", 8, "talk", 60,
		"hold", 0, "aht", 60, "service_level", 100, "service_level_all", 100, "ratings", 1, "rating_mean", 5)
	c.want("Support", find(rows, "extension_id", c.d.Extension("701")), "offered", 0, "service_level", nil, "rating_mean", nil)
	agents := c.list("/client/@me/report/agents/" + today)
	if len(agents) != 6 {
		t.Errorf("%d agents", len(agents))
	}
	// Logged in since the demo began, 12:11:13.
	c.want("agent", find(agents, "agent_id", int64(c.d.Agent("201"))), "agent_number", "0003*201", "offered", 1, "answered", 1, "talk", 60,
		"logged_in", 527, "paused", 0, "occupancy", 11.4)
	quarters := c.list("/client/@me/report/queues/?interval=quarter&start_datetime=2020-03-16+12:00:00&end_datetime=2020-03-16+12:30:00&extension_id={700}&threshold=5")
	if len(quarters) != 2 { // the second: agents were there
		t.Fatalf("%v", quarters)
	}
	c.want("quarter", quarters[0], "start_datetime", "2020-03-16 12:00:00", "end_datetime", "2020-03-16 12:15:00", "offered", 1, "service_level", 0,
		"waiting_most", 1, "waiting_mean", 0.009)
	whole := c.list("/client/@me/report/queues/?total=true&" + today[1:])
	if len(whole) != 3 {
		t.Fatalf("%d rows; want the total and two queues", len(whole))
	}
	c.want("total", whole[0], "extension_id", nil, "extension_name", nil, "offered", 1, "answered", 1, "service_level", 100, "waiting_most", 1)
	for path, want := range map[string][]any{
		"queues/?total=only&extension_id={701}": {"offered", 0, "waiting_most", 0, "waiting_mean", 0, "service_level", nil},
		"queues/?total=only":                    {"offered", 1, "waiting_most", 1},
		"agents/?total=only":                    {"agent_id", nil, "agent_number", nil, "offered", 1, "answered", 1, "talk", 60, "missed", 0},
		"agents/?total=only&agent_id={a202}":    {"offered", 0, "talk", 0},
	} {
		if rows := c.list("/client/@me/report/" + path); len(rows) != 1 {
			t.Errorf("%s: %v", path, rows)
		} else {
			c.want(path, rows[0], want...)
		}
	}
	if got := c.send("GET", "/client/@me/report/agents/?page=2&per_page=4&"+today[1:], "", 200); got.Header.Get("X-Total-Count") != "6" {
		t.Error(got.Header)
	}
	for path, want := range map[string]string{
		"queues/?format=csv&total=true&per_page=1&" + today[1:]: "extension_id,extension_name,start_datetime,end_datetime,offered|,,2020-03-16 00:00:00,2020-03-16 12:20:00,1|3 rows",
		"agents/?format=csv&agent_id={a201}&" + today[1:]:       "agent_id,agent_number,start_datetime,end_datetime,offered|{a201},0003*201,2020-03-16 00:00:00,2020-03-16 12:20:00,1|1 rows",
		"ratings/?format=csv&by=agent&" + today[1:]:             "extension_id,extension_name,agent_id,agent_number,start_datetime|,,{a201},0003*201,2020-03-16 00:00:00|1 rows",
	} {
		got := c.send("GET", "/client/@me/report/"+path, "", 200)
		rows, err := csv.NewReader(bytes.NewReader(got.Body)).ReadAll()
		if err != nil || got.Header.Get("Content-Disposition") == "" || got.Header.Get("Content-Type") != "text/csv; charset=utf-8; header=present" {
			t.Errorf("%s: %v %v", path, err, got.Header)
		}
		if text := fmt.Sprintf("%s|%s|%d rows", strings.Join(rows[0][:5], ","), strings.Join(rows[1][:5], ","), len(rows)-1); text != expand(c.d, want) {
			t.Errorf("%s: %s", path, text)
		}
	}
	c.want("staff", c.get("/client/@me/report/staffing/?arrivals=100&interval=1800&aht=180&target=80&threshold=20&max_occupancy=85"),
		"agents", 14, "service_level", 88.8, "asa", 7.836, "occupancy", 71.4, "traffic", 10, "wait_probability", 17.4)
	c.want("fewer", c.get("/client/@me/report/staffing/?arrivals=100&aht=180&agents=12"), "agents", 12, "occupancy", 83.3, "wait_probability", 44.9)
	bad := func(name, path, field string) {
		t.Run(name, func(t *testing.T) {
			scenario{method: "GET", path: "/client/@me/report/" + path, status: 400, word: "invalid_parameter", field: field}.run(t, c.d)
		})
	}
	bad("interval", "queues/?interval=week", "interval")
	bad("too long", "queues/?interval=quarter&start_datetime=1990-01-01", "interval")
	bad("threshold", "agents/?threshold=-1", "threshold")
	bad("not a number", "agents/?threshold=NaN", "threshold")
	bad("format", "queues/?format=xls", "format")
	bad("format of ratings", "ratings/?format=xls", "format")
	bad("total", "queues/?total=yes", "total")
	bad("no such queue", "queues/?extension_id=98765", "extension_id")
	bad("a phone is no queue", "queues/?extension_id={201}", "extension_id")
	bad("no such agent", "agents/?agent_id=98765", "agent_id")
	bad("no arrivals", "staffing/?aht=180", "arrivals")
	bad("too few agents", "staffing/?arrivals=100&aht=180&agents=10", "agents")
	bad("no agents", "staffing/?arrivals=100&aht=180&agents=0", "agents")
	bad("no handle time", "staffing/?arrivals=180", "aht")
	bad("impossible", "staffing/?arrivals=100&aht=180&target=100", "target")
	bad("too much", "staffing/?arrivals=1000000&aht=86400&interval=60", "arrivals")
}

// Who begins a break tells why, and it stands there until the break is over.
func TestTheReasonOfABreak(t *testing.T) {
	c := demo(t)
	path := "/client/@me/agent/local/{a201}"
	c.want("break", c.put(path, `{"status":"on_break","pause_reason":"lunch"}`), "status", "on_break", "pause_reason", "lunch")
	whole, _ := json.Marshal(c.get(path))
	c.want("sent back whole", c.put(path, string(whole)), "pause_reason", "lunch")
	c.want("another reason", c.put(path, `{"pause_reason":"meeting"}`), "status", "on_break", "pause_reason", "meeting")
	c.want("back", c.put(path, `{"status":"available"}`), "status", "available", "pause_reason", nil)
	for body, field := range map[string]string{
		`{"pause_reason":"why"}`: "pause_reason", `{"status":"available","pause_reason":"why"}`: "pause_reason",
		`{"status":"on_break","pause_reason":"` + strings.Repeat("x", 81) + `"}`: "pause_reason", `{"max_no_answer":-1}`: "max_no_answer", `{"max_no_answer":1001}`: "max_no_answer",
	} {
		scenario{method: "PUT", path: path, body: body, status: 400, word: "invalid_parameter", field: field}.run(t, c.d)
	}
	c.want("limit", c.put(path, `{"max_no_answer":3}`), "max_no_answer", 3)
}

func TestAFieldForEveryRule(t *testing.T) {
	c := demo(t)
	path := "/extension/{700}/queue/"
	c.want("set", c.put(path, `{"tier_rule_clock":"join","ring_progressively_delay":3,"abandoned_resume_allowed":true,"discard_abandoned_after":900,
		"announce_position":true,"announce_wait":true,"language":"pt-BR"}`), "tier_rule_clock", "join", "ring_progressively_delay", 3,
		"abandoned_resume_allowed", true, "discard_abandoned_after", 900, "announce_position", true, "announce_wait", true, "language", "pt-BR")
	whole, _ := json.Marshal(c.get(path))
	c.want("sent back whole", c.put(path, string(whole)), "discard_abandoned_after", 900, "tier_rule_clock", "join")
	for body, field := range map[string]string{
		`{"tier_rule_clock":"never"}`: "tier_rule_clock", `{"tier_rule_clock":null}`: "tier_rule_clock", `{"ring_progressively_delay":0}`: "ring_progressively_delay",
		`{"discard_abandoned_after":86401}`: "discard_abandoned_after", `{"language":"Klingon"}`: "language", `{"announce_wait":1}`: "announce_wait",
		`{"timeout_transfer_dst":"700"}`: "timeout_transfer_dst", `{"exit_transfer_dst":"0003*700"}`: "exit_transfer_dst",
		`{"no_agent_timeout_transfer_dst":"0003*999"}`: "no_agent_timeout_transfer_dst", `{"exit_transfer_dst":"0009*201"}`: "exit_transfer_dst",
		`{"agent_hangup_action":"transfer","agent_hangup_transfer_dst":"15550700"}`: "agent_hangup_transfer_dst", `{"timeout_transfer_dst":"*45"}`: "timeout_transfer_dst",
	} {
		scenario{method: "PUT", path: path, body: body, status: 400, word: "invalid_parameter", field: field}.run(t, c.d)
	}
	c.put("/client/@me/extension/{205}", `{"status":"blocked"}`)
	scenario{method: "PUT", path: path, body: `{"timeout_transfer_dst":"205"}`, status: 400, word: "invalid_parameter", field: "timeout_transfer_dst", says: "blocked"}.run(t, c.d)
	c.put("/client/@me/extension/{205}", `{"status":"active"}`)
	c.want("can be dialled", c.put(path, `{"timeout_transfer_dst":"701","exit_transfer_dst":"+4930123456","no_agent_timeout_transfer_dst":"0003*201"}`),
		"timeout_transfer_dst", "701", "exit_transfer_dst", "+4930123456", "no_agent_timeout_transfer_dst", "0003*201")
}
