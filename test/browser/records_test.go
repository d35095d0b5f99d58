package browser

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"holdline/internal/phone"
)

// put writes into a field of the dialog that is open.
func (b *tab) put(name, value string) {
	b.t.Helper()
	field := fmt.Sprintf(`[...document.querySelectorAll('dialog[open] [name=%q]')].find((f) => f.offsetParent)`, name)
	b.until(field)
	b.do(chromedp.Evaluate[chromedp.Void](fmt.Sprintf(`((f) => { f.value = %q; for (const e of ['input', 'change']) f.dispatchEvent(new Event(e, {bubbles: true})); })(%s)`, value, field)))
}

// story gives how the console tells the legs of a call, line by line.
func (b *tab) story(call string) string {
	b.t.Helper()
	return js[string](b, `import(document.querySelector('script[type=module]').src.replace('main.js', 'views/history.js')).then((m) => m.story(`+call+`).map((s) => s.text).join('\n'))`)
}

// Everything that is set up once, and what is recorded of calls, in a wide and
// in a narrow window: the way a supervisor goes.
func TestLinesKeysAndRecords(t *testing.T) {
	d := startDemo(t, "--no-traffic")
	b := d.open(t, 1440, 900)
	b.expect("status of 400") // refusals that are to be seen at their fields
	b.signIn("dana", "demo")
	b.until(`document.querySelector('.agent')`)
	b.do(chromedp.Evaluate[chromedp.Void](`(async () => {
		const s = await (await fetch('/console/session')).json();
		for (const q of ['@700', '@701']) await fetch('/api/ver1.0/extension/' + q + '/queue/', {method: 'PUT', headers: {'Content-Type': 'application/json', 'X-CSRF-Token': s.csrf}, body: '{"record_enabled":true}'});
	})()`))
	small := d.open(t, 360, 740)
	small.signIn("dana", "demo")
	small.until(`document.querySelector('.page h1')`)

	b.stories()
	b.webhooks()
	b.applications()
	b.lines()
	b.users()
	b.records(d.phones(t, "201", "202"))
	for _, page := range []string{"webhooks", "history", "recordings", "reports", "audit", "trunks", "numbers", "users", "applications", "organisation"} {
		small.visit(page)
		small.until(`!document.querySelector('[aria-busy]')`)
		small.fits(page + " at 360 px")
		small.barriers(page + " at 360 px")
		small.shot(page + "-360")
		b.visit(page)
		b.until(`!document.querySelector('[aria-busy]')`)
		b.barriers(page)
		b.shot(page)
	}
	small.narrowly()
	b.dark(true)
	b.visit("history")
	b.until(`document.querySelector('tbody tr')`)
	b.shot("history-dark")
	b.barriers("call history, dark")
}

// narrowly looks at dialogs and pages below pages in a narrow window.
func (b *tab) narrowly() {
	b.t.Helper()
	b.visit("trunks")
	b.press("Add a trunk")
	b.until(`document.querySelector('dialog[open] [name=host]')`)
	b.fits("adding a trunk at 360 px")
	b.shot("trunk-add-360")
	b.press("Cancel")
	b.visit("webhooks")
	b.until(`document.querySelector('tbody tr')`)
	b.do(chromedp.Evaluate[chromedp.Void](`document.querySelector('tbody tr').click()`))
	b.until(`document.querySelector('[aria-label=Deliveries] tbody tr')`)
	b.fits("a webhook at 360 px")
	b.barriers("a webhook at 360 px")
	b.do(chromedp.Evaluate[chromedp.Void](`document.querySelector('tbody tr').click()`))
	b.until(`document.querySelector('dialog[open] .tries li')`)
	b.fits("a delivery at 360 px")
	b.shot("webhook-delivery-360")
	b.press("Close")
	b.visit("history")
	b.until(`document.querySelector('tbody tr')`)
	b.do(chromedp.Evaluate[chromedp.Void](`document.querySelector('tbody tr').click()`))
	b.until(`document.querySelector('.story li')`)
	b.fits("a call at 360 px")
	b.barriers("a call at 360 px")
	b.shot("call-360")
	b.do(chromedp.Evaluate[chromedp.Void](`location.hash = '#/reports/staffing'`))
	b.press("Calculate")
	b.until(`document.querySelector('.staffing-figure')`)
	b.fits("staffing at 360 px")
	b.shot("staffing-360")
}

