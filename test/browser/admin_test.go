package browser

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

func TestSoundsAreUploadedHeardAndDeleted(t *testing.T) {
	d := startDemo(t, "--no-traffic")
	b := d.open(t, 1440, 900)
	b.signIn("dana", "demo")
	b.visit("sounds")
	b.until(`document.body.textContent.includes('No sounds yet')`)
	b.shot("sounds-empty")
	b.press("Add a sound")
	b.file("text.wav", []byte("no sound at all"))
	b.expect("status of 400", "status of 409")
	b.press("Upload")
	b.until(`document.querySelector('dialog .wrong:not([hidden])')?.textContent.includes('cannot be played')`)
	b.shot("sound-refused")
	b.barriers("a sound that is refused")
	b.file("hello.wav", wave())
	b.fill("Name", "Welcome")
	b.press("Upload")
	b.told("Welcome is there")
	b.until(row("Welcome", "hello.wav"))
	b.until(`(() => { const a = document.querySelector('audio'); if (a.readyState < 1) a.load(), a.preload = 'auto'; return a.duration == 1 })()`)
	b.shot("sounds")
	b.barriers("sounds")

	b.rowMenu("Welcome", "Rename…")
	b.fill("Name", "Good morning")
	b.press("Save")
	b.until(row("Good morning", "hello.wav"))
	b.rowMenu("Good morning", "Another file…")
	b.file("other.wav", wave())
	b.press("Upload")
	b.until(row("Good morning", "other.wav"))

	// In use it stays, and it is said where.
	b.request("PUT", "/extension/@700/queue/", `{"start_sound": 1}`)
	b.rowMenu("Good morning", "Delete…")
	b.press("Delete")
	b.told("is used by queue 700 (start_sound)")
	b.press("Cancel")
	b.request("PUT", "/extension/@700/queue/", `{"start_sound": null}`)
	b.rowMenu("Good morning", "Delete…")
	b.press("Delete")
	b.until(`document.body.textContent.includes('No sounds yet')`)
}

func TestAPhoneIsMadeSetUpAndDeleted(t *testing.T) {
	d := startDemo(t, "--no-traffic")
	b := d.open(t, 1440, 900)
	b.signIn("dana", "demo")
	b.visit("extensions")
	b.until(row("201", "Not registered"))
	b.press("Add a phone")
	b.fill("Number", "201")
	b.expect("status of 409")
	b.press("Add")
	b.until(`document.querySelector('dialog .problem:not([hidden]), dialog .wrong:not([hidden])')?.textContent.includes('in use')`)
	b.fill("Number", "260")
	b.fill("Name", "Reception")
	b.press("Add")
	b.until(`document.querySelector('dialog .qr path')?.getBBox().width > 30 && document.querySelector('dialog').textContent.includes('0003*260')`)
	b.shot("softphone")
	b.barriers("a softphone's account")
	b.linphoneFetches(t, "0003*260")
	for _, softphone := range []string{"wave", "zoiper", "microsip", "baresip", "other"} {
		b.pick(`document.querySelector('dialog .softphone-choice select')`, softphone)
		b.until(`document.querySelector('dialog .account').textContent.includes('0003*260')`)
		b.barriers("the account for " + softphone)
		b.shot("softphone-" + softphone)
	}
	b.press("Done")
	b.until(row("260", "Reception"))
	b.barriers("phones")
	b.shot("phones")

	// The password is not shown again, but a new one can be set.
	b.rowMenu("260", "Set up a softphone…")
	b.until(`document.querySelector('dialog form') && !document.querySelector('dialog .account').textContent.includes('Password')`)
	b.fill("Password", "short")
	b.expect("status of 400")
	b.press("Set a new password")
	b.until(`document.querySelector('dialog .wrong:not([hidden])')?.textContent.includes('8 to 128')`)
	b.fill("Password", "correct horse battery")
	b.press("Set a new password")
	b.until(`document.querySelector('dialog .account')?.textContent.includes('correct horse battery')`)
	b.pick(`document.querySelector('dialog .softphone-choice select')`, "linphone")
	b.linphoneFetches(t, "0003*260")
	b.press("Make a new QR code")
	b.linphoneFetches(t, "0003*260")
	b.press("Done")

	b.rowMenu("260", "Edit…")
	b.until(`document.querySelector('dialog form')`)
	b.fill("Belongs to", "1")
	b.fill("Shown as", "Front desk")
	b.press("Save")
	b.told("Phone 260 is saved")
	if owner, phone := b.request("GET", "/extension/@260/owner/", ""), b.request("GET", "/client/@me/extension/@260", ""); !strings.Contains(owner, `"user_id":1`) ||
		!strings.Contains(phone, `"caller_id_name":"Front desk"`) || !strings.Contains(phone, `"label":"Reception"`) {
		t.Errorf("saved: %s %s", owner, phone)
	}
	b.rowMenu("260", "Block")
	b.press("Block")
	b.until(row("260", "Blocked"))
	b.rowMenu("260", "Unblock")
	b.until(row("260", "Not registered"))
	b.rowMenu("201", "Delete…")
	b.until(`document.querySelector('dialog')?.textContent.includes('goes with it, out of Sales, Support')`)
	b.shot("phone-delete")
	b.press("Cancel")
	b.rowMenu("260", "Delete…")
	b.press("Delete")
	b.until("!" + row("260", "Reception"))

	b.do(chromedp.SendKeys(chromedp.CSS(`.search`), "203"))
	b.until(row("203", "Not registered") + " && !" + row("201", "Not"))
}

