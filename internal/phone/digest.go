package phone

import (
	"bytes"
	"crypto/md5"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"strings"
)

// challenge is what a server wants credentials for (RFC 7616 §3.3, RFC 8760).
type challenge struct {
	realm, nonce, opaque, algorithm string
	qop                             bool // "auth" is offered
	proxy                           bool // 407
	count                           uint32
}

// Algorithms of digest authentication.
const (
	MD5    = "MD5"
	SHA256 = "SHA-256"
)

// pickChallenge chooses among the challenges of a 401 or 407: the wanted
// algorithm, or with "" the strongest.
func pickChallenge(m *message, want string) (best challenge, ok bool) {
	name, proxy := hWWWAuthenticate, false
	if m.code == 407 {
		name, proxy = hProxyAuthenticate, true
	}
	for _, f := range m.fields {
		if f.name != name {
			continue
		}
		c, valid := parseChallenge(f.value)
		c.proxy = proxy
		if !valid || want != "" && !strings.EqualFold(c.algorithm, want) {
			continue
		}
		if !ok || strings.EqualFold(c.algorithm, SHA256) {
			best, ok = c, true
		}
	}
	return best, ok
}

func parseChallenge(v []byte) (challenge, bool) {
	p, ok := digestParams(v)
	c := challenge{realm: p["realm"], nonce: p["nonce"], opaque: p["opaque"], algorithm: p["algorithm"]}
	if c.algorithm == "" {
		c.algorithm = MD5
	}
	for q := range strings.SplitSeq(p["qop"], ",") {
		c.qop = c.qop || strings.EqualFold(strings.TrimSpace(q), "auth")
	}
	known := strings.EqualFold(c.algorithm, MD5) || strings.EqualFold(c.algorithm, SHA256)
	return c, ok && c.nonce != "" && known
}

// digestParams splits `Digest key=value, key="value", …`; keys come in lower case, values without quotes.
func digestParams(v []byte) (map[string]string, bool) {
	scheme, rest, _ := bytes.Cut(v, []byte(" "))
	if !bytes.EqualFold(scheme, []byte("Digest")) {
		return nil, false
	}
	out := map[string]string{}
	for len(rest) > 0 {
		item := firstOf(rest)
		rest = rest[min(len(rest), bytes.Index(rest, item)+len(item)):]
		rest = bytes.TrimLeft(rest, " ,\t")
		key, value, ok := bytes.Cut(item, []byte("="))
		if !ok {
			if len(item) == 0 {
				break
			}
			continue
		}
		value = bytes.TrimSpace(value)
		if len(value) >= 2 && value[0] == '"' && value[len(value)-1] == '"' {
			value = value[1 : len(value)-1]
		}
		out[strings.ToLower(string(bytes.TrimSpace(key)))] = string(value)
	}
	return out, true
}

func hashHex(algorithm, s string) string {
	if strings.EqualFold(algorithm, SHA256) {
		sum := sha256.Sum256([]byte(s))
		return hex.EncodeToString(sum[:])
	}
	sum := md5.Sum([]byte(s))
	return hex.EncodeToString(sum[:])
}

// digestResponse is the request-digest of RFC 7616 §3.4.1; nc and cnonce are empty without qop.
func digestResponse(algorithm, user, realm, password, method, uri, nonce, nc, cnonce string) string {
	ha1 := hashHex(algorithm, user+":"+realm+":"+password)
	ha2 := hashHex(algorithm, method+":"+uri)
	if nc == "" {
		return hashHex(algorithm, ha1+":"+nonce+":"+ha2)
	}
	return hashHex(algorithm, ha1+":"+nonce+":"+nc+":"+cnonce+":auth:"+ha2)
}

// credentials gives the header line that answers the challenge, its nonce counted up.
func (c *challenge) credentials(user, password, method, uri string) string {
	c.count++
	nc, cnonce := "", ""
	if c.qop {
		var r [8]byte
		_, _ = rand.Read(r[:]) // never fails
		nc, cnonce = fmt.Sprintf("%08x", c.count), hex.EncodeToString(r[:])
	}
	name := "Authorization"
	if c.proxy {
		name = "Proxy-Authorization"
	}
	line := fmt.Sprintf(`%s: Digest username="%s", realm="%s", nonce="%s", uri="%s", response="%s", algorithm=%s`, name, user, c.realm,
		c.nonce, uri, digestResponse(c.algorithm, user, c.realm, password, method, uri, c.nonce, nc, cnonce), c.algorithm)
	if c.opaque != "" {
		line += `, opaque="` + c.opaque + `"`
	}
	if c.qop {
		line += ", qop=auth, nc=" + nc + `, cnonce="` + cnonce + `"`
	}
	return line + "\r\n"
}

// Credentials are what a trunk asks of those who call or register with it.
type Credentials struct {
	User, Password, Realm string
	Algorithm             string // MD5 or SHA256; "" = MD5
}

// challengeLine asks for credentials; nonce is for this request alone.
func (c *Credentials) challengeLine(proxy bool, nonce string) string {
	name, algorithm := "WWW-Authenticate", c.Algorithm
	if proxy {
		name = "Proxy-Authenticate"
	}
	if algorithm == "" {
		algorithm = MD5
	}
	return fmt.Sprintf("%s: Digest realm=\"%s\", nonce=\"%s\", algorithm=%s, qop=\"auth\"\r\n", name, c.Realm, nonce, algorithm)
}

// admits checks the credentials a request carries, if any.
func (c *Credentials) admits(m *message, valid func(nonce string) bool) bool {
	v := m.get(hProxyAuthorization)
	if v == nil {
		v = m.get(hAuthorization)
	}
	p, ok := digestParams(v)
	if !ok || p["username"] != c.User || p["realm"] != c.Realm || !valid(p["nonce"]) {
		return false
	}
	want := digestResponse(p["algorithm"], c.User, c.Realm, c.Password, string(m.method), p["uri"], p["nonce"], p["nc"], p["cnonce"])
	return subtle.ConstantTimeCompare([]byte(want), []byte(p["response"])) == 1
}
