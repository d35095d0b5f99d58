package uapi

import (
	"net/http"
	"strings"

	"holdline/internal/api/openapi"
)

// Document gives the dialect's OpenAPI document: its paths are the routes, its
// resources the tables of columns.
func Document() *openapi.Document {
	d := &openapi.Document{
		OpenAPI: openapi.Version,
		Info: openapi.Info{Title: "Holdline, UnifiedAPI dialect", Version: "1.0", Summary: "Agents of queues, presence of phones and phone call events",
			Description: "Compatible with VoipNow's UnifiedAPI. Get an access token at `POST /oauth/token.php` and send it as `Authorization: Bearer …`, or as `accessRequestToken=Bearer …` in the query. Lists that match nothing are 204."},
		Servers:  []openapi.Server{{URL: Base}, {URL: Alias, Description: "the same"}},
		Tags:     []openapi.Tag{{Name: "Queue agents"}, {Name: "Presence"}, {Name: "Phone call events"}},
		Security: []openapi.Security{{"bearer": {}}, {"query": {}}},
		Paths:    map[string]openapi.PathItem{},
		Components: openapi.Components{
			Schemas: map[string]*openapi.Schema{
				"QueueAgent": shape(agentFields), "Presence": shape(presenceFields), "PhoneCallEvent": shape(eventFields),
				"Links": openapi.SchemaOf(links{}, nil), "Registration": openapi.SchemaOf(registration{}, texts), "Error": openapi.SchemaOf(errorBody{}, texts),
			},
			SecuritySchemes: map[string]openapi.SecurityScheme{
				"bearer": {Type: "http", Scheme: "bearer", Description: "The access token."},
				"query":  {Type: "apiKey", In: "query", Name: tokenParameter, Description: "`Bearer ` and the access token."},
			},
		},
	}
	for path, r := range routes {
		item := openapi.PathItem{}
		for method := range r.methods {
			if method == http.MethodPut && strings.HasSuffix(path, "{type}") {
				continue // for an id in the type's place, which is for old programs only
			}
			item[strings.ToLower(method)] = describe(method, path, r)
		}
		d.Paths[path] = item
	}
	return d
}

// shape gives the schema of a resource: what has no value is left out.
func shape[T any](l listing[T]) *openapi.Schema {
	s := &openapi.Schema{Type: openapi.Type{"object"}, Closed: true}
	for _, c := range l {
		p, ok := shapes[c.name]
		if !ok {
			p = openapi.Of("string")
		}
		if l.isPresence() && c.name == "status" {
			p = openapi.Of("integer")
		}
		about := *p
		if about.Ref == "" {
			about.Description = texts[c.name]
		}
		s.Properties = append(s.Properties, openapi.Property{Name: c.name, Schema: &about})
	}
	return s
}

// isPresence tells the one resource whose status is a number.
func (l listing[T]) isPresence() bool {
	_, is := any(l).(listing[presence])
	return is
}

var shapes = map[string]*openapi.Schema{"links": openapi.RefTo("Links"), "registration": openapi.ListOf(openapi.RefTo("Registration"))}

var texts = map[string]string{
	"agentNumber": "Extended number of a local agent, number of a remote one.", "queue": "Extended number of the queue.", "identifier": "The agent's id.",
	"extension": "Extended number of the phone.", "agent": "The device's SIP User-Agent.", "expire": "When the registration ends; only while it is there.",
	"registration": "1 registered, 2 none needed, -1 not registered, -2 expired, 0 unknown.",
	"id":           "Id: 32 letters and digits.", "method": "0 GET, 1 POST.", "note": "A text of your own, up to 1024 characters.", "url": "Where it is sent, http or https.",
	"modified": "When it was last changed.", "code": "A code of the vendor's pages.", "message": "What was wrong.",
	"status": "Of an agent: 0 logged out, 1 online, 2 paused. Of a phone: 0 unknown, 1 online, 2 ringing, 3 busy. Of an event: 1 enabled, 0 disabled.",
	"type":   "Of an agent: local or remote. Of an event: 0 dial-in, 1 dial-out, 2 hangup, 3 incoming call answered, 4 outgoing call answered.",
}

