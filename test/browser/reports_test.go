package browser

import (
	"fmt"
	"testing"

	"github.com/chromedp/chromedp"
)

// A report has its total on top, sorts by its heads, names its periods, and is exported whole.
func TestReportsOfAPeriod(t *testing.T) {
	d := startDemo(t)
	b := d.open(t, 1440, 900)
	b.expect("status of 400")
	b.signIn("dana", "demo")
	b.visit("reports")
	first := `document.querySelector('tbody tr.total:first-child')`
	b.until(first + `?.textContent.startsWith('All queues') && document.querySelectorAll('tbody tr').length == 3`)
	sums := `(() => { const cell = (r) => Number(r.querySelectorAll('td')[1].textContent); const [sum, ...rows] = document.querySelectorAll('tbody tr'); return cell(sum) >= 0 && cell(sum) == rows.reduce((n, r) => n + cell(r), 0); })()`
	b.until(sums)
	b.press("Calls")
	b.until(`document.querySelector('th[aria-sort=descending]')?.textContent == 'Calls' && ` + first)
	b.shot("reports-1440")
	if rows := js[string](b, `fetch(document.querySelector('a[download]').href).then((a) => a.text())`); len(rows) < 300 {
		t.Errorf("the export is %q", rows)
	}
	b.set("Period", "yesterday")
	date := func(name string) string { return fmt.Sprintf(`document.querySelector('input[aria-label=%s]')`, name) }
	b.until(date("From") + `.value == ` + date("To") + `.value && !` + date("From") + `.offsetParent`)
	b.until(first)
	b.set("Period", "other")
	b.until(`document.activeElement == ` + date("From"))
	b.set("Period", "days7")
	b.until(fmt.Sprintf(`Date.parse(%s.value) - Date.parse(%s.value) == 6 * 86400e3`, date("To"), date("From")))
	b.set("Cut into", "day")
	b.until(`[...document.querySelectorAll('thead th')].some((h) => h.textContent == 'From')`)
	b.until(first)
	b.shot("reports-by-day")
	b.barriers("a report by day")
	b.set("Cut into", "quarter")
	b.until(`[...document.querySelectorAll('tbody td:nth-child(2)')].some((d) => /\d, \d+:(15|30|45)/.test(d.textContent))`)

	// T is the organisation's, and the page begins with it.
	b.visit("organisation")
	b.enter("service_level_threshold", "0")
	b.press("Save")
	b.until(`document.querySelector('[name=service_level_threshold][aria-invalid]')`)
	b.enter("service_level_threshold", "7")
	b.press("Save")
	b.until(`document.body.textContent.includes('The organisation is saved.')`)
	b.visit("reports")
	b.until(`document.querySelector('[aria-label="In time is"] option')?.textContent.includes('within 7 s')`)

	small := d.open(t, 360, 740)
	small.signIn("dana", "demo")
	small.visit("reports")
	small.until(`document.querySelector('tr.total') && document.querySelector('[aria-label="Sort by"]').offsetParent`)
	small.fits("a report at 360 px")
	small.barriers("a report at 360 px")
	small.shot("reports-360")
}

// set chooses an option of a control by its label.
func (b *tab) set(label, value string) {
	b.t.Helper()
	b.do(chromedp.Evaluate[chromedp.Void](fmt.Sprintf(
		`(() => { const s = document.querySelector('[aria-label=%q]'); s.value = %q; s.dispatchEvent(new Event('change', { bubbles: true })); })()`, label, value)))
}
