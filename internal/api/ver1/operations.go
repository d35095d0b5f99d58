package ver1

import "holdline/internal/api/openapi"

// operation is what people read of a method of a route, and the form of its
// body and answer. Names of bodies and answers are those of resources.
type operation struct {
	summary  string
	about    string          // Markdown, where the summary does not say all
	query    []string        // parameters besides page and per_page
	body     string          // resource that POST makes or PUT changes
	form     *openapi.Schema // a form, in place of body
	shows    string          // resource of the answer
	lists    string          // resource the answer is a list of
	file     string          // media types of an answer that is a file
	or       string          // media type of another form of the answer, to be asked for
	stream   string          // what an answer of server-sent events tells
	replaces bool            // a POST that makes nothing new
	refuses  []string        // statuses beyond those of every operation
}

// tags group the operations, in the order in which they are shown.
var tags = []openapi.Tag{
	{Name: "Extensions", Description: "Internal numbers: phones and queues."},
	{Name: "Queues", Description: "What callers hear, how agents are chosen, how a queue is left; who waits."},
	{Name: "Queue agents", Description: "Which agents serve a queue, on which level and in which order."},
	{Name: "Agents", Description: "Who takes calls: at a phone of the organisation (local) or at an external number (remote)."},
	{Name: "Current calls", Description: "Calls that are up."},
	{Name: "Call history", Description: "Calls of the past with their legs."},
	{Name: "Recordings"},
	{Name: "Sounds", Description: "Music, greetings and announcements."},
	{Name: "Reports", Description: "Service level, handle times, staffing."},
	{Name: "Events", Description: "What is sent to your own server when something happens, and what became of it."},
	{Name: "Live"},
	{Name: "Administration", Description: "Organisations, users, applications, trunks and numbers."},
}

// tagsBySegment finds a route's group.
var tagsBySegment = map[string]string{"event": "Events", "subscription": "Events", "agents": "Queue agents", "queue": "Queues", "agent": "Agents",
	"current_calls": "Current calls", "call_history": "Call history", "record": "Recordings", "sound": "Sounds", "report": "Reports", "rating": "Reports", "stream": "Live", "presence": "Live"}

