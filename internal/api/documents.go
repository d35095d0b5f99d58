package api

import (
	"net/http"

	"holdline/internal/api/openapi"
	"holdline/internal/api/ver1"
)

// Described is a dialect's OpenAPI document and where it is served.
type Described struct {
	Name string // of the dialect, for people
	Path string
	Make func() *openapi.Document
}

// Documents are the OpenAPI documents of all dialects, the native one first.
var Documents = []Described{
	{"ver1.0", ver1.Base + "/openapi.json", ver1.Document},
}

// mountDocuments serves them without a token: who has none yet reads how to get one.
func mountDocuments(mux *http.ServeMux) {
	for _, d := range Documents {
		mux.Handle(d.Path, openapi.Handler(d.Make))
	}
}