// stories are of calls the demo does not make.
func (b *tab) stories() {
	b.t.Helper()
	leg := func(id, flow, from, to, started, answered, ended, by, cause, more string) string {
		return fmt.Sprintf(`{leg_uuid: %q, flow: %q, from_username: %q, to_username: %q, start_time_gmt: '2020-03-16 %s', answer_time_gmt: %s, hangup_time_gmt: '2020-03-16 %s', hangup_by: %q, hangup_cause: %q, %s}`,
			id, flow, from, to, started, answered, ended, by, cause, more)
	}
	direct := `{call_uuid: 'a', cdr: [` + leg("a", "in", "0003*201", "202", "12:00:00", "null", "12:00:20", "remote", "cancelled", "") + `,` +
		leg("b", "out", "0003*201", "0003*202", "12:00:00", "null", "12:00:20", "local", "cancelled", "extension_id: 5") + `]}`
	if got, want := b.story(direct), "201 calls 202\nPhone 202 rings\nThe caller gives up\nPhone 202 stops ringing"; got != want && got != "201 calls 202\nPhone 202 rings\nPhone 202 stops ringing\nThe caller gives up" {
		b.t.Errorf("told\n%s\nwant\n%s", got, want)
	}
	moved := `{call_uuid: 'a', queue_id: 98, extension_id: 98, extension_name: '0003*798', cdr: [` +
		leg("a", "in", "4930123", "15550700", "12:00:00", "'2020-03-16 12:00:01'", "12:03:00", "local", "normal", "from_screen_name: 'Ann'") + `,` +
		leg("b", "out", "4930123", "0003*202", "12:00:02", "null", "12:00:22", "local", "no_answer", "extension_id: 5") + `,` +
		leg("c", "out", "4930123", "4930999", "12:00:22", "'2020-03-16 12:00:30'", "12:03:00", "remote", "normal", "") + `,` +
		leg("d", "out", "4930123", "0003*203", "12:00:22", "null", "12:00:23", "remote", "busy", "extension_id: 6, sip_code: 486") + `]}`
	want := "4930123, Ann calls 15550700\nThe caller waits in 798\nPhone 202 rings\nPhone 202 does not answer\n4930999 rings\nPhone 203 rings\n" +
		"Phone 203 is busy (486)\n4930999 answers after 0:08\nThe call ends for the caller\n4930999 hangs up"
	if got := b.story(moved); strings.Join(slices.Sorted(strings.SplitSeq(got, "\n")), "\n") != strings.Join(slices.Sorted(strings.SplitSeq(want, "\n")), "\n") {
		b.t.Errorf("told\n%s\nwant\n%s", got, want)
	}
}

// An administrator sees every organisation, and makes others with their first user.
func TestAdministratorsMakeOrganisations(t *testing.T) {
	d, login, password := startEmpty(t)
	b := d.open(t, 1440, 900)
	b.expect("status of 400", "status of 409")
	b.signIn(login, password)
	b.until(`document.querySelector('.page h1')`)
	b.do(chromedp.Evaluate[chromedp.Void](`location.hash = '#/organisation'`))
	b.press("Add an organisation")
	b.put("name", "Second")
	b.put("prefix", "x")
	b.put("domain", "second.example")
	b.put("time_zone", "Europe/Berlin")
	b.press("Add")
	b.until(`document.querySelector('dialog[open] [name=prefix][aria-invalid]')`)
	b.put("prefix", "0042")
	b.press("Add")
	b.until(`document.querySelector('dialog[open] h2')?.textContent == 'Add a user of Second'`)
	b.put("login", "boss@second.example")
	b.put("name", "Boss")
	b.put("password", "correct horse battery")
	b.press("Add")
	b.until(row("Second", "Europe/Berlin") + ` && !document.querySelector('dialog')`)
	b.barriers("all organisations")
	b.shot("organisations")

	other := d.open(t, 360, 740)
	other.signIn("boss@second.example", "correct horse battery")
	other.visit("organisation")
	other.until(`document.querySelector('[name=name]')?.value == 'Second' && document.querySelectorAll('table').length == 0`)
	other.do(chromedp.Evaluate[chromedp.Void](`((f) => { f.value = 'Second and third'; f.form.requestSubmit(); })(document.querySelector('[name=name]'))`))
	other.until(`document.body.textContent.includes('The organisation is saved.')`)
}

