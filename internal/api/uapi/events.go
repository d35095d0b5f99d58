package uapi

import (
	"encoding/json"
	"errors"
	"regexp"
	"time"
	"unicode/utf8"

	"holdline/internal/app"
)

// callEvent is a phone call event of the extension in the path.
type callEvent struct {
	app.Subscription
	zone *time.Location
	self string
}

// eventKinds are the dialect's types with their events. ver1.0 does not tell
// answered calls by their direction: such a row is shown as 3.
var eventKinds = map[string][]app.Event{
	"0": {app.EventDialIn},
	"1": {app.EventDialOut},
	"2": {app.EventHangup},
	"3": {app.EventAnswerIn, app.EventAnswer},
	"4": {app.EventAnswerOut},
}

// eventFields are PhoneCallEvent's (reference page "update phone call events").
var eventFields = listing[callEvent]{
	textual("type", (*callEvent).kind),
	textual("id", func(e *callEvent) string { return e.Key }),
	textual("method", func(e *callEvent) string { return flag(e.Method == "POST") }),
	textual("note", func(e *callEvent) string { return e.Note }),
	{name: "url", sorted: true, text: func(e *callEvent) string { return e.URL }, show: func(e *callEvent) any { return e.URL }},
	textual("status", func(e *callEvent) string { return flag(e.Enabled) }),
	textual("modified", func(e *callEvent) string { return e.Modified.Std().In(e.zone).Format(time.RFC3339) }),
	{name: "links", show: func(e *callEvent) any { return links{e.self} }},
}

func flag(on bool) string {
	if on {
		return "1"
	}
	return "0"
}

func (e *callEvent) kind() string {
	for kind, events := range eventKinds {
		for _, event := range events {
			if event == e.Event {
				return kind
			}
		}
	}
	return ""
}

func (c *call) callEvent(s app.Subscription) callEvent {
	e := callEvent{Subscription: s, zone: c.app.Zone(c.scope.Actor())}
	e.self = c.self + "/phoneCallEvents/" + e.kind() + "/" + s.Key
	return e
}

func (c *call) subject() app.Subject { return app.Subject{Extension: c.extension} }

// parseKind checks {type}, if there is one, and gives its events; nil = all.
func (c *call) parseKind() ([]app.Event, error) {
	if c.kind == "" {
		return nil, nil
	}
	events, ok := eventKinds[c.kind]
	if !ok {
		return nil, invalid("pce_type_invalid", "type is %s; allowed are 0 (dial-in), 1 (dial-out), 2 (hangup), 3 (incoming call answered), 4 (outgoing call answered)", quote(c.kind))
	}
	return events, nil
}

var eventID = regexp.MustCompile(`^[0-9A-Za-z]{32}$`)

// parseID checks {id}, if there is one.
func (c *call) parseID() error {
	if c.id == "" || eventID.MatchString(c.id) {
		return nil
	}
	return noEvent(c.id)
}

func noEvent(id string) error {
	return invalid("pce_id_invalid", "id is %s; it must be the id of one of the extension's events: 32 letters and digits", quote(id))
}

// which reads {type} and {id}. An id in the type's place is understood, too: so
// the vendor's page of the service has it.
func (c *call) which() ([]app.Event, error) {
	if c.id == "" && eventID.MatchString(c.kind) {
		c.kind, c.id = "", c.kind
	}
	events, err := c.parseKind()
	if err == nil {
		err = c.parseID()
	}
	return events, err
}

func (c *call) listEvents() (reply, error) {
	q, err := eventFields.query(c.query)
	if err != nil {
		return reply{}, err
	}
	events, err := c.which()
	if err != nil {
		return reply{}, err
	}
	all, _, err := c.app.ListSubscriptions(c.ctx, c.scope.Actor(), c.subject(), app.SubscriptionFilter{Events: events})
	if err != nil {
		return reply{}, err
	}
	rows := make([]callEvent, 0, len(all))
	for _, s := range all {
		if c.id == "" || s.Key == c.id {
			rows = append(rows, c.callEvent(s))
		}
	}
	return list(c, eventFields, rows, q)
}

func (c *call) createEvent() (reply, error) {
	kind, sent, ok := c.parameter("type")
	if c.kind == "" && sent && ok {
		c.kind = kind
	}
	if c.kind == "" || !ok || sent && kind != c.kind {
		return reply{}, invalid("pce_type_invalid", "type is %s; send 0, 1, 2, 3 or 4 in the body or the path", c.shownValue("type"))
	}
	events, err := c.parseKind()
	if err != nil {
		return reply{}, err
	}
	n := app.Subscription{Dialect: app.DialectUAPI, Event: events[0], Enabled: true}
	if err := c.edit(&n, true); err != nil {
		return reply{}, err
	}
	made, err := c.app.CreateSubscription(c.ctx, c.scope.Actor(), c.subject(), n)
	return c.shownEvent(made, err)
}

