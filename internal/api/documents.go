package api

import (
	"net/http"
	"strings"

	"holdline/internal/api/agentstate"
	"holdline/internal/api/browser"
	"holdline/internal/api/openapi"
	"holdline/internal/api/uapi"
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
	{"UnifiedAPI", uapi.Base + "/openapi.json", uapi.Document},
	{"voiptech", agentstate.DocumentPath, agentstate.Document},
}

// mountDocuments serves them, and the page that shows them, without a token:
// who has none yet reads how to get one.
func mountDocuments(mux *http.ServeMux) {
	var list []browser.Document
	for _, d := range Documents {
		mux.Handle(d.Path, openapi.Handler(d.Make))
		list = append(list, browser.Document{Name: d.Name, Path: d.Path})
	}
	page, err := browser.Handler(list)
	if err != nil {
		panic(err) // the page is in the binary, and tests have looked at it
	}
	mux.Handle(browser.Base, page)
	mux.Handle(strings.TrimSuffix(browser.Base, "/"), page)
}
