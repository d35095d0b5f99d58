package ver1

import (
	"maps"

	"holdline/internal/acd"
	"holdline/internal/api/openapi"
)

// resource is a kind of object in bodies and answers.
type resource struct {
	table table
	notes notes
	made  *openapi.Schema // in place of table
	page  bool            // a list of it is wrapped, not an array
}

// resources are by their names in the document; a test holds that every field has a note.
var resources = map[string]resource{
	"Extension": {table: extensionFields, notes: with(ids, notes{
		"name":        {about: "Number: sent short (`370`), returned with the organisation's prefix (`000*370`). It cannot be changed."},
		"type":        {about: "What answers there. It cannot be changed.", words: []string{"phone", "queue"}},
		"status":      {about: "A blocked extension can neither call nor be called.", words: []string{"active", "blocked"}, def: "active"},
		"label":       {about: "What people call it."},
		"domain":      {about: "SIP domain of the organisation."},
		"create_date": {about: "When it was made, in the client's time zone."},

		"caller_id_name":            {about: "Name shown to whom it calls."},
		"message_did":               {about: "Public number its messages are sent from."},
		"dial_rule_id":              {about: "Kept for you; Holdline has no dial rules."},
		"dial_rule_limit":           {about: "Kept for you; Holdline has no dial rules."},
		"extension_group_id":        {about: "Kept for you; Holdline has no extension groups."},
		"did_as_transfer_caller_id": {about: "Public number shown when it transfers a call outside."},
		"ani_rfc3325":               {about: "Tell trunks the caller by P-Asserted-Identity (RFC 3325).", def: false},
	})},
	"SIPAccount":             {table: sipFields, notes: sipNotes},
	"SIPAccountWithPassword": {table: sipWithPassword, notes: with(sipNotes, notes{"password": {maybe: true, about: "The new password, in the answer that sets it only."}})},
	"SIPPassword":            {table: append(sipPassword[:1:1], sipFields...), notes: sipNotes},
	"Provisioning": {table: provisioningFields, notes: notes{
		"server":      {about: "Host the phone will send SIP to: by which name or address phones reach this server; null: where they fetch their account. A `server` in `sip/` goes before it."},
		"path":        {about: "Path and query of the address. It holds the code: whoever has it has the account, so treat it like a password."},
		"expires_gmt": {about: "Until when it can be fetched, UTC."},
	}},
	"Queue": {table: queueFields, notes: with(ids, queueNotes)},
	"QueueStatus": {table: queueStatusFields, notes: notes{
		"answered_members": {about: "Callers who talk to an agent."},
		"trying_members":   {about: "Callers for whom agents are rung."},
		"waiting_members":  {about: "Callers who wait."},
	}},
	"Caller": {table: callerFields, notes: notes{
		"call_api_id":     {about: "The call's id, for current_calls."},
		"joined_datetime": {about: "When the caller joined the queue, in the client's time zone."},
		"number":          {about: "The caller's number."},
		"serving_agent":   {about: "Number of the agent who is rung or talks; empty while waiting."},
		"state":           {words: []string{"Waiting", "Trying", "Answered"}, about: "Waits, has agents rung, or talks."},
		"wait_time":       {about: "Seconds waited."},
		"position":        {about: "Place among those who wait, from 1; 0 when talking."},
		"estimated_wait":  {about: "Seconds the caller will probably still wait; null when nobody serves the queue, or when talking."},
	}},
	"QueueAgent": {table: membershipFields, notes: notes{
		"agent_id": {about: "The agent's id."},
		"level":    {about: "Agents of lower levels are called first.", def: 0},
		"position": {about: "Order within the level.", def: 0},
	}},
	"LocalAgent":  {table: localFields, notes: with(ids, agentNotes)},
	"RemoteAgent": {table: remoteFields, notes: with(ids, agentNotes)},
	"CurrentCall": {table: liveFields, notes: with(ids, callNotes)},
	"CallOrder": {table: orderFields, notes: notes{
		"action": {words: []string{"transfer", "attended_transfer", "eavesdrop", "whisper", "conference", "hold", "offhold", "park", "pickup"},
			about: "`transfer` sends the call's caller to `send_dst` and hangs the other party up; `attended_transfer` has the extension ask `send_dst` first, " +
				"and completes when it hangs up or the action is sent again; `eavesdrop`, `whisper`, `conference` ring `send_dst`, who hears both parties and is heard " +
				"by nobody, by the extension, by all; `hold` and `offhold`; `park` lets the other party wait with music; `pickup` rings the extension, or `send_dst`, " +
				"to take a call that is parked, waits or rings."},
		"send_dst": {about: "A number, short, full or external. Not with `hold`, `offhold`, `park`."},
	}},
	"HistoryCall": {table: historyFields, notes: with(ids, callNotes)},
	"CallHistoryPage": {page: true, made: &openapi.Schema{Type: openapi.Type{"object"}, Closed: true,
		Required: []string{"page", "per_page", "order", "call_history"},
		Properties: openapi.Properties{
			{Name: "page", Schema: described("integer", "The page, from 1.")},
			{Name: "per_page", Schema: described("integer", "Rows a page.")},
			{Name: "order", Schema: openapi.OneOf("asc", "desc")},
			{Name: "call_history", Schema: openapi.ListOf(openapi.RefTo("HistoryCall"))},
		}}},
	"Recording": {table: recordingFields, notes: with(ids, notes{
		"flow":             {about: "Of its call, as all below; null until the history has that.", words: []string{"in", "out", "internal"}},
		"from_username":    {about: "The caller's number."},
		"from_screen_name": {about: "The caller's name."},
		"to_username":      {about: "The number called."},
		"extension_name":   {about: "The number of the queue or phone it was for."},
		"queue_id":         {about: "The queue the caller was in last."},
		"agent_id":         {about: "The agent the caller talked to last."},
		"record_uuid":      {about: "Id of the recording."},
		"call_uuid":        {about: "The call it is of."},
		"start_time_gmt":   {about: "When it began, UTC."},
		"duration":         {about: "Whole seconds."},
		"size":             {about: "Bytes of the file."},
		"state":            {about: "`recovered`: cut off by a crash, whole up to there.", words: []string{"running", "finished", "recovered", "failed"}},
		"error":            {about: "Why it is not whole."},
	})},
	"Presence": {table: presenceFields, notes: with(ids, notes{
		"status":        {about: "What the phone does: not registered, registered, or in a call.", words: []string{"offline", "online", "ringing", "busy"}},
		"registered":    {about: "Whether a device is registered."},
		"registrations": {about: "Its devices; one that let its last registration run out without `expires_gmt`."},
		"device":        {about: "What the device calls itself."},
		"expires_gmt":   {about: "Until when it is registered, UTC."},
		"address":       {about: "IP address its registration came from; behind a NAT that of the NAT."},
		"transport":     {about: "By which transport."},
		"since_gmt":     {about: "Since when it is registered, UTC; null: since before the server's start."},

		"refused_gmt": {about: "When a request in the phone's name was refused last, UTC; null: never since the server's start."},
		"refused_reason": {words: []string{"wrong_password", "wrong_user", "blocked", "bad_request"},
			about: "Why: a wrong password; a name for authentication that is not the phone's; the phone is blocked; a registration that is not possible, see the server's log."},
		"refused_address": {about: "IP address it came from."},
	})},
	"Sound": {table: soundFields, notes: with(ids, notes{
		"title":    {about: "What people call it."},
		"filename": {about: "Name of the uploaded file."},
	})},
	"Event":           {table: eventFields, notes: eventNotes},
	"ClientEvent":     {table: clientEventFields, notes: eventNotes},
	"EventSecret":     {table: secretFields, notes: eventNotes},
	"Delivery":        {table: deliveryFields, notes: deliveryNotes},
	"DeliveryWithLog": {table: deliveryWithLog, notes: deliveryNotes},
	"Replay":          {table: replayFields, notes: eventNotes},
	"Replayed":        {table: replayedFields, notes: eventNotes},
	"QueueReport":     {table: queueReportFields, notes: with(ids, reportNotes)},
	"AgentReport":     {table: agentReportFields, notes: with(ids, reportNotes)},
	"Rating": {table: ratingFields, notes: with(ids, notes{
		"call_uuid":       {about: "The call it is of."},
		"rating_time_gmt": {about: "When the key was pressed, UTC."},
		"extension_id":    {about: "The queue's id."},
		"agent_number":    {about: "Number of the agent's phone, or the external number."},
		"rating":          {about: "The key, `1` to `5`."},
	})},
	"RatingReport": {table: ratingSumFields, notes: with(ids, with(reportNotes, notes{
		"extension_id": {about: "The queue's id; null: all queues."},
		"agent_id":     {about: "The agent's id; null: all agents."},
		"rated_1":      {about: "How often callers pressed 1."},
		"rated_2":      {about: "How often callers pressed 2."},
		"rated_3":      {about: "How often callers pressed 3."},
		"rated_4":      {about: "How often callers pressed 4."},
		"rated_5":      {about: "How often callers pressed 5."},
	}))},
	"Staffing": {table: staffFields, notes: notes{
		"agents":           {about: "Agents needed."},
		"service_level":    {about: "Per cent answered within the threshold."},
		"asa":              {about: "Mean wait, in seconds."},
		"occupancy":        {about: "Per cent of their time that agents talk."},
		"wait_probability": {about: "Per cent of callers who wait at all."},
		"traffic":          {about: "Erlangs."},
	}},
}

