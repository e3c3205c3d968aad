"""Requests sent when they are due, over many connections, by one loop."""

from __future__ import annotations

import gc
import select
import socket
import time
from collections import deque
from collections.abc import Sequence

CONNECTIONS = 32
_END = b"\r\n\r\n"
_LENGTH = b"content-length:"


class _Line:
    """One connection, and the request that is under way on it."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=30)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.due = 0.0
        self.got = b""

    def fileno(self) -> int:
        return self.socket.fileno()

    def send(self, request: bytes, due: float) -> None:
        self.due, self.got = due, b""
        self.socket.sendall(request)

    def received(self) -> bytes | None:
        """Read what has come; the status once the answer is whole."""
        more = self.socket.recv(1 << 16)
        if not more:
            raise SystemExit("the server hung up")
        self.got += more
        head, end, body = self.got.partition(_END)
        if not end:
            return None
        lower = head.lower()
        length = int(lower[lower.index(_LENGTH) + len(_LENGTH) :].split(None, 1)[0])
        return head[9:12] if len(body) >= length else None


def open_load(port: int, paths: Sequence[str], due: Sequence[float]) -> tuple[list[float], int, float]:
    """Send each request when it is due, or once a connection is free; give seconds from due to answered.

    Also the number of answers other than 200, and how long all of it took.
    """
    requests = [f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode() for path in paths]
    # In turn, so that both processes of the service have their share.
    idle = deque(_Line(port) for _ in range(CONNECTIONS))
    busy: set[_Line] = set()
    latencies, errors, sent = [], 0, 0
    gc.disable()
    began = time.perf_counter()
    while len(latencies) < len(due):
        now = time.perf_counter() - began
        while idle and sent < len(due) and due[sent] <= now:
            line = idle.popleft()
            line.send(requests[sent], due[sent])
            busy.add(line)
            sent += 1
        wait = max(due[sent] - now, 0.0) if idle and sent < len(due) else None
        ready, _, _ = select.select(busy, (), (), wait)
        now = time.perf_counter() - began
        for line in ready:
            status = line.received()
            if status is not None:
                latencies.append(now - line.due)
                errors += status != b"200"
                busy.remove(line)
                idle.append(line)
    gc.enable()
    for line in idle:
        line.socket.close()
    return latencies, errors, now