// kind is what a path is about.
type kind struct {
	tag, resource, one, many string
	filters, fields          string // what lists filter by, and show
}

func kindOf(path string) kind {
	every := func(column[queueAgent]) bool { return true }
	switch {
	case strings.Contains(path, "phoneCallEvents"):
		return kind{"Phone call events", "PhoneCallEvent", "a phone call event", "phone call events",
			eventFields.names(func(c column[callEvent]) bool { return c.text != nil }), eventFields.names(func(column[callEvent]) bool { return true })}
	case strings.Contains(path, "presence"):
		return kind{"Presence", "Presence", "a phone's presence", "whether phones are there",
			presenceFields.names(func(c column[presence]) bool { return c.text != nil }), presenceFields.names(func(column[presence]) bool { return true })}
	}
	return kind{"Queue agents", "QueueAgent", "a queue's agent", "a queue's agents",
		agentFields.names(func(c column[queueAgent]) bool { return c.text != nil }), agentFields.names(every)}
}

func describe(method, path string, r route) *openapi.Operation {
	k := kindOf(path)
	op := &openapi.Operation{ID: operationID(method, path), Tags: []string{k.tag}, Parameters: pathParameters(path, r), Responses: refusals()}
	switch method {
	case http.MethodGet:
		op.Summary = "List " + k.many
		op.Parameters = append(op.Parameters, listParameters(k)...)
		op.Responses["200"] = answer(collectionShape(k.resource))
		op.Responses["204"] = openapi.Response{Description: "Nothing matches."}
	case http.MethodDelete:
		op.Summary = "Delete " + k.many
		op.Description = "Without an id all of the type, without a type all of the extension."
		op.Responses["200"] = answer(openapi.ListOf(openapi.RefTo(k.resource)))
		op.Responses["204"] = openapi.Response{Description: "There was none."}
	case http.MethodPut:
		op.Summary = "Change " + k.one
		op.Body = body(k)
		op.Responses["200"] = answer(openapi.RefTo(k.resource))
		if k.resource == "QueueAgent" {
			op.Summary = "Log an agent in or out, or pause it, in this queue"
			op.Responses["200"] = answer(openapi.ListOf(openapi.RefTo(k.resource)))
		}
	case http.MethodPost:
		op.Summary = "Create " + k.one
		op.Body = body(k)
		op.Responses["200"] = answer(openapi.RefTo(k.resource))
	}
	return op
}

func operationID(method, path string) string {
	var b strings.Builder
	b.WriteString(strings.ToLower(method))
	for s := range strings.SplitSeq(strings.TrimPrefix(path, "/extensions/{user}/{extension}/"), "/") {
		name, ok := strings.CutPrefix(s, "{")
		if name = strings.TrimSuffix(name, "}"); ok {
			name = "By" + strings.ToUpper(name[:1]) + name[1:]
		}
		b.WriteString(strings.ToUpper(name[:1]) + name[1:])
	}
	return b.String()
}

func pathParameters(path string, r route) (out []openapi.Parameter) {
	extensions := make([]string, len(r.types))
	for i, t := range r.types {
		extensions[i] = string(t)
	}
	extension := "Extended number of an extension of type " + strings.Join(extensions, " or ") + ", `0003*210`."
	if r.all {
		extension += " `@self`: all the user's."
	}
	about := map[string]openapi.Parameter{
		"user":      {Description: "`@me`, `@viewer`, `@owner`, or a user's id.", Example: "@me"},
		"extension": {Description: extension},
		"agent":     {Description: "Extended number of a local agent; id or number of a remote one."},
		"type":      {Description: texts["type"], Schema: openapi.OneOf("0", "1", "2", "3", "4")},
		"id":        {Description: texts["id"]},
	}
	for s := range strings.SplitSeq(path, "/") {
		if name, ok := strings.CutPrefix(s, "{"); ok {
			name = strings.TrimSuffix(name, "}")
			p := about[name]
			p.Name, p.In, p.Required = name, "path", true
			if p.Schema == nil {
				p.Schema = openapi.Of("string")
			}
			out = append(out, p)
		}
	}
	return out
}

