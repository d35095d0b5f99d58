package browser

import (
	"context"
	"fmt"
	"testing"

	"holdline/internal/phone"
)

// What really happened, the wallboard, the agents' page, the desk and the
// reports tell alike: one call is refused by the agent's phone, rings again,
// and is answered; its caller is an agent who is logged out.
func TestPagesTellTheSameOfTheSameCall(t *testing.T) {
	d := startDemo(t, "--no-traffic")
	p := d.phones(t, "201", "202")
	b := d.open(t, 1440, 900)
	b.signIn("dana", "demo")
	b.until(`document.querySelector('.agent')`)
	told := js[string](b, `(async () => {
		const s = await (await fetch('/console/session')).json();
		const put = (id, body) => fetch('/api/ver1.0/client/@me/agent/local/' + id, {method: 'PUT', headers: {'Content-Type': 'application/json', 'X-CSRF-Token': s.csrf}, body: JSON.stringify(body)});
		const agents = await (await fetch('/api/ver1.0/client/@me/agent/local/')).json();
		const answers = [];
		for (const a of agents) answers.push((await put(a.id, a.name === 'Ben' ? {busy_delay_time: 0} : {status: 'logged_out'})).status);
		return answers.join();
	})()`)
	if told != "200,200,200,200,200" {
		t.Fatalf("the agents are prepared: %s", told)
	}

	call := p[0].Dial(phone.Dial{To: "700"})
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	refused, err := p[1].WaitCall(ctx)
	if err != nil {
		t.Fatal(err)
	}
	refused.Reject(486)
	rung, err := p[1].WaitCall(ctx)
	if err != nil {
		t.Fatal(err)
	}
	rung.Answer()
	b.until(`document.querySelector('.agent.is-talking')`)
	tile := `[...document.querySelectorAll('.tile')].find((e) => e.textContent.startsWith(%q))?.textContent.replace(/\s+/g, ' ')`
	b.until(fmt.Sprintf(tile, "Available") + ` == 'Available1of 2 logged in'`) // Ben talks, who is outside is free; Ada is in a call, but logged out
	b.until(fmt.Sprintf(tile, "Answered") + `.startsWith('Answered1')`)
	b.visit("agents")
	b.until(`document.querySelector('.page-head').textContent.includes('2 of 6 logged in')`)
	call.Hangup()
	wait(t, call, phone.Ended)

	figures := `[...document.querySelectorAll('tbody tr')].filter((r) => r.textContent.includes('Ben')).map((r) => ['Answered', 'Missed'].map((t) => r.querySelector('[data-title=' + t + ']').textContent)).join()`
	b.until(figures + ` == '1,0'`)
	ben := d.open(t, 360, 740)
	ben.signIn("ben", "demo")
	ben.until(`[...document.querySelectorAll('.my-day .tile')].slice(0, 2).map((e) => e.textContent).join() == 'Answered1,Missed0'`)
	report := js[string](b, `(async () => {
		const rows = await (await fetch('/api/ver1.0/client/@me/report/agents/?interval=whole')).json();
		return rows.filter((r) => r.agent_number.endsWith('*202')).map((r) => [r.offered, r.answered, r.missed, r.refused]).join();
	})()`)
	if report != "2,1,0,1" {
		t.Errorf("the report tells of %s offered, answered, missed and refused", report)
	}
}
