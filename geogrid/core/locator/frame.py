"""The raster of squares over a box: how many, and how large."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from geogrid.core.lattice import IntArray
from geogrid.core.locator.edges import Edges

#: At first about so many squares for each edge: then few squares have more than two or three edges, and the
#: raster is smaller than the edges.
SQUARES_PER_EDGE = 2
LEAST_SQUARES = 64


@dataclass(frozen=True, slots=True)
class Frame:
    """Squares in rows from the south, west to east; a square is 2^kx steps wide and 2^ky steps high.

    Attributes
    ----------
    x0, y0 : int
        Lattice position of the lower left corner of the first square.
    kx, ky : int
    cols, rows : int
    """

    x0: int
    y0: int
    kx: int
    ky: int
    cols: int
    rows: int

    @classmethod
    def over(cls, west: int, south: int, east: int, north: int, squares: int) -> Frame:
        """Cover the lattice points of a closed box with at most so many squares, if need be of one step."""
        kx = max(east - west, 1).bit_length()
        ky = max(north - south, 1).bit_length()
        while kx > 0 or ky > 0:
            x, y = (kx - 1, ky) if kx >= ky else (kx, ky - 1)
            if cls._spanned(west, south, east, north, x, y).squares > squares:
                break
            kx, ky = x, y
        return cls._spanned(west, south, east, north, kx, ky)

    @classmethod
    def _spanned(cls, west: int, south: int, east: int, north: int, kx: int, ky: int) -> Frame:
        return cls(west, south, kx, ky, ((east - west) >> kx) + 1, ((north - south) >> ky) + 1)

    @classmethod
    def for_edges(cls, edges: Edges, most: int) -> Frame:
        """Cover edges with squares, so many as suit their number, but at most `most`."""
        if not len(edges.xy):
            return cls(0, 0, 0, 0, 1, 1)
        x, y = edges.xy[:, 0], edges.xy[:, 1]
        west, south, east, north = int(x.min()), int(y.min()), int(x.max()), int(y.max())
        squares = min(max(SQUARES_PER_EDGE * len(edges.xy), LEAST_SQUARES), most)
        # One step further west: nothing may lie on the left side, where the walk through the squares begins.
        return cls.over(west - 1, south, east, north, squares)

    def divided(self, row: int, col: int, squares: int) -> Frame:
        """Cover one square with about so many smaller ones."""
        kx, ky = self.kx, self.ky
        for _ in range(max(squares, 2).bit_length()):
            if kx == ky == 0:
                break
            kx, ky = (kx - 1, ky) if kx >= ky else (kx, ky - 1)
        x0, y0 = self.x0 + (col << self.kx), self.y0 + (row << self.ky)
        return Frame(x0, y0, kx, ky, 1 << (self.kx - kx), 1 << (self.ky - ky))

    @property
    def squares(self) -> int:
        """How many squares there are."""
        return self.cols * self.rows

    @property
    def numbers(self) -> IntArray:
        """The frame as compiled code reads it, (6,) int64."""
        return np.array([self.x0, self.y0, self.kx, self.ky, self.cols, self.rows], dtype=np.int64)