var eventNotes = with(ids, notes{
	"url":                  {about: "Where the request is sent: http or https, up to 2048 characters, without user and password."},
	"method":               {about: "`GET` carries the event in the query, `POST` in the body.", words: []string{"GET", "POST"}},
	"event_type":           {about: "Of agents `agent-login`, `agent-logout`; of extensions `dial-in`, `dial-out`, `answer`, `hangup`."},
	"enabled":              {about: "Whether it is told."},
	"secret":               {about: "`whsec_` and a key in base64; see Standard Webhooks."},
	"old_secret_until_gmt": {about: "Until then requests are signed with the secret before this one, too; null when it is over, or there was none."},
	"start_datetime":       {about: "Events from here on: `YYYY-MM-DD HH:MM:SS` in the client's time zone."},
	"end_datetime":         {about: "Up to here, itself excluded."},
	"deliveries":           {about: "How many events are sent again."},
})

var deliveryNotes = with(ids, notes{
	"event_id":         {about: "The event subscription it is of."},
	"webhook_id":       {about: "What the request's `Webhook-Id` says: the same in every attempt."},
	"event_type":       {about: "What happened."},
	"test":             {about: "Whether it is made up."},
	"event_time_gmt":   {about: "When it happened, UTC."},
	"create_time_gmt":  {about: "When it was put behind what waited to be sent, UTC."},
	"data":             {about: "What is sent, form-encoded."},
	"state":            {about: "Waits or is tried again, was taken, or was given up.", words: []string{"pending", "delivered", "dead"}},
	"attempts":         {about: "How often it was tried."},
	"next_attempt_gmt": {also: "string", about: "When it is tried next, at the earliest, UTC; null when it is over."},
	"end_time_gmt":     {about: "When it was taken or given up, UTC."},
	"status_code":      {about: "HTTP status of the answer; null when none came."},
	"error":            {about: "Why it was not taken."},
	"log":              {about: "Every attempt, the first one first."},
	"attempt":          {about: "Its number, from 1."},
	"start_time_gmt":   {about: "When it was begun, UTC."},
	"seconds":          {about: "How long it took."},
	"method":           {about: "HTTP method."},
	"url":              {about: "As it was requested."},
	"answer":           {about: "Beginning of the answer's body."},
})

