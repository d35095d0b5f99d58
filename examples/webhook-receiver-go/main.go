// Command webhook-receiver-go receives events and checks their signatures,
// with Go's standard library:
//
//	HOLDLINE_WEBHOOK_SECRET=whsec_... go run ./examples/webhook-receiver-go 127.0.0.1:8090
//
// Signatures are made as Standard Webhooks says: HMAC-SHA256 over id, timestamp
// and payload: the body of a POST, of a GET the query (without what the URL you
// subscribed with has of its own). The same delivery may come twice: Webhook-Id
// tells.
package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"
)

// tolerance is how old a request may be; older ones may be somebody else's, sent again.
const tolerance = 5 * time.Minute

type receiver struct {
	key []byte

	mu   sync.Mutex      // guards seen
	seen map[string]bool // deliveries; a real receiver keeps them for a day or two
}

// verified tells whether a request is from the holder of the secret, and fresh.
func (v *receiver) verified(h http.Header, payload string, now time.Time) bool {
	id, sent := h.Get("Webhook-Id"), h.Get("Webhook-Timestamp")
	seconds, err := strconv.ParseInt(sent, 10, 64)
	if err != nil || now.Sub(time.Unix(seconds, 0)).Abs() > tolerance {
		return false
	}
	mac := hmac.New(sha256.New, v.key)
	io.WriteString(mac, id+"."+sent+"."+payload)
	for given := range strings.FieldsSeq(h.Get("Webhook-Signature")) {
		sum, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(given, "v1,"))
		if err == nil && hmac.Equal(sum, mac.Sum(nil)) {
			return true
		}
	}
	return false
}

func (v *receiver) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	payload := r.URL.RawQuery
	if r.Method == http.MethodPost {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<20))
		if err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		payload = string(body)
	}
	// Anything but 2xx is tried again later, so answer at once and work afterwards.
	if !v.verified(r.Header, payload, time.Now()) {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	w.WriteHeader(http.StatusNoContent)
	v.mu.Lock()
	again := v.seen[r.Header.Get("Webhook-Id")]
	v.seen[r.Header.Get("Webhook-Id")] = true
	v.mu.Unlock()
	if event, err := url.ParseQuery(payload); err == nil && !again {
		fmt.Println(event)
	}
}

func main() {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(os.Getenv("HOLDLINE_WEBHOOK_SECRET"), "whsec_"))
	if err != nil || len(key) == 0 {
		log.Fatal("HOLDLINE_WEBHOOK_SECRET is no secret; it begins with whsec_ and is shown when an event is added")
	}
	address := "127.0.0.1:8090"
	if len(os.Args) > 1 {
		address = os.Args[1]
	}
	l, err := net.Listen("tcp", address)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("receiving at http://" + l.Addr().String())
	log.Fatal(http.Serve(l, &receiver{key: key, seen: map[string]bool{}}))
}
