"""The whole error tree.

GeogridError                    anything this project says no to
├── BadInput                    the caller can mend it; commands exit 2, HTTP 400
│   ├── UnreadableFile          a file is missing, empty, broken or of an unknown kind
│   ├── UnknownCrs              the coordinate system is missing, unknown or unsafe
│   ├── BadCoordinates          a coordinate is not on the earth, or land crosses ±180°
│   ├── BadDocument             a scheme document is not what the schema says
│   └── NotFound                a scheme, level, draft, edition, layer or cell that is not there; HTTP 404
│       └── NothingInForce      nothing has been published, or nothing was in force at the time; HTTP 404
├── Refused                     the answer is "no", with reasons; commands exit 1, HTTP 422
├── Conflict                    somebody else was first; HTTP 409
│   └── StaleVersion            the base version is not the current one; HTTP 412
├── NotReady                    something is being made at this moment; HTTP 503
└── NotAllowed                  this person may not do this here; HTTP 403
    └── NotSignedIn             nobody is signed in; HTTP 401
"""

from __future__ import annotations

from typing import Any


class GeogridError(Exception):
    """The request could not be carried out."""

    code = "error"

    def __init__(self, message: str | None = None, /, **context: Any) -> None:
        """Keep the sentence for people and the facts for programs.

        Parameters
        ----------
        message : str, optional
            One sentence that says what and where; the class's docstring if absent.
        **context
            Ids, numbers and units a program may want; JSON-serialisable.
        """
        super().__init__(message or (self.__doc__ or "").strip().splitlines()[0])
        self.context = context

    @property
    def message(self) -> str:
        """The sentence for people."""
        return str(self.args[0])


class BadInput(GeogridError):
    """The input is not usable."""

    code = "bad-input"


class UnreadableFile(BadInput):
    """The file cannot be read."""

    code = "unreadable-file"


class UnknownCrs(BadInput):
    """The coordinate system is not known."""

    code = "unknown-crs"


class BadCoordinates(BadInput):
    """The coordinates are not usable."""

    code = "bad-coordinates"


class BadDocument(BadInput):
    """The scheme document is not valid."""

    code = "bad-document"


class NotFound(BadInput):
    """There is no such thing."""

    code = "not-found"


class NothingInForce(NotFound):
    """Nothing is in force at that time."""

    code = "nothing-in-force"


class Refused(GeogridError):
    """The request is refused."""

    code = "refused"


class Conflict(GeogridError):
    """Somebody else changed this first."""

    code = "conflict"


class StaleVersion(Conflict):
    """The version you started from is no longer the current one."""

    code = "stale-version"


class NotAllowed(GeogridError):
    """You may not do this here."""

    code = "not-allowed"


class NotSignedIn(NotAllowed):
    """Sign in first."""

    code = "not-signed-in"


class NotReady(GeogridError):
    """What is asked for is being made at this moment; ask again soon."""

    code = "not-ready"
