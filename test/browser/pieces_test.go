package browser

import (
	"testing"

	"github.com/chromedp/chromedp"
)

// pieces opens the console and gives its page to a script, which finds the
// modules in m (by the names below) and the page's element in el.
func (d *demo) pieces(t *testing.T, script string) *tab {
	t.Helper()
	b := d.open(t, 800, 900)
	b.signIn("dana", "demo")
	b.until(`document.querySelector('.page h1')`)
	b.do(chromedp.Evaluate[chromedp.Void](`(async () => {
		const base = document.querySelector('script[type=module]').src.replace('main.js', '');
		const m = {};
		for (const name of ['dom', 'ui/table', 'ui/form', 'ui/dialog', 'ui/toast', 'api', 'ui/menu']) Object.assign(m, await import(base + name + '.js'));
		const el = document.createElement('main');
		document.getElementById('app').replaceChildren(el);
		` + script + `
	})().catch((err) => console.error(err.stack))`))
	return b
}

func TestTables(t *testing.T) {
	d := startDemo(t, "--no-traffic")
	b := d.pieces(t, `
		const all = Array.from({length: 120}, (_, i) => ({id: i + 1, name: 'Row ' + (i + 1)}));
		window.asked = []; window.opened = []; window.broken = false; window.removed = [];
		const t = m.table({
			label: 'Rows',
			columns: [{title: 'Name', cell: (r) => r.name}, {title: 'Id', cell: (r) => m.h('b', {}, String(r.id)), class: 'num'}],
			key: (r) => r.id,
			search: 'Search rows',
			open: (r) => opened.push(r.id),
			actions: (r) => [{label: 'Delete', danger: true, run: () => removed.push(r.id)}],
			empty: {title: 'No rows yet', text: 'Make one.', action: {label: 'Make a row', run: () => opened.push('new')}},
			load: async ({page, per_page, search}) => {
				asked.push([page, search]);
				if (broken) throw new m.Refusal(503, {message: 'The disk is full.'});
				const fit = all.filter((r) => r.name.includes(search));
				return {list: fit.slice((page - 1) * per_page, page * per_page), total: fit.length};
			},
		});
		el.append(t.element);
		window.reload = t.reload;
		window.clear = () => { all.length = 0; t.reload(); };`)
	b.until(`document.querySelectorAll('tbody tr').length == 50 && document.body.textContent.includes('1–50 of 120')`)
	b.press("Next")
	b.until(`document.querySelector('tbody td').textContent == 'Row 51'`)
	b.press("Next")
	b.until(`document.querySelectorAll('tbody tr').length == 20 && ` + button("Next") + ` === undefined`)
	b.do(chromedp.SendKeys(chromedp.CSS(`input[type=search]`), "Row 7"))
	b.until(`document.querySelectorAll('tbody tr').length == 11 && document.body.textContent.includes('11 entries')`)
	b.do(chromedp.Click(chromedp.CSS(`tbody tr:nth-child(2) td`)))
	b.do(chromedp.Focus(chromedp.CSS(`tbody tr:nth-child(3)`)), chromedp.KeyEvent("\r"))
	b.until(`opened.join() == '70,71'`)
	b.do(chromedp.Click(chromedp.CSS(`tbody tr:nth-child(3) .row-menu button`)))
	b.choose("Delete")
	b.until(`removed.join() == '71' && opened.length == 2`)
	b.do(chromedp.SendKeys(chromedp.CSS(`input[type=search]`), "x"))
	b.until(`document.body.textContent.includes('Nothing fits “Row 7x”')`)
	b.do(chromedp.Evaluate[chromedp.Void](`document.querySelector('input[type=search]').value = ''; document.querySelector('input[type=search]').dispatchEvent(new Event('input')); broken = true`))
	b.until(`document.querySelector('[role=alert]')?.textContent.includes('The disk is full.')`)
	b.do(chromedp.Evaluate[chromedp.Void](`broken = false`))
	b.press("Try again")
	b.until(`document.querySelectorAll('tbody tr').length == 50`)
	b.barriers("a table")
	b.do(chromedp.Evaluate[chromedp.Void](`clear()`))
	b.press("Make a row")
	b.until(`opened.at(-1) == 'new'`)
}

