package origin

import (
	"net/netip"
	"strings"
)

// backwards gives the entries of a comma-separated list that stands in one or
// more lines (RFC 9110 §5.3), the last first and without the spaces around
// them; quoted: what is in quotes is not taken apart. It begins at the end
// because that is where the nearest proxy has written: whatever strangers have
// sent before it, be it half a quoted string, cannot change how the end is read.
func backwards(lines []string, quoted bool) func(func(string) bool) {
	return func(yield func(string) bool) {
		for i := len(lines) - 1; i >= 0; i-- {
			rest, more := lines[i], true
			for more {
				var entry string
				entry, rest, more = cutLast(rest, ',', quoted)
				if entry = strings.TrimSpace(entry); entry != "" && !yield(entry) {
					return
				}
			}
		}
	}
}

// cutLast takes the part behind the last separator off; more tells whether there was one.
func cutLast(s string, separator byte, quoted bool) (last, rest string, more bool) {
	inside := false
	for i := len(s) - 1; i >= 0; i-- {
		switch {
		case quoted && s[i] == '"' && !escaped(s[:i]):
			inside = !inside
		case s[i] == separator && !inside:
			return s[i+1:], s[:i], true
		}
	}
	return s, "", false
}

// escaped tells whether what follows s is behind an odd number of backslashes.
func escaped(s string) bool {
	return (len(s)-len(strings.TrimRight(s, `\`)))%2 == 1
}

// element reads a forwarded-element (RFC 7239 §4): whom the request came from
// and by which protocol. ok is false without an address, as with "unknown" or a
// name that hides it (§6.2, §6.3), and when it is malformed.
func element(s string) (from netip.Addr, proto string, ok bool) {
	seen := map[string]bool{}
	for more := true; more; {
		var pair string
		pair, s, more = cutLast(s, ';', true)
		name, value, there := strings.Cut(strings.TrimSpace(pair), "=")
		value, sound := unquoted(value)
		if name = strings.ToLower(name); !there || !sound || seen[name] {
			return netip.Addr{}, "", false
		}
		seen[name] = true
		switch name {
		case "for":
			from, ok = address(value)
		case "proto":
			proto = value
		}
	}
	return from, proto, ok
}

// unquoted gives a value that is a token or a quoted string (RFC 9110 §5.6.4).
func unquoted(s string) (string, bool) {
	inner, quoted := strings.CutPrefix(s, `"`)
	if !quoted {
		return s, !strings.ContainsAny(s, "\" \t\\")
	}
	inner, closed := strings.CutSuffix(inner, `"`)
	if !closed || escaped(inner) {
		return "", false
	}
	var out strings.Builder
	for i := 0; i < len(inner); i++ {
		if inner[i] == '\\' {
			i++ // there is one more: the end is not escaped
		} else if inner[i] == '"' {
			return "", false
		}
		out.WriteByte(inner[i])
	}
	return out.String(), true
}
