package ver1

import (
	"maps"
	"net/http"
	"slices"
	"strings"

	"holdline/internal/api/openapi"
)

// Document gives the dialect's OpenAPI document. Paths and methods come from
// the routes, fields from the tables that read and write them; words for
// people stand in operations.go, resources.go and parameters.go.
func Document() *openapi.Document {
	d := &openapi.Document{
		OpenAPI: openapi.Version,
		Info: openapi.Info{Title: "Holdline API ver1.0", Version: "1.0",
			Summary:     "Holdline's native API, compatible with the RingMe REST API",
			Description: preface},
		Servers:  []openapi.Server{{URL: Base}},
		Tags:     tags,
		Security: []openapi.Security{{"bearer": {}}, {"oauth2": {}}},
		Paths:    map[string]openapi.PathItem{},
	}
	d.Components = openapi.Components{
		Schemas: schemas(), Parameters: documentedParameters(), Responses: refusals(), Headers: headers,
		SecuritySchemes: map[string]openapi.SecurityScheme{
			"bearer": {Type: "http", Scheme: "bearer", Description: "The access token of `POST /oauth/token`."},
			"oauth2": {Type: "oauth2", Flows: map[string]openapi.Flow{"clientCredentials": {TokenURL: "/oauth/token", Scopes: map[string]string{}}}},
		},
	}
	for path, m := range routes {
		item := openapi.PathItem{}
		for method := range m {
			item[strings.ToLower(method)] = describe(method, path)
		}
		d.Paths[documentedPath(path)] = item
	}
	return d
}

const preface = "JSON over HTTP. Get an access token with `client_id` and `client_secret` at `POST /oauth/token` and send it as `Authorization: Bearer …`.\n\n" +
	"Every path is answered with and without its last slash. `PUT` changes what is sent; `null` clears what may be empty; what was got may be sent back whole. " +
	"Lists are pages: `page`, `per_page`, and the total in `X-Total-Count`."

// documentedPath gives a route as clients know it: the vendor's names of
// parameters, and the slash that collections end in.
func documentedPath(path string) string {
	segments := strings.Split(path, "/")
	for i, s := range segments {
		if name, ok := strings.CutPrefix(s, "{"); ok {
			segments[i] = "{" + pathParameter(path, strings.TrimSuffix(name, "}")).Name + "}"
		}
	}
	last := segments[len(segments)-1]
	if last[0] != '{' && last != "file" {
		segments = append(segments, "")
	}
	return strings.Join(segments, "/")
}

// describe gives the operation of a method of a route.
func describe(method, path string) *openapi.Operation {
	op := operations[method+" "+path]
	out := &openapi.Operation{ID: operationID(method, path), Tags: []string{tagOf(path)}, Summary: op.summary, Description: op.about,
		Responses: map[string]openapi.Response{}}
	for s := range strings.SplitSeq(path, "/") {
		if name, ok := strings.CutPrefix(s, "{"); ok {
			out.Parameters = append(out.Parameters, pathParameter(path, strings.TrimSuffix(name, "}")))
		}
	}
	if op.lists != "" {
		out.Parameters = append(out.Parameters, parameterRef("page"), parameterRef("per_page"))
	}
	for _, name := range op.query {
		out.Parameters = append(out.Parameters, parameterRef(name))
	}
	if method == http.MethodPost || method == http.MethodPut {
		out.Body = op.requestBody(method)
	}
	op.answers(method, out.Responses)
	return out
}

func parameterRef(name string) openapi.Parameter {
	return openapi.Parameter{Ref: "#/components/parameters/" + name}
}

// operationID names an operation for client generators: getClientExtensionById.
func operationID(method, path string) string {
	var b strings.Builder
	b.WriteString(strings.ToLower(method))
	for s := range strings.SplitSeq(path, "/") {
		if strings.HasPrefix(s, "{") {
			if s != "{client}" && !strings.HasPrefix(path, "/extension/"+s) || strings.HasSuffix(path, s) {
				b.WriteString("One")
			}
			continue
		}
		for word := range strings.SplitSeq(s, "_") {
			if word != "" {
				b.WriteString(strings.ToUpper(word[:1]) + word[1:])
			}
		}
	}
	return b.String()
}

// requestBody gives what a POST or PUT carries.
func (op operation) requestBody(method string) *openapi.Body {
	if op.form != nil {
		return &openapi.Body{Required: true, Content: map[string]openapi.Media{"multipart/form-data": {Schema: op.form}}}
	}
	if op.body == "" {
		return nil
	}
	name := "New" + op.body
	if method == http.MethodPut {
		name = op.body + "Change"
	}
	return &openapi.Body{Required: true, Content: openapi.JSON(openapi.RefTo(name))}
}

// answers adds every answer an operation may give.
func (op operation) answers(method string, to map[string]openapi.Response) {
	status, answer := op.success(method)
	to[status] = answer
	if op.file != "" {
		to["206"] = openapi.Response{Description: "The part that was asked for by Range.", Content: answer.Content}
		to["416"] = openapi.Response{Ref: "#/components/responses/416"}
	}
	common := []string{"400", "401", "403", "404", "429", "500", "503"}
	if op.body != "" || op.form != nil {
		common = append(common, "413", "415")
	}
	for _, status := range append(common, op.refuses...) {
		to[status] = openapi.Response{Ref: "#/components/responses/" + status}
	}
	if method == http.MethodGet && op.stream == "" {
		to["304"] = openapi.Response{Description: "It is still what the request's If-None-Match or If-Modified-Since names."}
	}
}

