package ver1_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"holdline/internal/acd"
	"holdline/internal/api"
	"holdline/internal/api/apitest"
	"holdline/internal/app"
	"holdline/internal/auth"
	"holdline/internal/store"
)

// managers is the demo with one of everything that is managed.
type managers struct {
	*apitest.Demo
	t                        *testing.T
	user, application, trunk int64
	secret, clientID         string
}

func withManagers(t *testing.T) *managers {
	t.Helper()
	m := &managers{Demo: apitest.NewDemo(t, func(c *api.Config) { c.OAuthPerSecond = 10_000 }), t: t}
	m.user = m.id(m.do("demo", "POST", "/client/@me/user/", `{"login":"Ann@Example.com","name":"Ann","role":"supervisor","password":"correct horse"}`, 201))
	made := m.do("demo", "POST", "/client/@me/application/", `{"name":"CRM","reach":"organisation","redirect_uris":["https://crm.example/back"]}`, 201)
	m.application, m.secret, m.clientID = m.id(made), made["client_secret"].(string), made["client_id"].(string)
	m.trunk = m.id(m.do("demo", "POST", "/client/@me/trunk/", `{"name":"Provider","host":"192.0.2.1"}`, 201))
	m.do("demo", "POST", "/client/@me/did/", fmt.Sprintf(`{"number":"+4930123","extension_id":%d}`, m.Extension("700")), 201)
	return m
}

func (m *managers) id(v map[string]any) int64 { return int64(v["id"].(float64)) }

// path fills {user}, {application}, {trunk} in, besides what expand knows.
func (m *managers) path(s string) string {
	s = strings.NewReplacer("{user}", fmt.Sprint(m.user), "{application}", fmt.Sprint(m.application), "{trunk}", fmt.Sprint(m.trunk)).Replace(s)
	return expand(m.Demo, s)
}

func (m *managers) do(as, method, path, body string, status int) map[string]any {
	m.t.Helper()
	got := m.Do(method, "/api/ver1.0"+m.path(path), m.Tokens[as], m.path(body))
	if got.Status != status {
		m.t.Fatalf("%s %s as %s: status %d, want %d: %s", method, path, as, got.Status, status, got.Body)
	}
	var v map[string]any
	if len(got.Body) > 0 && got.Body[0] == '{' {
		v = got.JSON(m.t)
	}
	return v
}

func (m *managers) works(token string) bool {
	m.t.Helper()
	return m.Do("GET", "/api/ver1.0/client/@me/extension/", token, "").Status == 200
}

// managed is every operation on what is managed, in the demo organisation.
var managed = []operation{
	{"GET", "/client/{org}", ""},
	{"PUT", "/client/{org}", `{"name":"mine"}`},
	{"DELETE", "/client/{org}", ""},
	{"GET", "/client/{org}/user/", ""},
	{"POST", "/client/{org}/user/", `{"login":"eve","name":"Eve","role":"supervisor","password":"correct horse"}`},
	{"GET", "/client/{org}/user/{user}", ""},
	{"GET", "/client/@me/user/{user}", ""},
	{"PUT", "/client/@me/user/{user}", `{"password":"mine, mine now"}`},
	{"DELETE", "/client/@me/user/{user}", ""},
	{"GET", "/client/{org}/application/", ""},
	{"POST", "/client/{org}/application/", `{"name":"mine","reach":"organisation"}`},
	{"GET", "/client/@me/application/{application}", ""},
	{"PUT", "/client/@me/application/{application}", `{"suspended":true}`},
	{"POST", "/client/@me/application/{application}/secret/", ""},
	{"DELETE", "/client/@me/application/{application}", ""},
	{"GET", "/client/{org}/trunk/", ""},
	{"POST", "/client/{org}/trunk/", `{"name":"mine","host":"192.0.2.99"}`},
	{"GET", "/client/@me/trunk/{trunk}", ""},
	{"PUT", "/client/@me/trunk/{trunk}", `{"host":"192.0.2.99"}`},
	{"DELETE", "/client/@me/trunk/{trunk}", ""},
	{"GET", "/client/{org}/did/", ""},
	{"POST", "/client/{org}/did/", `{"number":"4940","extension_id":{700}}`},
	{"GET", "/client/@me/did/+4930123", ""},
	{"PUT", "/client/@me/did/+4930123", `{"extension_id":{701}}`},
	{"DELETE", "/client/@me/did/+4930123", ""},
	{"GET", "/client/{org}/audit/", ""},
	{"GET", "/extension/{201}/owner/", ""},
	{"PUT", "/extension/{201}/owner/", `{"user_id":null}`},
}

