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
│   ├── FindingsInTheWay        findings keep a draft from being published; HTTP 422
│   └── EditRefused             an edit cannot be made there; its own code, and the place
├── Conflict                    somebody else was first; HTTP 409
│   ├── DraftNotOpen            the draft is under review, published or discarded; HTTP 409
│   ├── DraftConflict           editions since the draft's base changed the same cells; HTTP 409
│   └── StaleVersion            the base version is not the current one; HTTP 412
├── NotReady                    something is being made at this moment; HTTP 503
└── NotAllowed                  this person may not do this here; HTTP 403
    └── NotSignedIn             nobody is signed in; HTTP 401
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import shapely


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


class TooLarge(BadInput):
    """It is more than is taken at once."""

    code = "too-large"


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


class FindingsInTheWay(Refused):
    """Findings stand in the way."""

    code = "findings-in-the-way"


#: Why an edit is refused: its code, and in which case.
EDIT_REFUSALS: Mapping[str, str] = {
    "no-such-cell": "a code is no cell's",
    "wrong-level": "the cell is of a level that the action is not for",
    "not-a-land-level": "cells of the level do not divide land",
    "no-land": "the cell has no land",
    "line-does-not-split": "no line runs through the cell from border to border",
    "not-a-polygon": "what was drawn encloses no land",
    "nothing-inside": "what was drawn meets no land that the action could take",
    "children-astride": "cells below would lie on both sides",
    "would-leave-sliver": "a piece would be nowhere as wide as the tolerance",
    "would-empty-cell": "a cell would be left without land",
    "not-adjacent": "the cells have no border in common",
    "different-parents": "the cells lie in different cells of the level above",
    "same-cell": "an action between cells was asked for one and the same",
    "no-such-border": "no border of the level runs there",
    "several-cells": "the border is one of more than two cells",
    "line-crosses-border": "the line crosses another border",
    "no-such-node": "no corner of a cell is there",
    "node-crosses-border": "the corner would be moved across a border",
    "no-such-gap": "no gap is there",
    "no-such-overlap": "no overlap is there",
    "not-in-parent": "the land is not in the cell above",
    "has-cells-already": "cells of the level are there already",
    "bad-parent": "the cell that was named as parent is not one of the level above",
    "code-taken": "the code is, or was, another cell's",
    "no-codes-left": "the code system has not enough numbers left under the cell above",
    "outline-fixed": "the scheme's document says which land it has",
    "would-add-fault": "the edit would leave a gap or an overlap",
    "nothing-to-do": "the edit would change nothing",
}


class EditRefused(Refused):
    """The edit cannot be made there."""

    code = "edit-refused"

    def __init__(
        self, code: str, message: str, /, geometry: shapely.Geometry | None = None, **context: Any
    ) -> None:
        """Keep why, in a sentence that says the next step, and where.

        Parameters
        ----------
        code : str
            One of `EDIT_REFUSALS`.
        geometry : shapely geometry, optional
            Longitude/latitude: the place to show.
        """
        if code not in EDIT_REFUSALS:
            raise ValueError(f"{code!r} is no reason to refuse an edit")
        super().__init__(message, **context)
        self.code = code
        self.geometry = geometry


class Conflict(GeogridError):
    """Somebody else changed this first."""

    code = "conflict"


class DraftNotOpen(Conflict):
    """The draft is not open."""

    code = "draft-not-open"


class DraftConflict(Conflict):
    """Others published changes of the same cells."""

    code = "draft-conflict"


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
