package ver1

import (
	"maps"

	"holdline/internal/api/openapi"
)

// managedRoutes are what administrators and organisations manage themselves by.
var managedRoutes = map[string]methods{
	"/client":          {"GET": (*call).listOrganisations, "POST": (*call).createOrganisation},
	"/client/{client}": {"GET": (*call).getOrganisation, "PUT": (*call).updateOrganisation, "DELETE": (*call).deleteOrganisation},

	"/client/{client}/user":        {"GET": (*call).listUsers, "POST": (*call).createUser},
	"/client/{client}/user/{user}": {"GET": (*call).getUser, "PUT": (*call).updateUser, "DELETE": (*call).deleteUser},

	"/client/{client}/application":                      {"GET": (*call).listApplications, "POST": (*call).createApplication},
	"/client/{client}/application/{application}":        {"GET": (*call).getApplication, "PUT": (*call).updateApplication, "DELETE": (*call).deleteApplication},
	"/client/{client}/application/{application}/secret": {"POST": (*call).renewApplicationSecret},

	"/client/{client}/trunk":         {"GET": (*call).listTrunks, "POST": (*call).createTrunk},
	"/client/{client}/trunk/{trunk}": {"GET": (*call).getTrunk, "PUT": (*call).updateTrunk, "DELETE": (*call).deleteTrunk},

	"/client/{client}/did":          {"GET": (*call).listDIDs, "POST": (*call).createDID},
	"/client/{client}/did/{number}": {"GET": (*call).getDID, "PUT": (*call).updateDID, "DELETE": (*call).deleteDID},

	"/client/{client}/audit": {"GET": (*call).listAudit},

	"/extension/{extension}/owner": {"GET": (*call).getOwner, "PUT": (*call).updateOwner},
}

// managedOperations are what people read of them.
var managedOperations = map[string]operation{
	"GET /client":             {summary: "List clients", about: "An administrator's application sees all, any other its own.", lists: "Organisation"},
	"POST /client":            {summary: "Create a client", about: "For administrators. Its engine runs at once; make an application or a user next.", body: "Organisation", shows: "Organisation", refuses: []string{"409"}},
	"GET /client/{client}":    {summary: "Show a client", shows: "Organisation"},
	"PUT /client/{client}":    {summary: "Change a client", about: "Its name and time zone are its own; login and password are changed by administrators.", body: "Organisation", shows: "Organisation", refuses: []string{"409"}},
	"DELETE /client/{client}": {summary: "Delete a client with all it has", about: "For administrators of another client. Calls are hung up; recordings are removed from the disk.", refuses: []string{"409"}},

	"GET /client/{client}/user":           {summary: "List users", lists: "User"},
	"POST /client/{client}/user":          {summary: "Create a user", about: "Somebody who signs in with login and password.", body: "User", shows: "User", refuses: []string{"409"}},
	"GET /client/{client}/user/{user}":    {summary: "Show a user", shows: "User"},
	"PUT /client/{client}/user/{user}":    {summary: "Change a user", about: "With another role or password, the user's sessions and the tokens that act for the user end at once.", body: "User", shows: "User", refuses: []string{"409"}},
	"DELETE /client/{client}/user/{user}": {summary: "Delete a user", about: "Sessions and tokens end at once, and so do applications that see the user's things only. The user's extensions stay, as the organisation's.", refuses: []string{"409"}},

	"GET /client/{client}/application":                       {summary: "List applications", lists: "Application"},
	"POST /client/{client}/application":                      {summary: "Create an application", about: "The answer tells `client_secret`, this once. No application sees further than the one that makes it.", body: "Application", shows: "ApplicationWithSecret"},
	"GET /client/{client}/application/{application}":         {summary: "Show an application", shows: "Application"},
	"PUT /client/{client}/application/{application}":         {summary: "Change an application", about: "With another reach or user, or suspended, its tokens end at once.", body: "Application", shows: "Application"},
	"DELETE /client/{client}/application/{application}":      {summary: "Delete an application", about: "Its tokens end at once."},
	"POST /client/{client}/application/{application}/secret": {summary: "Renew an application's secret", about: "The answer tells the new one, this once; its tokens end at once.", shows: "ApplicationWithSecret", refuses: []string{"413", "415"}},
	"GET /client/{client}/trunk":                             {summary: "List trunks", lists: "Trunk"},
	"POST /client/{client}/trunk":                            {summary: "Create a trunk", about: "A line to a provider. One that registers does so within a second.", body: "Trunk", shows: "Trunk", refuses: []string{"409"}},
	"GET /client/{client}/trunk/{trunk}":                     {summary: "Show a trunk", shows: "Trunk"},
	"PUT /client/{client}/trunk/{trunk}":                     {summary: "Change a trunk", about: "Calls that are up go on; a changed account registers anew within a second.", body: "Trunk", shows: "Trunk", refuses: []string{"409"}},
	"DELETE /client/{client}/trunk/{trunk}":                  {summary: "Delete a trunk"},
	"GET /client/{client}/did":                               {summary: "List public numbers", lists: "DID"},
	"POST /client/{client}/did":                              {summary: "Have a public number lead to an extension", body: "DID", shows: "DID", refuses: []string{"409"}},
	"GET /client/{client}/did/{number}":                      {summary: "Show a public number", shows: "DID"},
	"PUT /client/{client}/did/{number}":                      {summary: "Change where a public number leads", body: "DID", shows: "DID"},
	"DELETE /client/{client}/did/{number}":                   {summary: "Take a public number away"},
	"GET /client/{client}/audit":                             {summary: "List who changed what, newest first", query: []string{"start_datetime", "end_datetime", "user_id", "application_id", "action", "order"}, lists: "AuditEntry"},
}