func (m *managers) snapshot() string {
	m.t.Helper()
	var b strings.Builder
	for _, c := range managed {
		if c.method == "GET" {
			fmt.Fprintf(&b, "%s %s\n", c.path, m.Do("GET", "/api/ver1.0"+m.path(c.path), m.Tokens["demo"], "").Body)
		}
	}
	return b.String()
}

func TestStrangersManageNothing(t *testing.T) {
	m := withManagers(t)
	before := m.snapshot()
	nowhere := strings.NewReplacer("{user}", "987654", "{application}", "987654", "{trunk}", "987654", "+4930123", "+4930999")
	for _, c := range managed {
		got := m.Do(c.method, "/api/ver1.0"+m.path(c.path), m.Tokens["stranger"], m.path(c.body))
		want, word := 404, "not_found"
		if strings.Contains(c.path, "{org}") {
			want, word = 403, "access_denied"
		}
		if got.Status != want {
			t.Errorf("%s %s: status %d, want %d: %s", c.method, c.path, got.Status, want, got.Body)
			continue
		}
		checkError(t, got, word, "")
		unreal := m.Do(c.method, "/api/ver1.0"+missing(m.Demo, nowhere.Replace(c.path)), m.Tokens["stranger"], missing(m.Demo, nowhere.Replace(c.body)))
		if blank(got.Body) != blank(unreal.Body) {
			t.Errorf("%s: what exists elsewhere answers\n%s\nwhat exists nowhere\n%s", c.path, got.Body, unreal.Body)
		}
	}
	if after := m.snapshot(); after != before {
		t.Errorf("a stranger changed something:\n%s\nwas\n%s", after, before)
	}
}

func TestAUsersApplicationManagesNothing(t *testing.T) {
	m := withManagers(t)
	before := m.snapshot()
	for _, c := range managed {
		got := m.Do(c.method, "/api/ver1.0"+m.path(c.path), m.Tokens["user"], m.path(c.body))
		reads := c.method == "GET" && (c.path == "/client/{org}" || c.path == "/client/{org}/user/")
		switch {
		case reads && got.Status != 200, !reads && got.Status != 403 && got.Status != 404:
			t.Errorf("%s %s: status %d: %s", c.method, c.path, got.Status, got.Body)
		case c.path == "/client/{org}/user/" && reads && got.Header.Get("X-Total-Count") != "1":
			t.Errorf("a user's application sees users %s", got.Body)
		}
	}
	if after := m.snapshot(); after != before {
		t.Errorf("a user's application changed something:\n%s\nwas\n%s", after, before)
	}
}

