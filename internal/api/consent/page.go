package consent

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html/template"
	"net/http"
	"net/url"

	"holdline/internal/app"
)

// parameters are those of the client's request that go from page to page.
var parameters = []string{"response_type", "client_id", "redirect_uri", "state", "code_challenge", "code_challenge_method"}

var (
	//go:embed page.html
	pageHTML string
	//go:embed page.css
	pageCSS string

	pages = template.Must(template.New("page").Parse(pageHTML))
	// styleHash lets the one style sheet in, and nothing else.
	styleHash = func() string {
		sum := sha256.Sum256([]byte(pageCSS))
		return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
	}()
)

// page is what the template shows; empty parts are left out.
type page struct {
	Title   string
	Error   string
	Refresh string // open this next
	Style   template.CSS

	Action  string // of the forms
	Request []parameter
	SignIn  bool
	Login   string

	Application, Organisation, User string
	May                             []string
	CSRF                            string
	Switch                          bool // only another sign-in helps
	Host                            string
}

type parameter struct{ Name, Value string }

func (v *visit) request() (list []parameter) {
	for _, name := range parameters {
		if v.form.Has(name) {
			list = append(list, parameter{name, v.form.Get(name)})
		}
	}
	return list
}

func (v *visit) signInPage(problem string) page {
	return page{Title: "Sign in", Error: problem, SignIn: true, Login: v.form.Get("login"), Action: v.r.URL.EscapedPath(),
		Request: v.request(), Application: v.asked.Client.Name, Organisation: v.asked.Client.Organisation}
}

func (v *visit) consentPage() page {
	return page{Title: "Allow access?", Action: v.r.URL.EscapedPath(), Request: v.request(), CSRF: v.in.CSRF,
		Application: v.asked.Client.Name, Organisation: v.asked.Client.Organisation, User: v.in.User.Name,
		May: app.ConsentWords(v.in.Actor, v.asked.Client.Reach), Host: origin(v.asked.Redirect)}
}

func (v *visit) otherOrganisation() page {
	p := v.consentPage()
	p.Title, p.May, p.Switch = "Another sign-in is needed", nil, true
	p.Error = "You are signed in as " + v.in.User.Name + ", who is not of the application's organisation."
	return p
}

// show writes a page.
func (v *visit) show(status int, p page) {
	p.Style = template.CSS(pageCSS)
	var b bytes.Buffer
	if err := pages.Execute(&b, p); err != nil {
		panic(err) // the template is tested with every page
	}
	v.guard(origin(v.asked.Redirect))
	v.w.Header().Set("Content-Type", "text/html; charset=utf-8")
	v.w.WriteHeader(status)
	if v.r.Method != http.MethodHead {
		_, _ = v.w.Write(b.Bytes()) // a browser that has gone needs no page
	}
}

// guard sets what keeps a page from being framed, kept, or made to load
// anything. Forms may lead on to the client's origin: browsers check where the
// answer to a form redirects, too.
func (v *visit) guard(to string) {
	head := v.w.Header()
	head.Set("Cache-Control", "no-store")
	head.Set("Content-Security-Policy", "default-src 'none'; style-src "+styleHash+"; form-action 'self' "+to+"; frame-ancestors 'none'; base-uri 'none'")
	head.Set("X-Frame-Options", "DENY")
	head.Set("X-Content-Type-Options", "nosniff")
	head.Set("Referrer-Policy", "same-origin") // with no-referrer, forms would be sent without their origin
}

// origin gives scheme and host of a redirect URI.
func origin(redirect string) string {
	u, err := url.Parse(redirect)
	if err != nil || u.Host == "" {
		return ""
	}
	return (&url.URL{Scheme: u.Scheme, Host: u.Host}).String()
}
