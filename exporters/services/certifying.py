"""The certificate of an exported file, from nothing but the file: no database is needed to check it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from math import isnan
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
import pyogrio.errors
import shapely
from pyogrio.raw import read
from pyproj import CRS
from pyproj.exceptions import CRSError

from geogrid.core.area import polygon_areas
from geogrid.core.audits.audit import audit_land
from geogrid.core.audits.coverage import Tolerance
from geogrid.core.audits.finding import Finding
from geogrid.core.certificate import (
    CertifiedCell,
    ParentSum,
    certificate_of_rows,
    differences,
    faces_of,
    parent_sums,
    shape_hashes,
)
from geogrid.core.errors import BadInput, UnknownCrs, UnreadableFile
from geogrid.core.land import Land, LandLevel
from geogrid.core.lattice import Shapes

_COLUMNS = ("code", "level", "parent", "edition")
_NEEDED = frozenset({"code", "level", "parent"})
#: A level of which no certificate says how its cells lie: who has any below must be tiled by them.
_RULE_UNLESS_STATED = "ragged"


@dataclass(frozen=True)
class ExportedCells:
    """Cells as a file has them, parallel in every sequence."""

    code: list[str]
    level: list[str]
    parent: list[str]
    edition: list[int | None]
    shapes: Shapes

    @cached_property
    def areas(self) -> Sequence[float]:
        """The m² of each."""
        areas: list[float] = polygon_areas(self.shapes).tolist() if len(self.shapes) else []
        return areas

    @property
    def rows(self) -> list[CertifiedCell]:
        """What a certificate knows of them."""
        hashes = shape_hashes(self.shapes)
        return [
            CertifiedCell(*row)
            for row in zip(self.level, self.code, self.parent, hashes, self.areas, self.edition, strict=True)
        ]


@dataclass(frozen=True)
class FileCertified:
    """What a file states.

    Attributes
    ----------
    certificate : dict
    parents : list of ParentSum
    findings : tuple of Finding
        Of the rules that the shapes alone decide.
    differences : tuple of str, optional
        From the certificate that was expected; None if none was.
    """

    path: Path
    certificate: dict[str, Any]
    parents: list[ParentSum]
    findings: tuple[Finding, ...]
    differences: tuple[str, ...] | None

    @property
    def faults(self) -> list[str]:
        """Say what is against it: the differences, or, if nothing was expected, nobody's and two's land."""
        if self.differences is not None:
            return list(self.differences)
        named = [found for found in self.findings if found.rule in {"gap", "overlap", "duplicate_cell"}]
        return [f"level {found.level}: {found.message}" for found in named if found.severity != "suspected"]

    def as_json(self) -> dict[str, Any]:
        """Give it as one document."""
        return {
            "file": str(self.path),
            "equal": None if self.differences is None else not self.differences,
            "differences": None if self.differences is None else list(self.differences),
            "certificate": self.certificate,
            "parents": [one._asdict() for one in self.parents],
        }


def file_certify(*, path: Path, expected: Path | None = None) -> FileCertified:
    """Compute the certificate of an export, audit its coverage, and compare with what was certified.

    Parameters
    ----------
    path : Path
        Cells in longitude/latitude as `export cells` writes them.
    expected : Path, optional
        A certificate, or an audit with one, as JSON.

    Raises
    ------
    BadInput
        If either is not what it should be.
    """
    stated = None if expected is None else read_certificate(expected)
    as_read = read_cells(path)
    levels = _levels(as_read, stated)
    # Cells are stored with shells counter-clockwise; shapefiles turn them round.
    cells = replace(as_read, shapes=shapely.orient_polygons(as_read.shapes))
    land = _land(cells, levels)
    audit = audit_land(land, tolerance=Tolerance(), code_lengths={}, faults={})
    faces = faces_of(land, audit.findings)
    made = certificate_of_rows(levels, cells.rows, faces=faces)
    if stated is not None and made["sha256"] != stated["sha256"]:
        as_it_is = certificate_of_rows(levels, as_read.rows, faces=faces)
        made = as_it_is if as_it_is["sha256"] == stated["sha256"] else made
    apart = None if stated is None else tuple(differences(made, stated))
    return FileCertified(path, made, parent_sums(levels, cells.rows), audit.findings, apart)


def read_certificate(path: Path) -> dict[str, Any]:
    """Read a certificate, or that of an audit."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UnreadableFile(f"the certificate {path} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise BadInput(f"the certificate {path} is not JSON: {error}") from error
    stated = document.get("certificate", document) if isinstance(document, dict) else None
    if not isinstance(stated, dict) or not {"cells", "areas_m2", "sha256"} <= stated.keys():
        raise BadInput(f"{path} is no certificate: it lacks cells, areas_m2 or sha256")
    return stated


