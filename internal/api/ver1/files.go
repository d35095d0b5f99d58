package ver1

import (
	"io"
	"net/http"
	"strings"
	"time"
)

// serveFile answers with a file, or the part of it that Range asks for (RFC
// 9110 §14). A part that the file does not have is refused as all else is.
func serveFile(w http.ResponseWriter, r *http.Request, modified time.Time, file io.ReadSeeker) {
	http.ServeContent(&partWriter{ResponseWriter: w}, r, "", modified, file)
}

// partWriter has the library's refusal of a range written in our words.
type partWriter struct {
	http.ResponseWriter
	refused bool
}

func (w *partWriter) WriteHeader(status int) {
	if status != http.StatusRequestedRangeNotSatisfiable {
		w.ResponseWriter.WriteHeader(status)
		return
	}
	w.refused = true
	h := w.Header()
	h.Del("Content-Disposition")
	writeJSON(w.ResponseWriter, status, map[string]string{"status": "range_not_satisfiable",
		"message": "the file does not reach as far as the Range asks; its size is " + strings.TrimPrefix(h.Get("Content-Range"), "bytes */") + " bytes"})
}

func (w *partWriter) Write(b []byte) (int, error) {
	if w.refused {
		return len(b), nil
	}
	return w.ResponseWriter.Write(b)
}

// Unwrap serves http.ResponseController.
func (w *partWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