func TestClientsLiveAndDie(t *testing.T) {
	m := withManagers(t)
	made := m.do("admin", "POST", "/client/", `{"name":"Third","prefix":"0030","domain":"Third.example","login":"office@third.example","password":"a good one","time_zone":"Europe/Berlin"}`, 201)
	if made["prefix"] != "0030" || made["domain"] != "third.example" || made["time_zone"] != "Europe/Berlin" || made["password"] != nil || len(made) != 10 {
		t.Errorf("made %v", made)
	}
	id := m.id(made)
	at := fmt.Sprintf("/client/%d", id)
	// Its domain is free until there is a phone.
	if moved := m.do("admin", "PUT", at, `{"domain":"Pbx.third.example"}`, 200); moved["domain"] != "pbx.third.example" {
		t.Errorf("moved %v", moved)
	}
	if bad := m.do("admin", "PUT", at, `{"domain":"no such domain"}`, 400); bad["field"] != "domain" {
		t.Errorf("refused %v", bad)
	}
	// Its engine runs: a queue takes agents.
	queue := m.id(m.do("admin", "POST", at+"/extension/", `{"name":"700","type":"queue"}`, 201))
	m.do("admin", "GET", fmt.Sprintf("/extension/%d/queue/status/", queue), "", 200)
	phone := m.id(m.do("admin", "POST", at+"/extension/", `{"name":"201","type":"phone"}`, 201))
	m.do("admin", "POST", at+"/trunk/", `{"name":"line","host":"198.51.100.7"}`, 201)
	own := m.do("admin", "POST", at+"/application/", `{"name":"own","reach":"organisation"}`, 201)
	token := m.Token(own["client_id"].(string), own["client_secret"].(string))
	if got := m.Do("PUT", "/api/ver1.0/client/@me", token, `{"name":"Renamed","time_zone":"UTC"}`); got.Status != 200 || got.JSON(t)["name"] != "Renamed" {
		t.Errorf("%d %s", got.Status, got.Body)
	}
	for _, body := range []string{`{"login":"x@y"}`, `{"password":"another one"}`} {
		if got := m.Do("PUT", "/api/ver1.0/client/@me", token, body); got.Status != 403 {
			t.Errorf("a client changed %s: %d", body, got.Status)
		}
	}
	for _, body := range []string{`{"prefix":"31"}`, `{"domain":"other.example"}`, `{"time_zone":"Nowhere"}`, `{"name":" "}`} {
		if got := m.Do("PUT", "/api/ver1.0/client/@me", token, body); got.Status != 400 {
			t.Errorf("%s: %d %s", body, got.Status, got.Body)
		}
	}
	if got := m.Do("DELETE", "/api/ver1.0/client/@me", token, ""); got.Status != 403 {
		t.Errorf("a client deleted itself: %d", got.Status)
	}
	file := filepath.Join(m.Recordings, fmt.Sprint(id), "2026-01-01", "rec.wav")
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte("RIFF"), 0o600); err != nil {
		t.Fatal(err)
	}
	m.do("admin", "DELETE", at, "", 204)
	m.do("admin", "GET", at, "", 404)
	if m.works(token) {
		t.Error("a deleted client's token works")
	}
	if _, err := os.Stat(filepath.Dir(filepath.Dir(file))); !os.IsNotExist(err) {
		t.Error("recordings of a deleted client are left:", err)
	}
	if _, _, ok := m.Directory.PhoneAccount("0030*201", "third.example"); ok {
		t.Error("a deleted client's phone may register")
	}
	if _, ok := m.Directory.TrunkFrom(netip.MustParseAddr("198.51.100.7")); ok {
		t.Error("a deleted client's trunk is known")
	}
	if err := m.Engine.Read(t.Context(), id, func(*acd.Engine, acd.Time) {}); err == nil {
		t.Error("a deleted client's engine runs")
	}
	m.do("admin", "GET", fmt.Sprintf("/extension/%d/sip/", phone), "", 404)
	m.do("admin", "DELETE", "/client/@me", "", 409)
}