// ids are fields that mean the same everywhere.
var ids = notes{
	"id":             {about: "Id."},
	"client_id":      {about: "The organisation's id."},
	"extension_id":   {about: "The extension's id."},
	"extension_name": {about: "The extension's full number."},
	"agent_id":       {about: "The agent's id."},
	"queue_id":       {about: "Id of the queue's extension."},
	"extra_params":   {about: "A text of your own; Holdline does not read it."},
}

var sipNotes = notes{
	"username":  {about: "SIP user."},
	"domain":    {about: "SIP domain."},
	"transport": {about: "Transports the phone may use."},
	"server":    {about: "Host the phone sends SIP to, where it differs from the domain; null: any address at which the phone reaches the server."},
	"port":      {about: "Port of SIP there."},
	"addresses": {about: "Addresses of this server's machine in its networks, the likeliest first, while `server` is null."},
	"password":  {about: "SIP password; null: the server makes one up."},
}

var agentNotes = notes{
	"number":               {about: "External number at which the agent is called."},
	"name":                 {about: "What people call the agent."},
	"status":               {about: "Logged in, logged out of all queues, or pausing.", words: []string{"available", "logged_out", "on_break"}, def: "available"},
	"call_timeout":         {about: "Seconds the agent is rung.", def: 60},
	"busy_delay_time":      {about: "Seconds without calls after a busy answer.", def: 10},
	"no_answer_delay_time": {about: "Seconds without calls after no answer.", def: 10},
	"reject_delay_time":    {about: "Seconds without calls after a rejected call.", def: 10},
	"wrap_up_time":         {about: "Seconds of rest after a call.", def: 0},
	"max_no_answer":        {about: "Missed offers in a row until the agent is paused; 0 = never.", def: 0},
	"pause_reason":         {about: "Reason of a break; sent with `\"status\": \"on_break\"`."},
}

