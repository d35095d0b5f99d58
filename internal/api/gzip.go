package api

import (
	"compress/gzip"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
)

// compressed answers in gzip whoever asks for it (RFC 9110 §12.5.3).
func compressed(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Add("Vary", "Accept-Encoding")
		if r.Method == http.MethodHead || !acceptsGzip(r.Header.Values("Accept-Encoding")) {
			next.ServeHTTP(w, r)
			return
		}
		zw := &gzipWriter{ResponseWriter: w}
		defer zw.close()
		next.ServeHTTP(zw, r)
	})
}

// acceptsGzip reads Accept-Encoding: gzip or * with a weight above 0; gzip's own word counts first.
func acceptsGzip(values []string) bool {
	any := false
	for _, value := range values {
		for coding := range strings.SplitSeq(value, ",") {
			name, weight, _ := strings.Cut(strings.TrimSpace(coding), ";")
			switch strings.ToLower(strings.TrimSpace(name)) {
			case "gzip", "x-gzip":
				return weighs(weight)
			case "*":
				any = weighs(weight)
			}
		}
	}
	return any
}

func weighs(param string) bool {
	name, value, ok := strings.Cut(strings.TrimSpace(param), "=")
	if !ok || !strings.EqualFold(strings.TrimSpace(name), "q") {
		return true
	}
	q, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
	return err == nil && q > 0
}

var gzips = sync.Pool{New: func() any { return gzip.NewWriter(io.Discard) }}

// gzipWriter compresses a body, if there is one.
type gzipWriter struct {
	http.ResponseWriter
	to    *gzip.Writer // nil until the first byte, or when the status has no body
	plain bool         // passed on as it is
}

// passedOn tells which answers are not compressed: audio, of which a part may
// have been asked for; streams of events, which must not wait for a block to
// fill; and what is in a coding already.
func passedOn(h http.Header) bool {
	kind := h.Get("Content-Type")
	return strings.HasPrefix(kind, "audio/") || strings.HasPrefix(kind, "text/event-stream") || h.Get("Content-Encoding") != ""
}

func (w *gzipWriter) WriteHeader(status int) {
	switch {
	case w.to != nil || w.plain: // said already
	case passedOn(w.Header()):
		w.plain = true
	case status >= 200 && status != http.StatusNoContent && status != http.StatusNotModified:
		w.Header().Set("Content-Encoding", "gzip")
		w.Header().Del("Content-Length")
		w.to = gzips.Get().(*gzip.Writer)
		w.to.Reset(w.ResponseWriter)
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *gzipWriter) Write(b []byte) (int, error) {
	if w.to == nil && !w.plain {
		w.WriteHeader(http.StatusOK)
	}
	if w.plain {
		return w.ResponseWriter.Write(b)
	}
	return w.to.Write(b)
}

// FlushError sends what was written so far, so that an answer that takes its
// time can be read as it grows; see http.ResponseController.
func (w *gzipWriter) FlushError() error {
	if w.to == nil && !w.plain {
		w.WriteHeader(http.StatusOK)
	}
	if w.to != nil {
		if err := w.to.Flush(); err != nil {
			return err
		}
	}
	return http.NewResponseController(w.ResponseWriter).Flush()
}

// Flush is FlushError for who asks for an http.Flusher.
func (w *gzipWriter) Flush() { _ = w.FlushError() } // fails only when the client is gone

// Unwrap serves http.ResponseController's deadlines.
func (w *gzipWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *gzipWriter) close() {
	if w.to == nil {
		return
	}
	w.to.Close() // fails only when the client is gone
	gzips.Put(w.to)
	w.to = nil
}