func TestAgentsAreMadeChangedAndDeleted(t *testing.T) {
	d := startDemo(t, "--no-traffic")
	b := d.open(t, 1440, 900)
	b.signIn("dana", "demo")
	b.visit("agentsetup")
	b.until(row("Ada", "Sales"))
	b.shot("agent-setup")
	b.barriers("agent setup")
	b.press("Add an agent")
	b.fill("Takes calls at", "remote")
	b.fill("Number", "none")
	b.expect("status of 400")
	b.shot("agent-add")
	b.press("Add")
	b.until(`document.querySelector('dialog .wrong:not([hidden])')?.textContent.includes('3 to 20 digits')`)
	b.barriers("an agent that is refused")
	b.fill("Number", "+15550177")
	b.fill("Name", "Ada Outside")
	b.fill("Wrap-up", "15")
	b.press("Add")
	b.until(`document.querySelector('dialog h2')?.textContent == 'Queues of Ada Outside'`)
	b.labelled("Serves Support")
	b.press("Save")
	b.until(row("Ada Outside", "Support") + " && " + row("Ada Outside", "15 s"))
	b.rowMenu("Ada Outside", "Edit…")
	b.fill("Rings for", "25")
	b.press("Save")
	b.until(row("Ada Outside", "25 s"))
	b.rowMenu("Ada Outside", "Delete…")
	b.until(`document.querySelector('dialog')?.textContent.includes('taken out of Support')`)
	b.press("Delete")
	b.until("!" + row("Ada Outside", ""))
}