func (c *call) updateEvent() (reply, error) {
	events, err := c.which()
	if err == nil && c.id == "" {
		err = noEvent(c.id)
	}
	if err != nil {
		return reply{}, err
	}
	changed, err := c.app.UpdateSubscription(c.ctx, c.scope.Actor(), c.subject(), app.SubscriptionRef{Key: c.id, Events: events},
		func(s *app.Subscription) error {
			if err := c.unchanged(*s); err != nil {
				return err
			}
			return c.edit(s, false)
		})
	return c.shownEvent(changed, err)
}

// unchanged lets a client send back the whole object, and no other type or id.
func (c *call) unchanged(s app.Subscription) error {
	have := (&callEvent{Subscription: s}).kind()
	if kind, sent, ok := c.parameter("type"); sent && (!ok || kind != have) {
		return invalid("pce_type_invalid", "type cannot be changed from %s to %s; make another event and delete this one", have, c.shownValue("type"))
	}
	if id, sent, ok := c.parameter("id"); sent && (!ok || id != c.id) {
		return invalid("pce_id_invalid", "id cannot be changed to %s; leave it out", c.shownValue("id"))
	}
	return nil
}

// edit sets what the body has. A new event needs url and method; the use case
// judges the url.
func (c *call) edit(s *app.Subscription, fresh bool) error {
	if c.bodyErr != "" {
		return invalid("pce_method_invalid", "method is %s", c.shownValue("method"))
	}
	if err := c.editFlag("method", "pce_method_invalid", "0 (GET), 1 (POST)", fresh, func(on bool) { s.Method = map[bool]string{false: "GET", true: "POST"}[on] }); err != nil {
		return err
	}
	note, sent, ok := c.parameter("note")
	if !ok || sent && (utf8.RuneCountInString(note) > maxNote || c.isInt("note")) {
		return invalid("pce_note_invalid", "note must be a text of at most %d characters", maxNote)
	}
	if sent {
		s.Note = note
	}
	target, sent, ok := c.parameter("url")
	if !ok || fresh && !sent {
		return invalid("pce_url_invalid", "url is %s; it must be a whole URL like https://example.com/calls", c.shownValue("url"))
	}
	if sent {
		s.URL = target
	}
	return c.editFlag("status", "pce_status_invalid", "1 (enabled), 0 (disabled)", false, func(on bool) { s.Enabled = on })
}

// maxNote is the longest note, in characters.
const maxNote = 1024

// isInt tells a number from a text: a note is text only.
func (c *call) isInt(name string) bool {
	for _, m := range c.body {
		if m.Name == name {
			_, is := m.Value.Int()
			return is
		}
	}
	return false
}

func (c *call) editFlag(name, code, allowed string, required bool, set func(on bool)) error {
	text, sent, ok := c.parameter(name)
	if !sent && !required {
		return nil
	}
	if !ok || text != "0" && text != "1" {
		return invalid(code, "%s is %s; allowed are %s", name, c.shownValue(name), allowed)
	}
	set(text == "1")
	return nil
}

// shownEvent answers with one event. The use case's refusals get the pages' codes.
func (c *call) shownEvent(s app.Subscription, err error) (reply, error) {
	var theirs *app.Error
	if errors.As(err, &theirs) {
		switch theirs.Code {
		case app.NotFound:
			return reply{}, noEvent(c.id)
		case app.Conflict:
			return reply{}, invalid("pce_access_denied", "%s", theirs.Message)
		}
	}
	if err != nil {
		return reply{}, err
	}
	e := c.callEvent(s)
	shown, err := eventFields.show(&e, nil)
	return reply{body: shown}, err
}

func (c *call) deleteEvents() (reply, error) {
	events, err := c.which()
	if err != nil {
		return reply{}, err
	}
	gone, err := c.delete(events)
	if err != nil || len(gone) == 0 {
		return reply{}, err
	}
	out := make([]json.RawMessage, len(gone))
	for i, s := range gone {
		e := c.callEvent(s)
		if out[i], err = eventFields.show(&e, nil); err != nil {
			return reply{}, err
		}
	}
	return reply{body: out}, nil
}

// delete deletes one event, or all of the type in the path, and gives what they were.
func (c *call) delete(events []app.Event) ([]app.Subscription, error) {
	if c.id == "" {
		return c.app.DeleteSubscriptions(c.ctx, c.scope.Actor(), c.subject(), events...)
	}
	one, err := c.app.DeleteSubscription(c.ctx, c.scope.Actor(), c.subject(), app.SubscriptionRef{Key: c.id, Events: events})
	var theirs *app.Error
	if errors.As(err, &theirs) && theirs.Code == app.NotFound {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return []app.Subscription{one}, nil
}
