#!/usr/bin/env python3
"""Receives events and checks their signatures, with Python's standard library.

    HOLDLINE_WEBHOOK_SECRET=whsec_... python3 webhook_receiver.py 8090

Signatures are made as Standard Webhooks says: HMAC-SHA256 over id, timestamp
and payload: the body of a POST, of a GET the query (without what the URL you
subscribed with has of its own). The same delivery may come twice: webhook-id
tells.
"""

import base64
import hashlib
import hmac
import http.server
import os
import sys
import time
import urllib.parse

TOLERANCE = 5 * 60  # seconds; older requests may be somebody else's, sent again


def verified(secret, headers, payload, now):
    """Tells whether a request is from the holder of the secret, and fresh."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    sent = headers.get("webhook-timestamp", "")
    if not sent.isdigit() or abs(now - int(sent)) > TOLERANCE:
        return False
    signed = headers.get("webhook-id", "").encode() + b"." + sent.encode() + b"." + payload
    want = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return any(hmac.compare_digest("v1," + want, given) for given in headers.get("webhook-signature", "").split())


class Receiver(http.server.BaseHTTPRequestHandler):
    seen = set()  # deliveries; a real receiver keeps them for a day or two

    def do_POST(self):
        self.receive(self.rfile.read(min(int(self.headers.get("content-length", 0)), 1 << 20)))

    def do_GET(self):
        self.receive(urllib.parse.urlsplit(self.path).query.encode())

    def receive(self, payload):
        fine = verified(os.environ["HOLDLINE_WEBHOOK_SECRET"], self.headers, payload, time.time())
        if fine and self.headers["webhook-id"] not in self.seen:
            self.seen.add(self.headers["webhook-id"])
            print(dict(urllib.parse.parse_qsl(payload.decode())), flush=True)
        # Anything but 2xx is tried again later, so answer at once and work afterwards.
        self.send_response(204 if fine else 401)
        self.end_headers()

    def log_message(self, *_):
        pass


if __name__ == "__main__":
    server = http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1]) if len(sys.argv) > 1 else 8090), Receiver)
    print("receiving at http://%s:%d" % server.server_address[:2], flush=True)
    server.serve_forever()
