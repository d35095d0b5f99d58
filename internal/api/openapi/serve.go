package openapi

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"sync"
	"time"
)

// Handler serves a document, which is made when somebody first asks for it.
// It needs no token: what it tells is the same for everyone.
func Handler(document func() *Document) http.Handler {
	text := sync.OnceValues(func() ([]byte, error) { return json.MarshalIndent(document(), "", " ") })
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := text()
		if err != nil {
			panic(err) // a document is made of texts and numbers only
		}
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			w.WriteHeader(http.StatusMethodNotAllowed)
			return
		}
		sum := sha256.Sum256(body)
		h := w.Header()
		h.Set("Content-Type", "application/json")
		h.Set("Cache-Control", "no-cache") // asked again each time, answered by 304
		h.Set("ETag", `W/"`+hex.EncodeToString(sum[:8])+`"`)
		h.Set("Access-Control-Allow-Origin", "*") // for tools that read documents in a browser
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
	})
}
