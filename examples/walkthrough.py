#!/usr/bin/env python3
"""A queue with two agents, step by step, with Python's standard library.

Runs against `holdline demo` as it stands; set HOLDLINE_URL, HOLDLINE_CLIENT_ID
and HOLDLINE_CLIENT_SECRET for a server of yours. What it makes, it deletes.
"""

import json
import os
import sys
import urllib.error
import urllib.parse
import urllib.request

URL = os.environ.get("HOLDLINE_URL", "http://127.0.0.1:8080")


def token():
    """Gets an access token; it is good for an hour, so keep it."""
    form = urllib.parse.urlencode({
        "grant_type": "client_credentials",
        "client_id": os.environ.get("HOLDLINE_CLIENT_ID", "demo"),
        "client_secret": os.environ.get("HOLDLINE_CLIENT_SECRET", "demo"),
    }).encode()
    with urllib.request.urlopen(URL + "/oauth/token", form, timeout=10) as answer:
        return json.load(answer)["access_token"]


class API:
    """The ver1.0 API with a token."""

    def __init__(self):
        self.token = token()

    def call(self, method, path, body=None):
        request = urllib.request.Request(URL + "/api/ver1.0" + path, method=method, headers={
            "Authorization": "Bearer " + self.token, "Content-Type": "application/json"},
            data=None if body is None else json.dumps(body).encode())
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                text = answer.read()
        except urllib.error.HTTPError as refused:  # its body says what is wrong, and the fix
            sys.exit(f"{method} {path}: {refused.code} {refused.read().decode()}")
        return json.loads(text) if text else None


def main():
    api = API()
    made = []  # what to delete at the end, the last first

    def make(path, body):
        thing = api.call("POST", path, body)
        made.append(f"{path}{thing['id']}")
        return thing["id"]

    try:
        queue = make("/client/@me/extension/", {"name": "370", "type": "queue", "label": "Night desk"})
        phone = make("/client/@me/extension/", {"name": "371", "type": "phone", "label": "Dana"})
        print("queue:", api.call("PUT", f"/extension/{queue}/queue/", {
            "strategy": "ring-all", "sound_type": "music", "max_wait_time": 1800,
            "timeout_transfer_dst": "201", "tier_rules_apply": True, "tier_rule_wait_second": 15}))
        # None has the server make up a password, shown this once.
        print("phone:", api.call("PUT", f"/extension/{phone}/sip/", {"password": None}))

        local = make("/client/@me/agent/local/", {"extension_id": phone, "call_timeout": 30})
        remote = make("/client/@me/agent/remote/", {"number": "89215650644", "call_timeout": 30})
        api.call("POST", f"/extension/{queue}/queue/agents/local/", {"agent_id": local, "level": 1, "position": 1})
        api.call("POST", f"/extension/{queue}/queue/agents/remote/", {"agent_id": remote, "level": 2, "position": 1})

        # Every login of the agent is sent to a server of yours: see webhook_receiver.py.
        print("event:", api.call("POST", f"/client/@me/agent/local/{local}/event/", {
            "url": "https://example.com/agents", "method": "POST", "event_type": "agent-login"}))

        for change in ({"status": "on_break", "pause_reason": "lunch"}, {"status": "available"}):
            print("agent:", api.call("PUT", f"/client/@me/agent/local/{local}", change))
        print("callers:", api.call("GET", f"/extension/{queue}/queue/status/"),
              api.call("GET", f"/extension/{queue}/queue/status/members/"))
    finally:
        for path in reversed(made):
            api.call("DELETE", path)


if __name__ == "__main__":
    main()
