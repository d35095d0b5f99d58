package ver1

import (
	"holdline/internal/api/openapi"
	"holdline/internal/app"
)

// pathParameters are those of routes, by their names there; the vendor's names are longer.
var pathParameters = map[string]openapi.Parameter{
	"client":    {Name: "client_id", Description: "`@me`, your own id, or for an administrator's application any client's id.", Example: "@me"},
	"extension": {Name: "extension_id", Description: "An extension's id, or `@` and its number, short or full: `@200`, `@000*200`."},
	"agent":     {Name: "agent_id", Description: "An agent's id.", Schema: openapi.Of("integer")},
	"sound":     {Name: "sound_id", Description: "A sound's id.", Schema: openapi.Of("integer")},
	"record":    {Name: "record_uuid", Description: "A recording's id."},
	"call":      {Name: "call_api_id", Description: "A call's id, `call_api_id` of lists and events."},
	"event":     {Name: "event_id", Description: "An event subscription's id.", Schema: openapi.Of("integer")},
	"delivery":  {Name: "delivery_id", Description: "A delivery's id.", Schema: openapi.Of("integer")},
}

// pathParameter gives a parameter of a route as clients know it.
func pathParameter(path, name string) openapi.Parameter {
	p, ok := pathParameters[name]
	if !ok {
		p = openapi.Parameter{Name: name + "_id"}
	}
	if tagOf(path) == "Call history" && name == "call" {
		p.Name, p.Description = "call_uuid", "A call's id."
	}
	p.In, p.Required = "path", true
	if p.Schema == nil {
		p.Schema = openapi.Of("string")
	}
	return p
}

// queryParameters are by their names in the document. A name that means
// something else elsewhere stands here with a suffix, and its own in as.
var queryParameters = map[string]struct {
	as       string
	about    string
	schema   *openapi.Schema
	required bool
}{
	"page":               {about: "The page, from 1.", schema: within("integer", 1, 1e9, 1)},
	"per_page":           {about: "Rows a page.", schema: within("integer", 1, maxPerPage, defaultPerPage)},
	"type":               {about: "Only extensions of this type.", schema: openapi.OneOf("phone", "queue")},
	"name":               {about: "Only the extension with this number, short or full.", schema: openapi.Of("string")},
	"search":             {about: "Only extensions with this in their full number or label.", schema: openapi.Of("string")},
	"force":              {about: "Delete also the agent at the phone, or the queue's agents' places in it.", schema: flagged(false)},
	"remove_from_queues": {about: "Take the agent out of its queues; `false`: refuse if it is in one.", schema: flagged(true)},
	"extension_id":       {about: "Only these extensions; may be sent more than once.", schema: openapi.ListOf(openapi.Of("integer"))},
	"agent_id":           {about: "Only these agents; may be sent more than once.", schema: openapi.ListOf(openapi.Of("integer"))},
	"of_extension":       {as: "extension_id", about: "Only of this queue.", schema: openapi.Of("integer")},
	"of_agent":           {as: "agent_id", about: "Only of this agent.", schema: openapi.Of("integer")},
	"user_id":            {about: "Only what this user did.", schema: openapi.Of("integer")},
	"of_user":            {as: "user_id", about: "Only what is this user's.", schema: openapi.Of("integer")},
	"application_id":     {about: "Only what was done through this application.", schema: openapi.Of("integer")},
	"action":             {about: "Only this action; with a dot at its end (`extension.`) all of that kind.", schema: openapi.Of("string")},
	"by":                 {about: "Sum up by this only.", schema: openapi.OneOf("queue", "agent")},
	"start_datetime":     {about: "From here on: `YYYY-MM-DD HH:MM:SS` in the client's time zone; a date alone is its midnight.", schema: openapi.Of("string")},
	"end_datetime":       {about: "Up to here, itself excluded.", schema: openapi.Of("string")},
	"flow":               {about: "Only calls that come in, go out, or stay inside.", schema: openapi.OneOf("in", "out", "internal")},
	"state":              {about: "Only deliveries that wait, were taken, or were given up.", schema: openapi.OneOf("pending", "delivered", "dead")},
	"to_username":        {about: "Only calls to this number.", schema: openapi.Of("string")},
	"history_search":     {as: "search", about: "Only calls with this in the caller's number or name, or in the number called.", schema: openapi.Of("string")},
	"kind": {about: "Only calls in which caller and called talked; in which the caller gave up waiting; answered by music or a menu only; answered by nobody.",
		schema: openapi.OneOf("bridged", "abandoned", "answered", "unanswered")},
	"format":             {about: "Form of the answer.", schema: withDefault(openapi.OneOf("json", "csv"), "json")},
	"call_uuid":          {about: "Only recordings of this call.", schema: openapi.Of("string")},
	"recorded_extension": {as: "extension_id", about: "Only of calls this phone had a part in, or whose caller was in this queue.", schema: openapi.Of("integer")},
	"recorded_agent":     {as: "agent_id", about: "Only of calls this agent answered.", schema: openapi.Of("integer")},
	"recording_search":   {as: "search", about: "Only of calls with this in the caller's number or name, or in the number called.", schema: openapi.Of("string")},
	"state_of_recording": {as: "state", about: "Only recordings in this state.", schema: openapi.OneOf("running", "finished", "recovered", "failed")},
	"order":              {about: "`desc`: newest first.", schema: withDefault(openapi.OneOf("desc", "asc"), "desc")},
	"interval":           {about: "Cut the report into stretches of the client's clocks.", schema: withDefault(openapi.OneOf("quarter", "hour", "day", "whole"), "whole")},
	"total":              {about: "Rows of all queues or agents chosen together, too, or only these: one a stretch, before the others of it, with null for an id.", schema: withDefault(openapi.OneOf("false", "true", "only"), "false")},
	"threshold":          {about: "T of the service level, in seconds; left out, it is the client's `service_level_threshold`.", schema: within("number", 0, app.MaxThreshold.Seconds(), nil)},
	"arrivals":           {about: "Calls in an interval.", schema: within("number", 0.001, 1e6, nil), required: true},
	"aht":                {about: "Seconds a call takes, wrap-up included.", schema: within("number", 1, 86400, nil), required: true},
	"interval_seconds":   {as: "interval", about: "Length of the interval, in seconds.", schema: within("number", 60, 86400, 1800)},
	"target":             {about: "Per cent of calls to be answered within the threshold.", schema: within("number", 1, 99.999, 80)},
	"agents":             {about: "Tell what this many agents achieve, instead of how many are needed.", schema: within("integer", 1, 1e6, nil)},
	"max_occupancy":      {about: "Most per cent of their time that agents may be busy.", schema: within("number", 1, 100, 100)},
}

func within(kind string, low, high float64, byDefault any) *openapi.Schema {
	s := openapi.Of(kind)
	s.Minimum, s.Maximum, s.Default = &low, &high, byDefault
	return s
}

func withDefault(s *openapi.Schema, v any) *openapi.Schema {
	s.Default = v
	return s
}

func flagged(byDefault bool) *openapi.Schema { return withDefault(openapi.Of("boolean"), byDefault) }

func documentedParameters() map[string]openapi.Parameter {
	out := map[string]openapi.Parameter{}
	for name, p := range queryParameters {
		as := name
		if p.as != "" {
			as = p.as
		}
		out[name] = openapi.Parameter{Name: as, In: "query", Description: p.about, Required: p.required, Schema: p.schema}
	}
	return out
}
