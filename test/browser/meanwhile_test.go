package browser

import (
	"fmt"
	"testing"

	"github.com/chromedp/chromedp"
)

// meanwhile asks the API as the page's user and gives the answer's status.
func (b *tab) meanwhile(method, path, body string) int {
	b.t.Helper()
	return js[int](b, fmt.Sprintf(`(async () => {
		const s = await (await fetch('/console/session')).json();
		return (await fetch('/api/ver1.0' + %q, {method: %q, headers: {'Content-Type': 'application/json', 'X-CSRF-Token': s.csrf}, body: %s})).status;
	})()`, path, method, body))
}

// What somebody else does while a dialog is open keeps nobody from saving it;
// a dialog and a menu go with the page they are of.
func TestDialogsWhileOthersChangeTheSame(t *testing.T) {
	d := startDemo(t, "--no-traffic")
	b := d.open(t, 1440, 900)
	b.signIn("dana", "demo")
	b.visit("agents")
	b.until(row("Ben", "Support 1.2"))
	for _, queue := range []string{"700", "701"} {
		if status := b.meanwhile("DELETE", "/extension/@"+queue+"/queue/agents/local/2", "undefined"); status != 204 {
			t.Fatalf("taking Ben out of %s: %d", queue, status)
		}
	}
	b.until("!" + row("Ben", "Support"))
	b.menu("Actions for Ben", "Queues, levels…")
	b.until(`document.querySelector('dialog[open]')`)
	b.do(chromedp.Evaluate[chromedp.Void](`document.querySelector('[aria-label="Serves Sales"]').click(); document.querySelector('[aria-label="Serves Support"]').click();
		document.querySelector('[aria-label="Level in Support"]').value = '3'`))
	if status := b.meanwhile("POST", "/extension/@701/queue/agents/local/", `'{"agent_id":2,"level":1,"position":1}'`); status != 201 {
		t.Fatalf("somebody else adds Ben: %d", status)
	}
	b.until(row("Ben", "Support 1.1"))
	b.press("Save")
	b.until(`!document.querySelector('dialog') && ` + row("Ben", "Support 3.1") + ` && ` + row("Ben", "Sales 1.1"))

	// One of two is refused: the other is not saved twice.
	b.menu("Actions for Ben", "Queues, levels…")
	b.do(chromedp.Evaluate[chromedp.Void](`document.querySelector('[aria-label="Level in Sales"]').value = '4'; document.querySelector('[aria-label="Level in Support"]').value = '5'`))
	if status := b.meanwhile("DELETE", "/client/@me/extension/@701?force=true", "undefined"); status != 204 {
		t.Fatalf("deleting Support: %d", status)
	}
	b.until("!" + row("Ben", "Support"))
	b.expect("status of 404")
	b.press("Save")
	b.until(`document.querySelector('.dialog-toasts')?.textContent.includes('there is no extension') && ` + row("Ben", "Sales 4.1"))
	b.do(chromedp.Evaluate[chromedp.Void](`document.querySelector('[aria-label="Serves Support"]').click()`))
	b.press("Save")
	b.until(`!document.querySelector('dialog')`)

	// Back, with a menu and with a dialog open.
	b.visit("calls")
	b.visit("agents")
	b.labelled("Actions for Ben")
	b.until(`document.querySelector('.menu')`)
	b.do(chromedp.Evaluate[chromedp.Void](`history.back()`))
	b.until(`document.querySelector('.page-calls h1') && !document.querySelector('.menu')`)
	b.visit("agents")
	b.menu("Actions for Ben", "Force free…")
	b.until(`document.querySelector('dialog[open]')`)
	b.do(chromedp.Evaluate[chromedp.Void](`history.back()`))
	b.until(`document.querySelector('.page-calls h1') && !document.querySelector('dialog')`)

	// An address that was typed wrong is no broken page.
	b.expect("status of 40")
	b.do(chromedp.Evaluate[chromedp.Void](`location.hash = '#/history/%'`))
	b.until(`document.querySelector('.page-history [role=alert]')?.textContent.includes('there is no such call')`)
}
