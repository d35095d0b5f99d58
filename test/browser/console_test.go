package browser

import (
	"testing"

	"github.com/chromedp/chromedp"
)

func TestTheWallboardShowsRealCalls(t *testing.T) {
	d := startDemo(t)
	b := d.open(t, 1440, 900)
	b.expect("401") // nobody is signed in yet
	b.do(chromedp.WaitVisible(chromedp.CSS(`input[name=login]`)))
	b.shot("sign-in")
	b.signIn("dana", "wrong-password")
	b.until(`document.querySelector('.problem')?.textContent.includes('login or password is wrong')`)
	b.signIn("dana", "demo")
	b.until(`document.querySelectorAll('.queue-row:not(.queue-head)').length == 2`)
	b.until(`document.querySelector('.line')`)
	b.until(`document.querySelector('.agent.is-talking')`)
	b.shot("wallboard")
	b.fits("the wallboard")
	b.dark()
	b.shot("wallboard-dark")

	small := d.open(t, 360, 740)
	small.expect("401")
	small.signIn("dana", "demo")
	small.until(`document.querySelector('.agent.is-talking')`)
	small.fits("the wallboard at 360 px")
	small.shot("wallboard-360")
}
