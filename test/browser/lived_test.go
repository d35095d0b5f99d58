package browser

import (
	"strings"
	"testing"
)

// counted asks for a list as the page does and gives how many entries it has in all.
func (b *tab) counted(path string) int {
	b.t.Helper()
	return js[int](b, `fetch('/api/ver1.0/client/@me/`+path+`').then((a) => a.ok ? Number(a.headers.get('X-Total-Count') ?? -1) : a.text().then((s) => Promise.reject(s)))`)
}

// A new demo has two weeks behind it, the same after a restart; there is somebody for every page.
func TestTheDemoIsLivedIn(t *testing.T) {
	d := startDemo(t)
	b := d.open(t, 1440, 900)
	b.signIn("admin", "demo")
	b.until(`document.querySelectorAll('.agent').length == 6`)
	calls, recordings := b.counted("call_history/"), b.counted("record/")
	if calls < 1000 || recordings < 4 {
		t.Errorf("%d calls, %d recordings", calls, recordings)
	}
	b.expect("ERR_", "net::", "status of 5", "stream/")
	d.stop()
	d.start()
	b.until(`document.querySelector('.banner').hidden && document.querySelector('.agent')`)
	if again := b.counted("call_history/"); again < calls || again > calls+100 || b.counted("record/") != recordings {
		t.Errorf("after a restart %d calls, before %d", again, calls)
	}
	if n := strings.Count(d.said(), "Two weeks of calls"); n != 1 {
		t.Errorf("the past was made %d times", n)
	}
	ada := d.open(t, 360, 740)
	ada.signIn("ada", "demo")
	ada.until(`document.querySelector('.my-word')`)
}
