// Package openapi is the part of OpenAPI 3.1 that the dialects' documents are
// made of (https://spec.openapis.org/oas/v3.1.1), as values that are written
// as JSON. Every dialect makes its own document from its own tables.
package openapi

import (
	"bytes"
	"encoding/json"
)

// Version is the version of OpenAPI that documents are written in.
const Version = "3.1.1"

// Document is a whole OpenAPI document.
type Document struct {
	OpenAPI    string              `json:"openapi"` // Version
	Info       Info                `json:"info"`
	Servers    []Server            `json:"servers,omitempty"`
	Tags       []Tag               `json:"tags,omitempty"`
	Security   []Security          `json:"security,omitempty"`
	Paths      map[string]PathItem `json:"paths"`
	Components Components          `json:"components"`
}

// Info tells what the API is.
type Info struct {
	Title       string `json:"title"`
	Summary     string `json:"summary,omitempty"`
	Description string `json:"description,omitempty"` // Markdown
	Version     string `json:"version"`               // of the API
}

// Server is where paths begin; a URL without a host is on the document's own host.
type Server struct {
	URL         string `json:"url"`
	Description string `json:"description,omitempty"`
}

// Tag groups operations.
type Tag struct {
	Name        string `json:"name"`
	Description string `json:"description,omitempty"`
}

// Security names security schemes of which all are needed, with their scopes.
type Security map[string][]string

// PathItem is the operations of a path by method, in lower case.
type PathItem map[string]*Operation

// Operation is a method of a path.
type Operation struct {
	ID          string              `json:"operationId"`
	Tags        []string            `json:"tags,omitempty"`
	Summary     string              `json:"summary"`
	Description string              `json:"description,omitempty"`
	Parameters  []Parameter         `json:"parameters,omitempty"`
	Body        *Body               `json:"requestBody,omitempty"`
	Responses   map[string]Response `json:"responses"` // by status
	Security    *[]Security         `json:"security,omitempty"`
	Servers     []Server            `json:"servers,omitempty"`
}

// Parameter is one of a path, a query or a header.
type Parameter struct {
	Ref         string  `json:"$ref,omitempty"`
	Name        string  `json:"name,omitempty"`
	In          string  `json:"in,omitempty"` // path, query, header
	Description string  `json:"description,omitempty"`
	Required    bool    `json:"required,omitempty"`
	Explode     *bool   `json:"explode,omitempty"`
	Schema      *Schema `json:"schema,omitempty"`
	Example     any     `json:"example,omitempty"`
}

// Body is what a request carries.
type Body struct {
	Description string           `json:"description,omitempty"`
	Required    bool             `json:"required,omitempty"`
	Content     map[string]Media `json:"content"` // by media type
}

// Response is an answer.
type Response struct {
	Ref         string            `json:"$ref,omitempty"`
	Description string            `json:"description,omitempty"`
	Headers     map[string]Header `json:"headers,omitempty"`
	Content     map[string]Media  `json:"content,omitempty"`
}

// Header is one of an answer.
type Header struct {
	Ref         string  `json:"$ref,omitempty"`
	Description string  `json:"description,omitempty"`
	Schema      *Schema `json:"schema,omitempty"`
}

// Media is the form of a body.
type Media struct {
	Schema  *Schema `json:"schema,omitempty"`
	Example any     `json:"example,omitempty"`
}

// Components are what operations refer to.
type Components struct {
	Schemas         map[string]*Schema        `json:"schemas,omitempty"`
	Parameters      map[string]Parameter      `json:"parameters,omitempty"`
	Responses       map[string]Response       `json:"responses,omitempty"`
	Headers         map[string]Header         `json:"headers,omitempty"`
	SecuritySchemes map[string]SecurityScheme `json:"securitySchemes,omitempty"`
}

// SecurityScheme is a way to say who asks.
type SecurityScheme struct {
	Type        string          `json:"type"` // http, apiKey, oauth2
	Description string          `json:"description,omitempty"`
	Scheme      string          `json:"scheme,omitempty"` // of http: bearer, basic
	Name        string          `json:"name,omitempty"`   // of apiKey
	In          string          `json:"in,omitempty"`     // of apiKey: query, header
	Flows       map[string]Flow `json:"flows,omitempty"`  // of oauth2
}

// Flow is an OAuth 2.0 flow.
type Flow struct {
	AuthorizationURL string            `json:"authorizationUrl,omitempty"`
	TokenURL         string            `json:"tokenUrl"`
	Scopes           map[string]string `json:"scopes"`
}

// Schema is a JSON Schema (draft 2020-12).
type Schema struct {
	Ref         string     `json:"$ref,omitempty"`
	Type        Type       `json:"type,omitempty"`
	Format      string     `json:"format,omitempty"`
	Description string     `json:"description,omitempty"`
	Enum        []any      `json:"enum,omitempty"`
	Default     any        `json:"default,omitempty"`
	Pattern     string     `json:"pattern,omitempty"`
	MinLength   *int       `json:"minLength,omitempty"`
	MaxLength   *int       `json:"maxLength,omitempty"`
	Minimum     *float64   `json:"minimum,omitempty"`
	Maximum     *float64   `json:"maximum,omitempty"`
	ReadOnly    bool       `json:"readOnly,omitempty"`
	Examples    []any      `json:"examples,omitempty"`
	Media       string     `json:"contentMediaType,omitempty"` // of binary content
	Items       *Schema    `json:"items,omitempty"`
	OneOf       []*Schema  `json:"oneOf,omitempty"`
	Properties  Properties `json:"properties,omitempty"`
	Required    []string   `json:"required,omitempty"`
	Closed      bool       `json:"-"` // no further properties
}

// MarshalJSON writes Closed as additionalProperties.
func (s *Schema) MarshalJSON() ([]byte, error) {
	type plain Schema
	var closed *bool
	if s.Closed {
		closed = new(bool)
	}
	return json.Marshal(struct {
		*plain
		Additional *bool `json:"additionalProperties,omitempty"`
	}{(*plain)(s), closed})
}

// Type is the JSON types a value may have; one is written as a string.
type Type []string

// MarshalJSON writes a single type without the array.
func (t Type) MarshalJSON() ([]byte, error) {
	if len(t) == 1 {
		return json.Marshal(t[0])
	}
	return json.Marshal([]string(t))
}

// Property is a named schema.
type Property struct {
	Name   string
	Schema *Schema
}

// Properties are those of an object, in the order in which they are shown.
type Properties []Property

// MarshalJSON writes an object that keeps the order.
func (p Properties) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	for i, one := range p {
		b.WriteByte("{,"[min(i, 1)])
		name, err := json.Marshal(one.Name)
		if err != nil {
			return nil, err
		}
		value, err := json.Marshal(one.Schema)
		if err != nil {
			return nil, err
		}
		b.Write(append(append(name, ':'), value...))
	}
	if len(p) == 0 {
		b.WriteByte('{')
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// Of gives a schema of these types.
func Of(types ...string) *Schema { return &Schema{Type: types} }

// RefTo refers to a schema among the components.
func RefTo(name string) *Schema { return &Schema{Ref: "#/components/schemas/" + name} }

// ListOf gives the schema of an array.
func ListOf(items *Schema) *Schema { return &Schema{Type: Type{"array"}, Items: items} }

// OneOf gives the schema of a text that is one of a few.
func OneOf(words ...string) *Schema {
	s := Of("string")
	for _, w := range words {
		s.Enum = append(s.Enum, w)
	}
	return s
}

// JSON is a body of application/json.
func JSON(s *Schema) map[string]Media { return map[string]Media{"application/json": {Schema: s}} }