func TestUsersLiveAndDie(t *testing.T) {
	m := withManagers(t)
	shown := m.do("demo", "GET", "/client/@me/user/{user}", "", 200)
	if shown["login"] != "ann@example.com" || shown["password"] != nil || shown["role"] != "supervisor" || len(shown) != 7 {
		t.Errorf("shown %v", shown)
	}
	body, _ := json.Marshal(shown)
	m.do("demo", "PUT", "/client/@me/user/{user}", string(body), 200) // back as it came
	signIn := func(password string) (string, error) {
		cookie, _, err := m.App.SignIn(t.Context(), "ann@example.com", password, app.Browser{Address: "192.0.2.1"})
		return cookie, err
	}
	cookie, err := signIn("correct horse")
	if err != nil {
		t.Fatal(err)
	}
	m.do("demo", "PUT", "/client/@me/user/{user}", `{"name":"Ann B","password":null}`, 200)
	if _, err := m.App.Session(t.Context(), cookie); err != nil {
		t.Error("another name ended the session:", err)
	}
	for _, change := range []string{`{"password":"another horse"}`, `{"role":"agent"}`} {
		token := m.tokenFor(m.user)
		if cookie, err = signIn(map[bool]string{true: "correct horse", false: "another horse"}[change[2] == 'p']); err != nil {
			t.Fatal(err)
		}
		m.do("demo", "PUT", "/client/@me/user/{user}", change, 200)
		if _, err := m.App.Session(t.Context(), cookie); err == nil || m.works(token) {
			t.Errorf("%s: the session (%v) or the token goes on", change, err)
		}
	}
	// The user's things stay, the user's sign-in does not.
	m.do("demo", "PUT", "/extension/{201}/owner/", `{"user_id":{user}}`, 200)
	for query, want := range map[string]int{"user_id={user}": 1, "user_id={user}&type=queue": 0, "user_id=987654": 0} {
		got := m.Do("GET", "/api/ver1.0"+m.path("/client/@me/extension/?"+query), m.Tokens["demo"], "")
		if got.Status != 200 || got.Header.Get("X-Total-Count") != fmt.Sprint(want) {
			t.Errorf("%s: %d, %s extensions, want %d", query, got.Status, got.Header.Get("X-Total-Count"), want)
		}
	}
	token := m.tokenFor(m.user)
	if got := m.Do("GET", "/api/ver1.0/client/@me/extension/", token, ""); got.Header.Get("X-Total-Count") != "1" {
		t.Errorf("an agent sees %s extensions", got.Header.Get("X-Total-Count"))
	}
	m.do("demo", "DELETE", "/client/@me/user/{user}", "", 204)
	m.do("demo", "GET", "/client/@me/user/{user}", "", 404)
	if owner := m.do("demo", "GET", "/extension/{201}/owner/", "", 200); owner["user_id"] != nil || m.works(token) {
		t.Errorf("after the user: owner %v", owner)
	}
	// The demo's application belongs to dana; it goes on without her.
	dana := m.id(first(t, m.Do("GET", "/api/ver1.0/client/@me/user/", m.Tokens["demo"], "").Body))
	m.do("demo", "DELETE", fmt.Sprintf("/client/@me/user/%d", dana), "", 204)
	if !m.works(m.Tokens["demo"]) {
		t.Error("the organisation's application went with its owner")
	}
}

// tokenFor makes a token that acts for a user.
func (m *managers) tokenFor(user int64) string {
	m.t.Helper()
	token := auth.NewSecret()
	m.Update(func(ctx context.Context, tx store.Tx) error {
		return tx.Tokens.Create(ctx, store.Token{Hash: auth.HashToken(token), ApplicationID: m.application, UserID: user, Expires: 1 << 60})
	})
	if !m.works(token) {
		m.t.Fatal("the token does not work")
	}
	return token
}

func first(t *testing.T, list []byte) map[string]any {
	t.Helper()
	var all []map[string]any
	if err := json.Unmarshal(list, &all); err != nil || len(all) == 0 {
		t.Fatalf("%s: %v", list, err)
	}
	return all[0]
}

// demoAdmin gives the id of the demo world's own administrator.
func (m *managers) demoAdmin() (id int64) {
	var users []struct {
		ID    int64
		Login string
	}
	m.t.Helper()
	if err := json.Unmarshal(m.Do("GET", "/api/ver1.0/client/@me/user/", m.Tokens["demo"], "").Body, &users); err != nil {
		m.t.Fatal(err)
	}
	for _, u := range users {
		if u.Login == app.DemoAdmin {
			id = u.ID
		}
	}
	return id
}

func TestAdministratorsAreMadeAndChangedByAdministratorsOnly(t *testing.T) {
	m := withManagers(t)
	m.do("demo", "POST", "/client/@me/user/", `{"login":"root","name":"Root","role":"administrator","password":"correct horse"}`, 403)
	root := m.id(m.do("admin", "POST", "/client/@me/user/", `{"login":"root","name":"Root","role":"administrator","password":"correct horse"}`, 201))
	at := fmt.Sprintf("/client/@me/user/%d", root)
	m.do("admin", "DELETE", fmt.Sprintf("/client/@me/user/%d", m.demoAdmin()), "", 204)
	m.do("demo", "PUT", at, `{"password":"mine, mine now"}`, 403)
	m.do("demo", "DELETE", at, "", 403)
	m.do("admin", "PUT", at, `{"role":"supervisor"}`, 409) // the last one
	m.do("admin", "DELETE", at, "", 409)
	m.do("admin", "POST", "/client/@me/user/", `{"login":"root2","name":"Root","role":"administrator","password":"correct horse"}`, 201)
	m.do("admin", "DELETE", at, "", 204)
}

