package ver1

import (
	"net/http"
	"time"

	"holdline/internal/api/strictjson"
	"holdline/internal/app"
	"holdline/internal/store"
)

// Organisations, users and applications: who may do what.

type organisation = app.Organisation

var organisationFields = fields[organisation]{
	readOnly("id", func(o *organisation) any { return o.ID }),
	text("name", func(o *organisation) *string { return &o.Name }).must(),
	text("prefix", func(o *organisation) *string { return &o.Prefix }).must(),
	text("domain", func(o *organisation) *string { return &o.Domain }).must(),
	emptyNull("login", func(o *organisation) *string { return &o.Login }),
	writeOnly("password", func(o *organisation) *string { return &o.Password }),
	textVia("time_zone", func(o *organisation) string { return orUTC(o.TimeZone) }, func(o *organisation, s string) { o.TimeZone = s }),
	readOnly("create_date", func(o *organisation) any { return o.Created.Format(time.DateTime) }),
	texts("pause_reasons", func(o *organisation) *[]string { return &o.PauseReasons }),
	secondsOr("service_level_threshold", store.DefaultThreshold, app.MaxThreshold, func(o *organisation) *time.Duration { return &o.ServiceLevelThreshold }),
}

func orUTC(zone string) string {
	if zone == "" {
		return "UTC"
	}
	return zone
}

func (c *call) listOrganisations() (reply, error) {
	page, err := c.page()
	if err != nil {
		return reply{}, err
	}
	list, total, err := c.app.ListOrganisations(c.ctx, c.actor, page)
	return listed(organisationFields, list, total, err)
}

func (c *call) createOrganisation() (reply, error) {
	var o organisation
	if err := organisationFields.create(c.body, &o); err != nil {
		return reply{}, err
	}
	o, err := c.app.CreateOrganisation(c.ctx, c.actor, o)
	return created(organisationFields, o, err)
}

func (c *call) getOrganisation() (reply, error) {
	o, err := c.app.GetOrganisation(c.ctx, c.actor)
	return shown(organisationFields, o, err)
}

func (c *call) updateOrganisation() (reply, error) {
	o, err := c.app.UpdateOrganisation(c.ctx, c.actor, func(o *organisation) error { return organisationFields.update(c.body, o) })
	return shown(organisationFields, o, err)
}

func (c *call) deleteOrganisation() (reply, error) {
	return deleted(c.app.DeleteOrganisation(c.ctx, c.actor))
}

type user = app.User

var userFields = fields[user]{
	readOnly("id", func(u *user) any { return u.ID }),
	readOnly("client_id", func(u *user) any { return u.OrgID }),
	text("login", func(u *user) *string { return &u.Login }).must(),
	text("name", func(u *user) *string { return &u.Name }).must(),
	text("role", func(u *user) *string { return &u.Role }).must(),
	writeOnly("password", func(u *user) *string { return &u.Password }).must(),
	readOnly("create_date", func(u *user) any { return u.Created.Format(time.DateTime) }),
}

func (c *call) listUsers() (reply, error) {
	page, err := c.page()
	if err != nil {
		return reply{}, err
	}
	list, total, err := c.app.ListUsers(c.ctx, c.actor, page)
	return listed(userFields, list, total, err)
}

func (c *call) createUser() (reply, error) {
	var u user
	if err := userFields.create(c.body, &u); err != nil {
		return reply{}, err
	}
	u, err := c.app.CreateUser(c.ctx, c.actor, u)
	return created(userFields, u, err)
}

func (c *call) getUser() (reply, error) {
	u, err := c.app.GetUser(c.ctx, c.actor, c.thing)
	return shown(userFields, u, err)
}

func (c *call) updateUser() (reply, error) {
	u, err := c.app.UpdateUser(c.ctx, c.actor, c.thing, func(u *user) error { return userFields.update(c.body, u) })
	return shown(userFields, u, err)
}

func (c *call) deleteUser() (reply, error) {
	return deleted(c.app.DeleteUser(c.ctx, c.actor, c.thing))
}

type application = app.Application

var applicationFields = fields[application]{
	readOnly("id", func(a *application) any { return a.ID }),
	text("name", func(a *application) *string { return &a.Name }).must(),
	readOnly("client_id", func(a *application) any { return a.ClientID }),
	text("reach", func(a *application) *app.Reach { return &a.Reach }).must(),
	zeroNull("user_id", func(a *application) *int64 { return &a.UserID }),
	texts("redirect_uris", func(a *application) *[]string { return &a.RedirectURIs }),
	boolean("suspended", func(a *application) *bool { return &a.Suspended }),
	readOnly("create_date", func(a *application) any { return a.Created.Format(time.DateTime) }),
}

