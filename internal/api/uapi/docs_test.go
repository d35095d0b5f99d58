package uapi_test

import (
	"testing"

	"holdline/internal/api/apitest"
)

func TestTheDocumentedCommandsWork(t *testing.T) {
	apitest.NewDemo(t, nil).RunDocument("api-unifiedapi.md",
		`[{"agentNumber":"0003*205","status":"2"`, `[{"agentNumber":"0003*205","status":"1"`, `"extension":"0003*201","status":0`,
		`"totalResults":5`, `"note":"screen pop"`, `[{"type":"0"`)
}