var queueNotes = notes{
	"strategy":                       {about: "How agents of a level are chosen.", words: strategies()},
	"tier_rules_apply":               {about: "Call the next level's agents also while those of this one are free but do not answer, after `tier_rule_wait_second`."},
	"tier_rule_wait_second":          {about: "Seconds until the next level."},
	"tier_rule_wait_multiply_level":  {about: "That time, multiplied by the level."},
	"sound_type":                     {about: "With `ring` the caller hears ringback, and `sound` is cleared.", words: []string{"music", "ring"}},
	"sound":                          {about: "Music, a sound's id; null = the built-in music."},
	"start_sound":                    {about: "Greeting, played once before agents are called."},
	"announce_sound":                 {about: "Played every `announce_frequency` seconds."},
	"announce_frequency":             {about: "Seconds between announcements; 0 = never."},
	"max_wait_time":                  {about: "Longest wait in seconds, then `timeout_transfer_dst`; 0 = no limit."},
	"timeout_transfer_dst":           {about: "Number; null = hang up."},
	"max_wait_time_with_no_agent":    {about: "Longest wait in seconds while no agent is available, then `no_agent_timeout_transfer_dst`; 0 = no limit."},
	"no_agent_timeout_transfer_dst":  {about: "Number; null = hang up."},
	"exit_with_no_av_agents":         {about: "Do not queue callers while no agent is logged in."},
	"exit_key":                       {about: "Key by which a caller leaves: one of `0`-`9`, `*`, `#`; null = none."},
	"exit_transfer_dst":              {about: "Number where `exit_key` leads."},
	"record_enabled":                 {about: "Record calls between callers and agents."},
	"agent_announce_sound":           {about: "Played to the agent on answer."},
	"agent_report_wait_time":         {about: "Tell the agent how many seconds the caller waited."},
	"agent_hangup_action":            {about: "What happens to the caller when the agent hangs up first.", words: []string{"transfer", "quality_rate"}},
	"agent_hangup_transfer_dst":      {about: "Number, with `transfer`."},
	"append_to_cid_name_on_transfer": {about: "Put before the caller's name when the queue forwards the call."},
	"tier_rule_clock":                {about: "What `tier_rule_wait_second` is measured from: the level's first offer, or the caller's joining.", words: []string{"offer", "join"}},
	"ring_progressively_delay":       {about: "Seconds until `ring-progressively` rings one more."},
	"abandoned_resume_allowed":       {about: "Who gave up and calls again keeps the first joined time."},
	"discard_abandoned_after":        {about: "For how many seconds after giving up."},
	"announce_position":              {about: "With each announcement, tell the caller the position."},
	"announce_wait":                  {about: "With each announcement, tell the caller the estimated wait."},
	"language":                       {about: "Language of what is spoken."},
}

func strategies() []string {
	list := make([]string, len(acd.Strategies))
	for i, s := range acd.Strategies {
		list[i] = string(s)
	}
	return list
}

const holdNote = "`order`: by `hold`; `phone`: by its own key, and taken back there; `consult`: somebody else is asked first."

