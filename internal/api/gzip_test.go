package api

import (
	"bufio"
	"compress/gzip"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

var discard = slog.New(slog.DiscardHandler)

// step answers in two halves; the second one is sent when told to.
func step(kind string, next <-chan struct{}) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", kind)
		io.WriteString(w, "first\n")
		if err := http.NewResponseController(w).Flush(); err != nil {
			panic(err)
		}
		<-next
		io.WriteString(w, "second\n")
		w.(http.Flusher).Flush()
	})
}

func TestAnswersThatGrowAreSeenAtOnce(t *testing.T) {
	for kind, coding := range map[string]string{"text/event-stream": "", "text/event-stream; charset=utf-8": "", "text/plain": "gzip"} {
		t.Run(kind, func(t *testing.T) {
			next := make(chan struct{})
			server := httptest.NewServer(identified(recovered(discard, compressed(step(kind, next)))))
			defer server.Close()
			r, err := http.NewRequestWithContext(t.Context(), "GET", server.URL, nil)
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Accept-Encoding", "gzip")
			got, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			defer got.Body.Close()
			if got.Header.Get("Content-Encoding") != coding {
				t.Fatalf("Content-Encoding %q; want %q", got.Header.Get("Content-Encoding"), coding)
			}
			body := io.Reader(got.Body)
			if coding == "gzip" {
				if body, err = gzip.NewReader(got.Body); err != nil {
					t.Fatal(err)
				}
			}
			lines := bufio.NewReader(body)
			// The second half is not sent before the first has been read here.
			if line, err := lines.ReadString('\n'); line != "first\n" || err != nil {
				t.Fatalf("first %q, %v", line, err)
			}
			close(next)
			if line, err := lines.ReadString('\n'); line != "second\n" || err != nil {
				t.Fatalf("second %q, %v", line, err)
			}
			if rest, err := io.ReadAll(lines); len(rest) > 0 || err != nil {
				t.Errorf("then %q, %v", rest, err)
			}
		})
	}
}

func TestWhatIsCompressedAlreadyIsPassedOn(t *testing.T) {
	h := compressed(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "br")
		io.WriteString(w, strings.Repeat("x", 2000))
	}))
	w, r := httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil)
	r.Header.Set("Accept-Encoding", "gzip, br")
	h.ServeHTTP(w, r)
	if w.Header().Get("Content-Encoding") != "br" || w.Body.Len() != 2000 {
		t.Errorf("%v, %d bytes", w.Header(), w.Body.Len())
	}
}

func TestAFlushWithoutABodySendsTheHead(t *testing.T) {
	h := recovered(discard, compressed(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		w.(http.Flusher).Flush()
	})))
	w, r := httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil)
	r.Header.Set("Accept-Encoding", "gzip")
	h.ServeHTTP(w, r)
	if !w.Flushed || w.Code != 200 || w.Header().Get("Content-Encoding") != "" || w.Body.Len() > 0 {
		t.Errorf("flushed %v, %d %v %q", w.Flushed, w.Code, w.Header(), w.Body)
	}
}