func (b *tab) webhooks() {
	b.t.Helper()
	b.visit("webhooks")
	b.press("Add a webhook")
	b.put("url", "ftp://crm.example")
	b.press("Add")
	b.until(`document.querySelector('dialog[open] [name=url][aria-invalid]')`)
	b.shot("webhook-add")
	b.put("url", "http://127.0.0.1:1/calls") // of the server itself, where nothing is sent
	b.press("Add")
	b.until(`document.querySelector('.page-webhooks h1')?.textContent.includes('A call ends')`)
	b.press("Send a test")
	b.until(`document.querySelector('tbody tr')?.textContent.includes('test')`)
	b.do(chromedp.Evaluate[chromedp.Void](`(() => { // in one step: its tries draw the row anew
		const row = document.querySelector('tbody tr');
		row.focus();
		row.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true }));
	})()`))
	b.until(`document.querySelector('dialog[open] .sent')?.textContent.includes('EventType')`)
	b.shot("webhook-delivery")
	b.barriers("a delivery")
	b.press("Close")
	b.until(`!document.querySelector('dialog')`)
	b.menu("Actions for this webhook", "Show the secret")
	b.until(`document.querySelector('dialog[open] input')?.value.startsWith('whsec_')`)
	b.press("Done")
	b.menu("Actions for this webhook", "Renew the secret…")
	b.press("Renew")
	b.until(`document.querySelector('dialog[open] input')?.value.startsWith('whsec_') && document.querySelector('dialog[open]').textContent.includes('signed with the old one, too')`)
	b.press("Done")
	b.menu("Actions for this webhook", "Switch off")
	b.until(`document.querySelector('.page-head')?.textContent.includes('Off')`)
	b.shot("webhook")
	b.barriers("a webhook")
}

func (b *tab) applications() {
	b.t.Helper()
	b.visit("applications")
	b.press("Add an application")
	b.put("name", "CRM")
	b.put("redirect_uris", "https://crm.example.com/back")
	b.press("Add")
	b.until(`document.querySelectorAll('dialog[open] input.code').length == 2 && [...document.querySelectorAll('input.code')].every((i) => i.value.length > 10)`)
	b.shot("application-secret")
	b.barriers("a secret")
	b.press("Done")
	b.until(row("CRM", "Active"))
}

func (b *tab) lines() {
	b.t.Helper()
	b.visit("trunks")
	b.press("Add a trunk")
	b.put("name", "Second provider")
	b.put("host", "not a host")
	b.press("Add")
	b.until(`document.querySelector('dialog[open] [name=host][aria-invalid]')`)
	b.shot("trunk-add")
	b.barriers("adding a trunk")
	b.put("host", "127.0.0.9:5099")
	b.do(chromedp.Evaluate[chromedp.Void](`document.querySelector('dialog [name=register]').click()`), chromedp.Evaluate[chromedp.Void](`document.querySelector('dialog [name=default]').click()`))
	b.press("Add")
	b.until(row("Second provider", "127.0.0.9:5099"))
	b.visit("numbers")
	b.press("Add a number")
	b.put("number", "15550799")
	b.press("Add")
	b.until(row("15550799", "Queue"))
}

