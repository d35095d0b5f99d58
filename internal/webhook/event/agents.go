package event

import (
	"strconv"

	"holdline/internal/acd"
	"holdline/internal/store"
)

// agent adds the deliveries of a login or logout. The rules tell of those
// only when the agent's status over all queues changes.
func (t *telling) agent(f *acd.Fact) {
	event := store.EventAgentLogin
	if f.Kind == acd.FactAgentLogout {
		event = store.EventAgentLogout
	}
	for _, sub := range t.subscribed.agents[f.Agent] {
		if sub.Event != event {
			continue
		}
		if form, ok := t.agentForm(f.Agent, event, f.Source); ok {
			t.add(sub, f, form)
		}
	}
}

// agentForm has exactly the keys of the contract; ok is false when the agent is gone.
func (t *telling) agentForm(id acd.AgentID, event store.Event, source acd.Source) (string, bool) {
	at, ok := t.directory.AgentEndpoint(t.org, id)
	if !ok {
		return "", false
	}
	o, _ := t.directory.Organisation(t.org)
	var f form
	f.put("agent_id", strconv.FormatInt(int64(id), 10))
	f.put("agent_status", agentStatus(event))
	if at.Extension != 0 {
		f.put("agent_type", "local")
		f.put("extension_name", at.Number+"@"+o.Domain)
	} else {
		f.put("agent_type", "remote")
		f.put("agent_number", at.Number)
	}
	f.put("event_source", eventSource(source))
	return f.String(), true
}

func agentStatus(e store.Event) string {
	if e == store.EventAgentLogout {
		return "logged_out"
	}
	return "available"
}

// eventSource knows the contract's two words. What the rules change by
// themselves did not come from the agent's phone.
func eventSource(s acd.Source) string {
	if s == acd.SourcePhone {
		return "phone"
	}
	return "api"
}
