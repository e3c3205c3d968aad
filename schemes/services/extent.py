"""The land that a scheme covers, from its document or from the file that the document names."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import shapely
import shapely.geometry
from pyogrio.errors import DataLayerError, DataSourceError, FeatureError, FieldError, GeometryError
from pyogrio.raw import read as read_raw

from geogrid.core.crs import SourceCrs, resolve_crs
from geogrid.core.errors import BadDocument, UnknownCrs
from geogrid.core.lattice import Shapes
from geogrid.core.mesh import mesh_of, node_mesh, polygons_of
from geogrid.core.settling import settle
from schemes.documents.problems import Problem, bad_document
from schemes.documents.yaml_tree import read_yaml
from schemes.loader import LoadedDocument, shown_path

_AREAS = {"Polygon", "MultiPolygon"}
_TROUBLE = (DataLayerError, DataSourceError, FeatureError, FieldError, GeometryError, ValueError)


class _Unusable(Exception):
    """The extent cannot be used; the text is a clause about it."""


def extent_of(loaded: LoadedDocument) -> shapely.MultiPolygon | None:
    """Give the extent on the lattice; None if the document says nothing of it.

    Raises
    ------
    BadDocument
        With file, line and key, if the file is missing or broken, or if it holds anything but sound
        polygons on the earth that stay on one side of longitude 180.
    """
    written = loaded.document.extent
    if written is None:
        return None
    try:
        if isinstance(written, dict):
            return _on_the_lattice(*_inline(written))
        return _on_the_lattice(*_from_file(loaded.path.parent / written))
    except _Unusable as error:
        raise _bad(loaded, "GeoJSON" if isinstance(written, dict) else f'"{written}",', str(error)) from error


def _bad(loaded: LoadedDocument, what: str, clause: str) -> BadDocument:
    line = read_yaml(loaded.text).line(("extent",))
    return bad_document(shown_path(loaded.path), [Problem(("extent",), f"is {what} {clause}", line)])


def _inline(written: dict[str, Any]) -> tuple[Shapes, SourceCrs]:
    return np.array([shapely.geometry.shape(written)], dtype=object), resolve_crs("EPSG:4326")


def _from_file(path: Path) -> tuple[Shapes, SourceCrs]:
    if not path.is_file():
        raise _Unusable("but there is no such file below the folder of the document")
    try:
        with warnings.catch_warnings():
            # GDAL warns of what it mends in silence, such as open rings; what matters is looked at below.
            warnings.simplefilter("ignore")
            layers = pyogrio.list_layers(path)
            if len(layers) != 1:
                raise _Unusable(f"which has {len(layers)} layers; one is wanted")
            meta, _, geometries, _ = read_raw(path, columns=[], force_2d=True)
    except _TROUBLE as error:
        said = " ".join(str(error).split())[:200]
        raise _Unusable(f'which cannot be read (GDAL says: "{said}")') from error
    if meta["crs"] is None:
        raise _Unusable("which does not say its coordinate system; a .prj file, for example, is missing")
    shapes = np.empty(len(geometries), dtype=object)
    shapes[:] = shapely.from_wkb(geometries, on_invalid="ignore")
    try:
        return shapes, resolve_crs(meta["crs"])
    except UnknownCrs as error:
        raise _Unusable(f"whose coordinate system is not usable: {error}") from error


def _on_the_lattice(shapes: Shapes, system: SourceCrs) -> shapely.MultiPolygon:
    shapes = shapes[~(shapely.is_missing(shapes) | shapely.is_empty(shapes))]
    others = sorted({shape.geom_type for shape in shapes} - _AREAS)
    if others or not len(shapes):
        raise _Unusable(f"which holds {', '.join(others) or 'no land'}, but polygons are wanted")
    _refuse_off_the_earth(shapes, system)
    settled = settle(shapes, [system] * len(shapes))
    for fault in settled.faults.values():
        place = f" near {fault.at.x:.6f}, {fault.at.y:.6f}" if fault.at else ""
        raise _Unusable(f"whose polygon is not sound: {fault.reason}{place}")
    # Noded together the polygons meet in shared vertices only, so that their union needs no new ones.
    together = polygons_of(node_mesh(mesh_of([shapely.MultiPolygon(_parts(settled.shapes))])))[0]
    assert isinstance(together, shapely.MultiPolygon)
    return together


def _parts(shapes: Shapes) -> list[shapely.Polygon]:
    union = shapely.union_all(shapes)
    return [part for part in shapely.get_parts(union) if part.geom_type == "Polygon"]


def _refuse_off_the_earth(shapes: Shapes, system: SourceCrs) -> None:
    lonlat = system.to_lonlat(shapely.get_coordinates(shapes))
    if not np.isfinite(lonlat).all():
        raise _Unusable("which has coordinates that are no place in its coordinate system")
    (west, south), (east, north) = lonlat.min(axis=0), lonlat.max(axis=0)
    if south < -90 or north > 90 or east > 540 or west < -540:
        raise _Unusable(f"which leaves the earth: it reaches from {west:g}, {south:g} to {east:g}, {north:g}")
    if west < -180 or east > 180 or east - west > 180:
        raise _Unusable(
            f"which crosses longitude 180 or spans more than half the earth (from {west:g} to {east:g}); "
            "divide it into two schemes"
        )