def read_cells(path: Path) -> ExportedCells:
    """Read cells from a file that GDAL knows."""
    if not path.exists():
        raise UnreadableFile(f"there is no file {path}")
    try:
        meta, _, wkb, values = read(path, columns=list(_COLUMNS))
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError) as error:
        raise UnreadableFile(f"{path} cannot be read: {str(error).strip().splitlines()[0]}") from error
    columns = dict(zip(meta["fields"].tolist(), values, strict=True))
    lacking = _NEEDED - columns.keys()
    if lacking or wkb is None:
        what = f"the columns {', '.join(sorted(lacking))}" if lacking else "geometries"
        raise BadInput(f"{path} lacks {what}; it should be what `export cells SCHEME` writes")
    _require_degrees(path, meta["crs"])
    texts = {name: _texts(columns[name]) for name in _NEEDED}
    editions = columns.get("edition", np.full(len(wkb), np.nan))
    return ExportedCells(
        **texts,
        edition=[None if _is_null(value) else int(value) for value in editions.tolist()],
        shapes=_shapes(path, wkb, texts["code"]),
    )


def _texts(values: Any) -> list[str]:
    return ["" if _is_null(value) else str(value) for value in values.tolist()]


def _is_null(value: object) -> bool:
    return value is None or (isinstance(value, float) and isnan(value))


def _require_degrees(path: Path, crs: str | None) -> None:
    try:
        known = crs is None or CRS(crs).equals(CRS(4326), ignore_axis_order=True) or _is_wgs84(CRS(crs))
    except CRSError:
        known = False
    if not known:
        raise UnknownCrs(
            f"{path} is not in EPSG:4326, and other coordinates are rounded: export without --crs"
        )


def _is_wgs84(crs: CRS) -> bool:
    """Know WGS 84 by the name that Esri gives it."""
    return crs.to_epsg(min_confidence=70) == 4326


def _shapes(path: Path, wkb: Any, codes: Sequence[str]) -> Shapes:
    shapes = shapely.force_2d(shapely.from_wkb(wkb))
    there = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    areal = np.isin(
        shapely.get_type_id(shapes), [shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON]
    )
    odd = np.flatnonzero(there & ~areal)
    if len(odd):
        raise BadInput(f"{path}: the cell {codes[odd[0]]} is a {shapes[odd[0]].geom_type}, not a polygon")
    multi: Shapes = np.empty(len(shapes), dtype=object)
    for number in np.flatnonzero(there):
        shape = shapes[number]
        multi[number] = shape if shape.geom_type == "MultiPolygon" else shapely.MultiPolygon([shape])
    return multi


def _levels(cells: ExportedCells, stated: Mapping[str, Any] | None) -> tuple[LandLevel, ...]:
    """Give the levels from the top downwards: as certified, else as the parents of the cells say."""
    facts = dict(stated.get("levels") or {}) if stated else {}
    rule = {code: facts[code]["rule"] for code in facts}
    above: dict[str, str | None] = {code: facts[code]["parent"] for code in facts}
    level_of = dict(zip(cells.code, cells.level, strict=True))
    for level in sorted(set(cells.level) - above.keys()):
        votes = Counter(
            level_of[parent]
            for own, parent in zip(cells.level, cells.parent, strict=True)
            if own == level and parent in level_of
        )
        above[level] = votes.most_common(1)[0][0] if votes else None
    order = sorted(above, key=lambda code: (_depth(above, code), code))
    place = {code: number for number, code in enumerate(order)}
    return tuple(
        LandLevel(code, rule.get(code, _RULE_UNLESS_STATED), -1 if up is None else place[up])
        for code, up in ((code, above[code]) for code in order)
    )


def _depth(above: Mapping[str, str | None], code: str) -> int:
    depth, up = 0, above[code]
    while up is not None:
        depth, up = depth + 1, above.get(up)
        if depth > len(above):
            raise BadInput(f"the level {code} lies below itself, as the parents of its cells say")
    return depth


def _land(cells: ExportedCells, levels: Sequence[LandLevel]) -> Land:
    rank = {level.code: number for number, level in enumerate(levels)}
    order = sorted(range(len(cells.code)), key=lambda row: (rank[cells.level[row]], cells.code[row].encode()))
    place = {cells.code[row]: number for number, row in enumerate(order)}
    return Land(
        levels=tuple(levels),
        ident=[UUID(int=row) for row in order],
        code=[cells.code[row] for row in order],
        name=[""] * len(order),
        level=np.array([rank[cells.level[row]] for row in order], dtype=np.int64),
        parent=np.array([place.get(cells.parent[row], -1) for row in order], dtype=np.int64),
        shapes=cells.shapes[order],
    )
