"""A receiver of alerts that believes only what is signed: python3 webhook_receiver.py [PORT]"""
import base64, hashlib, hmac, json, os, sys, time
from http.server import BaseHTTPRequestHandler, HTTPServer

KEY = base64.b64decode(os.environ["VOXTRACE_WEBHOOK_SECRET"].removeprefix("whsec_"))

class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        message, sent = self.headers.get("webhook-id", ""), self.headers.get("webhook-timestamp", "0")
        code = hmac.digest(KEY, f"{message}.{sent}.".encode() + body, hashlib.sha256)
        wanted = "v1," + base64.b64encode(code).decode()
        signatures = self.headers.get("webhook-signature", "").split(" ")
        fits = any(hmac.compare_digest(wanted, one) for one in signatures)
        is_new = sent.isdigit() and abs(time.time() - int(sent)) < 300
        self.send_response(204 if fits and is_new else 401)
        self.end_headers()
        if fits and is_new:  # The same webhook-id may come twice: act on it once.
            told = json.loads(body)
            print(message, told["type"], told["data"].get("alert_id"), flush=True)

server = HTTPServer(("127.0.0.1", int(sys.argv[1]) if len(sys.argv) > 1 else 8097), Receiver)
print(f"listening on http://127.0.0.1:{server.server_port}/", flush=True)
server.serve_forever()
