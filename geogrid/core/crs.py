"""Coordinate systems: from what a file or a person names to longitude/latitude WGS 84, and back.

One rule decides which systems are safe (docs/adr/0004-coordinate-systems.md):

* systems on a modern geocentric ellipsoid (WGS 84, GRS 80, CGCS 2000) count as WGS 84: only their projection
  is undone, their datum is not moved;
* systems on any other datum need one published transformation to WGS 84 that is valid for at least
  `WHOLE_AREA` of the system's own area, or parameters of their own (``+towgs84``); the best such
  transformation is used for every point;
* everything else is refused: silently ignoring the datum would move the land by tens to hundreds of metres.

Coordinates are always in the order x, y: easting or longitude first.
"""

from __future__ import annotations

import threading
import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from pyproj import CRS, Transformer
from pyproj.enums import TransformDirection
from pyproj.exceptions import CRSError, ProjError
from pyproj.transformer import TransformerGroup

from geogrid.core import offsets
from geogrid.core.errors import UnknownCrs

FloatArray = npt.NDArray[np.float64]
Box = tuple[float, float, float, float]

WHOLE_AREA = 0.8
"""Share of a system's area that a transformation must cover to be taken for the whole of it."""

_SHIFTED: dict[str, tuple[Callable[[FloatArray], FloatArray], Callable[[FloatArray], FloatArray]]] = {
    "gcj02": (offsets.wgs84_from_gcj02, offsets.gcj02_from_wgs84),
    "bd09": (offsets.wgs84_from_bd09, offsets.bd09_from_wgs84),
}
_ALIASES = {
    "gcj": "gcj02",
    "gcj02": "gcj02",
    "gcj02ll": "gcj02",
    "bd09": "bd09",
    "bd09ll": "bd09",
    "wgs84": "EPSG:4326",
    "crs84": "EPSG:4326",
    "cgcs2000": "EPSG:4490",
}
_MODERN_AXIS = 6378137.0
_MODERN_FLATTENING = 298.257


class _Kept(threading.local):
    """What each thread keeps for itself: pyproj's objects are not shared between threads."""

    def __init__(self) -> None:
        self.resolved: dict[str, SourceCrs] = {}
        self.transformers: dict[str, Transformer] = {}


_kept = _Kept()


@dataclass(frozen=True, slots=True)
class SourceCrs:
    """A coordinate system whose coordinates can be turned into longitude/latitude WGS 84 and back.

    Attributes
    ----------
    name : str
        What to show: ``EPSG:3826``, ``gcj02``, ``bd09``, or the name in its definition.
    spec : str
        What to store: `resolve_crs` of it gives an equal object.
    is_lonlat : bool
        Coordinates are longitude/latitude WGS 84 as they stand.
    in_degrees : bool
        Coordinates are longitude/latitude in degrees, perhaps of another datum or shifted.
    unit_metres : float or None
        Length of one unit in metres; None where the unit is an angle.
    bounds : tuple of 4 float, or None
        West, south, east, north of the land the system is made for, degrees; None if it does not say.
    """

    name: str
    spec: str
    is_lonlat: bool
    in_degrees: bool
    unit_metres: float | None
    bounds: Box | None

    def to_lonlat(self, xy: FloatArray) -> FloatArray:
        """Turn coordinates of this system into longitude/latitude.

        Parameters
        ----------
        xy : array of shape (n, 2)
            Easting or longitude first.

        Returns
        -------
        array of shape (n, 2)
            Longitude and latitude WGS 84, degrees; inf where a point has no place in this system.
        """
        points = np.array(xy, dtype=np.float64).reshape(-1, 2)
        if self.is_lonlat:
            return points
        if self.spec in _SHIFTED:
            return _SHIFTED[self.spec][0](points)
        return _transformed(self.spec, points, TransformDirection.FORWARD)

    def from_lonlat(self, lonlat: FloatArray) -> FloatArray:
        """Turn longitude/latitude into coordinates of this system.

        Parameters
        ----------
        lonlat : array of shape (n, 2)
            Longitude and latitude WGS 84, degrees.

        Returns
        -------
        array of shape (n, 2)
            Easting or longitude first; inf where a point has no place in this system.
        """
        points = np.array(lonlat, dtype=np.float64).reshape(-1, 2)
        if self.is_lonlat:
            return points
        if self.spec in _SHIFTED:
            return _SHIFTED[self.spec][1](points)
        return _transformed(self.spec, points, TransformDirection.INVERSE)

    def metres_per_unit(self) -> float | None:
        """Length of one unit in metres, or None where coordinates are angles."""
        return self.unit_metres


