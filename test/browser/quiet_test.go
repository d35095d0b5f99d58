package browser

import (
	"testing"

	"github.com/chromedp/chromedp"
)

// quiet has the pages loaded from now on lose their patience with a silent
// stream a hundred times faster, on streams that say what the test has them say.
const quiet = `
	const later = window.setTimeout;
	window.setTimeout = (f, ms, ...more) => later(f, ms > 35000 ? ms / 100 : ms, ...more); // longer than a test's own patience
	window.streams = [];
	window.EventSource = class extends EventTarget {
		constructor() {
			super();
			streams.push(this);
			later(() => this.say('snapshot', {now: Date.now(), objects: {client: {client_id: 1, name: 'Quiet', time_zone: 'UTC', threshold: 20, pause_reasons: []}}}));
		}
		say(type, data) { this.dispatchEvent(Object.assign(new Event(type), {data: JSON.stringify(data)})); }
		close() { this.closed = true; }
	};
	window.pinged = 0;
	window.pinging = setInterval(() => { pinged++; streams.at(-1)?.say('ping', {now: Date.now()}); }, 100);`

// Where nothing happens, pings alone keep a page from taking the connection
// for lost; when they stay away, it connects again.
func TestAQuietStreamIsNotALostOne(t *testing.T) {
	d := startDemo(t, "--no-traffic")
	b := d.open(t, 800, 900)
	b.signIn("dana", "demo")
	b.until(`document.querySelector('.agent')`)
	b.onEveryPage(quiet)
	b.do(chromedp.Reload())
	b.until(`window.pinged > 20 && document.body.textContent.includes('Quiet')`) // five times as long as silence is borne
	if n := js[int](b, `streams.length`); n != 1 {
		t.Errorf("a quiet page has connected %d times", n)
	}
	b.do(chromedp.Evaluate[chromedp.Void](`clearInterval(pinging)`))
	b.until(`streams.length > 1 && streams[0].closed`)
}
