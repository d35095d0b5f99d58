package apitest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"mime"
	"strings"
	"sync"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"holdline/internal/api"
)

// contract is what the OpenAPI documents promise. Every answer that a test
// gets is held against it, so that the documents cannot say what is not so.
type contract struct {
	operations []promised
	compiler   *jsonschema.Compiler
	mu         sync.Mutex // guards compiler, and schemas that are made from it
}

// promised is one path of a document.
type promised struct {
	segments []string
	at       string         // JSON pointer of the path item
	methods  map[string]any // by method in lower case
	document map[string]any
}

var theContract = sync.OnceValues(func() (*contract, error) {
	c := &contract{compiler: jsonschema.NewCompiler()}
	for _, d := range api.Documents {
		if err := c.add(d); err != nil {
			return nil, fmt.Errorf("%s: %w", d.Path, err)
		}
	}
	return c, nil
})

func (c *contract) add(d api.Described) error {
	text, err := json.Marshal(d.Make())
	if err != nil {
		return err
	}
	parsed, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return err
	}
	document := parsed.(map[string]any)
	base := document["servers"].([]any)[0].(map[string]any)["url"].(string)
	for path, item := range document["paths"].(map[string]any) {
		pointer := strings.NewReplacer("~", "~0", "/", "~1", "{", "%7B", "}", "%7D").Replace(path)
		c.operations = append(c.operations, promised{segments: split(strings.TrimSuffix(base, "/") + path), methods: item.(map[string]any),
			at: "http://contract" + d.Path + "#/paths/" + pointer, document: document})
	}
	return c.compiler.AddResource("http://contract"+d.Path, document)
}

func split(path string) []string { return strings.Split(strings.Trim(path, "/"), "/") }

// find gives the documented path of a request's; literal segments count before parameters.
func (c *contract) find(path string) (best promised, ok bool) {
	got := split(path)
	most := -1
	for _, p := range c.operations {
		if literal := p.matches(got); literal > most {
			best, most = p, literal
		}
	}
	return best, most >= 0
}

// matches counts the literal segments that are equal; -1 if it is another path.
func (p promised) matches(got []string) int {
	if len(got) != len(p.segments) {
		return -1
	}
	literal := 0
	for i, s := range p.segments {
		switch {
		case strings.HasPrefix(s, "{"):
		case s != got[i]:
			return -1
		default:
			literal++
		}
	}
	return literal
}

// Check holds an answer against the documents; paths that no document has are left alone.
func Check(t testing.TB, method, path string, a Answer) {
	t.Helper()
	c, err := theContract()
	if err != nil {
		t.Fatal(err)
	}
	path, _, _ = strings.Cut(path, "?")
	p, ok := c.find(path)
	op, documented := p.methods[strings.ToLower(method)].(map[string]any)
	if !ok || !documented || a.Status == 405 {
		return
	}
	if err := c.holds(p, op, strings.ToLower(method), a); err != nil {
		t.Errorf("%s %s: the OpenAPI document does not hold: %v\nin %d %.2000s", method, path, err, a.Status, a.Body)
	}
}

func (c *contract) holds(p promised, op map[string]any, method string, a Answer) error {
	status := fmt.Sprint(a.Status)
	response, ok := op["responses"].(map[string]any)[status].(map[string]any)
	at := p.at + "/" + method + "/responses/" + status
	if !ok {
		return fmt.Errorf("it has no answer %s", status)
	}
	if ref, ok := response["$ref"].(string); ok {
		at = p.at[:strings.Index(p.at, "#")] + ref
		name := ref[strings.LastIndex(ref, "/")+1:]
		response = p.document["components"].(map[string]any)["responses"].(map[string]any)[name].(map[string]any)
	}
	kind, _, _ := mime.ParseMediaType(a.Header.Get("Content-Type"))
	content, _ := response["content"].(map[string]any)
	if _, ok := content[kind]; !ok && (len(a.Body) > 0 || len(content) > 0) && a.Status != 304 {
		return fmt.Errorf("it has no %q under %s", kind, status)
	}
	if kind != "application/json" || a.Header.Get("Content-Encoding") != "" || len(a.Body) == 0 {
		return nil
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(a.Body))
	if err != nil {
		return err
	}
	c.mu.Lock()
	schema, err := c.compiler.Compile(at + "/content/application~1json/schema")
	c.mu.Unlock()
	if err != nil {
		return err
	}
	return schema.Validate(value)
}
