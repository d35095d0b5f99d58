package browser

import (
	"context"
	"fmt"
	"regexp"
	"testing"

	"github.com/chromedp/chromedp"

	"holdline/internal/phone"
)

// What the first start prints of where to go, and as whom.
var (
	openAt   = regexp.MustCompile(`Open +http://([0-9.:]+)/\n`)
	signInAs = regexp.MustCompile(`Sign in as (\S+) with the password (\S+)\n`)
)

// startEmpty starts the program on an empty directory, and gives whom it printed.
func startEmpty(t *testing.T) (d *demo, login, password string) {
	t.Helper()
	d = startProgram(t, func(said []byte) (string, string, bool) {
		at, who := openAt.FindSubmatch(said), signInAs.FindSubmatch(said)
		if at == nil || who == nil {
			return "", "", false
		}
		login, password = string(who[1]), string(who[2])
		return string(at[1]), "", true
	}, "serve")
	return d, login, password
}

// enter types a value by keys into a field in place of what is there.
func (b *tab) enter(name, value string) {
	b.t.Helper()
	field := fmt.Sprintf(`[name=%q]`, name)
	b.until(fmt.Sprintf(`document.querySelector('%s')`, field))
	b.do(chromedp.Evaluate[chromedp.Void](fmt.Sprintf(`document.querySelector('%s').value = ''`, field)), chromedp.SendKeys(chromedp.CSS(field), value))
}

func (b *tab) atStep(title string) {
	b.t.Helper()
	b.until(fmt.Sprintf(`document.querySelector('.setup-step > h2')?.textContent == %q`, title))
}

// pick takes an option of a select that is there soon.
func (b *tab) pick(control, option string) {
	b.t.Helper()
	b.until(control)
	b.do(chromedp.Evaluate[chromedp.Void](fmt.Sprintf(`(() => { const s = %s; s.value = %q; s.dispatchEvent(new Event('change', { bubbles: true })); })()`, control, option)))
}

// account reads what a person types into the softphone of the last phone made.
func (b *tab) account(number string) phone.Profile {
	b.t.Helper()
	b.pick(fmt.Sprintf(`document.querySelector('[aria-label="Phone %s"] .softphone-choice select')`, number), "other")
	fact := func(title string) string {
		return js[string](b, fmt.Sprintf(`[...document.querySelectorAll('[aria-label="Phone %s"] dt')].find((e) => e.textContent == %q).parentElement.querySelector('code').textContent`, number, title))
	}
	return phone.Profile{User: fact("User name"), Password: fact("Password"), Domain: fact("Domain"), Name: number}
}

// An empty system becomes a call centre by what its pages say: from the
// printed password to an answered call, by keyboard, with a break half way.
func TestTheFirstStepsLeadToACall(t *testing.T) {
	d, login, password := startEmpty(t)
	b := d.open(t, 1440, 900)
	b.until(`document.querySelector('summary')?.textContent == 'First time here?'`)
	b.shot("first-sign-in")
	b.signIn(login, password)

	b.atStep("Your organisation")
	b.enter("name", "Acme")
	b.do(chromedp.Evaluate[chromedp.Void](`document.querySelector('[name=time_zone]').value = 'Europe/Berlin'`))
	b.enter("domain", "not a domain")
	b.expect("status of 400")
	b.press("Continue")
	b.until(`document.querySelector('[name=domain][aria-invalid]') === document.activeElement`)
	b.shot("first-organisation")
	b.barriers("the organisation")
	b.enter("domain", "pbx.acme.example")
	b.do(chromedp.KeyEvent("\r"))

	b.atStep("You")
	b.enter("name", "Ada")
	b.enter("login", "ada@acme.example")
	b.enter("old_password", "not what was printed")
	b.enter("password", "correct horse battery")
	b.press("Continue")
	b.until(`document.querySelector('[name=old_password][aria-invalid]')`)
	b.enter("old_password", password)
	b.shot("first-you")
	b.press("Continue")

	// Half way, another browser goes on where this one was.
	b.atStep("Phones")
	b = d.open(t, 360, 740)
	b.signIn("ada@acme.example", "correct horse battery")
	b.atStep("Phones")
	b.enter("label", "Anna")
	b.press("Add the first phone")
	anna := b.account("101")
	b.enter("label", "Ben")
	b.press("Add another phone")
	ben := b.account("102")
	if anna.Domain != "pbx.acme.example" || anna.Password == "" {
		t.Errorf("the account shown is %+v", anna)
	}
	server := js[string](b, `[...document.querySelectorAll('dt')].find((e) => e.textContent == 'Server').parentElement.querySelector('code').textContent`)
	n, err := phone.Open(phone.Config{Server: server, UserAgent: "softphone of the first steps"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = n.Close() })
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	agent, caller := n.Add(anna), n.Add(ben)
	for _, p := range []*phone.Phone{agent, caller} {
		if err := p.Register(ctx); err != nil {
			t.Fatal(err)
		}
	}
	b.until(`document.querySelectorAll('.accounts .badge.is-available').length == 2`)
	b.fits("the phones")
	b.barriers("the phones")
	b.shot("first-phones-360")
	b.press("Continue")

	b.atStep("A queue")
	b.shot("first-queue-360")
	b.barriers("the queue")
	b.do(chromedp.Evaluate[chromedp.Void](`[...document.querySelectorAll('.field.check label')].find((l) => l.textContent == '102 · Ben').click()`)) // Ben only calls
	b.press("Make the queue")

	b.atStep("Test call")
	b.until(`document.querySelector('.dial strong').textContent == '700'`)
	b.until(`document.querySelectorAll('.checks .done').length == 1`)
	b.shot("first-call-360")
	rung := rings(ctx, agent)
	call := caller.Dial(phone.Dial{To: "700"})
	b.until(`document.querySelectorAll('.checks .done').length == 3`)
	(<-rung).Answer()
	wait(t, call, phone.Answered)
	b.until(`document.querySelectorAll('.checks .done').length == 4`)
	b.fits("the test call")
	b.barriers("the test call")
	b.dark(true)
	b.barriers("the test call, dark")
	b.shot("first-call-done-360")
	b.press("To the wallboard")
	b.until(`document.querySelector('.page-wallboard .agent.is-talking')`)
	call.Hangup()
	wait(t, call, phone.Ended)

	// What is set up is not asked again.
	again := d.open(t, 1440, 900)
	again.signIn("ada@acme.example", "correct horse battery")
	again.until(`document.querySelector('.page-wallboard .queue-row')`)
	again.do(chromedp.Click(chromedp.CSS(`.person`)))
	again.choose("First steps")
	again.atStep("Test call")
	again.shot("first-call")
	again.press("Finish without a test call")
	again.until(`document.querySelector('.page-wallboard')`)
}

func rings(ctx context.Context, p *phone.Phone) <-chan *phone.Call {
	out := make(chan *phone.Call, 1)
	go func() {
		if c, err := p.WaitCall(ctx); err == nil {
			out <- c
		}
	}()
	return out
}
