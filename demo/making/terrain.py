"""Invented mountains: what borders, parks and roads follow, so that they look as if grown."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from demo.making.plane import FloatArray, Plane

_OCTAVES = 6
_GAIN = 0.62


def terrain(
    plane: Plane, settled: npt.ArrayLike, rng: np.random.Generator, wavelength_m: float
) -> FloatArray:
    """Give heights from 0 to 1 with sharp ridges, and valleys where people live.

    Parameters
    ----------
    plane : Plane
    settled : (n, 2) array-like
        Degrees of places in valleys.
    rng : numpy Generator
    wavelength_m : float
        How far the largest ridges are apart.
    """
    heights, weight, total = np.zeros(plane.shape), 1.0, 0.0
    for octave in range(_OCTAVES):
        waves = gradient_noise(plane.shape, wavelength_m / plane.pixel / 2**octave, rng)
        heights += weight * (1 - np.abs(waves)) ** 2
        total += weight
        weight *= _GAIN
    heights /= total
    low, high = np.quantile(heights, [0.01, 0.99])
    heights = np.clip((heights - low) / (high - low), 0, 1)
    return heights * (1 - 0.7 * _basins(plane, settled, 1800.0))


def _basins(plane: Plane, settled: npt.ArrayLike, radius_m: float) -> FloatArray:
    """Give 1 at settled places, falling to 0 around them."""
    deepest = np.zeros(plane.shape)
    reach = int(3 * radius_m / plane.pixel)
    for row, column in plane.pixels_of(settled).tolist():
        rows = np.arange(max(row - reach, 0), min(row + reach + 1, plane.rows))
        columns = np.arange(max(column - reach, 0), min(column + reach + 1, plane.columns))
        far = np.hypot(rows[:, None] - row, columns[None, :] - column) * plane.pixel / radius_m
        window = np.ix_(rows, columns)
        deepest[window] = np.maximum(deepest[window], np.exp(-(far**2) / 2))
    return deepest


def gradient_noise(shape: tuple[int, int], wavelength: float, rng: np.random.Generator) -> FloatArray:
    """Give Perlin's noise, scaled to about -1 … 1; `wavelength` in pixels."""
    rows, columns = (np.arange(size) / wavelength for size in shape)
    angles = rng.random((int(rows[-1]) + 2, int(columns[-1]) + 2)) * 2 * np.pi
    row, column = rows.astype(int)[:, None], columns.astype(int)[None, :]
    down, along = (rows % 1)[:, None], (columns % 1)[None, :]
    corners = []
    for i in (0, 1):
        for j in (0, 1):
            angle = angles[row + i, column + j]
            corners.append(np.sin(angle) * (down - i) + np.cos(angle) * (along - j))
    s, t = (x * x * x * (x * (x * 6 - 15) + 10) for x in (down, along))
    near = corners[0] * (1 - t) + corners[1] * t
    far = corners[2] * (1 - t) + corners[3] * t
    noise: FloatArray = np.clip((near * (1 - s) + far * s) * 1.6, -1, 1)
    return noise