// callNotes are of calls that are up and of the past, and of their legs.
var callNotes = notes{
	"call_api_id":        {about: "The call's id."},
	"call_uuid":          {about: "The call's id."},
	"leg_uuid":           {about: "The leg's id."},
	"record_uuid":        {about: "Its recording."},
	"call_flow":          {about: "Which way it goes.", words: []string{"in", "out", "internal"}},
	"flow":               {about: "Which way it went.", words: []string{"in", "out", "internal"}},
	"called_number":      {about: "What was dialled."},
	"called_did":         {about: "The public number that was called."},
	"caller_hold":        {about: "How the caller's side has put the other on hold; null: it has not. " + holdNote, words: []string{"order", "phone", "consult"}},
	"called_hold":        {about: "The same of the called side, of a queue's call the agent's.", words: []string{"order", "phone", "consult"}},
	"did_number":         {about: "The public number that was called."},
	"caller_id_number":   {about: "The caller's number."},
	"caller_id_name":     {about: "The caller's name."},
	"caller_extension":   {about: "Full number of the calling extension."},
	"called_extension":   {about: "Full number of the called extension; the queue's until an agent is reached."},
	"state":              {about: "What it does: rings, waits in a queue, is talked in, is held by a side, or is parked.", words: []string{"ringing", "waiting", "talking", "held", "parked"}},
	"real_call":          {about: "Always true."},
	"init_time_gmt":      {about: "When it began, UTC."},
	"start_time_gmt":     {about: "When it was answered, for a leg when it began, UTC."},
	"answer_time_gmt":    {about: "When it was answered, UTC."},
	"bridged_time_gmt":   {about: "When the parties were connected, UTC."},
	"hangup_time_gmt":    {about: "When it ended, UTC."},
	"duration":           {about: "Whole seconds from beginning to end."},
	"bridged_duration":   {about: "Whole seconds the parties talked."},
	"answered_duration":  {about: "Whole seconds from answer to end."},
	"from_username":      {about: "The caller's number."},
	"from_screen_name":   {about: "The caller's name."},
	"to_username":        {about: "The number that was dialled."},
	"extension_type":     {about: "Type of the extension.", words: []string{"phone", "queue"}},
	"result":             {about: "What became of it.", words: []string{"bridged", "abandoned", "answered", "not answered", "busy", "rejected", "failed"}},
	"hangup_cause":       {about: "Why it ended."},
	"hangup_disposition": {about: "Who ended it.", words: []string{"caller_bye", "caller_cancel", "callee_bye", "callee_refuse", "internal_cancel"}},
	"hangup_by":          {about: "Who ended the leg: the other end (`remote`) or the server (`local`)."},
	"queue_result":       {about: "Why the caller left the queue.", words: []string{"answered", "abandoned", "timeout", "no_agent", "exit_key", "transferred", "failed"}},
	"rating":             {about: "Key the caller rated the call with."},
	"cdr":                {about: "Its legs."},
	"sip_code":           {about: "Status of the SIP answer that ended it."},
}

var reportNotes = notes{
	"agent_number":      {about: "Full number of the agent's phone, or the remote agent's number."},
	"start_datetime":    {about: "Beginning of the stretch, in the client's time zone."},
	"end_datetime":      {about: "Its end, excluded."},
	"offered":           {about: "Calls that joined the queue; offers made to the agent."},
	"answered":          {about: "Of these, those that were answered."},
	"abandoned":         {about: "Callers who gave up; of an agent: while the phone rang."},
	"short_abandoned":   {about: "Of these, within 5 seconds."},
	"timeout":           {about: "Left by `max_wait_time`."},
	"no_agent":          {about: "Left because no agent was there."},
	"exit_key":          {about: "Left by `exit_key`."},
	"transferred":       {about: "Sent elsewhere."},
	"failed":            {about: "Failed."},
	"waiting":           {about: "Still waiting."},
	"waiting_most":      {about: "Callers waiting at once in this stretch, at most, whenever they joined."},
	"waiting_mean":      {about: "Mean number of callers waiting at once."},
	"missed":            {about: "Offers that rang out."},
	"refused":           {about: "Offers that met a busy, rejecting or unreachable phone."},
	"mean_wait":         {about: "Seconds, of all callers."},
	"longest_wait":      {about: "Seconds."},
	"asa":               {about: "Mean wait of those answered, in seconds."},
	"talk":              {about: "Seconds talked."},
	"hold":              {about: "Seconds on hold."},
	"wrap_up":           {about: "Seconds of rest after calls."},
	"aht":               {about: "Mean talk, hold and wrap-up together a call, in seconds."},
	"logged_in":         {about: "Seconds agents were logged in."},
	"paused":            {about: "Seconds of breaks."},
	"busy":              {about: "Seconds of calls, hold and wrap-up."},
	"occupancy":         {also: "number", about: "Per cent of the time without breaks that agents were busy; null without such time."},
	"service_level":     {about: "Per cent of the answered calls that were answered within T; null without any."},
	"service_level_all": {about: "Per cent of answered and abandoned calls that were, within T; null without any."},
	"ratings":           {about: "Calls rated by a key."},
	"rating_mean":       {about: "Mean of the keys; null without any."},
}

// with puts notes together; the later ones count.
func with(sets ...notes) notes {
	out := notes{}
	for _, s := range sets {
		maps.Copy(out, s)
	}
	return out
}