func (op operation) success(method string) (status string, r openapi.Response) {
	r = openapi.Response{Description: "OK", Headers: map[string]openapi.Header{}}
	for name := range headers {
		if name != "X-Total-Count" || op.lists != "" {
			r.Headers[name] = openapi.Header{Ref: "#/components/headers/" + name}
		}
	}
	switch {
	case op.stream != "":
		r.Content = map[string]openapi.Media{"text/event-stream": {Schema: openapi.Of("string")}}
		r.Description = op.stream
	case op.file != "":
		r.Content = map[string]openapi.Media{}
		for kind := range strings.SplitSeq(op.file, ", ") {
			r.Content[kind] = openapi.Media{Schema: &openapi.Schema{Media: kind}}
		}
	case op.shows != "":
		r.Content = openapi.JSON(openapi.RefTo(op.shows))
	case op.lists != "" && resources[op.lists].page:
		r.Content = openapi.JSON(openapi.RefTo(op.lists))
	case op.lists != "":
		r.Content = openapi.JSON(openapi.ListOf(openapi.RefTo(op.lists)))
	}
	if op.or != "" {
		r.Content[op.or] = openapi.Media{Schema: openapi.Of("string")}
	}
	switch {
	case method == http.MethodDelete && len(r.Content) == 0:
		r.Description = "Deleted"
		return "204", r
	case method == http.MethodPost && !op.replaces:
		r.Description = "Created"
		return "201", r
	}
	return "200", r
}

// headers are those of successful answers.
var headers = map[string]openapi.Header{
	"X-Request-Id":          {Description: "Names the request in the server's log.", Schema: openapi.Of("string")},
	"X-Total-Count":         {Description: "Rows on all pages together.", Schema: openapi.Of("integer")},
	"X-RateLimit-Limit":     {Description: "Requests the client may send an hour.", Schema: openapi.Of("integer")},
	"X-RateLimit-Remaining": {Description: "Those that are left.", Schema: openapi.Of("integer")},
	"X-RateLimit-Reset":     {Description: "Seconds until the hour begins anew.", Schema: openapi.Of("integer")},
}

// refusals are the error answers by status; their words are the ones the handlers use.
func refusals() map[string]openapi.Response {
	words := map[string][]string{"401": {"unauthorized"}, "405": {"method_not_allowed"}, "415": {"unsupported_media_type"},
		"416": {"range_not_satisfiable"}, "429": {"rate_limit_exceeded"}, "500": {"internal_error"}}
	for _, s := range statuses {
		status := itoa(s.code)
		words[status] = append(words[status], s.word)
	}
	out := map[string]openapi.Response{}
	for status, list := range words {
		slices.Sort(list)
		list = slices.Compact(list)
		s := &openapi.Schema{Type: openapi.Type{"object"}, Closed: true, Required: []string{"message", "status"}, Properties: openapi.Properties{
			{Name: "message", Schema: described("string", "What was wrong, and the fix.")},
			{Name: "status", Schema: openapi.OneOf(list...)},
		}}
		if status == "400" {
			s.Properties = append(s.Properties, openapi.Property{Name: "field", Schema: described("string", "The field or parameter that is wrong.")})
		}
		out[status] = openapi.Response{Description: refusalTexts[status], Content: openapi.JSON(s)}
	}
	return out
}

var refusalTexts = map[string]string{
	"400": "A field or parameter is wrong; `field` says which, `message` what is allowed.",
	"401": "The access token is missing, wrong or expired; get a new one.",
	"403": "The application may not do this.",
	"404": "There is no such thing among yours.",
	"405": "The method is not possible here; `Allow` lists those that are.",
	"409": "Something is in the way; `message` names it.",
	"412": "It has changed since it was read; read it again.",
	"413": "The body is too large: 64 KiB, a sound 10 MB.",
	"415": "The body is not JSON in UTF-8, or for a file no form.",
	"416": "The file does not reach as far as the Range asks.",
	"429": "The requests of this hour are used up; wait `Retry-After` seconds.",
	"500": "Something broke on the server's side; its log has more under the request's id.",
	"503": "The server cannot do this now; try again in a few seconds.",
}

func described(kind, text string) *openapi.Schema {
	s := openapi.Of(kind)
	s.Description = text
	return s
}

// schemas gives all resources: as they are shown, as they are made (New…) and as they are changed (…Change).
func schemas() map[string]*openapi.Schema {
	out := map[string]*openapi.Schema{}
	for name, r := range resources {
		if r.table == nil {
			out[name] = r.made
			continue
		}
		out[name] = r.table.shape(r.notes, answered)
	}
	for _, key := range slices.Sorted(maps.Keys(operations)) {
		op := operations[key]
		switch r := resources[op.body]; {
		case op.body == "":
		case strings.HasPrefix(key, "PUT "):
			out[op.body+"Change"] = r.table.shape(r.notes, changed)
		default:
			out["New"+op.body] = r.table.shape(r.notes, made)
		}
	}
	return out
}
