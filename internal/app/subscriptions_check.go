package app

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
)

const (
	maxURL  = 2048
	maxNote = 1024
)

var (
	agentEvents = []Event{EventAgentLogin, EventAgentLogout}
	// extensionEvents are those a dialect has a word for: UnifiedAPI tells
	// answered calls by their direction, ver1.0 does not.
	extensionEvents = map[Dialect][]Event{
		DialectVer1: {EventDialIn, EventDialOut, EventAnswer, EventHangup},
		DialectUAPI: {EventDialIn, EventDialOut, EventHangup, EventAnswerIn, EventAnswerOut},
	}
)

func checkSubscription(sub Subscription) error {
	return first(
		checkEvent(sub),
		checkMethod(sub.Method),
		checkURL("url", sub.URL),
		checkOpaque("note", &sub.Note, maxNote),
	)
}

func checkEvent(sub Subscription) *Error {
	allowed := extensionEvents[sub.Dialect]
	if sub.Agent != 0 {
		allowed = agentEvents
	}
	if slices.Contains(allowed, sub.Event) {
		return nil
	}
	names := make([]string, len(allowed))
	for i, e := range allowed {
		names[i] = string(e)
	}
	return Invalidf("event_type", "event_type is %q; allowed are %s", cutText(string(sub.Event)), strings.Join(names, ", "))
}

func checkMethod(method string) *Error {
	if method == "GET" || method == "POST" {
		return nil
	}
	return Invalidf("method", "method is %q; allowed are GET, POST", cutText(method))
}

// checkURL allows what a request can be sent to. Where it may lead is looked
// at when it is sent, because names can come to mean other addresses.
func checkURL(field, s string) *Error {
	if len(s) > maxURL {
		return Invalidf(field, "%s is %d characters long; at most %d are allowed", field, len(s), maxURL)
	}
	if e := checkText(field, s, maxURL); e != nil {
		return e
	}
	u, err := url.Parse(s)
	switch {
	case err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || strings.Contains(s, " ") || !validPort(u.Port()):
		return Invalidf(field, "%s is %q; it must be a whole URL like https://example.com/calls", field, cutText(s))
	case u.User != nil:
		return Invalidf(field, "%s has a user or password in it; leave them out, and use the signature to know our requests", field)
	}
	return nil
}

func validPort(p string) bool {
	n, err := strconv.ParseUint(p, 10, 16)
	return p == "" || err == nil && n > 0
}

// cutText shortens what a client sent to what fits a message.
func cutText(s string) string {
	if len(s) <= 64 {
		return s
	}
	return strings.ToValidUTF8(s[:64], "") + "…"
}
