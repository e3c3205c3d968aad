"""A flat piece of the earth: degrees, metres, and the pixels of a raster over it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import shapely

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

_METRES_PER_DEGREE = 111_320.0


@dataclass(frozen=True)
class Plane:
    """An affine map of degrees to metres, true to 1 % over a city, and a raster on it.

    Attributes
    ----------
    middle : tuple of float
        Longitude and latitude of the point (0, 0).
    west, south : float
        Metres; the corner of pixel (0, 0).
    pixel : float
        Side of a pixel, metres.
    rows, columns : int
        Row 0 is the southernmost.
    """

    middle: tuple[float, float]
    west: float
    south: float
    pixel: float
    rows: int
    columns: int

    @classmethod
    def around(cls, bounds: tuple[float, float, float, float], pixel: float, margin: float) -> Plane:
        """Cover bounds in degrees, and so many metres around them."""
        west, south, east, north = bounds
        middle = (round((west + east) / 2, 2), round((south + north) / 2, 2))
        bare = cls(middle, 0.0, 0.0, pixel, 1, 1)
        low, high = bare.to_metres(np.array([[west, south], [east, north]]))
        low, high = low - margin, high + margin
        columns, rows = np.ceil((high - low) / pixel).astype(int).tolist()
        return cls(middle, float(low[0]), float(low[1]), pixel, rows, columns)

    @property
    def _scale(self) -> FloatArray:
        return _METRES_PER_DEGREE * np.array([np.cos(np.radians(self.middle[1])), 1.0])

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.rows, self.columns

    def window(self, low: IntArray, high: IntArray) -> Plane:
        """Give the part from one row and column up to, but without, another."""
        (rows, columns), (row, column) = (high - low).tolist(), low.tolist()
        west, south = self.west + column * self.pixel, self.south + row * self.pixel
        return replace(self, west=west, south=south, rows=rows, columns=columns)

    def to_metres(self, lonlat: npt.ArrayLike) -> FloatArray:
        """Turn (n, 2) degrees into metres."""
        return (np.asarray(lonlat, dtype=np.float64) - self.middle) * self._scale

    def to_degrees(self, xy: npt.ArrayLike) -> FloatArray:
        """Turn (n, 2) metres into degrees."""
        return np.asarray(xy, dtype=np.float64) / self._scale + self.middle

    def pixels_of(self, lonlat: npt.ArrayLike) -> IntArray:
        """Give the (n, 2) row and column of the pixels that hold points."""
        xy = self.to_metres(lonlat) - (self.west, self.south)
        return np.floor(xy[:, ::-1] / self.pixel).astype(np.int64)

    def corner_degrees(self, corners: npt.ArrayLike) -> FloatArray:
        """Give the degrees of (n, 2) rows and columns of the corners between pixels; halves are middles."""
        rows_columns = np.asarray(corners, dtype=np.float64)
        return self.to_degrees(rows_columns[:, ::-1] * self.pixel + (self.west, self.south))

    def inside(self, shape: shapely.Geometry) -> BoolArray:
        """Tell of every pixel whether its middle lies in a shape in degrees."""
        mask = np.zeros(self.shape, dtype=bool)
        west, south, east, north = shapely.bounds(shape)
        (low_row, low_column), (high_row, high_column) = self.pixels_of([[west, south], [east, north]])
        rows = np.arange(max(low_row, 0), min(high_row + 1, self.rows))
        columns = np.arange(max(low_column, 0), min(high_column + 1, self.columns))
        grid = np.stack(np.meshgrid(rows + 0.5, columns + 0.5, indexing="ij"), axis=-1).reshape(-1, 2)
        lonlat = self.corner_degrees(grid)
        found = shapely.contains_xy(shape, lonlat[:, 0], lonlat[:, 1])
        mask[np.ix_(rows, columns)] = found.reshape(len(rows), len(columns))
        return mask

    def near(self, lonlat: npt.ArrayLike, metres: float) -> BoolArray:
        """Tell of every pixel whether it lies within a distance of any of some points."""
        mask = np.zeros(self.shape, dtype=bool)
        reach = int(np.ceil(metres / self.pixel))
        for row, column in self.pixels_of(lonlat).tolist():
            rows = np.arange(max(row - reach, 0), min(row + reach + 1, self.rows))
            columns = np.arange(max(column - reach, 0), min(column + reach + 1, self.columns))
            near = np.hypot(rows[:, None] - row, columns[None, :] - column) * self.pixel <= metres
            mask[np.ix_(rows, columns)] |= near
        return mask


def grown(mask: BoolArray, steps: int) -> BoolArray:
    """Widen a mask by so many pixels."""
    mask = mask.copy()
    for _ in range(steps):
        wider = mask.copy()
        wider[1:] |= mask[:-1]
        wider[:-1] |= mask[1:]
        wider[:, 1:] |= mask[:, :-1]
        wider[:, :-1] |= mask[:, 1:]
        mask = wider
    return mask
