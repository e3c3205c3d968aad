"""What an edition states about itself so that anybody can check it.

A certificate sums up lines, one a cell, of which the longest part is a hash of its geometry. Whoever has the
hashes needs no geometry: an edition that changes ten cells of a province is certified without reading the
rest.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from math import fsum
from typing import Any, NamedTuple

import shapely

from geogrid.core.audits.finding import Finding
from geogrid.core.change import Change
from geogrid.core.land import Land, LandLevel
from geogrid.core.lattice import STEP_METRES, FloatArray, Shapes
from geogrid.core.redraws import gained_length_m

#: Rules of findings by what the land they name is.
_FACES = {"gap": "nobodys", "overlap": "twos", "duplicate_cell": "twos"}
_NO_GEOMETRY = hashlib.sha256(b"").hexdigest()


class CertifiedCell(NamedTuple):
    """What a certificate knows of a cell.

    Attributes
    ----------
    level, code : str
    parent : str
        Code of the cell above; empty where there is none.
    sha256 : str
        Of the geometry as little-endian WKB, hexadecimal; of nothing, or empty, where there is no land.
    area_m2 : float, optional
    edition : int, optional
        Since which edition it is as it is; None in a draft.
    """

    level: str
    code: str
    parent: str
    sha256: str
    area_m2: float | None
    edition: int | None = None


class Face(NamedTuple):
    """Land of a parent that is nobody's or two's: connected, and of one set of cells.

    Attributes
    ----------
    level : str
        Of the cells that should cover it once.
    parent : str
        Codes of the cells above, comma between; empty for the land of the top level.
    kind : str
        `nobodys` or `twos`.
    cells : tuple of str
    area_m2 : float
    """

    level: str
    parent: str
    kind: str
    cells: tuple[str, ...]
    area_m2: float


class ParentSum(NamedTuple):
    """A cell and those right below it that divide it.

    Attributes
    ----------
    level : str
        Of the children.
    parent : str
    children : int
    area_m2, children_area_m2 : float
    """

    level: str
    parent: str
    children: int
    area_m2: float
    children_area_m2: float


def shape_hashes(shapes: Shapes) -> list[str]:
    """Give the SHA-256 of each geometry as little-endian WKB, hexadecimal.

    In SQL that is `encode(sha256(ST_AsBinary(geom, 'NDR')), 'hex')`; of no geometry, that of nothing.
    """
    if not len(shapes):
        return []
    return [hashlib.sha256(wkb or b"").hexdigest() for wkb in shapely.to_wkb(shapes, byte_order=1)]


def certificate(
    land: Land,
    areas: FloatArray,
    findings: Iterable[Finding] | None = None,
    *,
    change: Change | None = None,
    editions: Sequence[int | None] | None = None,
) -> dict[str, Any]:
    """Sum a land up.

    Parameters
    ----------
    land : Land
    areas : (n,) float64, m²
    findings : iterable of Finding, optional
        What the audit of this land found; None if nobody looked.
    change : Change, optional
        What made this land of the one before.
    editions : sequence of int, n, optional
        Since which edition each cell is as it is.

    Returns
    -------
    dict
        See `certificate_of_rows`.
    """
    rows = land_rows(land, areas, editions)
    faces = None if findings is None else faces_of(land, findings)
    return certificate_of_rows(land.levels, rows, faces=faces, change=change)


def land_rows(
    land: Land, areas: FloatArray, editions: Sequence[int | None] | None = None
) -> list[CertifiedCell]:
    """Give what a certificate knows of the cells of a land."""
    return [
        CertifiedCell(
            land.levels[level].code,
            land.code[cell],
            land.code[parent] if parent >= 0 else "",
            sha256,
            area,
            None if editions is None else editions[cell],
        )
        for cell, (level, parent, sha256, area) in enumerate(
            zip(
                land.level.tolist(),
                land.parent.tolist(),
                shape_hashes(land.shapes),
                areas.tolist(),
                strict=True,
            )
        )
    ]


def faces_of(land: Land, findings: Iterable[Finding]) -> list[Face]:
    """Give the faces of a land that are nobody's or two's, by what its audit found."""
    place = {code: cell for cell, code in reversed(list(enumerate(land.code)))}
    faces = []
    for found in findings:
        kind = _FACES.get(found.rule)
        if kind is None:
            continue
        parents = found.subject
        if kind == "twos":
            above = {int(land.land_parent[place[code]]) for code in found.cells}
            parents = ",".join(sorted(land.code[cell] for cell in above if cell >= 0))
        faces.append(Face(found.level, parents, kind, found.cells, found.area_m2 or 0.0))
    return faces


def certificate_of_rows(
    levels: Sequence[LandLevel],
    rows: Iterable[CertifiedCell],
    *,
    faces: Iterable[Face] | None = None,
    change: Change | None = None,
) -> dict[str, Any]:
    """Sum cells up without their geometry.

    Parameters
    ----------
    levels : sequence of LandLevel
        From the top downwards.
    rows : iterable of CertifiedCell
        In any order; sums do not depend on it.
    faces : iterable of Face, optional
        What is nobody's or two's; None if nobody looked.
    change : Change, optional
        What made this land of the one before.

    Returns
    -------
    dict
        `cells`; `areas_m2` by level; `sha256` over one line a cell, in byte order: level, code, parent's code
        and hash of its geometry; `versions_sha256` over the same with the edition since which the cell is so,
        None where any has none; `levels`, by level `{rule, parent, cells, area_m2, sha256}`; `parents`, by
        level of the children `{parents, area_m2, children_area_m2, largest_difference_m2, nobodys, twos}`;
        `faces`, one by one, None if nobody looked; `grid_step_m`, by which a vertex may have moved;
        `bound_m2`, by how much at most nodes moved areas since the land before (geometry.md 5); `engine`.
    """
    cells = list(rows)
    known = None if faces is None else sorted(faces)
    of_level: dict[str, list[CertifiedCell]] = {level.code: [] for level in levels}
    for cell in cells:
        of_level[cell.level].append(cell)
    sums = {code: fsum(cell.area_m2 or 0.0 for cell in mine) for code, mine in of_level.items()}
    return {
        "cells": len(cells),
        "areas_m2": sums,
        "sha256": _sha256(_line(cell) for cell in cells),
        "versions_sha256": _versions(cells),
        "levels": {
            level.code: {
                "rule": level.rule,
                "parent": levels[level.parent].code if level.parent >= 0 else None,
                "cells": len(of_level[level.code]),
                "area_m2": sums[level.code],
                "sha256": _sha256(_line(cell) for cell in of_level[level.code]),
            }
            for level in levels
        },
        "parents": _parents(parent_sums(levels, cells), known),
        "faces": None if known is None else [face._asdict() | {"cells": list(face.cells)} for face in known],
        "grid_step_m": STEP_METRES,
        "bound_m2": 0.0 if change is None else STEP_METRES * gained_length_m(change),
        "engine": {"shapely": shapely.__version__, "geos": shapely.geos_version_string},
    }


def parent_sums(levels: Sequence[LandLevel], rows: Iterable[CertifiedCell]) -> list[ParentSum]:
    """Give every cell that others divide, with their areas; in order of level and code.

    A level that has no land yet divides nothing; the one below it then divides the one above.
    """
    rank = {level.code: number for number, level in enumerate(levels)}
    known = {(rank[cell.level], cell.code): cell for cell in rows}
    filled = {number for (number, _), cell in known.items() if cell.area_m2}
    above_of = [_land_above(levels, number, filled) for number in range(len(levels))]
    children: dict[tuple[int, str], list[float]] = defaultdict(list)
    for (number, _), cell in known.items():
        if not cell.area_m2 or not levels[number].divides_land or above_of[number] < 0:
            continue
        parent, at = cell.parent, levels[number].parent
        while at != above_of[number]:
            between = known.get((at, parent))
            parent, at = between.parent if between else "", levels[at].parent
        children[number, parent].append(cell.area_m2)
    sums = []
    for number, parent in sorted(children, key=lambda key: (key[0], key[1].encode())):
        areas, above = children[number, parent], known.get((above_of[number], parent))
        area = 0.0 if above is None else above.area_m2 or 0.0
        sums.append(ParentSum(levels[number].code, parent, len(areas), area, fsum(areas)))
    return sums


def _land_above(levels: Sequence[LandLevel], level: int, filled: set[int]) -> int:
    above = levels[level].parent
    while above >= 0 and not (levels[above].divides_land and above in filled):
        above = levels[above].parent
    return above


def _parents(sums: Iterable[ParentSum], faces: Sequence[Face] | None) -> dict[str, dict[str, Any]]:
    """Sum parents up by the level of their children."""
    by_level: dict[str, list[ParentSum]] = defaultdict(list)
    for one in sums:
        by_level[one.level].append(one)
    return {
        level: {
            "parents": len(mine),
            "area_m2": fsum(one.area_m2 for one in mine),
            "children_area_m2": fsum(one.children_area_m2 for one in mine),
            "largest_difference_m2": max(abs(one.area_m2 - one.children_area_m2) for one in mine),
            **{kind: _count(faces, level, kind) for kind in ("nobodys", "twos")},
        }
        for level, mine in by_level.items()
    }


def _count(faces: Sequence[Face] | None, level: str, kind: str) -> int | None:
    return None if faces is None else sum(face.level == level and face.kind == kind for face in faces)


def _line(cell: CertifiedCell) -> bytes:
    return "\t".join((cell.level, cell.code, cell.parent, cell.sha256 or _NO_GEOMETRY)).encode()


def _sha256(lines: Iterable[bytes]) -> str:
    return hashlib.sha256(b"\n".join(sorted(lines))).hexdigest()


def _versions(cells: Sequence[CertifiedCell]) -> str | None:
    if any(cell.edition is None for cell in cells):
        return None
    return _sha256(_line(cell) + f"\t{cell.edition}".encode() for cell in cells)


def differences(one: Mapping[str, Any], other: Mapping[str, Any]) -> list[str]:
    """Say in sentences where two certificates differ; nothing if they state the same land.

    Areas are sums of doubles: they are the same within a millionth of a square metre and 1e-12 of themselves.
    What only one of them states (faces that nobody looked for, editions that a draft has not) is left out.
    """
    said = []
    if one["cells"] != other["cells"]:
        said.append(f"{one['cells']:,} cells, not {other['cells']:,}")
    if one["sha256"] != other["sha256"]:
        said += _levels_apart(one, other) or ["the hashes of the geometries differ"]
    said += _areas_apart(one["areas_m2"], other["areas_m2"])
    said += _faces_apart(one, other)
    versions = one.get("versions_sha256"), other.get("versions_sha256")
    if None not in versions and versions[0] != versions[1] and one["sha256"] == other["sha256"]:
        said.append("the cells are the same, but the editions since which they are so differ")
    return said


def _levels_apart(one: Mapping[str, Any], other: Mapping[str, Any]) -> list[str]:
    """Name the levels whose hashes differ, where both certificates have hashes by level."""
    mine, theirs = one.get("levels", {}), other.get("levels", {})
    said = []
    for code in [*mine, *(code for code in theirs if code not in mine)] if mine and theirs else ():
        here, there = mine.get(code), theirs.get(code)
        if (here or there)["cells"] and (here is None or there is None):
            said.append(f"the level {code} is in one of them only")
        elif here and there and here["sha256"] != there["sha256"]:
            said.append(f"level {code}: codes, parents or geometries of its cells differ")
    return said


def _areas_apart(one: Mapping[str, float], other: Mapping[str, float]) -> list[str]:
    return [
        f"level {level}: {one[level]:,.6f} m², not {other[level]:,.6f} m²"
        for level in one
        if level in other and abs(one[level] - other[level]) > 1e-6 + 1e-12 * abs(one[level])
    ]


def _faces_apart(one: Mapping[str, Any], other: Mapping[str, Any]) -> list[str]:
    """Compare the faces inside parents; those of the top level need the extent, which files do not have."""
    said = []
    parents = one.get("parents", {}), other.get("parents", {})
    for level in sorted(parents[0].keys() & parents[1].keys()):
        for kind, words in (("nobodys", "nobody's"), ("twos", "two's")):
            here, there = parents[0][level][kind], parents[1][level][kind]
            if None not in (here, there) and here != there:
                said.append(f"level {level}: {here} faces are {words}, not {there}")
    return said