// ownerOperations are those of whose an extension is.
var ownerOperations = map[string]operation{
	"GET /extension/{extension}/owner": {summary: "Show whose an extension is", shows: "Owner"},
	"PUT /extension/{extension}/owner": {summary: "Give an extension to a user", about: "That user's sign-in and applications see it from then on, with its agent and its calls.", body: "Owner", shows: "Owner"},
}

// managedResources are the objects in their bodies and answers.
var managedResources = map[string]resource{
	"Organisation": {table: organisationFields, notes: with(ids, notes{
		"name":                    {about: "What people call it."},
		"prefix":                  {about: "1 to 8 digits before every extension's number (`0003` in `0003*201`). It cannot be changed."},
		"domain":                  {about: "SIP domain of its phones. It can be changed until there is a phone."},
		"login":                   {about: "Login of the organisation itself, for the agent state endpoint."},
		"password":                {also: "string", about: "Password of that login: 8 to 128 characters. Never shown; null leaves it as it is."},
		"time_zone":               {about: "As in `Europe/Berlin`.", def: "UTC"},
		"create_date":             {about: "When it was made, in its time zone."},
		"service_level_threshold": {about: "T of its service levels, in seconds: who is answered within it is answered in time. 1 to 3600.", def: 20},
		"pause_reasons":           {also: "null", about: "Reasons offered for breaks, in this order: at most 30 of 1 to 80 characters. Others can be given all the same. null, which is never shown, = the usual ones again."},
	})},
	"User": {table: userFields, notes: with(ids, notes{
		"login":       {about: "An e-mail address or a short name in small letters; nobody else on the server has it."},
		"name":        {about: "What people call the user."},
		"role":        {about: "`administrator`: of the whole server; `supervisor`: of the organisation; `agent`: of the user's own phones.", words: []string{"administrator", "supervisor", "agent"}},
		"password":    {also: "string", about: "10 to 256 characters. Never shown; null leaves it as it is."},
		"create_date": {about: "When the user was made, in the client's time zone."},
	})},
	"Owner": {table: ownerFields, notes: with(ids, notes{
		"user_id": {about: "The user's id; null = the organisation's."},
	})},
	"Application":           {table: applicationFields, notes: applicationNotes},
	"ApplicationWithSecret": {table: applicationWithSecret, notes: applicationNotes},
	"Trunk": {table: trunkFields, notes: with(ids, notes{
		"name":                 {about: "What people call it."},
		"host":                 {about: "The provider's host or address, with `:port` if it is not 5060."},
		"transport":            {about: "How calls are sent there.", words: []string{"udp", "tcp"}, def: "udp"},
		"addresses":            {about: "Addresses and ranges calls may come from; empty = those `host` has."},
		"username":             {about: "The account's name at the provider."},
		"password":             {also: "string", about: "The account's password. Never shown; null leaves it as it is."},
		"register":             {about: "Register at the provider with this account.", def: false},
		"caller_id":            {about: "Number shown to whom is called; null = the caller's own."},
		"default":              {about: "The trunk for external numbers; there is one, so setting it takes it from the others.", def: false},
		"registration":         {about: "Where the registration stands; null when it does not register."},
		"registration_problem": {about: "What is wrong with it, and what to do."},
	})},
	"DID": {table: didFields, notes: with(ids, notes{
		"number":       {about: "As the provider sends it. It cannot be changed."},
		"extension_id": {about: "Where calls to it lead."},
	})},
	"AuditEntry": {table: auditFields, notes: with(ids, notes{
		"time_gmt":       {about: "When, UTC."},
		"actor":          {about: "Name of the user, the application, or the user behind an application; `phone` or `system` when it was neither."},
		"user_id":        {about: "The user's id; the user may be gone by now."},
		"application_id": {about: "The application's id; it may be gone by now."},
		"address":        {about: "Where the request came from."},
		"action":         {about: "What was done: `extension.update`, `agent.status`, `call.hangup` …"},
		"target":         {about: "What it was done to."},
		"detail":         {about: "What changed, without secrets."},
	})},
}

var applicationNotes = notes{
	"id":            {about: "Id."},
	"name":          {about: "What people call it; users see it when they are asked for consent."},
	"client_id":     {about: "What it gets tokens with; not the organisation's id."},
	"client_secret": {about: "What it proves itself with, in this answer only."},
	"reach":         {about: "How far it sees: one user's things, the organisation's, or every organisation's.", words: []string{"user", "organisation", "administrator"}},
	"user_id":       {about: "Whose it is; required with reach `user`."},
	"redirect_uris": {about: "Where authorization codes may be sent, letter by letter: `https://…`, or `http://` on the browser's own machine."},
	"suspended":     {about: "A suspended application gets no tokens.", def: false},
	"create_date":   {about: "When it was made, in the client's time zone."},
}

func init() {
	maps.Copy(routes, managedRoutes)
	maps.Copy(operations, managedOperations)
	maps.Copy(operations, ownerOperations)
	maps.Copy(resources, managedResources)
	for _, s := range []string{"user", "application", "trunk", "did", "audit"} {
		tagsBySegment[s] = "Administration"
	}
	pathParameters["user"] = openapi.Parameter{Name: "user_id", Description: "A user's id.", Schema: openapi.Of("integer")}
	pathParameters["application"] = openapi.Parameter{Name: "application_id", Description: "An application's id.", Schema: openapi.Of("integer")}
	pathParameters["trunk"] = openapi.Parameter{Name: "trunk_id", Description: "A trunk's id.", Schema: openapi.Of("integer")}
	pathParameters["number"] = openapi.Parameter{Name: "number", Description: "A public number."}
}
