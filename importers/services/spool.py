"""A body that arrives, kept on the disk: taken in whatever becomes of the answer meanwhile.

Who sends a long body seldom reads the answer before all is sent. If the answer were to wait for its reader
and the body for the answer, both would wait for ever: so the body is taken in by a thread of its own.
"""

from __future__ import annotations

import io
import tempfile
import threading
from pathlib import Path
from typing import IO, Any

_PIECE = 1 << 16
_PATIENCE_S = 60.0


class Spool(io.RawIOBase):
    """The bytes of a stream, in order, as they arrive."""

    def __init__(self, source: IO[bytes], folder: Path | None = None) -> None:
        """Begin to take in a stream."""
        self.file = tempfile.NamedTemporaryFile(dir=folder, prefix="geogrid-body-")  # noqa: SIM115 -- closed in close
        self._source, self._at, self._arrived = source, 0, 0
        self._done = self._stopped = False
        self._fault: Exception | None = None
        self._more = threading.Condition()
        self._thread = threading.Thread(target=self._take_in, daemon=True)
        self._thread.start()

    def _take_in(self) -> None:
        try:
            while not self._stopped and (piece := self._source.read(_PIECE)):
                self.file.seek(self._arrived)
                self.file.write(piece)
                self.file.flush()
                with self._more:
                    self._arrived += len(piece)
                    self._more.notify_all()
        except Exception as error:  # noqa: BLE001 -- told to who reads
            self._fault = error
        finally:
            with self._more:
                self._done = True
                self._more.notify_all()

    def readable(self) -> bool:
        """It can be read."""
        return True

    def readinto(self, into: Any) -> int:
        """Read what has arrived; wait if nothing has."""
        with self._more:
            while self._at == self._arrived and not self._done:
                if not self._more.wait(_PATIENCE_S):
                    raise TimeoutError("the body does not go on")
            if self._fault is not None:
                raise self._fault
            count = min(len(into), self._arrived - self._at)
        with open(self.file.name, "rb") as arrived:
            arrived.seek(self._at)
            into[:count] = arrived.read(count)
        self._at += count
        return count

    def wait(self) -> Path:
        """Wait until all has arrived; give the file."""
        self._thread.join()
        if self._fault is not None:
            raise self._fault
        return Path(self.file.name)

    def close(self) -> None:
        """Take in no more, and remove what was kept."""
        if not self.closed:
            self._stopped = True
            super().close()
            self._thread.join(_PATIENCE_S)
            self.file.close()
