"""Listeners in threads of the process: inner on loopback, public where told."""

import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass

import uvicorn
from fastapi import FastAPI

from console.app import inner_app, public_app
from worker.errors import UserError
from worker.home import Home
from worker.i18n import t
from worker.office import Office
from worker.receipt_secret import ready_key

LOOPBACK = "127.0.0.1"
#: seconds a request under way may still take at shutdown
GRACE = 5


class Servers:
    """
    Both listeners; `office` is asked for its channels at every receipt. `pages`: with the
    console; `public`: with the public one.
    """

    def __init__(
        self, home: Home, office: Callable[[], Office], *, pages: bool = True, public: bool = True
    ) -> None:
        self._home = home
        self._office = office
        self._pages, self._public = pages, public
        self._running: list[Listener] = []
        self.inner_url = f"http://{LOOPBACK}:{home.settings.inner_port}"
        self.public_url = f"http://{home.settings.public_host}:{home.settings.public_port}"

    def start(self) -> None:
        """Bind every port before any serves; UserError when one is taken."""
        settings = self._home.settings
        ready_key(self._home)
        inner, public = listen_on(LOOPBACK, settings.inner_port, "GIOVANG_PORT"), None
        try:
            if self._public:
                public = listen_on(
                    settings.public_host, settings.public_port, "GIOVANG_PUBLIC_PORT")
        except UserError:
            inner.close()
            raise
        self.inner_url = _url(inner)
        channels = lambda: self._office().channels  # noqa: E731  (asked anew at every receipt)
        self._running = [serve(inner_app(self._home, channels, pages=self._pages), inner,
                               "web-trong")]
        if public is not None:
            self.public_url = _url(public)
            self._running.append(serve(public_app(self._home, channels), public, "web-ngoai"))

    def stop(self) -> None:
        """No new connection; what is being answered is finished. Harmless before `start`."""
        for listener in self._running:
            if (closing := getattr(listener.app.state, "closing", None)) is not None:
                closing.set()
            listener.server.should_exit = True
        for listener in self._running:
            listener.thread.join(GRACE + 1)
        self._running = []


@dataclass(frozen=True)
class Listener:
    """An app that is being served."""

    app: FastAPI
    server: uvicorn.Server
    thread: threading.Thread


def listen_on(host: str, port: int, setting: str) -> socket.socket:
    """A socket that listens; UserError naming `setting` where the port is held."""
    listening = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        listening.listen(128)
    except OSError as error:
        listening.close()
        raise UserError(
            setting, t(f"không mở được cổng {host}:{port} ({error.strerror})",
                       f"cannot listen on {host}:{port} ({error.strerror})"),
            t(f"dừng chương trình đang giữ cổng, hoặc đặt {setting} khác",
              f"stop what holds it, or set another {setting}"),
        ) from error
    return listening


def _url(listening: socket.socket) -> str:
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def serve(app: FastAPI, listening: socket.socket, name: str) -> Listener:
    """The app on this socket, in a thread of its own."""
    config = uvicorn.Config(
        app, log_config=None, access_log=False,  # its paths carry secrets
        lifespan="off", server_header=False, date_header=False,
        timeout_graceful_shutdown=GRACE, timeout_keep_alive=5, limit_concurrency=64,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(
        target=server.run, kwargs={"sockets": [listening]}, name=name, daemon=True
    )
    thread.start()
    return Listener(app, server, thread)