// operations are by method and route; a test holds that every route has one.
var operations = map[string]operation{
	"GET /client/{client}/extension":                {summary: "List extensions", query: []string{"type", "name", "search", "of_user"}, lists: "Extension"},
	"POST /client/{client}/extension":               {summary: "Create an extension", about: "`name` is the short number; it comes back with the organisation's prefix. An extension of type `queue` has a queue from the beginning.", body: "Extension", shows: "Extension", refuses: []string{"409"}},
	"GET /client/{client}/extension/{extension}":    {summary: "Show an extension", shows: "Extension"},
	"PUT /client/{client}/extension/{extension}":    {summary: "Change an extension", body: "Extension", shows: "Extension", refuses: []string{"409"}},
	"DELETE /client/{client}/extension/{extension}": {summary: "Delete an extension", query: []string{"force"}, refuses: []string{"409"}},

	"GET /client/{client}/agent/local":                   {summary: "List local agents", query: []string{"extension_id"}, lists: "LocalAgent"},
	"POST /client/{client}/agent/local":                  {summary: "Create a local agent", about: "An agent at a phone of the organisation; one agent a phone.", body: "LocalAgent", shows: "LocalAgent", refuses: []string{"409"}},
	"GET /client/{client}/agent/local/{agent}":           {summary: "Show a local agent", shows: "LocalAgent"},
	"PUT /client/{client}/agent/local/{agent}":           {summary: "Change a local agent, or its status", about: "`{\"status\": \"logged_out\"}` logs the agent out of all queues, `available` in, `on_break` pauses it.", body: "LocalAgent", shows: "LocalAgent", refuses: []string{"409"}},
	"DELETE /client/{client}/agent/local/{agent}":        {summary: "Delete a local agent", query: []string{"remove_from_queues"}, refuses: []string{"409"}},
	"POST /client/{client}/agent/local/{agent}/release":  {summary: "Release a local agent", about: releaseNote, shows: "LocalAgent", replaces: true},
	"POST /client/{client}/agent/remote/{agent}/release": {summary: "Release a remote agent", about: releaseNote, shows: "RemoteAgent", replaces: true},
	"POST /client/{client}/agent/local/{agent}/ready":    {summary: "End a local agent's wrap-up or rest", about: readyNote, shows: "LocalAgent", replaces: true},
	"POST /client/{client}/agent/remote/{agent}/ready":   {summary: "End a remote agent's wrap-up or rest", about: readyNote, shows: "RemoteAgent", replaces: true},
	"GET /client/{client}/agent/remote":                  {summary: "List remote agents", lists: "RemoteAgent"},
	"POST /client/{client}/agent/remote":                 {summary: "Create a remote agent", about: "An agent at an external number.", body: "RemoteAgent", shows: "RemoteAgent", refuses: []string{"409"}},
	"GET /client/{client}/agent/remote/{agent}":          {summary: "Show a remote agent", shows: "RemoteAgent"},
	"PUT /client/{client}/agent/remote/{agent}":          {summary: "Change a remote agent, or its status", body: "RemoteAgent", shows: "RemoteAgent", refuses: []string{"409"}},
	"DELETE /client/{client}/agent/remote/{agent}":       {summary: "Delete a remote agent", query: []string{"remove_from_queues"}, refuses: []string{"409"}},

	"GET /client/{client}/current_calls": {summary: "List the calls that are up", lists: "CurrentCall"},
	"GET /client/{client}/call_history": {summary: "List calls of the past",
		about: "With `format=csv` all of them, not only a page, as CSV (RFC 4180) in the form of a file, without their legs; " +
			"a text that a spreadsheet would take for a formula begins with an apostrophe.",
		query: []string{"start_datetime", "end_datetime", "flow", "extension_id", "to_username", "history_search", "kind", "order", "format"}, lists: "CallHistoryPage", or: "text/csv"},
	"GET /client/{client}/call_history/{call}":           {summary: "Show a call of the past", shows: "HistoryCall"},
	"GET /client/{client}/record":                        {summary: "List recordings", query: []string{"start_datetime", "end_datetime", "call_uuid", "recorded_extension", "recorded_agent", "recording_search", "state_of_recording", "order"}, lists: "Recording"},
	"GET /client/{client}/record/{record}":               {summary: "Show a recording", shows: "Recording"},
	"DELETE /client/{client}/record/{record}":            {summary: "Delete a recording, file and row", refuses: []string{"409"}},
	"GET /client/{client}/record/{record}/file":          {summary: "Hear a recording", about: "A stereo WAV; parts of it by `Range`.", file: "audio/wav", refuses: []string{"409"}},
	"GET /client/{client}/sound":                         {summary: "List sounds", lists: "Sound"},
	"POST /client/{client}/sound":                        {summary: "Upload a sound", about: "WAV (PCM or G.711) or MP3, up to 10 MB.", form: soundForm, shows: "Sound"},
	"GET /client/{client}/sound/{sound}":                 {summary: "Show a sound", shows: "Sound"},
	"POST /client/{client}/sound/{sound}":                {summary: "Replace a sound's file", form: soundForm, shows: "Sound", replaces: true},
	"PUT /client/{client}/sound/{sound}":                 {summary: "Rename a sound", body: "Sound", shows: "Sound"},
	"DELETE /client/{client}/sound/{sound}":              {summary: "Delete a sound", refuses: []string{"409"}},
	"GET /client/{client}/sound/{sound}/file":            {summary: "Hear a sound", file: "audio/wav, audio/mpeg"},
	"GET /client/{client}/report/queues":                 {summary: "Report on queues", about: wholeAsCSV, query: []string{"start_datetime", "end_datetime", "interval", "threshold", "total", "extension_id", "format"}, lists: "QueueReport", or: "text/csv"},
	"GET /client/{client}/report/agents":                 {summary: "Report on agents", about: wholeAsCSV, query: []string{"start_datetime", "end_datetime", "interval", "threshold", "total", "agent_id", "format"}, lists: "AgentReport", or: "text/csv"},
	"GET /client/{client}/presence":                      {summary: "List what phones do", about: "Whether they are registered, with which devices, and whether they ring or are in a call.", query: []string{"extension_id"}, lists: "Presence"},
	"GET /client/{client}/stream":                        {summary: "Watch everything live", about: "Server-sent events: a `snapshot` of queues, agents, callers and calls, then every `change` of them. Resumes after the header `Last-Event-ID`.", stream: "Events `snapshot` and `change` with `{\"now\": …, \"objects\": {key: object or null}}`, a `ping` with `{\"now\": …}` every 15 seconds, `bye` at the end."},
	"GET /client/{client}/report/ratings":                {summary: "Sum up how callers rated", about: "A row for each agent in each queue, or by queue or agent. " + wholeAsCSV, query: []string{"start_datetime", "end_datetime", "extension_id", "agent_id", "by", "format"}, lists: "RatingReport", or: "text/csv"},
	"GET /client/{client}/rating":                        {summary: "List ratings, oldest first", about: "An application of a user names one of the user's queues or agents.", query: []string{"start_datetime", "end_datetime", "of_extension", "of_agent"}, lists: "Rating"},
	"GET /client/{client}/report/staffing":               {summary: "Tell how many agents are needed (Erlang C)", query: []string{"arrivals", "aht", "interval_seconds", "target", "threshold", "max_occupancy", "agents"}, shows: "Staffing"},
	"GET /extension/{extension}/current_calls":           {summary: "List the calls of an extension", about: "Of a phone those it makes or takes, of a queue those whose caller waits or talks in it.", lists: "CurrentCall"},
	"GET /extension/{extension}/current_calls/{call}":    {summary: "Show a call that is up", shows: "CurrentCall"},
	"PUT /extension/{extension}/current_calls/{call}":    {summary: "Have a call do something", about: orderNote, body: "CallOrder", shows: "CurrentCall", refuses: []string{"409"}},
	"DELETE /extension/{extension}/current_calls/{call}": {summary: "Hang a call up", refuses: []string{"409"}},

	"GET /extension/{extension}/sip": {summary: "Show a phone's SIP account", shows: "SIPAccount"},
	"PUT /extension/{extension}/sip": {summary: "Set a phone's SIP password", about: "`null` has the server make one up. The password is shown in this answer only.", body: "SIPPassword", shows: "SIPAccountWithPassword"},
	"POST /extension/{extension}/sip/provisioning": {summary: "Let a softphone fetch a phone's SIP account",
		about: "Makes the address from which Linphone fetches the account, to be shown as a QR code: `path` behind the address of this server. It is good for three fetches within 15 minutes, " +
			"and ends when another is made for the phone or its password is changed. No password is set or told: what is fetched holds its hash.",
		body: "Provisioning", shows: "Provisioning", refuses: []string{"409"}},
	"GET /extension/{extension}/queue":                {summary: "Show a queue's settings", shows: "Queue"},
	"PUT /extension/{extension}/queue":                {summary: "Change a queue's settings", body: "Queue", shows: "Queue"},
	"GET /extension/{extension}/queue/status":         {summary: "Count a queue's callers", shows: "QueueStatus"},
	"GET /extension/{extension}/queue/status/members": {summary: "List a queue's callers, longest wait first", lists: "Caller"},

	"GET /extension/{extension}/queue/agents/local":             {summary: "List a queue's local agents", lists: "QueueAgent"},
	"POST /extension/{extension}/queue/agents/local":            {summary: "Add a local agent to a queue", body: "QueueAgent", shows: "QueueAgent", refuses: []string{"409"}},
	"GET /extension/{extension}/queue/agents/local/{agent}":     {summary: "Show a local agent's place in a queue", shows: "QueueAgent"},
	"PUT /extension/{extension}/queue/agents/local/{agent}":     {summary: "Change a local agent's place in a queue", body: "QueueAgent", shows: "QueueAgent"},
	"DELETE /extension/{extension}/queue/agents/local/{agent}":  {summary: "Take a local agent out of a queue"},
	"GET /extension/{extension}/queue/agents/remote":            {summary: "List a queue's remote agents", lists: "QueueAgent"},
	"POST /extension/{extension}/queue/agents/remote":           {summary: "Add a remote agent to a queue", body: "QueueAgent", shows: "QueueAgent", refuses: []string{"409"}},
	"GET /extension/{extension}/queue/agents/remote/{agent}":    {summary: "Show a remote agent's place in a queue", shows: "QueueAgent"},
	"PUT /extension/{extension}/queue/agents/remote/{agent}":    {summary: "Change a remote agent's place in a queue", body: "QueueAgent", shows: "QueueAgent"},
	"DELETE /extension/{extension}/queue/agents/remote/{agent}": {summary: "Take a remote agent out of a queue"},
}

const wholeAsCSV = "With `format=csv` all rows, not only a page, as CSV (RFC 4180) in the form of a file."

const releaseNote = "For an agent whose line is stuck: what rings is withdrawn, a talk ended for both, wrap-up and rest are over. Status and registration stay. Needs no body."

const orderNote = "The extension says whose side of the call is meant; a queue's is the agent's. The answer is the call as it is then. " +
	"A call in a state that does not suit the action answers 409 and says what it does."

// soundForm is what is posted as a sound.
var soundForm = &openapi.Schema{Type: openapi.Type{"object"}, Required: []string{"file"}, Properties: openapi.Properties{
	{Name: "title", Schema: described("string", "What people call it; default: the file's name.")},
	{Name: "file", Schema: &openapi.Schema{Type: openapi.Type{"string"}, Format: "binary", Description: "WAV or MP3, up to 10 MB."}},
}}

const readyNote = "Before its time: the agent can be called again at once. Where neither runs nothing changes. Agents do so for themselves. Needs no body."