def resolve_crs(spec: str | CRS) -> SourceCrs:
    """Find the coordinate system that a file or a person names.

    Parameters
    ----------
    spec : str or pyproj.CRS
        ``4326``, ``EPSG:4490``, WKT, a PROJ string, ``gcj02``, ``bd09``; case and hyphens do not matter.

    Returns
    -------
    SourceCrs
        Horizontal only: heights are not touched.

    Raises
    ------
    UnknownCrs
        If there is no such system, if it is not a system of the earth's surface, or if no
        transformation to WGS 84 is known that is good for all of its area.
    """
    text = spec if isinstance(spec, str) else spec.to_wkt()
    if text not in _kept.resolved:
        _kept.resolved[text] = _resolve(spec)
    return _kept.resolved[text]


def _resolve(spec: str | CRS) -> SourceCrs:
    if isinstance(spec, str):
        alias = _ALIASES.get(spec.strip().lower().replace("-", "").replace("_", "").replace(" ", ""))
        if alias in _SHIFTED:
            return SourceCrs(alias, alias, is_lonlat=False, in_degrees=True, unit_metres=None, bounds=None)
        crs = _parsed(alias or spec)
    else:
        crs = spec
    crs = _horizontal(crs)
    name, text = _identity(crs)
    # What the file wrote may be poorer than the register (no area): one system has one description.
    crs = CRS.from_user_input(text)
    try:
        _transformer(crs)
    except ProjError as error:
        raise UnknownCrs(
            f'Coordinates of "{crs.name}" cannot be computed; name another system.', crs=crs.name
        ) from error
    unit = crs.axis_info[0]
    angular = crs.is_geographic
    return SourceCrs(
        name=name,
        spec=text,
        is_lonlat=angular and _counts_as_wgs84(crs) and _is_in_degrees(crs),
        in_degrees=angular and _is_in_degrees(crs),
        unit_metres=None if angular else unit.unit_conversion_factor,
        bounds=_bounds(crs),
    )


def _parsed(spec: str) -> CRS:
    text = spec.strip()
    try:
        return CRS.from_user_input(f"EPSG:{text}" if text.isdecimal() else text)
    except (CRSError, ValueError, OverflowError) as error:
        shown = text if len(text) <= 60 else text[:57] + "..."
        raise UnknownCrs(
            f'"{shown}" is not a coordinate system that is known here; '
            "name one as EPSG:4490, as WKT, or as gcj02 or bd09.",
            crs=shown,
        ) from error


def _horizontal(crs: CRS) -> CRS:
    """Drop heights; refuse what has no horizontal coordinates."""
    # Only where there is a height: rewriting a system makes it lose the names it is known by.
    flat = crs.to_2d() if len(crs.axis_info) > 2 or crs.is_compound else crs
    if flat.is_compound:
        flat = flat.sub_crs_list[0]
    if flat.is_bound or flat.is_geographic or flat.is_projected:
        return flat
    raise UnknownCrs(
        f"{crs.name} ({crs.type_name}) does not place points on a map of the earth; "
        "name the coordinate system with --crs.",
        crs=crs.name,
    )


def _identity(crs: CRS) -> tuple[str, str]:
    """Return the name to show and the text to store."""
    authority = None if crs.is_bound else crs.to_authority(min_confidence=100)
    if authority is not None:
        code = ":".join(authority)
        code = "EPSG:4326" if code == "OGC:CRS84" else code  # the same, but for the order of its axes
        return code, code
    # Twice, because the first writing may normalise: the stored text has to give itself back.
    text = CRS.from_wkt(crs.to_wkt()).to_wkt()
    return crs.name, text


