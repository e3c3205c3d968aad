"""How many features lie in each cell: sums that the database keeps, for any time."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from boundaries.models import Scheme
from geogrid.times import moment_text
from geogrid.web.pagination import Listed, Page
from layers.models import Layer
from layers.selectors import rows_of


@dataclass(frozen=True, slots=True)
class CellCounts:
    """How many features of each layer lie in a cell or in those below it."""

    code: str
    name: str
    level: str
    parent: str | None
    counts: Mapping[str, int]

    @property
    def total(self) -> int:
        """Features of all layers."""
        return sum(self.counts.values())


@dataclass(frozen=True, slots=True)
class CountDifference:
    """A sum that is kept otherwise than the assignments say; `coming` if of a time still to come."""

    layer: str
    cell: str
    coming: dt.datetime | None
    kept: int
    counted: int

    def document(self) -> dict[str, Any]:
        """Give what `--json` prints."""
        return {**asdict(self), "coming": self.coming and self.coming.isoformat()}

    @property
    def sentence(self) -> str:
        """Say it for people."""
        when = f", from {moment_text(self.coming)} on" if self.coming else ""
        return f"cell {self.cell}{when}: {self.kept} of {self.layer} are told, {self.counted} are assigned"


def features_counted(scheme: Scheme, cell: UUID, at: dt.datetime) -> dict[str, int]:
    """Count by layer the features that are assigned to a cell or to one below it at a time."""
    return dict(rows_of("features_of_cell_counted", {"scheme": scheme.pk, "cell": cell, "at": at}))


def counts_list(
    scheme: Scheme, page: Page, *, at: dt.datetime, level: str | None = None, layer: Layer | None = None
) -> Listed[CellCounts]:
    """Give one page of the cells of a scheme, or of a level, with their counts; those with none, too."""
    wanted = {"level": level, "layer": layer.pk if layer else None}
    window = {"limit": page.size, "offset": page.offset}
    rows = rows_of("cell_counts_listed", {"scheme": scheme.pk, "at": at, **wanted, **window})
    found = [CellCounts(*row[1:5], json.loads(row[5] or "{}")) for row in rows if row[1] is not None]
    return Listed(rows[0][0], found)


def nowhere_counted(
    scheme: Scheme, *, at: dt.datetime, layer: Layer | None = None
) -> dict[str, dict[str, int]]:
    """Count by reason (`gap`, `outside`) and layer the features that are in no cell at a time."""
    counts: dict[str, dict[str, int]] = {"gap": {}, "outside": {}}
    facts = {"scheme": scheme.pk, "at": at, "layer": layer.pk if layer else None}
    for method, code, count in rows_of("nowhere_counted", facts):
        counts[method][code] = count
    return counts


def counts_differences(scheme: Scheme) -> list[CountDifference]:
    """Count all assignments of a scheme anew, and give what is kept otherwise: nothing, ever."""
    return [CountDifference(*row) for row in rows_of("counts_differences", {"scheme": scheme.pk})]
