#!/bin/sh
# A queue with two agents, step by step, with curl. Runs against `holdline demo`
# as it stands; set HOLDLINE_URL, HOLDLINE_CLIENT_ID and HOLDLINE_CLIENT_SECRET
# for a server of yours. What it makes, it deletes at the end.
set -eu

url=${HOLDLINE_URL:-http://127.0.0.1:8080}
id() { sed 's/.*"id":\([0-9]*\).*/\1/'; }

# A token is good for an hour: keep it.
token=$(curl -sSf "$url/oauth/token" -d grant_type=client_credentials \
	-d client_id="${HOLDLINE_CLIENT_ID:-demo}" -d client_secret="${HOLDLINE_CLIENT_SECRET:-demo}" |
	sed 's/.*"access_token":"\([^"]*\)".*/\1/')

# call METHOD PATH [JSON]
call() {
	curl -sS --fail-with-body -X "$1" "$url/api/ver1.0$2" -H "Authorization: Bearer $token" \
		-H 'Content-Type: application/json' ${3:+-d "$3"}
}

queue=$(call POST /client/@me/extension/ '{"name":"370","type":"queue","label":"Night desk"}' | id)
phone=$(call POST /client/@me/extension/ '{"name":"371","type":"phone","label":"Dana"}' | id)
local=''
remote=''
tidy() {
	[ -z "$remote" ] || call DELETE "/client/@me/agent/remote/$remote"
	[ -z "$local" ] || call DELETE "/client/@me/agent/local/$local"
	call DELETE "/client/@me/extension/$phone"
	call DELETE "/client/@me/extension/$queue"
}
trap tidy EXIT

echo "queue $queue:"
call PUT "/extension/$queue/queue/" '{"strategy":"ring-all","sound_type":"music","max_wait_time":1800,
	"timeout_transfer_dst":"201","tier_rules_apply":true,"tier_rule_wait_second":15}'

# The phone's SIP account; null has the server make up a password, shown this once.
echo "phone $phone:"
call PUT "/extension/$phone/sip/" '{"password":null}'

local=$(call POST /client/@me/agent/local/ '{"extension_id":'"$phone"',"call_timeout":30}' | id)
remote=$(call POST /client/@me/agent/remote/ '{"number":"89215650644","call_timeout":30}' | id)
call POST "/extension/$queue/queue/agents/local/" '{"agent_id":'"$local"',"level":1,"position":1}'
call POST "/extension/$queue/queue/agents/remote/" '{"agent_id":'"$remote"',"level":2,"position":1}'

# Every login of the agent is sent to a server of yours: see webhook_receiver.py.
echo "event:"
call POST "/client/@me/agent/local/$local/event/" \
	'{"url":"https://example.com/agents","method":"POST","event_type":"agent-login"}'

echo "pause, and back:"
call PUT "/client/@me/agent/local/$local" '{"status":"on_break","pause_reason":"lunch"}'
call PUT "/client/@me/agent/local/$local" '{"status":"available"}'

echo "callers:"
call GET "/extension/$queue/queue/status/"
call GET "/extension/$queue/queue/status/members/"
