"""The product served in this process, as production serves it: hashed static files, every middleware."""

from __future__ import annotations

import threading
from typing import Any

from django.core.handlers.wsgi import WSGIHandler
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler


class QuietHandler(WSGIRequestHandler):
    """Writes no line for each request."""

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 -- the base class's name
        pass


class Site:
    """A server on a port of its own; it can be stopped and started again while a page is open."""

    def __init__(self) -> None:
        self._port = 0
        self._server: ThreadedWSGIServer | None = None
        self.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def __add__(self, path: str) -> str:
        return self.url + path

    def start(self) -> None:
        """Serve; after a stop, on the same port."""
        self._server = ThreadedWSGIServer(("127.0.0.1", self._port), QuietHandler)
        self._server.set_app(WSGIHandler())
        self._port = self._server.server_port
        threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        ).start()

    def stop(self) -> None:
        """Refuse connections from now on."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None