func TestApplicationsLiveAndDie(t *testing.T) {
	m := withManagers(t)
	token := m.Token(m.clientID, m.secret)
	shown := m.do("demo", "GET", "/client/@me/application/{application}", "", 200)
	if _, there := shown["client_secret"]; there || shown["client_id"] != m.clientID || len(shown) != 8 {
		t.Errorf("shown %v", shown)
	}
	m.do("demo", "PUT", "/client/@me/application/{application}", `{"name":"CRM 2","redirect_uris":[]}`, 200)
	if !m.works(token) {
		t.Error("another name ended the token")
	}
	renewed := m.do("demo", "POST", "/client/@me/application/{application}/secret/", "", 201)["client_secret"].(string)
	if m.works(token) || renewed == m.secret {
		t.Error("a renewed secret left the token alive")
	}
	token = m.Token(m.clientID, renewed)
	for _, change := range []string{`{"suspended":true}`, `{"reach":"user","user_id":{user}}`} {
		m.do("demo", "PUT", "/client/@me/application/{application}", change, 200)
		if m.works(token) {
			t.Errorf("%s left the token alive", change)
		}
		m.do("demo", "PUT", "/client/@me/application/{application}", `{"suspended":false}`, 200)
		token = m.Token(m.clientID, renewed)
	}
	m.do("demo", "DELETE", "/client/@me/application/{application}", "", 204)
	if m.works(token) {
		t.Error("a deleted application's token works")
	}
}

func TestNoApplicationMakesOneThatSeesFurther(t *testing.T) {
	m := withManagers(t)
	m.do("demo", "POST", "/client/@me/application/", `{"name":"x","reach":"administrator"}`, 403)
	m.do("demo", "PUT", "/client/@me/application/{application}", `{"reach":"administrator"}`, 403)
	// Nor takes one over that does: the administrator's lives in this organisation.
	var all []map[string]any
	if err := json.Unmarshal(m.Do("GET", "/api/ver1.0/client/@me/application/", m.Tokens["demo"], "").Body, &all); err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(all, func(a map[string]any) bool { return a["reach"] == "administrator" })
	at := fmt.Sprintf("/client/@me/application/%d", m.id(all[i]))
	m.do("demo", "POST", at+"/secret/", "", 403)
	m.do("demo", "PUT", at, `{"suspended":true}`, 403)
	m.do("demo", "DELETE", at, "", 403)
	m.do("admin", "PUT", at, `{"name":"root"}`, 200)
}

func TestTrunksAndNumbersAreFollowedAtOnce(t *testing.T) {
	m := withManagers(t)
	shown := m.do("demo", "GET", "/client/@me/trunk/{trunk}", "", 200)
	if shown["transport"] != "udp" || shown["password"] != nil || shown["default"] != false || len(shown) != 12 {
		t.Errorf("shown %v", shown)
	}
	from := func(address string) int64 {
		tr, _ := m.Directory.TrunkFrom(netip.MustParseAddr(address))
		return tr.ID
	}
	if from("192.0.2.1") != m.trunk {
		t.Error("calls from the new trunk are strangers'")
	}
	if to := m.Directory.ResolveDID(m.Org, "+4930123"); to.Extension != m.Extension("700") {
		t.Errorf("the new number leads to %+v", to)
	}
	m.do("demo", "PUT", "/client/@me/trunk/{trunk}", `{"host":"192.0.2.8","default":true,"register":true,"username":"u","password":"secret word"}`, 200)
	if from("192.0.2.1") != 0 || from("192.0.2.8") != m.trunk {
		t.Error("the trunk's old address is known, or the new one is not")
	}
	if to := m.Directory.Resolve(m.Org, "0049301234567"); to.Trunk != m.trunk {
		t.Errorf("external calls go through trunk %d", to.Trunk)
	}
	tr, _ := m.Directory.Trunk(m.trunk)
	if tr.Password != "secret word" || !tr.Register {
		t.Errorf("the SIP side has %+v", tr)
	}
	m.do("demo", "PUT", "/client/@me/trunk/{trunk}", `{"name":"still","password":null}`, 200)
	if tr, _ := m.Directory.Trunk(m.trunk); tr.Password != "secret word" {
		t.Error("null changed the password")
	}
	m.do("demo", "PUT", "/client/@me/did/+4930123", `{"extension_id":{201},"number":"+4930123"}`, 200)
	if to := m.Directory.ResolveDID(m.Org, "+4930123"); to.Extension != m.Extension("201") {
		t.Errorf("the changed number leads to %+v", to)
	}
	m.do("demo", "DELETE", "/client/@me/did/%2B4930123", "", 204)
	if to := m.Directory.ResolveDID(m.Org, "+4930123"); to.Extension != 0 {
		t.Errorf("the deleted number leads to %+v", to)
	}
	m.do("demo", "DELETE", "/client/@me/trunk/{trunk}", "", 204)
	if _, ok := m.Directory.Trunk(m.trunk); ok || from("192.0.2.8") != 0 {
		t.Error("the deleted trunk is known")
	}
	if to := m.Directory.Resolve(m.Org, "0049301234567"); to.Trunk == 0 || to.Trunk == m.trunk {
		t.Errorf("external calls go through trunk %d", to.Trunk)
	}
}

