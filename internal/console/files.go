package console

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io/fs"
	"maps"
	"mime"
	"net/http"
	"path"
	"regexp"
	"slices"
	"strings"
)

// files are the console's files in memory. All of them have one version, the
// hash of their contents, and are addressed below it: a browser keeps what it
// has for good, and never mixes files of two versions.
type files struct {
	version string
	index   file
	byPath  map[string]file
}

// file is one, as it is and compressed.
type file struct {
	kind        string // media type
	plain, gzip []byte // gzip nil: not worth it
}

// load reads all files.
func load(from fs.FS) (*files, error) {
	out := &files{byPath: map[string]file{}}
	sum := sha256.New()
	err := fs.WalkDir(from, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		return out.add(from, name, sum)
	})
	if err != nil {
		return nil, err
	}
	out.version = hex.EncodeToString(sum.Sum(nil))[:16]
	index, ok := out.byPath["index.html"]
	if !ok {
		return nil, fmt.Errorf("index.html: %w", errNoFile)
	}
	delete(out.byPath, "index.html")
	page, err := out.styled(index.plain)
	if err != nil {
		return nil, err
	}
	out.index, err = newFile("index.html", out.addressed(page))
	return out, err
}

// styled puts the style sheets that the page names, in their order, into one
// file: they are written apart to be found, and asked for at once.
func (f *files) styled(index []byte) (page []byte, err error) {
	const all = "css/all.css"
	var text []byte
	for _, m := range stylesheet.FindAllSubmatch(index, -1) {
		sheet, ok := f.byPath[string(m[1])]
		if !ok {
			return nil, fmt.Errorf("%s: %w", m[1], errNoFile)
		}
		text = append(text, sheet.plain...)
		delete(f.byPath, string(m[1]))
	}
	f.byPath[all], err = newFile(all, text)
	return bytes.Replace(stylesheet.ReplaceAll(index, nil), []byte("{styles}"), []byte(`<link rel="stylesheet" href="{base}`+all+`">`), 1), err
}

var stylesheet = regexp.MustCompile(`<link rel="stylesheet" href="\{base\}([^"]+)">\n`)

func (f *files) add(from fs.FS, name string, sum hash.Hash) error {
	text, err := fs.ReadFile(from, name)
	if err != nil {
		return err
	}
	fmt.Fprintf(sum, "%s %d\n", name, len(text))
	sum.Write(text)
	if path.Ext(name) == ".js" && !strings.HasPrefix(name, "vendored/") {
		text = remarks.ReplaceAll(text, nil)
	}
	f.byPath[name], err = newFile(name, text)
	return err
}

// remarks are the lines of a module that are for who reads it in the
// repository. They become empty, so that an error names the line that was
// written; a seventh of the first view's bytes does not travel. No text of
// several lines may have one that begins like a remark.
var remarks = regexp.MustCompile(`(?m)^[ \t]*//.*$`)

func newFile(name string, text []byte) (file, error) {
	kind := mime.TypeByExtension(path.Ext(name))
	if known, ok := kinds[path.Ext(name)]; ok {
		kind = known // whatever this machine's tables say
	}
	out := file{kind: kind, plain: text}
	var packed bytes.Buffer
	w, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err == nil {
		_, err = w.Write(text)
	}
	if err == nil {
		err = w.Close()
	}
	if packed.Len() < len(text)*9/10 {
		out.gzip = packed.Bytes()
	}
	return out, err
}

var kinds = map[string]string{".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8",
	".svg": "image/svg+xml", ".woff2": "font/woff2", ".txt": "text/plain; charset=utf-8"}

// firstView is what the page begins with; what these modules import comes with them.
var firstView = []string{"js/main.js", "js/views/wallboard.js"}

// imported finds the modules a module needs before it runs. import() is
// another matter: it is for what is wanted later.
var imported = regexp.MustCompile(`(?m)^(?:import|export) [^;]*?from '(\.[^']+)';$`)

// addressed puts the files' address into the page, and names the modules of
// the first view, which the browser would else find one after the other.
func (f *files) addressed(index []byte) []byte {
	base := "/assets/" + f.version + "/"
	needed := map[string]bool{}
	for _, name := range firstView {
		f.need(name, needed)
	}
	var modules []string
	for _, name := range slices.Sorted(maps.Keys(needed)) {
		modules = append(modules, `<link rel="modulepreload" href="`+base+name+`">`)
	}
	text := strings.ReplaceAll(string(index), "{base}", base)
	return []byte(strings.ReplaceAll(text, "{modules}", strings.Join(modules, "\n")))
}

// need collects a module and all it imports.
func (f *files) need(name string, into map[string]bool) {
	module, there := f.byPath[name]
	if !there || into[name] {
		return
	}
	into[name] = true
	for _, m := range imported.FindAllSubmatch(module.plain, -1) {
		f.need(path.Join(path.Dir(name), string(m[1])), into)
	}
}

// page answers the console's one page. It is asked for anew each time: it is
// small, and names the version of all the rest.
func (f *files) page(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-cache")
	f.index.write(w, r)
}

// file answers a file of this version; one of another is not there any more,
// and the page that asks for it is to be loaded anew.
func (f *files) file(w http.ResponseWriter, r *http.Request) {
	out, ok := f.byPath[r.PathValue("path")]
	if !ok || r.PathValue("version") != f.version {
		w.Header().Set("Cache-Control", "no-store")
		http.Error(w, "there is no such file in this version of the console; load the page again", http.StatusNotFound)
		return
	}
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	out.write(w, r)
}

func (f file) write(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", f.kind)
	h.Set("Vary", "Accept-Encoding")
	body := f.plain
	if f.gzip != nil && strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		h.Set("Content-Encoding", "gzip")
		body = f.gzip
	}
	_, _ = w.Write(body) // a browser that has gone needs no file
}