func TestAQueueIsMadeSettledAndStaffed(t *testing.T) {
	d := startDemo(t, "--no-traffic")
	b := d.open(t, 1440, 900)
	b.signIn("dana", "demo")
	b.visit("queues")
	b.until(row("Sales", "Who has been idle longest"))
	b.shot("queues")
	b.barriers("queues")
	b.press("Add a queue")
	b.fill("Number", "720")
	b.fill("Name", "Night desk")
	b.press("Add")
	b.until(`document.querySelector('h1')?.textContent == 'Night desk (720)' && document.body.textContent.includes('Nobody serves this queue')`)
	b.shot("queue-new")

	b.press("After the call")
	b.until(`document.activeElement.textContent == 'After the call' && scrollY > 0`)

	// What does not matter is not shown.
	if js[bool](b, labelled("To")+`.offsetParent || `+labelled("Announcement")+`.offsetParent || !`+labelled("Music")+`.offsetParent`) {
		t.Error("settings are shown that do not matter, or missing")
	}
	b.fill("Announcement every", "30")
	b.fill("Longest wait", "600")
	b.until(labelled("Announcement") + ".offsetParent && " + labelled("After the longest wait, to") + ".offsetParent")
	b.fill("After the longest wait, to", "720")
	b.expect("status of 400")
	b.press("Save the settings")
	b.until(`document.querySelector('.wrong:not([hidden])')?.textContent.includes('the number of this very queue')`)
	b.barriers("a queue's setting that is refused")
	b.fill("After the longest wait, to", "700")

	// A sound is uploaded in place.
	b.do(chromedp.Evaluate[chromedp.Void](labelled("Greeting") + `.parentNode.querySelector('[aria-label="Upload another sound"]').click()`))
	b.file("greeting.wav", wave())
	b.press("Upload")
	b.until(labelled("Greeting") + `.selectedOptions[0].text == 'greeting' && ` + labelled("Music") + `.options.length == 2`)
	b.do(chromedp.Evaluate[chromedp.Void](`window.sounded = 0; HTMLMediaElement.prototype.play = ((play) => function () {
		this.addEventListener('playing', () => window.sounded++);
		return play.call(this);
	})(HTMLMediaElement.prototype.play)`), chromedp.Click(chromedp.CSS(`[aria-label="Listen to Greeting"]`)))
	b.until(`window.sounded == 1 && document.querySelector('[aria-label="Listen to Greeting"]')`) // it has played and ended
	b.press("Save the settings")
	b.told("The settings are saved")
	b.shot("queue")
	b.barriers("a queue's page")
	saved := b.request("GET", "/extension/@720/queue/", "")
	for _, want := range []string{`"max_wait_time":600`, `"timeout_transfer_dst":"700"`, `"announce_frequency":30`, `"start_sound":1`, `"sound_type":"music"`} {
		if !strings.Contains(saved, want) {
			t.Errorf("not saved: %s in %s", want, saved)
		}
	}

	// Agents: two on a level, moved, one taken out.
	for range 2 {
		b.press("Add")
		b.until(`document.querySelector('dialog[open]')`)
		b.do(chromedp.Evaluate[chromedp.Void](button("Add") + `; document.querySelector('dialog footer .primary').click()`))
		b.until(`!document.querySelector('dialog[open]')`)
	}
	b.until(order("Ada", "Ben"))
	b.labelled("Move up: Ben")
	b.until(order("Ben", "Ada"))
	b.labelled("Level and position: Ada")
	b.fill("Level", "2")
	b.press("Save")
	b.until(`[...document.querySelectorAll('.level-head')].map((e) => e.textContent).join() == 'Level 1,Level 2'`)
	b.shot("queue-agents")
	b.labelled("Take out of the queue: Ada")
	b.press("Take out")
	b.until(order("Ben"))

	b.press("Delete…")
	b.until(`document.querySelector('dialog')?.textContent.includes('One agent leaves it')`)
	b.press("Delete")
	b.until(row("Sales", "Who") + " && !" + row("Night desk", ""))
}

func TestSetupFitsSmallScreens(t *testing.T) {
	d := startDemo(t, "--no-history")
	b := d.open(t, 360, 740)
	b.signIn("dana", "demo")
	b.visit("sounds")
	b.request("POST", "/client/@me/extension/", `{"name":"270","type":"phone","label":"A desk with quite a long name, as people give them"}`)
	for _, page := range []string{"extensions", "agentsetup", "queues", "sounds"} {
		b.visit(page)
		b.until(`document.querySelector('tbody tr, .nothing')`)
		b.fits(page)
		b.barriers(page + " at 360 px")
		b.shot(page + "-360")
	}
	b.do(chromedp.Evaluate[chromedp.Void](`location.hash = '#/queues/@700'`))
	b.until(`document.querySelector('h1')?.textContent == 'Sales (700)' && document.querySelector('.member')`)
	b.fits("a queue at 360 px")
	b.barriers("a queue at 360 px")
	b.shot("queue-360")
	b.dark(true)
	b.shot("queue-360-dark")
	b.barriers("a queue at 360 px, dark")
	b.visit("extensions")
	b.until(`[...document.querySelectorAll('tbody tr')].some((r) => r.querySelector('.is-available, .is-talking, .is-ringing'))`) // real phones
	b.rowMenu("270", "Set up a softphone…")
	b.press("Make a QR code") // nothing is made before it is asked for, and no password is needed
	b.until(`document.querySelector('dialog .qr')`)
	b.linphoneFetches(t, "0003*270")
	b.fits("a softphone's account at 360 px")
	b.shot("softphone-360-dark")
}

