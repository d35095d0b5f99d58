package ver1

import (
	"encoding/hex"
	"hash/fnv"
	"net/http"
	"strings"
)

// writeBody writes an answer's JSON, unless the client says with If-None-Match
// that it has it already (RFC 9110 §13.1.2): who looks often is told little.
// The tag is weak because the same answer is sent in gzip, too.
func (a reply) writeBody(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead || a.status != http.StatusOK {
		writeJSON(w, a.status, a.body)
		return
	}
	text, err := marshal(a.body)
	if err != nil {
		writeJSON(w, a.status, a.body) // says so
		return
	}
	tag := entityTag(text, a.total)
	w.Header().Set("ETag", tag)
	w.Header().Set("Cache-Control", "private, no-cache")
	if matches(r.Header.Values("If-None-Match"), tag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(a.status)
	w.Write(append(text, '\n'))
}

// entityTag names an answer by what is in it, the total of a list included.
func entityTag(text []byte, total int) string {
	h := fnv.New128a()
	h.Write(text)
	h.Write([]byte(itoa(total)))
	return `W/"` + hex.EncodeToString(h.Sum(nil)) + `"`
}

// matches compares weakly, as If-None-Match does (RFC 9110 §8.8.3.2).
func matches(values []string, tag string) bool {
	for _, value := range values {
		for one := range strings.SplitSeq(value, ",") {
			one = strings.TrimSpace(one)
			if one == "*" || strings.TrimPrefix(one, "W/") == strings.TrimPrefix(tag, "W/") {
				return true
			}
		}
	}
	return false
}