func TestNoClientTakesAnothersLine(t *testing.T) {
	m := withManagers(t)
	for _, body := range []string{`{"name":"x","host":"192.0.2.1"}`, `{"name":"x","host":"a.invalid","addresses":["192.0.2.0/24"]}`, `{"name":"x","host":"a.invalid","addresses":["::ffff:192.0.2.1"]}`} {
		got := m.Do("POST", "/api/ver1.0/client/@me/trunk/", m.Tokens["stranger"], body)
		if got.Status != 409 && got.Status != 400 {
			t.Errorf("%s: %d %s", body, got.Status, got.Body)
		}
	}
}

func TestManagedThingsRefuse(t *testing.T) {
	m := withManagers(t)
	for _, c := range []scenario{
		{name: "user without password", method: "POST", path: "/client/@me/user/", body: `{"login":"bob","name":"Bob","role":"agent"}`, status: 400, word: "invalid_parameter", field: "password"},
		{name: "short password", method: "POST", path: "/client/@me/user/", body: `{"login":"bob","name":"Bob","role":"agent","password":"short"}`, status: 400, word: "invalid_parameter", field: "password"},
		{name: "password is the login", method: "POST", path: "/client/@me/user/", body: `{"login":"bob.the.builder","name":"Bob","role":"agent","password":"Bob.The.Builder"}`, status: 400, word: "invalid_parameter", field: "password"},
		{name: "no role", method: "POST", path: "/client/@me/user/", body: `{"login":"bob","name":"Bob","role":"boss","password":"correct horse"}`, status: 400, word: "invalid_parameter", field: "role"},
		{name: "bad login", method: "POST", path: "/client/@me/user/", body: `{"login":"b ob","name":"Bob","role":"agent","password":"correct horse"}`, status: 400, word: "invalid_parameter", field: "login"},
		{name: "login taken", method: "POST", path: "/client/@me/user/", body: `{"login":"dana","name":"Bob","role":"agent","password":"correct horse"}`, status: 409, word: "already_exists"},
		{name: "login taken elsewhere", as: "stranger", method: "POST", path: "/client/@me/user/", body: `{"login":"dana","name":"Bob","role":"agent","password":"correct horse"}`, status: 409, word: "already_exists"},
		{name: "no name", method: "PUT", path: "/client/@me/user/{user}", body: `{"name":""}`, status: 400, word: "invalid_parameter", field: "name"},
		{name: "id of a user", method: "PUT", path: "/client/@me/user/{user}", body: `{"id":99}`, status: 400, word: "invalid_parameter", field: "id"},
		{name: "unknown user", method: "GET", path: "/client/@me/user/987654", status: 404, word: "not_found"},
		{name: "user's id is a word", method: "GET", path: "/client/@me/user/ann", status: 404, word: "not_found"},

		{name: "no reach", method: "POST", path: "/client/@me/application/", body: `{"name":"x"}`, status: 400, word: "invalid_parameter", field: "reach"},
		{name: "other reach", method: "POST", path: "/client/@me/application/", body: `{"name":"x","reach":"all"}`, status: 400, word: "invalid_parameter", field: "reach"},
		{name: "user's without a user", method: "POST", path: "/client/@me/application/", body: `{"name":"x","reach":"user"}`, status: 400, word: "invalid_parameter", field: "user_id"},
		{name: "user of nobody", method: "POST", path: "/client/@me/application/", body: `{"name":"x","reach":"user","user_id":987654}`, status: 400, word: "invalid_parameter", field: "user_id"},
		{name: "user of another", as: "stranger", method: "POST", path: "/client/@me/application/", body: `{"name":"x","reach":"user","user_id":{user}}`, status: 400, word: "invalid_parameter", field: "user_id"},
		{name: "redirect without TLS", method: "PUT", path: "/client/@me/application/{application}", body: `{"redirect_uris":["http://crm.example/"]}`, status: 400, word: "invalid_parameter", field: "redirect_uris"},
		{name: "redirect to this machine", method: "PUT", path: "/client/@me/application/{application}", body: `{"redirect_uris":["http://127.0.0.1:8000/x","http://localhost/"]}`, status: 200},
		{name: "redirect with fragment", method: "PUT", path: "/client/@me/application/{application}", body: `{"redirect_uris":["https://crm.example/#x"]}`, status: 400, word: "invalid_parameter", field: "redirect_uris"},
		{name: "redirect to a script", method: "PUT", path: "/client/@me/application/{application}", body: `{"redirect_uris":["javascript:alert(1)"]}`, status: 400, word: "invalid_parameter", field: "redirect_uris"},
		{name: "redirect twice", method: "PUT", path: "/client/@me/application/{application}", body: `{"redirect_uris":["https://a.example/","https://a.example/"]}`, status: 400, word: "invalid_parameter", field: "redirect_uris"},
		{name: "redirect is a number", method: "PUT", path: "/client/@me/application/{application}", body: `{"redirect_uris":[1]}`, status: 400, word: "invalid_parameter", field: "redirect_uris"},
		{name: "secret cannot be set", method: "POST", path: "/client/@me/application/{application}/secret/", body: `{"client_secret":"mine"}`, status: 400, word: "invalid_parameter", field: "client_secret"},

		{name: "no host", method: "POST", path: "/client/@me/trunk/", body: `{"name":"x"}`, status: 400, word: "invalid_parameter", field: "host"},
		{name: "bad host", method: "POST", path: "/client/@me/trunk/", body: `{"name":"x","host":"a b"}`, status: 400, word: "invalid_parameter", field: "host"},
		{name: "bad port", method: "POST", path: "/client/@me/trunk/", body: `{"name":"x","host":"a.invalid:99999"}`, status: 400, word: "invalid_parameter", field: "host"},
		{name: "no host at all", method: "POST", path: "/client/@me/trunk/", body: `{"name":"x","host":"0.0.0.0"}`, status: 400, word: "invalid_parameter", field: "host"},
		{name: "transport", method: "POST", path: "/client/@me/trunk/", body: `{"name":"x","host":"192.0.2.50","transport":"tls"}`, status: 400, word: "invalid_parameter", field: "transport"},
		{name: "half the world", method: "POST", path: "/client/@me/trunk/", body: `{"name":"x","host":"192.0.2.50","addresses":["0.0.0.0/0"]}`, status: 400, word: "invalid_parameter", field: "addresses"},
		{name: "no address", method: "POST", path: "/client/@me/trunk/", body: `{"name":"x","host":"192.0.2.50","addresses":["provider"]}`, status: 400, word: "invalid_parameter", field: "addresses"},
		{name: "registers without account", method: "POST", path: "/client/@me/trunk/", body: `{"name":"x","host":"192.0.2.50","register":true}`, status: 400, word: "invalid_parameter", field: "username"},
		{name: "caller id", method: "POST", path: "/client/@me/trunk/", body: `{"name":"x","host":"192.0.2.50","caller_id":"me"}`, status: 400, word: "invalid_parameter", field: "caller_id"},
		{name: "unknown trunk", method: "GET", path: "/client/@me/trunk/987654", status: 404, word: "not_found"},

		{name: "number of letters", method: "POST", path: "/client/@me/did/", body: `{"number":"abc","extension_id":{700}}`, status: 400, word: "invalid_parameter", field: "number"},
		{name: "number twice", method: "POST", path: "/client/@me/did/", body: `{"number":"+4930123","extension_id":{700}}`, status: 409, word: "already_exists"},
		{name: "number to nowhere", method: "POST", path: "/client/@me/did/", body: `{"number":"4940","extension_id":987654}`, status: 400, word: "invalid_parameter", field: "extension_id"},
		{name: "another's extension", as: "stranger", method: "POST", path: "/client/@me/did/", body: `{"number":"4940","extension_id":{700}}`, status: 400, word: "invalid_parameter", field: "extension_id"},
		{name: "number changed", method: "PUT", path: "/client/@me/did/+4930123", body: `{"number":"4940"}`, status: 400, word: "invalid_parameter", field: "number"},
		{name: "unknown number", method: "GET", path: "/client/@me/did/4999", status: 404, word: "not_found"},

		{name: "owner is nobody", method: "PUT", path: "/extension/{201}/owner/", body: `{"user_id":987654}`, status: 400, word: "invalid_parameter", field: "user_id"},
		{name: "client by a client", method: "POST", path: "/client/", body: `{"name":"x","prefix":"77","domain":"x.example"}`, status: 403, word: "access_denied"},
		{name: "prefix taken", as: "admin", method: "POST", path: "/client/", body: `{"name":"x","prefix":"0003","domain":"x.example"}`, status: 409, word: "already_exists"},
		{name: "bad prefix", as: "admin", method: "POST", path: "/client/", body: `{"name":"x","prefix":"00*","domain":"x.example"}`, status: 400, word: "invalid_parameter", field: "prefix"},
		{name: "bad domain", as: "admin", method: "POST", path: "/client/", body: `{"name":"x","prefix":"77","domain":"x y"}`, status: 400, word: "invalid_parameter", field: "domain"},
		{name: "bad zone", as: "admin", method: "POST", path: "/client/", body: `{"name":"x","prefix":"77","domain":"x.example","time_zone":"Local"}`, status: 400, word: "invalid_parameter", field: "time_zone"},
		{name: "audit cannot be written", method: "POST", path: "/client/@me/audit/", body: `{}`, status: 405, word: "method_not_allowed"},
		{name: "audit's user", method: "GET", path: "/client/@me/audit/?user_id=x", status: 400, word: "invalid_parameter", field: "user_id"},
	} {
		c.path, c.body = m.path(c.path), m.path(c.body)
		t.Run(c.name, func(t *testing.T) { c.run(t, m.Demo) })
	}
}

