"""The product served in this process, as production serves it: hashed static files, every middleware."""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import Any

from django.core.handlers.wsgi import WSGIHandler
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler


class QuietHandler(WSGIRequestHandler):
    """Writes no line for each request."""

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 -- the base class's name
        pass


class Server(ThreadedWSGIServer):
    """Knows its connections: browsers keep them open for their next questions."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._open: set[socket.socket] = set()

    def process_request(self, request: Any, client_address: Any) -> None:
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        super().shutdown_request(request)

    def hang_up(self) -> None:
        """End every connection."""
        for connection in tuple(self._open):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


class Site:
    """A server on a port of its own; it can be stopped and started again while a page is open."""

    def __init__(self) -> None:
        self._port = 0
        self._server: Server | None = None
        self.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def __add__(self, path: str) -> str:
        return self.url + path

    def start(self) -> None:
        """Serve; after a stop, on the same port."""
        self._server = Server(("127.0.0.1", self._port), QuietHandler)
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
            self._server.hang_up()
            self._server = None
