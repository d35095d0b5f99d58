// Package browser is the interactive API browser: a page on which people read
// the OpenAPI documents, get a token and try requests out. Everything it needs
// is in the binary; it asks nothing of any other host.
package browser

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
	"time"
)

//go:embed assets vendored
var files embed.FS

// Base is the path of the page.
const Base = "/docs/"

// Document is an OpenAPI document the page offers.
type Document struct {
	Name string `json:"name"` // of the dialect
	Path string `json:"path"` // where the document is served
}

// policy lets the page load from and talk to its own host only. Pictures of
// the user interface are in its style sheet, as data.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// asset is a file as it is sent.
type asset struct {
	kind   string // media type
	body   []byte
	zipped bool // body is in gzip
	tag    string
}

// Handler serves the page below Base, the first document chosen.
func Handler(documents []Document) (http.Handler, error) {
	assets, err := load(documents)
	if err != nil {
		return nil, err
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a, ok := assets[strings.TrimPrefix(r.URL.Path, Base)]
		switch {
		case r.URL.Path+"/" == Base:
			http.Redirect(w, r, Base, http.StatusPermanentRedirect)
		case !ok:
			http.Error(w, "there is no such page; the API browser is at "+Base, http.StatusNotFound)
		case r.Method != http.MethodGet && r.Method != http.MethodHead:
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, "pages are read with GET", http.StatusMethodNotAllowed)
		default:
			a.serve(w, r)
		}
	}), nil
}

func (a asset) serve(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", a.kind)
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cache-Control", "no-cache") // asked again each time, answered by 304
	h.Set("ETag", a.tag)
	body := a.body
	switch {
	case a.zipped && strings.Contains(r.Header.Get("Accept-Encoding"), "gzip"):
		h.Set("Content-Encoding", "gzip")
	case a.zipped:
		body = unzip(body)
	}
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
}

// unzip serves the few clients that do not know gzip.
func unzip(zipped []byte) []byte {
	r, err := gzip.NewReader(bytes.NewReader(zipped))
	if err != nil {
		panic(fmt.Sprint("browser: an embedded file is no gzip: ", err)) // load looked at it
	}
	body, err := io.ReadAll(r)
	if err != nil {
		panic(fmt.Sprint("browser: an embedded file is broken: ", err))
	}
	return body
}

// load reads the embedded files, and writes the page with the documents in it.
func load(documents []Document) (map[string]asset, error) {
	assets := map[string]asset{}
	err := fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		body, err := files.ReadFile(name)
		if err != nil {
			return err
		}
		short, zipped := strings.CutSuffix(path.Base(name), ".gz")
		assets[short] = newAsset(short, body, zipped)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("browser: %w", err)
	}
	page, err := template.New("page").Parse(string(assets["index.html"].body))
	if err != nil {
		return nil, fmt.Errorf("browser: %w", err)
	}
	var b bytes.Buffer
	if err := page.Execute(&b, map[string]any{"Documents": documents}); err != nil {
		return nil, fmt.Errorf("browser: %w", err)
	}
	assets[""] = newAsset("index.html", b.Bytes(), false)
	delete(assets, "index.html")
	return assets, nil
}

func newAsset(name string, body []byte, zipped bool) asset {
	kind := mime.TypeByExtension(path.Ext(name))
	switch path.Ext(name) { // what the machine's tables say must not matter
	case ".js":
		kind = "text/javascript; charset=utf-8"
	case ".css":
		kind = "text/css; charset=utf-8"
	case ".html":
		kind = "text/html; charset=utf-8"
	case ".txt":
		kind = "text/plain; charset=utf-8"
	}
	sum := sha256.Sum256(body)
	return asset{kind: kind, body: body, zipped: zipped, tag: `W/"` + hex.EncodeToString(sum[:8]) + `"`}
}
