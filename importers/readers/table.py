"""What a reader gives: a table of kept rows, refused rows and notes, in the file's own coordinate system."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from geogrid.core.crs import SourceCrs
from geogrid.core.errors import BadInput, NotFound

Attributes = dict[str, Any]
ObjectArray = npt.NDArray[np.object_]

_SHOWN = 20
_LONGEST = 30


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A row that was not taken, why, and what it said."""

    row: int
    reason: str
    code: str
    attributes: Attributes


class Fault(NamedTuple):
    """Why a row cannot be taken: a stable code and a sentence."""

    code: str
    reason: str


@dataclass(slots=True)
class RawTable:
    """All rows of a file as a format gives them, before the rules for rows."""

    layer: str | None
    fields: tuple[str, ...]
    encoding: str
    attributes: list[Attributes]
    geometries: ObjectArray
    declared_crs: str | None
    crs_origin: str
    numbers: npt.NDArray[np.int64] | None = None
    faults: dict[int, Fault] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class SourceTable:
    """The rows of one layer of a file, ready to be used.

    `numbers`, `attributes` and `geometries` are parallel and hold the kept rows; geometries are flat
    shapely objects in `crs`. Attributes are as in the file: text stays text (a CSV has nothing else), so
    codes keep their leading zeros; dates are ISO text; empty cells of tables are None.
    """

    path: Path
    layer: str | None
    fields: tuple[str, ...]
    crs: SourceCrs
    crs_origin: str
    encoding: str
    read: int
    numbers: npt.NDArray[np.int64]
    attributes: list[Attributes]
    geometries: ObjectArray
    refused: tuple[RefusedRow, ...]
    notes: tuple[str, ...]

    @property
    def all_refused(self) -> bool:
        """Whether no row is left."""
        return len(self.numbers) == 0 and len(self.refused) > 0


def require_field(table: SourceTable, name: str) -> str:
    """Return the name if the table has such a field.

    Raises
    ------
    BadInput
        With the fields that exist, and the one that was probably meant.
    """
    check_field(table.path, table.fields, name)
    return name


def check_field(path: Path, fields: Sequence[str], name: str) -> None:
    """Refuse a field name that the file does not have."""
    if name not in fields:
        raise BadInput(
            f'{path.name} has no field "{name}"{_did_you_mean(name, fields)}; it has {listed(fields)}.',
            field=name,
            fields=list(fields),
        )


def choose_layer(path: Path, names: Sequence[str], layer: str | None) -> str:
    """Return the layer to read: the one that was named, or the only one.

    Raises
    ------
    NotFound
        If the named layer does not exist.
    BadInput
        If there are several and none was named.
    """
    if layer is not None:
        if layer in names:
            return layer
        hint = _did_you_mean(layer, names)
        raise NotFound(
            f'{path.name} has no layer "{layer}"{hint}; it has {listed(names)}.', layers=list(names)
        )
    if len(names) == 1:
        return names[0]
    raise BadInput(
        f"{path.name} has {len(names)} layers: {listed(names)}; name one with --layer.", layers=list(names)
    )


def listed(names: Sequence[str]) -> str:
    """Join names for a sentence: the first twenty of them, cut where they are long."""
    shown = ", ".join(name if len(name) <= _LONGEST else name[:_LONGEST] + "…" for name in names[:_SHOWN])
    return shown + (f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else "")


def _did_you_mean(name: str, names: Sequence[str]) -> str:
    folded = {known.casefold(): known for known in names}
    close = difflib.get_close_matches(name.casefold(), folded, n=1)
    return f' (did you mean "{folded[close[0]]}"?)' if close else ""


def as_objects(values: Sequence[Any]) -> ObjectArray:
    """Pack values into an object array without numpy looking into them."""
    packed = np.empty(len(values), dtype=object)
    packed[:] = values
    return packed
