"""From foreign polygons to cells on the lattice that share their nodes (geometry.md 6, 7).

All polygons of a land are settled together, whatever level or file they come from: rounding each alone would
leave neighbours that nearly touch.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely

from geogrid.core.audits.polygons import PolygonFault
from geogrid.core.crs import SourceCrs
from geogrid.core.junctions import with_junctions
from geogrid.core.lattice import STEP_METRES, FloatArray, Shapes, snap
from geogrid.core.mesh import mesh_of, node_mesh, polygons_of

_PLACE = re.compile(r"\[(\S+) (\S+)\]")
#: Two measures of an area that differ by less, relatively, are the same: doubles of eight digits and more.
_SAME_AREA = 1e-9


@dataclass(frozen=True)
class Settled:
    """Polygons as cells on the lattice.

    Attributes
    ----------
    shapes : (n,) shapely MultiPolygon
        Longitude/latitude, noded together; empty where nothing as wide as a grid step was left.
    faults : dict
        Polygon → why it was invalid as it came; it is mended by the even-odd rule.
    vertices : int
        Vertices that came in.
    added : int
        Vertices that edges gained from others.
    moved_m : float
        The farthest that a vertex moved to the lattice, metres.
    """

    shapes: Shapes
    faults: dict[int, PolygonFault]
    vertices: int
    added: int
    moved_m: float


def settle(shapes: Shapes, systems: Sequence[SourceCrs | None]) -> Settled:
    """Bring polygons of any coordinate systems to the lattice and give all the same nodes.

    Parameters
    ----------
    shapes : (n,) shapely Polygon or MultiPolygon
        Each in its own system.
    systems : sequence of SourceCrs or None
        The system of each polygon; None for cells that are on the lattice already.
    """
    mended, faults = _mended(shapes, systems)
    vertices = int(shapely.get_num_coordinates(mended).sum())
    placed, added, moved = _on_the_earth(mended, systems)
    before = mesh_of(placed)
    after = node_mesh(before)
    settled = polygons_of(after)
    added += max(0, len(after.vertex) - len(before.vertex))
    for number in np.flatnonzero(shapely.is_empty(settled)).tolist():
        if not shapely.is_empty(mended[number]):
            faults[number] = PolygonFault(
                "it is nowhere as wide as one step of the grid, 1.1 mm", None, doubtful=True
            )
    return Settled(settled, faults, vertices, added, moved)


def _mended(shapes: Shapes, systems: Sequence[SourceCrs | None]) -> tuple[Shapes, dict[int, PolygonFault]]:
    """Mend invalid polygons by the even-odd rule and keep why they were invalid, and where."""
    mended = np.array(shapes, dtype=object)
    faults = {}
    for number in np.flatnonzero(~shapely.is_valid(mended)).tolist():
        came = mended[number]
        whole = shapely.make_valid(came, method="linework")
        parts = [part for part in shapely.get_parts(whole) if part.geom_type in {"Polygon", "MultiPolygon"}]
        mended[number] = shapely.MultiPolygon([p for part in parts for p in shapely.get_parts(part)])
        reason = shapely.is_valid_reason(came)
        system = systems[number]
        faults[number] = PolygonFault(
            _PLACE.sub("", reason).strip().lower(),
            _place(reason, system),
            doubtful=abs(_by_rings(came) - mended[number].area) > _SAME_AREA * mended[number].area,
        )
    return mended, faults


def _by_rings(shape: shapely.Geometry) -> float:
    """Add up the rings: shells plus, holes minus. Where rings only touch this is the area of the land."""
    total = 0.0
    for polygon in shapely.get_parts(shape):
        total += abs(_turned(polygon.exterior)) - sum(abs(_turned(ring)) for ring in polygon.interiors)
    return total


def _turned(ring: shapely.LinearRing) -> float:
    xy = shapely.get_coordinates(ring)
    xy = xy - xy[0]
    return float((xy[:-1, 0] * xy[1:, 1] - xy[1:, 0] * xy[:-1, 1]).sum() / 2)


def _place(reason: str, system: SourceCrs | None) -> shapely.Point | None:
    found = _PLACE.search(reason)
    if found is None:
        return None
    xy = np.array([[float(found[1]), float(found[2])]])
    lonlat = snap(system.to_lonlat(xy) if system else xy)
    return shapely.Point(lonlat[0]) if np.isfinite(lonlat).all() else None


def _on_the_earth(shapes: Shapes, systems: Sequence[SourceCrs | None]) -> tuple[Shapes, int, float]:
    """Transform each polygon to longitude/latitude, with the junctions of its own system put in before."""
    placed = np.array(shapes, dtype=object)
    specs = np.array([system.spec if system else "" for system in systems], dtype=object)
    added, moved = 0, 0.0
    for spec in dict.fromkeys(specs.tolist()):
        if not spec:
            continue
        mine = np.flatnonzero(specs == spec)
        system = systems[mine[0]]
        assert system is not None
        group = shapes[mine]
        if not system.is_lonlat:
            group, gained = with_junctions(group, _half_step(system))
            added += gained
        placed[mine] = shapely.transform(group, system.to_lonlat)
        moved = max(moved, _farthest_to_lattice(shapely.get_coordinates(placed[mine])))
    return placed, added, moved


def _half_step(system: SourceCrs) -> float:
    """Give half a grid step in units of a coordinate system."""
    return 0.5e-8 if system.unit_metres is None else STEP_METRES / 2 / system.unit_metres


def _farthest_to_lattice(lonlat: FloatArray) -> float:
    if not len(lonlat):
        return 0.0
    off = np.abs(snap(lonlat) - lonlat)
    metres = np.hypot(off[:, 0] * np.cos(np.radians(lonlat[:, 1])), off[:, 1]) * STEP_METRES * 1e8
    return float(metres.max())
