package api_test

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"holdline/internal/api"
	"holdline/internal/api/apitest"
)

// TestGeneratorsCanNameEverything: generators of clients, oapi-codegen for one,
// name types after schemas, parameters and enumerated fields, all in one space,
// and know no type that is two but one and null.
func TestGeneratorsCanNameEverything(t *testing.T) {
	s := apitest.New(t, nil)
	for _, d := range api.Documents {
		document, err := openapi3.NewLoader().LoadFromData(s.Do("GET", d.Path, "", "").Body)
		if err != nil {
			t.Fatal(err)
		}
		taken := map[string]string{"client": "what generators call the client itself"}
		take := func(what, name string) {
			name = strings.ReplaceAll(strings.ToLower(name), "_", "")
			if by, is := taken[name]; is {
				t.Errorf("%s: %s has the name of %s", d.Path, what, by)
			}
			taken[name] = what
		}
		for name := range document.Components.Parameters {
			take("the parameter "+name, name)
		}
		for name, schema := range document.Components.Schemas {
			take("the schema "+name, name)
			for field, of := range schema.Value.Properties {
				if len(of.Value.Enum) > 0 {
					take("the field "+field+" of "+name, name+field)
				}
			}
		}
		wantSingleTypes(t, d.Path, s.Do("GET", d.Path, "", "").JSON(t))
	}
}

// wantSingleTypes looks through a part of a document.
func wantSingleTypes(t *testing.T, at string, part any) {
	t.Helper()
	switch part := part.(type) {
	case map[string]any:
		if types, is := part["type"].([]any); is && !(len(types) == 2 && slices.Contains(types, any("null"))) {
			t.Errorf("%s: type %v", at, types)
		}
		for name, p := range part {
			wantSingleTypes(t, at+"/"+name, p)
		}
	case []any:
		for _, p := range part {
			wantSingleTypes(t, at, p)
		}
	}
}

func TestTheDocumentsAreOpenAPI(t *testing.T) {
	s := apitest.New(t, nil)
	for _, d := range api.Documents {
		got := s.Do("GET", d.Path, "", "")
		if got.Status != 200 || got.Header.Get("Content-Type") != "application/json" {
			t.Fatalf("%s: %d %v", d.Path, got.Status, got.Header)
		}
		loader := openapi3.NewLoader()
		document, err := loader.LoadFromData(got.Body)
		if err != nil {
			t.Fatalf("%s: %v", d.Path, err)
		}
		if err := document.Validate(context.Background()); err != nil {
			t.Errorf("%s: %v", d.Path, err)
		}
		if document.Paths.Len() == 0 || document.OpenAPI[:4] != "3.1." {
			t.Errorf("%s: OpenAPI %s with %d paths", d.Path, document.OpenAPI, document.Paths.Len())
		}
		ids := map[string]bool{}
		for path, item := range document.Paths.Map() {
			for method, op := range item.Operations() {
				if ids[op.OperationID] {
					t.Errorf("%s: %s %s: operationId %q is there twice", d.Path, method, path, op.OperationID)
				}
				ids[op.OperationID] = true
				if op.Summary == "" {
					t.Errorf("%s: %s %s has no summary", d.Path, method, path)
				}
			}
		}
		etag := got.Header.Get("ETag")
		if again := s.Do("GET", d.Path, "", "", "If-None-Match: "+etag); etag == "" || again.Status != 304 {
			t.Errorf("%s: ETag %q, asked again: %d", d.Path, etag, again.Status)
		}
		if post := s.Do("POST", d.Path, "", "{}"); post.Status != 405 {
			t.Errorf("%s: POST answers %d", d.Path, post.Status)
		}
		if !json.Valid(got.Body) {
			t.Errorf("%s is no JSON", d.Path)
		}
	}
}
