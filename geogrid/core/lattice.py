"""The lattice that every coordinate lies on: whole multiples of 1e-8 degrees (geometry.md 1).

Inside the core a position is a pair of 64-bit integers, so that orientation, incidence and order are exact.
The same rule, `floor(x * 1e8 + 0.5)`, is used in SQL and in JavaScript; `round` differs between the three.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
#: One-dimensional array of shapely geometries.
Shapes = NDArray[Any]

STEPS_PER_DEGREE = 100_000_000
STEP_DEGREES = 1e-8
#: One step along the equator, in metres; steps along a parallel are shorter.
STEP_METRES = 0.0011132


def to_lattice(degrees: FloatArray) -> IntArray:
    """Give the nearest lattice coordinate of each value in degrees; halves go up.

    Parameters
    ----------
    degrees : array of float64, any shape
        Finite values between -180 and 180.

    Returns
    -------
    array of int64, same shape
    """
    steps: IntArray = np.floor(np.asarray(degrees, dtype=np.float64) * 1e8 + 0.5).astype(np.int64)
    return steps


def to_degrees(steps: IntArray) -> FloatArray:
    """Give the double nearest to each lattice coordinate, in degrees.

    `to_lattice(to_degrees(k)) == k` for every k between -180 and 180 degrees.
    """
    return np.asarray(steps, dtype=np.int64) / 1e8


def snap(degrees: FloatArray) -> FloatArray:
    """Move each value in degrees to the lattice."""
    return to_degrees(to_lattice(degrees))