func (b *tab) users() {
	b.t.Helper()
	b.visit("users")
	b.press("Add a user")
	b.put("login", "ann@example.com")
	b.put("name", "Ann")
	b.put("password", "short")
	b.press("Add")
	b.until(`document.querySelector('dialog[open] [name=password][aria-invalid]')`)
	b.put("password", "correct horse battery")
	b.press("Add")
	b.until(`document.querySelectorAll('dialog[open] .ticks li').length > 3`)
	b.shot("user-phones")
	b.do(chromedp.Evaluate[chromedp.Void](`[...document.querySelectorAll('.ticks label')].find((l) => l.textContent.includes('203')).click()`))
	b.press("Save")
	b.until(`!document.querySelector('dialog')`)
	b.until(row("ann@example.com", "Agent"))
	b.visit("organisation")
	b.until(`document.querySelector('[name=time_zone]')?.value`)
	reasons := func(text string) {
		b.do(chromedp.Evaluate[chromedp.Void](fmt.Sprintf(`document.querySelector('[name=pause_reasons]').value = %q`, text)))
		b.press("Save")
	}
	reasons("Lunch\nlunch")
	b.until(`document.querySelector('[name=pause_reasons][aria-invalid]')`)
	reasons("Prayer \n\nWalk")
	b.until(`document.querySelector('[name=pause_reasons]')?.value == 'Prayer\nWalk'`)
	b.visit("audit")
	b.until(`[...document.querySelectorAll('tbody tr')].some((r) => r.textContent.includes('user.create') && r.textContent.includes('Dana'))`)
}

// records looks at what is kept of a call of Ada's, which Ben takes.
func (b *tab) records(p []*phone.Phone) {
	b.t.Helper()
	call := p[0].Dial(phone.Dial{To: "700", Talk: 5 * time.Second})
	ctx, cancel := context.WithTimeout(b.t.Context(), patience)
	defer cancel()
	rung, err := p[1].WaitCall(ctx)
	if err != nil {
		b.t.Fatal(err)
	}
	rung.Answer()
	wait(b.t, call, phone.Ended)
	b.visit("recordings")
	b.until(`[...document.querySelectorAll('tbody tr')].some((r) => r.textContent.includes('Finished'))`)
	b.do(chromedp.SendKeys(chromedp.CSS(`.page-recordings input[type=search]`), "no such caller"))
	b.until(`document.body.textContent.includes('No recordings')`)
	b.press("Clear the filters")
	b.until(`document.querySelector('tbody tr') && !document.querySelector('input[type=search]').value`)
	b.set("Period", "yesterday")
	b.until(`document.body.textContent.includes('No recordings')`)
	b.set("Period", "today")
	b.set("State", "finished")
	b.until(`document.querySelector('tbody tr') && [...document.querySelectorAll('tbody tr')].every((r) => r.textContent.includes('Finished'))`)
	b.do(chromedp.Evaluate[chromedp.Void](`[...document.querySelectorAll('tbody tr')].find((r) => r.textContent.includes('Finished')).click()`))
	b.until(`document.querySelector('dialog audio')?.duration > 1`)
	b.do(chromedp.Evaluate[chromedp.Void](`document.querySelector('dialog audio').currentTime = 1`))
	b.until(`document.querySelector('dialog audio').currentTime == 1`)
	b.shot("recording")
	b.barriers("a recording")
	b.press("Show the call")
	b.until(`document.querySelectorAll('.story li').length > 3 && document.querySelector('.player audio')`)
	b.shot("call")
	b.barriers("a call")
	if csv := js[string](b, `fetch('/api/ver1.0/client/@me/call_history/?format=csv').then((a) => a.text())`); len(csv) < 300 {
		b.t.Errorf("the export is %q", csv)
	}
	b.visit("history")
	b.until(`document.querySelector('a[download]')?.href.includes('format=csv')`)
	b.do(chromedp.SendKeys(chromedp.CSS(`input[type=search]`), "no such caller"))
	b.until(`document.body.textContent.includes('No call fits')`)
	b.press("Clear the filters")
	b.until(`document.querySelector('tbody tr') && !document.querySelector('input[type=search]').value`)
	b.visit("reports")
	b.until(row("Sales", "%"))
	b.do(chromedp.Evaluate[chromedp.Void](`location.hash = '#/reports/staffing'`))
	b.press("Calculate")
	b.until(`document.querySelector('.staffing-figure')?.textContent.startsWith('14 agents')`)
	b.shot("staffing")
	b.barriers("staffing")
	b.do(chromedp.Evaluate[chromedp.Void](`location.hash = '#/reports/agents'`))
	b.until(`document.querySelectorAll('tbody tr').length > 3`)
	b.shot("reports-agents")
}