func listParameters(k kind) []openapi.Parameter {
	count, start := openapi.Of("integer"), openapi.Of("integer")
	count.Default, start.Default = defaultCount, 0
	parameter := func(name, about string, s *openapi.Schema) openapi.Parameter {
		return openapi.Parameter{Name: name, In: "query", Description: about, Schema: s}
	}
	return []openapi.Parameter{
		parameter("count", "Rows a page, 1 to 4999.", count),
		parameter("startIndex", "Rows before the page, 0 to 4999.", start),
		parameter("filterBy", "Field to compare: "+k.filters+".", openapi.Of("string")),
		parameter("filterOp", "How; default `equals`.", openapi.OneOf("contains", "equals", "startsWith", "present", "inArray")),
		parameter("filterValue", "What to compare with.", openapi.Of("string")),
		parameter("sortOrder", "The key is the resource's own.", openapi.OneOf("ascending", "descending", "asc", "desc")),
		parameter("fields", "Only these, with commas: "+k.fields+".", openapi.Of("string")),
	}
}

// collectionShape is the envelope of lists.
func collectionShape(resource string) *openapi.Schema {
	s := &openapi.Schema{Type: openapi.Type{"object"}, Closed: true, Required: []string{"startIndex", "totalResults", "itemsPerPage", "filtered", "sorted", "entry"}}
	for _, p := range []struct{ name, kind string }{{"startIndex", "integer"}, {"totalResults", "integer"}, {"itemsPerPage", "integer"}, {"filtered", "boolean"}, {"sorted", "boolean"}} {
		s.Properties = append(s.Properties, openapi.Property{Name: p.name, Schema: openapi.Of(p.kind)})
	}
	next := &openapi.Schema{Type: openapi.Type{"object"}, Closed: true, Properties: openapi.Properties{{Name: "next", Schema: openapi.Of("string")}, {Name: "prev", Schema: openapi.Of("string")}}}
	s.Properties = append(s.Properties, openapi.Property{Name: "entry", Schema: openapi.ListOf(openapi.RefTo(resource))}, openapi.Property{Name: "links", Schema: next})
	return s
}

func body(k kind) *openapi.Body {
	s := &openapi.Schema{Type: openapi.Type{"object"}}
	names := []string{"status"}
	if k.resource == "PhoneCallEvent" {
		names = []string{"type", "method", "url", "note", "status"}
	}
	for _, name := range names {
		// Numbers are taken where the pages print strings. Not said by the type:
		// generators of clients stumble over one that is two.
		p := openapi.Of("string")
		p.Description = texts[name]
		s.Properties = append(s.Properties, openapi.Property{Name: name, Schema: p})
	}
	return &openapi.Body{Required: true, Content: openapi.JSON(s)}
}

func answer(s *openapi.Schema) openapi.Response {
	return openapi.Response{Description: "OK", Content: openapi.JSON(s)}
}

func refusals() map[string]openapi.Response {
	out := map[string]openapi.Response{}
	for status, about := range map[string]string{
		"400": "A parameter is wrong; `code` says which: `user_invalid`, `extension_invalid`, ….",
		"401": "`access_denied`: no valid token, or not within its reach.",
		"429": "`rate_limit_exceeded`: wait `Retry-After` seconds.",
		"500": "`internal_server_error`", "501": "`request_not_implemented`",
	} {
		out[status] = openapi.Response{Description: about, Content: openapi.JSON(openapi.RefTo("Error"))}
	}
	return out
}
