package agentstate

import (
	"maps"
	"slices"

	"holdline/internal/api/openapi"
)

// DocumentPath is where the dialect's OpenAPI document is served.
const DocumentPath = "/API/openapi.json"

// Document gives the dialect's OpenAPI document. Its actions are those of the
// table, its answers those that the handlers write.
func Document() *openapi.Document {
	names := slices.Sorted(maps.Keys(actions))
	return &openapi.Document{
		OpenAPI: openapi.Version,
		Info: openapi.Info{Title: "Holdline, voiptech dialect", Version: "1.0", Summary: "One endpoint that pauses agents, moves them between queues and shows both",
			Description: "Every request carries the organisation's `username` and `password`; the endpoint is off unless the server's settings switch it on. Times are seconds since 1970, durations seconds."},
		Servers:  []openapi.Server{{URL: "/API"}},
		Tags:     []openapi.Tag{{Name: "Agent state"}},
		Security: []openapi.Security{{"username": {}, "password": {}}},
		Paths: map[string]openapi.PathItem{"/UpdateAgentState.php": {"get": {
			ID: "updateAgentState", Tags: []string{"Agent state"}, Summary: "Change or show an agent or a queue",
			Description: "Repeating an action changes nothing and is a success, but adding a member and removing who is none.",
			Parameters: []openapi.Parameter{
				parameter("action", "What to do.", true, openapi.OneOf(names...)),
				parameter("agent", "Number where the agent sits: short, full or external. Needed by all actions but showqueue and showqueuestat.", false, openapi.Of("string")),
				parameter("alias", "Name to show for the agent.", false, openapi.Of("string")),
				parameter("queue", "A queue's number, short or full. Needed by add and remove; without it, the others mean all queues.", false, openapi.Of("string")),
				parameter("reason", "Of a pause.", false, openapi.Of("string")),
			},
			Responses: answers(),
		}}},
		Components: openapi.Components{SecuritySchemes: map[string]openapi.SecurityScheme{
			"username": {Type: "apiKey", In: "query", Name: "username", Description: "The organisation's login."},
			"password": {Type: "apiKey", In: "query", Name: "password", Description: "Its password, or the MD5 of it in hex."},
		}},
	}
}

func parameter(name, about string, required bool, s *openapi.Schema) openapi.Parameter {
	return openapi.Parameter{Name: name, In: "query", Description: about, Required: required, Schema: s}
}

// answers are by status; the words of refusals are of contracts/voiptech.md.
func answers() map[string]openapi.Response {
	out := map[string]openapi.Response{"200": {Description: "What was done, or is to be shown.", Content: openapi.JSON(&openapi.Schema{OneOf: []*openapi.Schema{
		openapi.SchemaOf(done{}, texts), openapi.SchemaOf(agentState{}, texts), openapi.SchemaOf(queueList{}, texts), openapi.SchemaOf(statList{}, texts)}})}}
	for status, words := range map[string][]string{
		"400": {"missing_parameter", "unknown_action", "invalid_parameter"}, "401": {"auth_failed"}, "404": {"agent_not_found", "queue_not_found", "not_member"},
		"409": {"already_member"}, "429": {"rate_limited"}, "500": {"internal"},
	} {
		s := openapi.SchemaOf(failure{}, texts)
		for i, p := range s.Properties {
			if p.Name == "error" {
				s.Properties[i].Schema = openapi.OneOf(words...)
			}
		}
		out[status] = openapi.Response{Description: "Refused.", Content: openapi.JSON(s)}
	}
	return out
}

var texts = map[string]string{
	"status": "`success` or `error`", "message": "What was wrong.", "parameter": "The parameter that is missing or wrong.",
	"agent": "The agent's number.", "alias": "The agent's name; the number if it has none.", "queue": "The queue's number.", "queues": "The queues it is about.",
	"reason": "Of the pause.", "changed": "Places in queues that changed.", "state": "logged_out, paused, idle, ringing, in_call, wrap_up or unavailable.",
	"since": "Since when, seconds since 1970.", "paused": "Pausing in this queue.", "logged_in": "Logged in; of a queue how many agents are.",
	"name": "Name of the queue or caller.", "strategy": "How agents are chosen.", "calls": "Callers who wait.", "agents": "Its agents.", "callers": "Its callers; in statistics how many.",
	"level": "Agents of lower levels are called first.", "position": "Order.", "calls_taken": "Today.", "last_call": "When the last call ended.", "last_pause": "When the last pause began.",
	"login_time": "When the agent logged in.", "wrapup": "Seconds of rest after a call.", "callerid": "The caller's number.", "wait": "Seconds waited.", "call_id": "The call's id.",
	"available": "Agents who could take a call.", "longest_hold": "Longest wait of those waiting, seconds.", "holdtime": "Mean wait of those answered, seconds.", "talktime": "Mean talk, seconds.",
	"completed": "Calls answered and ended today.", "abandoned": "Callers who gave up today.", "service_level_sec": "T of the service level.",
	"service_level": "Per cent answered within T, of those answered.", "service_level2": "Per cent answered or abandoned within T, of all these.",
}