func TestTheAuditLogTellsWhoDidWhat(t *testing.T) {
	m := withManagers(t)
	m.do("demo", "PUT", "/client/@me/agent/local/{a201}", `{"status":"on_break","pause_reason":"lunch"}`, 200)
	m.do("demo", "PUT", "/extension/{201}/sip/", `{"password":"top secret"}`, 200)
	m.Clock.Advance(time.Second)
	m.do("admin", "PUT", "/client/@me/agent/local/{a202}", `{"wrap_up_time":7}`, 200)
	got := m.Do("GET", "/api/ver1.0/client/@me/audit/?action=agent.&order=asc", m.Tokens["demo"], "")
	var list []map[string]any
	if err := json.Unmarshal(got.Body, &list); err != nil || len(list) != 2 || got.Header.Get("X-Total-Count") != "2" {
		t.Fatalf("%s: %v", got.Body, err)
	}
	want := map[string]any{"actor": "Demo", "action": "agent.status", "target": fmt.Sprint("agent ", m.Agent("201")), "detail": `status on_break; reason "lunch"`,
		"time_gmt": "2020-03-16 12:11:13", "address": "127.0.0.1"}
	for name, v := range want {
		if list[0][name] != v {
			t.Errorf("%s is %v, want %v", name, list[0][name], v)
		}
	}
	if list[1]["actor"] != "admin" || list[1]["detail"] != "wrap up 0s -> 7s" {
		t.Errorf("the administrator's entry: %v", list[1])
	}
	all := string(m.Do("GET", "/api/ver1.0/client/@me/audit/", m.Tokens["demo"], "").Body)
	for _, secret := range []string{"top secret", "correct horse", m.secret} {
		if strings.Contains(all, secret) {
			t.Errorf("the audit log tells %q", secret)
		}
	}
	if got := m.Do("GET", "/api/ver1.0/client/@me/audit/", m.Tokens["stranger"], ""); strings.TrimSpace(string(got.Body)) != "[]" {
		t.Errorf("a stranger reads %s", got.Body)
	}
}