func TestForms(t *testing.T) {
	d := startDemo(t, "--no-traffic")
	b := d.pieces(t, `
		window.saved = [];
		const f = m.form({
			fields: [
				{name: 'label', label: 'Name', required: true, help: 'What agents see.'},
				{heading: 'Waiting'},
				{name: 'strategy', label: 'Who is called', kind: 'select', options: [['ring-all', 'Everybody'], ['random', 'Anybody']]},
				{name: 'max', label: 'Longest wait', kind: 'number', min: 0, max: 100, unit: 'seconds'},
				{name: 'dst', label: 'Then to', nullable: true, when: (v) => v.max > 0},
				{name: 'record', label: 'Record calls', kind: 'check'},
			],
			values: {label: 'Sales', strategy: 'random', max: 0, dst: null, record: false},
			save: async (changed, all) => {
				saved.push({changed, all});
				if (all.dst === '000') throw new m.Refusal(400, {message: 'dst leads nowhere', field: 'dst', status: 'invalid_parameter'});
				if (all.dst === '111') throw new m.Refusal(409, {message: 'somebody else was faster', status: 'conflict'});
				return 'ok';
			},
			done: () => m.toast('It is saved.'),
		});
		el.append(f.element);
		window.ask = () => m.confirm({title: 'Sure?', text: 'Really.', action: 'Do it', danger: true}).then((yes) => saved.push(yes));`)
	b.until(`document.querySelector('form')`)
	if !js[bool](b, `document.querySelector('[name=dst]').closest('.field').hidden && document.querySelector('[name=strategy]').value == 'random'`) {
		t.Error("the form does not begin as it should")
	}
	b.press("Save")
	b.until(`saved.length == 1 && JSON.stringify(saved[0].changed) == '{}'`)

	set := func(name, value string) {
		t.Helper()
		b.do(chromedp.Evaluate[chromedp.Void](`{const i = document.querySelector('[name=` + name + `]'); i.value = '` + value + `'; i.dispatchEvent(new Event('input', {bubbles: true}))}`))
	}
	set("label", "")
	b.press("Save")
	b.until(`document.querySelector('[name=label][aria-invalid]') === document.activeElement && document.body.textContent.includes('Name is missing.')`)
	set("label", "Support")
	set("max", "500")
	b.press("Save")
	b.until(`document.querySelector('[name=max][aria-invalid]') && !document.querySelector('[name=label][aria-invalid]')`)
	b.barriers("a form")
	set("max", "50")
	set("dst", "000")
	b.press("Save")
	b.until(`document.querySelector('[name=dst][aria-invalid]')?.closest('.field').textContent.includes('Then to leads nowhere')`)
	set("dst", "111")
	b.press("Save")
	b.until(`document.querySelector('.problem:not([hidden])')?.textContent == 'somebody else was faster'`)
	set("dst", "")
	b.do(chromedp.Click(chromedp.CSS(`[name=record]`)))
	b.press("Save")
	b.until(`document.querySelector('.toast')?.textContent.includes('It is saved.')`)
	if got := js[string](b, `JSON.stringify(saved.at(-1).changed)`); got != `{"label":"Support","max":50,"record":true}` {
		t.Errorf("what is saved: %s", got)
	}

	// A question: Escape is no, the button is yes.
	b.do(chromedp.Evaluate[chromedp.Void](`ask()`))
	b.until(`document.querySelector('dialog[open]')`)
	b.barriers("a question")
	b.do(chromedp.KeyEvent("\x1b"))
	b.until(`saved.at(-1) === false && !document.querySelector('dialog')`)
	b.do(chromedp.Evaluate[chromedp.Void](`ask()`))
	b.press("Do it")
	b.until(`saved.at(-1) === true && !document.querySelector('dialog')`)
}