// applicationWithSecret is the answer that makes or renews the secret, the only one that shows it.
var applicationWithSecret = append(applicationFields[:len(applicationFields):len(applicationFields)],
	readOnly("client_secret", func(a *application) any { return a.Secret }))

func (c *call) listApplications() (reply, error) {
	page, err := c.page()
	if err != nil {
		return reply{}, err
	}
	list, total, err := c.app.ListApplications(c.ctx, c.actor, page)
	return listed(applicationFields, list, total, err)
}

func (c *call) createApplication() (reply, error) {
	var a application
	if err := applicationFields.create(c.body, &a); err != nil {
		return reply{}, err
	}
	a, err := c.app.CreateApplication(c.ctx, c.actor, a)
	return created(applicationWithSecret, a, err)
}

func (c *call) getApplication() (reply, error) {
	a, err := c.app.GetApplication(c.ctx, c.actor, c.thing)
	return shown(applicationFields, a, err)
}

func (c *call) updateApplication() (reply, error) {
	a, err := c.app.UpdateApplication(c.ctx, c.actor, c.thing, func(a *application) error { return applicationFields.update(c.body, a) })
	return shown(applicationFields, a, err)
}

func (c *call) deleteApplication() (reply, error) {
	return deleted(c.app.DeleteApplication(c.ctx, c.actor, c.thing))
}

// noFields is a body in which nothing can be said.
var noFields = fields[struct{}]{}

func (c *call) renewApplicationSecret() (reply, error) {
	if err := noFields.create(c.body, &struct{}{}); err != nil {
		return reply{}, err
	}
	a, err := c.app.RenewApplicationSecret(c.ctx, c.actor, c.thing)
	return created(applicationWithSecret, a, err)
}

type audited = app.Audited

var auditFields = fields[audited]{
	readOnly("id", func(e *audited) any { return e.ID }),
	readOnly("time_gmt", func(e *audited) any { return e.At.Std().UTC().Format(time.DateTime) }),
	readOnly("actor", func(e *audited) any { return e.Actor }),
	zeroNull("user_id", func(e *audited) *int64 { return &e.User }).shownOnly(),
	zeroNull("application_id", func(e *audited) *int64 { return &e.Application }).shownOnly(),
	emptyNull("address", func(e *audited) *string { return &e.Address }).shownOnly(),
	readOnly("action", func(e *audited) any { return e.Action }),
	readOnly("target", func(e *audited) any { return e.Target }),
	readOnly("detail", func(e *audited) any { return e.Detail }),
}

func (c *call) listAudit() (reply, error) {
	page, err := c.page()
	if err != nil {
		return reply{}, err
	}
	f := app.AuditFilter{Action: c.query.Get("action"), Page: page}
	if f.From, f.To, err = c.period(); err != nil {
		return reply{}, err
	}
	if f.Oldest, err = c.oldestFirst(); err != nil {
		return reply{}, err
	}
	if f.User, err = c.only("user_id"); err != nil {
		return reply{}, err
	}
	if f.Application, err = c.only("application_id"); err != nil {
		return reply{}, err
	}
	list, total, err := c.app.ListAudit(c.ctx, c.actor, f)
	return listed(auditFields, list, total, err)
}

// parseManaged resolves {user}, {application} and {trunk}, of which a path has at most one.
func (c *call) parseManaged(r *http.Request) error {
	for _, name := range []string{"user", "application", "trunk"} {
		s := r.PathValue(name)
		if s == "" {
			continue
		}
		id, ok := parseID(s)
		if !ok {
			return &app.Error{Code: app.NotFound, Message: "there is no " + name + " " + shorten(s) + "; use its id"}
		}
		c.thing = id
	}
	return nil
}

// writeOnly is a text that is never shown; null and "" change nothing.
func writeOnly[T any](name string, at func(*T) *string) field[T] {
	f := emptyNull(name, at)
	f.get = func(*T) any { return nil }
	return f
}

// shownOnly makes a field read-only.
func (f field[T]) shownOnly() field[T] {
	f.set = nil
	return f
}

// texts is a list of strings; null is the empty one.
func texts[T any](name string, at func(*T) *[]string) field[T] {
	return field[T]{name: name,
		get: func(v *T) any { return append([]string{}, *at(v)...) },
		set: func(v *T, j strictjson.Value) error {
			list, ok := j.Texts()
			if !ok && !j.IsNull() {
				return wrongType(name, j, "a list of strings")
			}
			*at(v) = list
			return nil
		}}
}
