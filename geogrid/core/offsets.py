"""The two shifted coordinate systems of Chinese web maps: GCJ-02 and BD-09.

GCJ-02 displaces WGS 84 by some hundred metres, BD-09 displaces GCJ-02 once more. Neither is published
officially; the series below is the one that all public implementations share.

The box. GCJ-02 equals WGS 84 outside longitude 72.004..137.8347, latitude 0.8293..55.8271 (the border itself
is shifted). Implementations disagree about places outside China; this box decides here. BD-09 has no box: it
shifts everywhere.

Every function takes and returns an array of shape (n, 2), float64, longitude and latitude in degrees.
What cannot be a coordinate (not finite, beyond 360 or 90 degrees) comes back as it is.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
Shift = Callable[[FloatArray], FloatArray]

BOX = (72.004, 0.8293, 137.8347, 55.8271)
"""West, south, east and north of the land that GCJ-02 shifts, degrees."""

SEMI_MAJOR_AXIS = 6378245.0
ECCENTRICITY_SQUARED = 0.00669342162296594323
_BAIDU_PI = np.pi * 3000.0 / 180.0
_BAIDU_EAST, _BAIDU_NORTH = 0.0065, 0.006
_ROUNDS = 30
_SMALL_ENOUGH = 1e-13


def gcj02_from_wgs84(xy: FloatArray) -> FloatArray:
    """Shift WGS 84 to GCJ-02.

    Parameters
    ----------
    xy : array of shape (n, 2)
        Longitude and latitude, degrees, WGS 84.

    Returns
    -------
    array of shape (n, 2)
        GCJ-02, degrees; the same value outside `BOX`.
    """
    lonlat = _points(xy)
    return _where(_in_box(lonlat), _shifted, lonlat)


def wgs84_from_gcj02(xy: FloatArray) -> FloatArray:
    """Take the shift of GCJ-02 away, to better than 1e-12 degrees.

    Parameters
    ----------
    xy : array of shape (n, 2)
        Longitude and latitude, degrees, GCJ-02.

    Returns
    -------
    array of shape (n, 2)
        WGS 84, degrees; the same value outside `BOX`.

    Notes
    -----
    At longitude 105 the series has a square root that makes it ambiguous by 1e-12 degrees of longitude and
    3e-12 of latitude (0.3 micrometres); no inverse can do better there.

    Exact for every point whose shifted position lies inside the box. Within a shift of the box's border
    (some hundred metres, all of it far from China's land) two points may share one shifted position; there
    the point outside the box is the answer.
    """
    shifted = _points(xy)
    return _where(_in_box(shifted), partial(_inverse, _shifted), shifted)


def bd09_from_gcj02(xy: FloatArray) -> FloatArray:
    """Shift GCJ-02 to BD-09.

    Parameters
    ----------
    xy : array of shape (n, 2)
        Longitude and latitude, degrees, GCJ-02.

    Returns
    -------
    array of shape (n, 2)
        BD-09, degrees.
    """
    lonlat = _points(xy)
    return _where(_on_earth(lonlat), _baidu, lonlat)


def gcj02_from_bd09(xy: FloatArray) -> FloatArray:
    """Take the shift of BD-09 away, to better than 1e-12 degrees.

    Parameters
    ----------
    xy : array of shape (n, 2)
        Longitude and latitude, degrees, BD-09.

    Returns
    -------
    array of shape (n, 2)
        GCJ-02, degrees.

    Notes
    -----
    The closed formula found elsewhere errs by 0.1 m; this is the exact inverse of `bd09_from_gcj02`.
    """
    shifted = _points(xy)
    return _where(_on_earth(shifted), partial(_inverse, _baidu), shifted)


def bd09_from_wgs84(xy: FloatArray) -> FloatArray:
    """Shift WGS 84 to BD-09: (n, 2) degrees in, (n, 2) degrees out."""
    return bd09_from_gcj02(gcj02_from_wgs84(xy))


def wgs84_from_bd09(xy: FloatArray) -> FloatArray:
    """Take both shifts of BD-09 away: (n, 2) degrees in, (n, 2) degrees out."""
    return wgs84_from_gcj02(gcj02_from_bd09(xy))


def _points(xy: FloatArray) -> FloatArray:
    return np.asarray(xy, dtype=np.float64).reshape(-1, 2)


def _in_box(lonlat: FloatArray) -> npt.NDArray[np.bool_]:
    west, south, east, north = BOX
    lon, lat = lonlat[:, 0], lonlat[:, 1]
    return (lon >= west) & (lon <= east) & (lat >= south) & (lat <= north)


def _on_earth(lonlat: FloatArray) -> npt.NDArray[np.bool_]:
    return (np.abs(lonlat[:, 0]) <= 360.0) & (np.abs(lonlat[:, 1]) <= 90.0)


def _where(rows: npt.NDArray[np.bool_], shift: Shift, lonlat: FloatArray) -> FloatArray:
    """Shift some rows and keep the others, without computing on what is not a coordinate."""
    result = lonlat.copy()
    result[rows] = shift(lonlat[rows])
    return result


def _baidu(lonlat: FloatArray) -> FloatArray:
    lon, lat = lonlat[:, 0], lonlat[:, 1]
    radius = np.hypot(lon, lat) + 0.00002 * np.sin(lat * _BAIDU_PI)
    angle = np.arctan2(lat, lon) + 0.000003 * np.cos(lon * _BAIDU_PI)
    return np.column_stack([radius * np.cos(angle) + _BAIDU_EAST, radius * np.sin(angle) + _BAIDU_NORTH])


def _shifted(lonlat: FloatArray) -> FloatArray:
    """Apply the series of GCJ-02 without asking for the box."""
    lon, lat = lonlat[:, 0], lonlat[:, 1]
    x, y = lon - 105.0, lat - 35.0
    latitude = np.radians(lat)
    flattening = 1.0 - ECCENTRICITY_SQUARED * np.sin(latitude) ** 2
    root = np.sqrt(flattening)
    metres_per_lon = SEMI_MAJOR_AXIS / root * np.cos(latitude) * np.pi / 180.0
    metres_per_lat = SEMI_MAJOR_AXIS * (1.0 - ECCENTRICITY_SQUARED) / (flattening * root) * np.pi / 180.0
    return np.column_stack([lon + _east(x, y) / metres_per_lon, lat + _north(x, y) / metres_per_lat])


def _east(x: FloatArray, y: FloatArray) -> FloatArray:
    wave = 20.0 * np.sin(6.0 * x * np.pi) + 20.0 * np.sin(2.0 * x * np.pi)
    wave += 20.0 * np.sin(x * np.pi) + 40.0 * np.sin(x / 3.0 * np.pi)
    wave += 150.0 * np.sin(x / 12.0 * np.pi) + 300.0 * np.sin(x / 30.0 * np.pi)
    polynomial = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * np.sqrt(np.abs(x))
    return polynomial + wave * 2.0 / 3.0


def _north(x: FloatArray, y: FloatArray) -> FloatArray:
    wave = 20.0 * np.sin(6.0 * x * np.pi) + 20.0 * np.sin(2.0 * x * np.pi)
    wave += 20.0 * np.sin(y * np.pi) + 40.0 * np.sin(y / 3.0 * np.pi)
    wave += 160.0 * np.sin(y / 12.0 * np.pi) + 320.0 * np.sin(y * np.pi / 30.0)
    polynomial = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * np.sqrt(np.abs(x))
    return polynomial + wave * 2.0 / 3.0


def _inverse(forward: Shift, target: FloatArray) -> FloatArray:
    """Invert a small shift by fixed-point iteration; the shift changes by far less than 1 per degree."""
    found = target.copy()
    for _ in range(_ROUNDS):
        miss = target - forward(found)
        found += miss
        if not np.any(np.abs(miss) > _SMALL_ENOUGH):
            break
    return found
