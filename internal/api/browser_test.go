package api_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"holdline/internal/api/apitest"
)

// screens is a folder to leave pictures of the page in; empty = none are taken.
var screens = os.Getenv("HOLDLINE_SCREENS")

// tab is a page in Chromium. What the page complains of (errors, blocked
// content) and its requests to other hosts are errors of the test.
type tab struct {
	t    *testing.T
	ctx  context.Context // of the steps, which it limits
	page context.Context // of the page
	host string
	mu   sync.Mutex // guards complaints
	said []string
}

func openTab(t *testing.T, host string) *tab {
	t.Helper()
	if _, err := exec.LookPath("chromium"); err != nil {
		t.Skip("chromium is not installed")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath("chromium"), chromedp.UserDataDir(t.TempDir()),
		chromedp.NoSandbox, chromedp.DisableGPU, chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true))
	ctx, cancel := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	b := &tab{t: t, ctx: ctx, page: ctx, host: host}
	b.do(chromedp.EmulateViewport(1440, 900)) // starts the browser, which lives as long as this context
	if err := chromedp.Listen(ctx, b.hear); err != nil {
		t.Fatal(err)
	}
	limited, cancel := context.WithTimeout(ctx, 3*time.Minute)
	t.Cleanup(cancel)
	b.ctx = limited
	t.Cleanup(func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		for _, s := range b.said {
			t.Error("the page:", s)
		}
	})
	return b
}

func (b *tab) hear(event any) {
	var said string
	switch e := event.(type) {
	case *log.EventEntryAdded:
		said = fmt.Sprint(e.Entry.Level, ": ", e.Entry.Text)
	case *runtime.EventExceptionThrown:
		said = fmt.Sprint("exception: ", e.ExceptionDetails.Text)
	case *network.EventRequestWillBeSent:
		if u := e.Request.URL; !strings.HasPrefix(u, b.host+"/") && !strings.HasPrefix(u, "data:") {
			said = "a request to " + u
		}
	}
	if said != "" && !strings.Contains(said, "status of 401") {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.said = append(b.said, said)
	}
}

func (b *tab) do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	if err := chromedp.Do(b.ctx, steps...); err != nil {
		b.picture("failed")
		b.t.Fatal(err)
	}
}

func (b *tab) read(a chromedp.Action[string]) string {
	b.t.Helper()
	text, err := chromedp.Run(b.ctx, a)
	if err != nil {
		b.picture("failed")
		b.t.Fatal(err)
	}
	return text
}

// picture takes one of the page, if somebody wants to look at it.
func (b *tab) picture(name string) {
	if screens == "" {
		return
	}
	png, err := chromedp.Run(b.page, chromedp.CaptureScreenshot())
	if err == nil {
		err = os.WriteFile(filepath.Join(screens, name+".png"), png, 0o644)
	}
	if err != nil {
		b.t.Error(err)
	}
}

func (b *tab) click(css string) {
	b.t.Helper()
	b.do(chromedp.Click(chromedp.CSS(css), chromedp.NodeVisible))
}

func (b *tab) write(css, text string) { b.t.Helper(); b.do(chromedp.SendKeys(chromedp.CSS(css), text)) }

// replace puts a text in the place of what is in a field.
func (b *tab) replace(css, text string) {
	b.t.Helper()
	b.do(chromedp.WaitVisible(chromedp.CSS(css)))
	b.read(chromedp.Evaluate[string](fmt.Sprintf(`(() => {
		const field = document.querySelector(%q);
		Object.getOwnPropertyDescriptor(Object.getPrototypeOf(field), "value").set.call(field, %q);
		field.dispatchEvent(new Event("input", {bubbles: true}));
		return "";
	})()`, css, text)))
}

// text waits for an element to be seen and gives its text.
func (b *tab) text(css string) string {
	b.t.Helper()
	return b.read(chromedp.Text(chromedp.CSS(css), chromedp.NodeVisible))
}

// open opens an operation of the shown document for trying it out.
func (b *tab) open(operation string) (at string) {
	b.t.Helper()
	at = "#operations-" + operation
	b.click(at + " .opblock-summary-control")
	b.click(at + " .try-out__btn")
	return at
}

// execute sends the request and gives status and body of the answer.
func (b *tab) execute(at string) (status, body string) {
	b.t.Helper()
	b.click(at + " .execute")
	return b.text(at + " .live-responses-table tbody .response-col_status"), b.text(at + " .live-responses-table .highlight-code")
}

// setToken gets a token with the form and sets it.
func (b *tab) setToken() {
	b.t.Helper()
	b.do(chromedp.WaitVisible(chromedp.CSS("#get-token")))
	b.write("[name=client_id]", "demo")
	b.write("[name=client_secret]", "demo")
	b.click("#get-token button")
	if told := b.text("#told:not(:empty)"); !strings.Contains(told, "60 minutes") {
		b.t.Errorf("told %q", told)
	}
	b.click("#set-token button")
}

