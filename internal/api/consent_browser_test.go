package api_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"holdline/internal/store"
)

// A program at another site sends its user to the consent page, in a real
// browser, which keeps a strict cookie back at first.
func TestConsentInABrowser(t *testing.T) {
	p := withPeople(t)
	mux := http.NewServeMux()
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprintf(w, `<link rel="icon" href="data:,"><a id="go" href="%s">go</a>`, p.URL+"/oauth/authorize.php?response_type=code&amp;client_id=crm&amp;state=s&amp;redirect_uri="+url.QueryEscape("http://"+r.Host+"/back"))
	})
	mux.HandleFunc("/back", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprintf(w, `<link rel="icon" href="data:,"><p id="got">%d %s %s</p>`, len(r.FormValue("code")), r.FormValue("state"), r.FormValue("error"))
	})
	site := httptest.NewServer(mux)
	t.Cleanup(site.Close)
	client := strings.Replace(site.URL, "127.0.0.1", "localhost", 1) // another site than the server's
	p.crm.RedirectURIs = []string{client + "/back"}
	p.Update(func(ctx context.Context, tx store.Tx) error { return tx.Applications.Put(ctx, p.crm) })

	b := openTab(t, "http:/")
	b.do(chromedp.Navigate(client + "/"))
	b.click("#go")
	b.narrow("signin")
	b.write("#login", "boss@example.com")
	b.write("#password", passwordOfAll)
	b.do(chromedp.KeyEvent(kb.Enter))
	if asked := b.text("ul"); !strings.Contains(asked, "everything of your organisation") {
		t.Errorf("asked for %q", asked)
	}
	b.narrow("consent")
	b.click("button[value=allow]")
	if got := b.text("#got"); got != "43 s" {
		t.Errorf("the client got %q", got)
	}
	// Signed in, the user is asked at once though the link is another site's; by keyboard alone.
	b.do(chromedp.Navigate(client + "/"))
	b.click("#go")
	b.do(chromedp.WaitVisible(chromedp.CSS("button[value=deny]")))
	b.do(chromedp.KeyEvent(kb.Tab), chromedp.KeyEvent(kb.Tab), chromedp.KeyEvent(kb.Enter))
	if got := b.text("#got"); got != "0 s access_denied" {
		t.Errorf("the client got %q", got)
	}
}

// narrow looks at the page as wide as a screen and as a phone.
func (b *tab) narrow(name string) {
	b.t.Helper()
	b.do(chromedp.WaitVisible(chromedp.CSS("button.main")))
	for _, width := range []int64{1440, 360} {
		b.do(chromedp.EmulateViewport(width, 740))
		if wide := b.read(chromedp.Evaluate[string](`String(document.documentElement.scrollWidth)`)); wide != fmt.Sprint(width) {
			b.t.Errorf("%s at %d px is %s px wide: %s", name, width, wide, b.read(chromedp.Evaluate[string](beyond)))
		}
		b.picture(fmt.Sprintf("%s-%d", name, width))
	}
}