def _is_in_degrees(crs: CRS) -> bool:
    return bool(np.isclose(crs.axis_info[0].unit_conversion_factor, np.pi / 180.0, rtol=1e-9, atol=0.0))


def _counts_as_wgs84(crs: CRS) -> bool:
    """Tell whether the datum is a modern geocentric one with Greenwich as its meridian."""
    ellipsoid, meridian = crs.ellipsoid, crs.prime_meridian
    if crs.is_bound or ellipsoid is None or meridian is None:
        return False
    return (
        abs(ellipsoid.semi_major_metre - _MODERN_AXIS) < 1e-3
        and abs(ellipsoid.inverse_flattening - _MODERN_FLATTENING) < 1e-3
        and meridian.longitude == 0.0
    )


def _transformed(spec: str, points: FloatArray, direction: TransformDirection) -> FloatArray:
    if spec not in _kept.transformers:
        _kept.transformers[spec] = _transformer(CRS.from_user_input(spec))
    x, y = _kept.transformers[spec].transform(points[:, 0], points[:, 1], direction=direction, errcheck=False)
    result = np.column_stack([x, y])
    # PROJ passes some values that are no coordinates (NaN) through one axis only.
    result[~np.isfinite(points).all(axis=1)] = np.inf
    return result


def _transformer(crs: CRS) -> Transformer:
    """Choose the one transformation to longitude/latitude that is used for every point of this system."""
    if _counts_as_wgs84(crs):
        base = crs.geodetic_crs
        if base is None or not _is_in_degrees(base):
            base = CRS.from_epsg(4326)
        return Transformer.from_crs(crs, base.to_2d(), always_xy=True)
    candidates = _published(crs)
    area = _bounds(crs) or _bounds_of_datum(crs)
    if crs.is_bound or area is None:
        chosen = candidates[:1]
    else:
        chosen = [candidate for candidate in candidates if _covers(_bounds(candidate), area)]
    if not chosen:
        raise UnknownCrs(_datum_sentence(crs), crs=crs.name, datum=_datum_name(crs))
    return chosen[0]


def _published(crs: CRS) -> list[Transformer]:
    """List the transformations that really move the datum, the best first."""
    try:
        with warnings.catch_warnings():
            # It warns where a better one needs a grid file that is not installed.
            warnings.simplefilter("ignore", UserWarning)
            return list(
                TransformerGroup(crs, CRS.from_epsg(4326), always_xy=True, allow_ballpark=False).transformers
            )
    except (ProjError, IndexError):
        # pyproj's way of saying that there is none.
        return []


def _bounds(owner: CRS | Transformer) -> Box | None:
    area = owner.area_of_use
    return None if area is None else area.bounds


def _bounds_of_datum(crs: CRS) -> Box | None:
    """Find the area of a datum that is known by its name, for definitions that state none."""
    base = crs.geodetic_crs
    if base is None:
        return None
    try:
        return _bounds(CRS.from_user_input(base.name))
    except CRSError:
        return None


def _covers(inner: Box | None, outer: Box) -> bool:
    """Tell whether one box covers nearly all of another; boxes may cross longitude 180."""
    if inner is None:
        return True
    outer_width = (outer[2] - outer[0]) % 360.0 or 360.0
    inner_width = (inner[2] - inner[0]) % 360.0 or 360.0
    start = (inner[0] - outer[0] + 180.0) % 360.0 - 180.0
    across = outer_width if inner_width == 360.0 else min(outer_width, start + inner_width) - max(0.0, start)
    along = min(outer[3], inner[3]) - max(outer[1], inner[1])
    return across > 0 and along > 0 and across * along >= WHOLE_AREA * outer_width * (outer[3] - outer[1])


def _datum_name(crs: CRS) -> str:
    return crs.datum.name if crs.datum is not None else crs.name


def _datum_sentence(crs: CRS) -> str:
    return (
        f'The coordinate system "{crs.name}" is on the datum "{_datum_name(crs)}", and no transformation '
        "from it to WGS 84 is known that is good for all of its area; name the true system explicitly "
        "with --crs, as a PROJ string with +towgs84 parameters or as the system the data were converted to."
    )
