package browser

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// screens is a folder to leave pictures of the pages in; empty = none are taken.
var screens = os.Getenv("HOLDLINE_SCREENS")

// tab is a browser with one page. What the page complains of is an error of
// the test, but for what the test expects (see expect).
type tab struct {
	t    *testing.T
	ctx  context.Context
	demo *demo

	mu       sync.Mutex // guards below
	said     []string
	expected []string
}

// chromium is the one browser of all tests, started when the first page is
// opened; endBrowser ends it.
var (
	chromium   = sync.OnceValues(startBrowser)
	endBrowser = func() {}
)

func startBrowser() (context.Context, error) {
	dir, err := os.MkdirTemp("", "holdline-chromium")
	if err != nil {
		return nil, err
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath("chromium"), chromedp.UserDataDir(dir),
		chromedp.NoSandbox, chromedp.DisableGPU, chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true))
	ctx, end := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, _ = chromedp.NewContext(ctx)
	endBrowser = func() {
		end()
		chromedp.FromContext(ctx).Allocator.Wait()
		_ = os.RemoveAll(dir)
	}
	return ctx, chromedp.Do(ctx) // starts it
}

// open loads the console in a window of the given size. Each has cookies and
// storage of its own, as another person's browser has.
func (d *demo) open(t *testing.T, width, height int64) *tab {
	t.Helper()
	if _, err := exec.LookPath("chromium"); err != nil {
		t.Skip("chromium is not installed")
	}
	browser, err := chromium()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := chromedp.NewContext(browser, chromedp.WithNewBrowserContext())
	t.Cleanup(cancel)
	b := &tab{t: t, ctx: ctx, demo: d, expected: []string{"status of 401"}} // nobody is signed in yet
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(width, height), focused); err != nil {
		t.Fatal(err)
	}
	if err := chromedp.Listen(ctx, b.hear); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.complain)
	b.do(chromedp.Navigate("http://" + d.addr + "/"))
	return b
}

// focused has a page behave as the one that is looked at, whichever others there are.
func focused(ctx context.Context, t *chromedp.Target) (chromedp.Void, error) {
	_, err := cdp.Call(ctx, t, emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true})
	return chromedp.Void{}, err
}

func (b *tab) hear(event any) {
	said := ""
	switch e := event.(type) {
	case *log.EventEntryAdded:
		if level := string(e.Entry.Level); level == "error" || level == "warning" {
			said = fmt.Sprint(e.Entry.Text, " ", e.Entry.URL)
		}
	case *runtime.EventExceptionThrown:
		said = "exception: " + e.ExceptionDetails.Text
		if e.ExceptionDetails.Exception != nil {
			said += " " + e.ExceptionDetails.Exception.Description
		}
	case *runtime.EventConsoleAPICalled:
		if string(e.Type) == "error" {
			for _, a := range e.Args {
				said += string(a.Value) + a.Description
			}
		}
	}
	if said != "" {
		b.mu.Lock()
		b.said = append(b.said, said)
		b.mu.Unlock()
	}
}

// expect names what the page may complain of.
func (b *tab) expect(parts ...string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.expected = append(b.expected, parts...)
}

func (b *tab) complain() {
	b.mu.Lock()
	defer b.mu.Unlock()
said:
	for _, s := range b.said {
		for _, part := range b.expected {
			if strings.Contains(s, part) {
				continue said
			}
		}
		b.t.Error("the page complains: ", s)
	}
}

// do runs steps, all together within patience.
func (b *tab) do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		b.shot("failed")
		b.t.Fatalf("%v; the page says:\n%s", err, b.text())
	}
}

// text gives what can be read on the page.
func (b *tab) text() (out string) {
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	out, _ = chromedp.Run(ctx, chromedp.Evaluate[string](`document.body.innerText`)) // for messages only
	return out
}

// until waits until a JavaScript expression is true.
func (b *tab) until(what string) {
	b.t.Helper()
	b.do(chromedp.Poll[chromedp.Void]("Boolean(" + what + ")"))
}

// js evaluates an expression.
func js[T any](b *tab, expression string) (out T) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	out, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		b.t.Fatalf("%s: %v", expression, err)
	}
	return out
}

// shot leaves a picture of the whole page, where pictures are wanted.
func (b *tab) shot(name string) {
	if screens == "" {
		return
	}
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	picture, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
	if err == nil {
		err = os.WriteFile(filepath.Join(screens, name+".png"), picture, 0o644)
	}
	if err != nil {
		b.t.Log("no picture of ", name, ": ", err)
	}
}

// signIn fills the sign-in page in, or the dialog of one whose session has ended.
func (b *tab) signIn(login, password string) {
	b.t.Helper()
	b.do(chromedp.WaitVisible(chromedp.CSS(`.signing-in input[name=login]`)),
		chromedp.Evaluate[chromedp.Void](`document.querySelector('.signing-in form').reset()`),
		chromedp.SendKeys(chromedp.CSS(`.signing-in input[name=login]`), login), chromedp.SendKeys(chromedp.CSS(`.signing-in input[name=password]`), password+"\r"))
}

// dark has the browser ask for dark colours, or no longer.
func (b *tab) dark(on bool) {
	b.t.Helper()
	value := map[bool]string{true: "dark", false: "light"}[on]
	b.do(func(ctx context.Context, t *chromedp.Target) (chromedp.Void, error) {
		_, err := cdp.Call(ctx, t, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: value}}})
		return chromedp.Void{}, err
	})
}

// visit goes to a page and waits until it is there.
func (b *tab) visit(page string) {
	b.t.Helper()
	b.until(`document.querySelector('.page h1')`)
	b.do(chromedp.Evaluate[chromedp.Void](`location.hash = '#/` + page + `'`))
	b.until(`document.querySelector('.page.page-` + page + ` h1')`)
}

// button is the expression of a button that can be pressed, by its text.
func button(text string) string {
	return fmt.Sprintf(`[...document.querySelectorAll('button:not(:disabled)')].filter((b) => b.offsetParent || b.closest('dialog, .menu')).find((b) => b.textContent.trim() == %q)`, text)
}

// press presses a button.
func (b *tab) press(text string) {
	b.t.Helper()
	b.until(button(text))
	b.do(chromedp.Evaluate[chromedp.Void](button(text) + `.click()`))
}

// choose takes an entry of the menu that is open.
func (b *tab) choose(entry string) {
	b.t.Helper()
	b.until(`document.querySelector('.menu')`)
	b.press(entry)
}

// labelled presses what has a label. It is found and pressed in one step: a
// row that moves meanwhile takes it along.
func (b *tab) labelled(label string) {
	b.t.Helper()
	control := fmt.Sprintf(`document.querySelector('[aria-label=%q]:not(:disabled)')`, label)
	b.until(control)
	b.do(chromedp.Evaluate[chromedp.Void](control + `.click()`))
}

// menu opens a menu by its label and takes an entry.
func (b *tab) menu(label, entry string) {
	b.t.Helper()
	b.labelled(label)
	b.choose(entry)
}

// row is the expression that tells whether a table has a row with both texts.
func row(a, b string) string {
	return fmt.Sprintf(`[...document.querySelectorAll('tbody tr')].some((r) => r.textContent.startsWith(%q) && r.textContent.includes(%q))`, a, b)
}

// fits fails the test when the page is wider than its window.
func (b *tab) fits(name string) {
	b.t.Helper()
	if wide := js[float64](b, `document.documentElement.scrollWidth - innerWidth`); wide > 0 {
		b.t.Errorf("%s is %v px wider than the window", name, wide)
	}
}