// labelled is the expression of a control by its label.
func labelled(label string) string {
	return fmt.Sprintf(`[...document.querySelectorAll('label')].find((l) => l.textContent.replace(' *', '') == %q).control`, label)
}

// order is the expression that tells whether a queue's agents stand like that.
func order(names ...string) string {
	return fmt.Sprintf(`[...document.querySelectorAll('.member b')].map((e) => e.textContent).join() == %q`, strings.Join(names, ","))
}

// fill types into the visible field with a label, in place of what is there.
func (b *tab) fill(label, text string) {
	b.t.Helper()
	field := fmt.Sprintf(`[...document.querySelectorAll('label')].findLast((l) => l.offsetParent && l.textContent.replace(' *', '') == %q)?.control`, label)
	b.until(field)
	b.do(chromedp.Evaluate[chromedp.Void](fmt.Sprintf(`{
		const f = %s;
		f.value = %q;
		f.dispatchEvent(new Event('input', {bubbles: true}));
	}`, field, text)))
}

// file gives a file to the dialog's field.
func (b *tab) file(name string, content []byte) {
	b.t.Helper()
	path := filepath.Join(b.t.TempDir(), name)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		b.t.Fatal(err)
	}
	b.do(chromedp.SetUploadFiles(chromedp.CSS(`dialog input[type=file]`), []string{path}))
}

// told waits for a message.
func (b *tab) told(text string) {
	b.t.Helper()
	b.until(fmt.Sprintf(`[...document.querySelectorAll('.toast')].some((t) => t.textContent.includes(%q))`, text))
}

// rowMenu takes an entry of the menu of the row that begins with a text.
func (b *tab) rowMenu(name, entry string) {
	b.t.Helper()
	menu := fmt.Sprintf(`[...document.querySelectorAll('tbody tr')].find((r) => r.textContent.startsWith(%q))?.querySelector('.row-menu button')`, name)
	b.until(menu)
	b.do(chromedp.Evaluate[chromedp.Void](menu + `.click()`))
	b.choose(entry)
}

// request asks the API as the page does, and gives the answer.
func (b *tab) request(method, path, body string) string {
	b.t.Helper()
	return js[string](b, fmt.Sprintf(`(async () => {
		const s = await (await fetch('/console/session')).json();
		const answer = await fetch('/api/ver1.0' + %q, {method: %q, headers: {'Content-Type': 'application/json', 'X-CSRF-Token': s.csrf}, body: %q || undefined});
		return answer.ok ? answer.text() : Promise.reject(await answer.text());
	})()`, path, method, body))
}

// wave is a WAV file of a second's silence: 8 kHz, mono, 8 bit.
func wave() []byte {
	return []byte("RIFF\x64\x1f\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00\x40\x1f\x00\x00\x40\x1f\x00\x00\x01\x00\x08\x00data\x40\x1f\x00\x00" + strings.Repeat("\x80", 8000))
}

// linphoneFetches fetches what the QR code of the open dialog leads to, as Linphone does.
func (b *tab) linphoneFetches(t *testing.T, user string) {
	t.Helper()
	b.until(`document.querySelector('dialog .qr') && document.querySelector('dialog a[href^="linphone-config:http"]')`)
	address := strings.TrimPrefix(js[string](b, `document.querySelector('dialog a[href^="linphone-config:"]').getAttribute('href')`), "linphone-config:")
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	a, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Body.Close()
	text, err := io.ReadAll(a.Body)
	if err != nil || a.StatusCode != http.StatusOK || !strings.Contains(string(text), "sip:"+user+"@demo.local") || !strings.Contains(string(text), "sip:127.0.0.") {
		t.Errorf("%s: %d %s, %v", address, a.StatusCode, text, err)
	}
}
