package browser

import (
	"context"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// wrongClock has a page's browser be two hours late; rightNow tells the time.
const wrongClock = `{
	const right = Date;
	window.rightNow = () => right.now();
	const late = () => right.now() - 7_200_000;
	window.Date = class extends right {
		constructor(...a) { a.length ? super(...a) : super(late()); }
		static now() { return late(); }
	};
}`

// A browser far away, in another language and with a wrong clock, shows the
// server's time: the clock on the wall as well as how long ago something was.
func TestABrowserElsewhereShowsTheServersTime(t *testing.T) {
	d := startDemo(t, "--no-traffic")
	b := d.open(t, 1280, 900)
	b.do(func(ctx context.Context, t *chromedp.Target) (chromedp.Void, error) {
		if _, err := cdp.Call(ctx, t, emulation.SetLocaleOverride, emulation.SetLocaleOverrideParams{Locale: "ar-EG"}); err != nil {
			return chromedp.Void{}, err
		}
		_, err := cdp.Call(ctx, t, emulation.SetTimezoneOverride, emulation.SetTimezoneOverrideParams{TimezoneID: "Asia/Kathmandu"})
		return chromedp.Void{}, err
	})
	b.onEveryPage(wrongClock)
	b.do(chromedp.Reload())
	b.signIn("dana", "demo")
	b.until(`document.querySelector('.agent .clock')`)
	b.until(`document.querySelector('.wall-clock').textContent === new Intl.DateTimeFormat('ar-EG-u-nu-latn', {hour: 'numeric', minute: '2-digit'}).format(rightNow())`)
	b.until(`/^0:[0-5][0-9]$/.test(document.querySelector('.agent .clock').textContent)`) // not two hours, and no minus
	if foreign := js[string](b, `document.querySelector('.page').innerText.replace(/[^\u0660-\u0669\u06f0-\u06f9]/g, '')`); foreign != "" {
		t.Errorf("beside durations in Latin digits stand %s", foreign)
	}
}
