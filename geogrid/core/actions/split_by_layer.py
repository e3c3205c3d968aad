"""Divide a cell along features of a layer: roads, rivers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import shapely

from geogrid.core.actions.asking import parameter, read_lines, read_one_of, read_text
from geogrid.core.actions.split_cell import SplitCell
from geogrid.core.change import Change
from geogrid.core.coverage import Ground


def _anything(_name: str, value: Any) -> Any:
    return value


@dataclass(frozen=True)
class SplitByLayer:
    """Divide a cell along the lines, and the outlines, of features of a layer that meet it.

    Attributes
    ----------
    code, layer : str
    filter : object
        Which features; whoever reads them, which is not the core, knows how to read it.
    lines : tuple of shapely.LineString
        Those of the features.
    astride : str
        As for `SplitCell`.
    """

    code: str = parameter(read_text)
    layer: str = parameter(read_text)
    lines: tuple[shapely.LineString, ...] = parameter(read_lines)
    filter: Any = parameter(_anything, default=None)
    astride: str = parameter(read_one_of("refuse", "split"), default="refuse")

    def __call__(self, ground: Ground, new_ids: Iterator[UUID]) -> Change:
        """Give the change.

        Raises
        ------
        EditRefused
        """
        return SplitCell(self.code, self.lines, astride=self.astride)(ground, new_ids)
