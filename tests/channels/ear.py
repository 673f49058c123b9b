"""Hears what a gateway calls us with."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit


class Ear:
    """A listener on loopback; `heard`: path, parameters and body of each call, in order."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, dict[str, str], bytes]] = []
        self._news = threading.Condition()
        ear = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._hear(b"")

            def do_POST(self) -> None:
                self._hear(self.rfile.read(int(self.headers["Content-Length"])))

            def _hear(self, body: bytes) -> None:
                with ear._news:
                    given = urlsplit(self.path)
                    ear.heard.append((given.path, dict(parse_qsl(given.query)), body))
                    ear._news.notify_all()
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None: ...

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/r"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def wait(self, count: int) -> list[tuple[str, dict[str, str], bytes]]:
        """Once there are so many calls."""
        with self._news:
            assert self._news.wait_for(lambda: len(self.heard) >= count, 60)
            return list(self.heard)

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
