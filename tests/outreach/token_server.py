"""A token endpoint for the tests, over TLS with the certificate of the mail server: as much of RFC 6749 as is asked."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl


class TokenServer(ThreadingHTTPServer):
    """`asked` are the forms that came; `answer` is what is said next, a status and an object or a text."""

    daemon_threads = True

    def __init__(self, mail_server):
        super().__init__(("127.0.0.1", 0), Session)
        self.socket = mail_server.context.wrap_socket(self.socket, server_side=True)
        self.asked, self.answer = [], (200, {"access_token": "tok", "expires_in": 3599, "token_type": "Bearer"})
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def address(self) -> str:
        return f"https://127.0.0.1:{self.server_address[1]}/tenant/oauth2/v2.0/token"

    def handle_error(self, request, client_address):
        """A client that hangs up is no error of the server's."""


class Session(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        assert self.headers["Content-Type"] == "application/x-www-form-urlencoded"
        self.server.asked.append({"path": self.path, **dict(parse_qsl(body))})
        status, said = self.server.answer
        said = (said if isinstance(said, str) else json.dumps(said)).encode()
        self.send_response(status)
        self.send_header("Location", "https://127.0.0.1:1/elsewhere")
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, *_):
        pass
