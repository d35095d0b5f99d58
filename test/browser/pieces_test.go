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

// Whatever the lists, what is rendered is what was asked for, and what stays is not made anew.
func TestRendering(t *testing.T) {
	d := startDemo(t, "--no-traffic")
	b := d.pieces(t, `
		let seed = 1;
		const random = (n) => (seed = (seed * 48271) % 2147483647) % n;
		const drawn = new Map();
		const Row = ({n, text}) => { drawn.set(n, (drawn.get(n) ?? 0) + 1); return n % 5 ? m.h('li', {}, text) : null; };
		const wrong = [];
		const elements = new Map();
		for (let round = 0; round < 400; round++) {
			const list = [...new Set(Array.from({length: random(30)}, () => random(40)))];
			const text = (n) => n + (n % 7 === 0 ? '-' + round : '');
			m.render(el, m.h('ul', {class: ['a', round % 2 && 'b']}, random(2) ? m.h('h2', {}, 'first') : null, list.map((n) => m.h(Row, {key: n, n, text: text(n)})), random(3) ? 'end' : null));
			const want = list.filter((n) => n % 5).map(text).join();
			const items = [...el.querySelectorAll('li')];
			const got = items.map((i) => i.textContent).join();
			if (got !== want) wrong.push(round + ': ' + got + ' instead of ' + want);
			for (const i of items) {
				const n = parseInt(i.textContent);
				if (n % 7 && elements.has(n) && elements.get(n).isConnected && elements.get(n) !== i) wrong.push(round + ': ' + n + ' was made anew');
				elements.set(n, i);
			}
			if (el.children.length !== 1 || el.firstChild.className !== (round % 2 ? 'a b' : 'a')) wrong.push(round + ': ' + el.innerHTML.slice(0, 60));
		}
		// Props: attributes, properties, listeners and styles come and go; a focused field stays.
		const box = document.createElement('div');
		el.replaceChildren(box);
		let pressed = 0;
		const draw = (on) => m.render(box, m.h('div', {}, on && m.h('p', {key: 'p'}, 'above'), m.h('input', {key: 'i', value: on ? 'on' : 'off', title: on ? 'x' : undefined, disabled: false, style: on ? {color: 'red'} : undefined, oninput: on ? () => pressed++ : undefined}),
			m.h('select', {key: 's', value: on ? '2' : '1'}, m.h('option', {value: '1'}, 'one'), m.h('option', {value: '2'}, 'two')), m.h('svg', {key: 'v'}, m.h('path', {d: on ? 'M0 0' : 'M1 1'}))));
		draw(false);
		const input = box.querySelector('input');
		input.focus();
		draw(true);
		input.dispatchEvent(new Event('input'));
		const on = [document.activeElement === input, input.value, input.title, input.style.color, pressed, box.querySelector('select').value, box.querySelector('path').getAttribute('d'), box.querySelector('path').namespaceURI.endsWith('svg')].join();
		draw(false);
		input.dispatchEvent(new Event('input'));
		const off = [document.activeElement === input, input.value, input.hasAttribute('title'), input.style.color, pressed, box.querySelector('select').value, input.disabled].join();
		if (on !== 'true,on,x,red,1,2,M0 0,true') wrong.push(on);
		if (off !== 'true,off,false,,1,1,false') wrong.push(off);
		const moment = document.createElement('div');
		el.append(moment);
		m.render(moment, m.h('b', {since: Date.now() - 61500}));
		if (!/^1:0[12]$/.test(moment.textContent)) wrong.push('a minute is ' + moment.textContent);
		window.result = wrong.length ? wrong.slice(0, 5).join('; ') : 'right';`)
	b.until(`window.result`)
	if got := js[string](b, `window.result`); got != "right" {
		t.Error(got)
	}
}