func TestTheAPIBrowser(t *testing.T) {
	d := apitest.NewDemo(t, nil)
	b := openTab(t, d.URL)
	b.do(chromedp.Navigate(d.URL + "/docs/"))
	b.setToken()

	b.click("#operations-tag-Extensions")
	list := b.open("Extensions-getClientExtension")
	if status, body := b.execute(list); status != "200" || !strings.Contains(body, "0003*700") {
		t.Errorf("GET: %s %s", status, body)
	}
	create := b.open("Extensions-postClientExtension")
	b.replace(create+" textarea", `{"name":"371","type":"queue","label":"tried out"}`)
	if status, body := b.execute(create); status != "201" || !strings.Contains(body, "0003*371") || d.Extension("371") == 0 {
		t.Errorf("POST: %s %s", status, body)
	}
	for _, width := range []int64{1440, 360} {
		b.do(chromedp.EmulateViewport(width, 900))
		if wide := b.read(chromedp.Evaluate[string](`String(document.documentElement.scrollWidth)`)); wide != fmt.Sprint(width) {
			t.Errorf("at %d px the page is %s px wide: %s", width, wide, b.read(chromedp.Evaluate[string](beyond)))
		}
		for i, to := range []string{"#credentials", list + " .parameters-container", list + " .live-responses-table"} {
			b.do(chromedp.ScrollIntoView(chromedp.CSS(to)))
			b.picture(fmt.Sprintf("docs-%d-%d", width, i))
		}
	}
}

// beyond lists what reaches beyond the right edge.
const beyond = `[...document.querySelectorAll("body *")].filter(e => e.getBoundingClientRect().right > innerWidth)
	.map(e => e.tagName + "." + e.className).slice(0, 12).join(", ")`

func TestTheAPIBrowserTellsWhatIsWrong(t *testing.T) {
	d := apitest.NewDemo(t, nil)
	b := openTab(t, d.URL)
	b.do(chromedp.Navigate(d.URL + "/docs"))
	b.do(chromedp.WaitVisible(chromedp.CSS("#get-token")))
	b.write("[name=client_id]", "demo")
	b.write("[name=client_secret]", "wrong")
	b.do(chromedp.KeyEvent(kb.Enter))
	if told := b.text("#told.bad"); !strings.Contains(told, "client") {
		t.Errorf("told %q", told)
	}
	// The other dialects are a choice away; voiptech's has no tokens, but a user.
	for _, shown := range []struct{ path, form string }{{"/uapi/openapi.json", "#get-token"}, {"/API/openapi.json", "#set-password"}} {
		b.read(chromedp.Evaluate[string](fmt.Sprintf(`dialect.value = %q, dialect.dispatchEvent(new Event("change")), ""`, shown.path)))
		b.do(chromedp.WaitVisible(chromedp.CSS(shown.form)))
	}
	b.do(chromedp.WaitNotVisible(chromedp.CSS("#get-token")))
}

func TestThePagesOfTheAPIBrowser(t *testing.T) {
	s := apitest.New(t, nil)
	for path, kind := range map[string]string{"/docs/": "text/html; charset=utf-8", "/docs/swagger-ui-bundle.js": "text/javascript; charset=utf-8",
		"/docs/swagger-ui.css": "text/css; charset=utf-8", "/docs/browser.js": "text/javascript; charset=utf-8", "/docs/LICENSE.txt": "text/plain; charset=utf-8"} {
		plain, zipped := s.Do("GET", path, "", ""), s.Do("GET", path, "", "", "Accept-Encoding: gzip")
		if plain.Status != 200 || plain.Header.Get("Content-Type") != kind || plain.Header.Get("Content-Encoding") != "" || len(plain.Body) <= len(zipped.Body) {
			t.Errorf("%s: %d %v, %d bytes, zipped %d", path, plain.Status, plain.Header, len(plain.Body), len(zipped.Body))
		}
		if policy := plain.Header.Get("Content-Security-Policy"); !strings.HasPrefix(policy, "default-src 'none'") || strings.Contains(policy, "unsafe") || strings.Contains(policy, "http") {
			t.Errorf("%s: policy %q", path, policy)
		}
		if again := s.Do("GET", path, "", "", "Accept-Encoding: gzip", "If-None-Match: "+zipped.Header.Get("ETag")); again.Status != 304 {
			t.Errorf("%s again: %d", path, again.Status)
		}
	}
	if got := s.Do("GET", "/docs", "", ""); got.Status != 308 || got.Header.Get("Location") != "/docs/" {
		t.Errorf("/docs: %d %v", got.Status, got.Header)
	}
	for path, want := range map[string]int{"/docs/index.html": 404, "/docs/nothing": 404, "/docs/../docs/": 404} {
		if got := s.Do("GET", path, "", ""); got.Status != want {
			t.Errorf("%s: %d", path, got.Status)
		}
	}
	if got := s.Do("POST", "/docs/", "", "x"); got.Status != 405 || got.Header.Get("Allow") != "GET, HEAD" {
		t.Errorf("POST: %d %v", got.Status, got.Header)
	}
}
