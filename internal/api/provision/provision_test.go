package provision_test

import (
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"holdline/internal/api/apitest"
	"holdline/internal/api/provision"
	"holdline/internal/app"
	"holdline/internal/auth"
)

// desk is an API with a code for phone 205.
type desk struct {
	*apitest.Demo
	t    *testing.T
	path string
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	d := &desk{Demo: apitest.NewDemo(t, nil), t: t}
	d.path = d.code(`{"server":"pbx.example.com"}`)
	return d
}

// code makes a code through the API and gives its address.
func (d *desk) code(body string) string {
	d.t.Helper()
	a := d.Do("POST", d.sip()+"provisioning/", d.Tokens["demo"], body)
	if a.Status != http.StatusCreated {
		d.t.Fatalf("%d %s", a.Status, a.Body)
	}
	made := a.JSON(d.t)
	path, _ := made["path"].(string)
	if !strings.HasPrefix(path, provision.Path+"?code=") || made["expires_gmt"] != d.Clock.Now().Add(app.ProvisioningLife).UTC().Format("2006-01-02 15:04:05") {
		d.t.Fatalf("%v", made)
	}
	return path
}

// sip gives the path of the phone's account.
func (d *desk) sip() string { return fmt.Sprintf("/api/ver1.0/extension/%d/sip/", d.Extension("205")) }

// settings reads a configuration as Linphone does: sections and entries by name.
func settings(t *testing.T, body []byte) map[string]string {
	t.Helper()
	var in struct {
		XMLName  xml.Name `xml:"http://www.linphone.org/xsds/lpconfig.xsd config"`
		Sections []struct {
			Name    string `xml:"name,attr"`
			Entries []struct {
				Name      string `xml:"name,attr"`
				Overwrite string `xml:"overwrite,attr"`
				Value     string `xml:",chardata"`
			} `xml:"entry"`
		} `xml:"section"`
	}
	if err := xml.Unmarshal(body, &in); err != nil {
		t.Fatalf("%v in %s", err, body)
	}
	out := map[string]string{}
	for _, s := range in.Sections {
		for _, e := range s.Entries {
			if e.Overwrite != "true" {
				t.Errorf("%s of %s leaves what is there", e.Name, s.Name)
			}
			out[s.Name+"/"+e.Name] = e.Value
		}
	}
	return out
}

func TestLinphoneFetchesItsAccount(t *testing.T) {
	d := newDesk(t)
	d.Do("PUT", fmt.Sprint("/api/ver1.0/client/@me/extension/", d.Extension("205")), d.Tokens["demo"], `{"label":"\"Ann\" & <Bob>"}`)
	a := d.Do("GET", d.path, "", "", "User-Agent: Linphone/5.1.65")
	if a.Status != http.StatusOK || a.Header.Get("Content-Type") != "application/xml; charset=utf-8" || a.Header.Get("Cache-Control") != "no-store" {
		t.Fatalf("%d %v %s", a.Status, a.Header, a.Body)
	}
	md5, _ := auth.HA1("0003*205", "demo.local", "demo-205")
	got := settings(t, a.Body)
	for name, want := range map[string]string{
		"misc/transient_provisioning": "1", "sip/default_proxy": "0",
		"proxy_0/reg_identity":   `"\"Ann\" & <Bob>" <sip:0003*205@demo.local>`,
		"proxy_0/reg_proxy":      "<sip:pbx.example.com;transport=tcp>",
		"proxy_0/reg_route":      "<sip:pbx.example.com;transport=tcp;lr>",
		"proxy_0/realm":          "demo.local",
		"proxy_0/dial_prefix":    "",
		"auth_info_0/username":   "0003*205",
		"auth_info_0/ha1":        md5,
		"auth_info_0/algorithm":  "MD5",
		"auth_info_0/realm":      "demo.local",
		"auth_info_0/passwd":     "",
		"proxy_0/nat_policy_ref": "",
	} {
		if value, there := got[name]; value != want || !there {
			t.Errorf("%s is %q; want %q", name, value, want)
		}
	}
	if strings.Contains(string(a.Body), "demo-205") {
		t.Error("the password is told")
	}
}

func TestWithoutAServerItIsTheHostThatWasReached(t *testing.T) {
	d := newDesk(t)
	for host, want := range map[string]string{"10.0.0.7:8080": "10.0.0.7", "pbx.example.com": "pbx.example.com", "[2001:db8::7]:8080": "[2001:db8::7]", "[2001:db8::7]": "[2001:db8::7]"} {
		r, err := http.NewRequestWithContext(t.Context(), "GET", d.URL+d.code(`{}`), http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		r.Host = host
		a, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(a.Body)
		a.Body.Close()
		if err != nil || !strings.Contains(string(body), "sip:"+want+";transport=tcp") {
			t.Errorf("reached as %s: %s", host, body)
		}
	}
}

func TestABrowserIsToldWhatTheCodeIsForAndUsesNothingUp(t *testing.T) {
	d := newDesk(t)
	for range 5 {
		a := d.Do("GET", d.path, "", "", "Accept: text/html,application/xhtml+xml,*/*;q=0.8")
		if a.Status != http.StatusOK || !strings.Contains(string(a.Body), `href="linphone-config:http://`) || strings.Contains(string(a.Body), "demo.local") {
			t.Fatalf("%d %s", a.Status, a.Body)
		}
		if p := a.Header.Get("Content-Security-Policy"); !strings.HasPrefix(p, "default-src 'none'") || strings.Contains(p, "unsafe") {
			t.Errorf("policy %q", p)
		}
	}
	for _, method := range []string{"HEAD", "POST", "PUT"} {
		if a := d.Do(method, d.path, "", ""); a.Status != http.StatusMethodNotAllowed || a.Header.Get("Allow") != "GET" {
			t.Errorf("%s: %d %v", method, a.Status, a.Header)
		}
	}
	if a := d.Do("GET", d.path, "", ""); a.Status != http.StatusOK {
		t.Errorf("afterwards: %d %s", a.Status, a.Body)
	}
}

func TestCodesThatGiveNothingAreRefusedAlikeAndLimited(t *testing.T) {
	d := newDesk(t)
	d.Do("PUT", d.sip(), d.Tokens["demo"], `{"password":"another-password"}`)
	var first string
	for i, path := range []string{d.path, provision.Address("x"), provision.Path, provision.Path + "?code=%00" + strings.Repeat("y", 4000)} {
		a := d.Do("GET", path, "", "")
		if a.Status != http.StatusNotFound || i > 0 && string(a.Body) != first {
			t.Errorf("%.60s: %d %s", path, a.Status, a.Body)
		}
		first = string(a.Body)
	}
	limited := false
	for range 40 {
		a := d.Do("GET", provision.Address("guess"), "", "")
		limited = limited || a.Status == http.StatusTooManyRequests && a.Header.Get("Retry-After") != ""
	}
	if !limited {
		t.Error("forty guesses are answered")
	}
	d.Clock.Advance(60e9)
	if a := d.Do("GET", provision.Address("guess"), "", ""); a.Status != http.StatusNotFound {
		t.Errorf("a minute later: %d", a.Status)
	}
}

func TestNothingOfItIsLogged(t *testing.T) {
	d := newDesk(t)
	d.Do("GET", d.path, "", "")
	d.Break(http.ErrBodyNotAllowed) // any error
	if a := d.Do("GET", d.path, "", ""); a.Status != http.StatusInternalServerError {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	logged := d.Logs.String()
	if _, secret, _ := strings.Cut(d.path, "="); strings.Contains(logged, secret) || !strings.Contains(logged, "softphone") {
		t.Error(logged)
	}
}
