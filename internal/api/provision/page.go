package provision

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html/template"
	"net/http"

	"holdline/internal/origin"
)

var (
	//go:embed page.html
	pageHTML string
	//go:embed page.css
	pageCSS string

	pageTemplate = template.Must(template.New("page").Parse(pageHTML))
	pagePolicy   = func() string {
		sum := sha256.Sum256([]byte(pageCSS))
		return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
	}()
)

// writePage tells a browser what the address is for: a phone's camera opens
// it there, unless it is Linphone that scans. Nothing of the account is told,
// and no fetch used up; the link hands the address over to Linphone.
func writePage(w http.ResponseWriter, r *http.Request) {
	scheme := "http"
	if origin.Secure(r) {
		scheme = "https"
	}
	var b bytes.Buffer
	err := pageTemplate.Execute(&b, struct {
		Style template.CSS
		Link  template.URL
	}{template.CSS(pageCSS), template.URL("linphone-config:" + scheme + "://" + r.Host + r.URL.RequestURI())})
	if err != nil {
		http.Error(w, "the page could not be made", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", pagePolicy)
	_, _ = w.Write(b.Bytes()) // a browser that has gone needs no page
}
