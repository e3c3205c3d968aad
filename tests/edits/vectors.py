"""The edits in `tests/vectors/edits.json`: which they are, how they are written down, and how they are made.

`python -m tests.edits.vectors` writes the file anew. What it expects is what the core does when it is
written; read the difference before it is committed.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from uuid import UUID

import shapely

from geogrid.core.actions import action_of
from geogrid.core.coverage import Cell, Coverage
from geogrid.core.errors import EditRefused
from geogrid.core.land import LandLevel
from geogrid.core.lattice import to_degrees, to_lattice
from tests.edits.drawing import box, drawn, ident_of, line, place, ring, sheet
from tests.edits.lands import NESTED, ODD, PARTIAL, RAGGED

FILE = Path(__file__).parents[1] / "vectors" / "edits.json"

ABOUT = [
    "Edits of small lands, and what becomes of them; for every language that makes or previews edits.",
    "lands: name -> levels (parent: the code of the level above, or null), extent (parts, or null), cells.",
    "A cell: code, level, parent (code or null), name, kind, parts (null where it has no land).",
    "parts: polygons; each is a list of rings, the outer one first; each ring is a list of [x, y] in whole",
    "steps of 1e-8 degrees, not closed, from its lowest vertex (least x, then least y), land on its left.",
    "Parts are in order of their rings. Compare after bringing your rings into this form.",
    "edits: action and params as the API has them (degrees), on a land; one of two ends:",
    "refused: the code of the refusal; or",
    "changed (cells as they are afterwards, without those that only gained nodes), noded (those that did),",
    "removed (codes), heirs ([predecessor, successor, share], the share to six digits).",
    "New cells have the codes +1, +2 ... in the order in which the action asked for identities.",
]

FAULTY = drawn(
    sheet("street", "KKKKLL\nKKKKLL"), sheet("zone", "aabbdd\naa.cee", "......\n....c."), parents={"c": "K"}
)
FIXED = drawn(sheet("city", "AB\nAB"), extent="EE\nEE")

LANDS = {"nested": NESTED, "ragged": RAGGED, "partial": PARTIAL, "odd": ODD, "faulty": FAULTY, "fixed": FIXED}

_BENT = line((3.7, 3.1), (4.6, 3.3), (5.2, 2.7), (6.4, 3.2))
_SLANTING = ring((3.1, 2.13), (7.77, 2.71), (7.3, 1.9))

#: name, land, action, params
EDITS: list[tuple[str, str, str, dict[str, Any]]] = [
    (
        "split",
        "nested",
        "split_cell",
        {"code": "c", "lines": line((5, 1), (5, 5)), "names": ["west", "east"]},
    ),
    ("split along a bent line", "nested", "split_cell", {"code": "c", "lines": _BENT}),
    ("split between children", "nested", "split_cell", {"code": "K", "lines": line((2, 5), (2, -1))}),
    ("split across children", "nested", "split_cell", {"code": "K", "lines": line((-1, 2), (9, 2))}),
    (
        "split with the children",
        "nested",
        "split_cell",
        {"code": "A", "lines": line((-1, 1.3), (9, 2.2)), "astride": "split"},
    ),
    ("split with a closed line", "nested", "split_cell", {"code": "b", "lines": box(2.5, 1, 3.5, 2)}),
    (
        "split of several parts",
        "odd",
        "split_cell",
        {"code": "L", "lines": line((8, -1), (8, 4)), "astride": "split"},
    ),
    ("a line that ends inside", "nested", "split_cell", {"code": "c", "lines": line((5, 1), (5, 3))}),
    (
        "split along roads",
        "nested",
        "split_by_layer",
        {"code": "c", "layer": "road", "lines": [line((5, -3), (5, 9)), line((-3, 3), (20, 3.3))]},
    ),
    (
        "cut out of two",
        "nested",
        "cut_out",
        {"level": "zone", "polygon": box(4.2, 1.5, 5, 2.5), "name": "park"},
    ),
    ("cut out an enclave", "ragged", "cut_out", {"level": "street", "polygon": box(4.5, 0.5, 5, 1)}),
    ("cut out across parents", "nested", "cut_out", {"level": "zone", "polygon": box(3, 1, 5, 3)}),
    ("merge", "nested", "merge_cells", {"codes": ["c", "d"]}),
    ("merge and keep", "nested", "merge_cells", {"codes": ["K", "L"], "keep": "L", "name": "both"}),
    ("merge with an undivided one", "ragged", "merge_cells", {"codes": ["K", "L"], "keep": "K"}),
    ("merge of parts far apart", "nested", "merge_cells", {"codes": ["a", "c"]}),
    (
        "redraw",
        "nested",
        "redraw_edge",
        {"level": "zone", "from": place(4, 2), "to": place(4, 4), "line": line((4, 2), (3.3, 3), (4, 4))},
    ),
    (
        "redraw across another border",
        "nested",
        "redraw_edge",
        {"level": "zone", "from": place(4, 2), "to": place(6, 2), "line": line((4, 2), (5, 9), (6, 2))},
    ),
    ("move a node of all levels", "nested", "move_node", {"at": place(6, 2), "to": place(6.4, 2.3)}),
    ("move a node of an enclave", "odd", "move_node", {"at": place(1, 2), "to": place(0.6, 1.7)}),
    ("move a node across a border", "nested", "move_node", {"at": place(4, 2), "to": place(1.5, 0.5)}),
    ("move the outline of an extent", "fixed", "move_node", {"at": place(0, 2), "to": place(-0.5, 2)}),
    ("hand over", "nested", "transfer_part", {"from": "c", "to": "d", "polygon": _SLANTING}),
    (
        "hand over across parents",
        "nested",
        "transfer_part",
        {"from": "c", "to": "b", "polygon": box(3, 3, 5, 9)},
    ),
    (
        "hand over a part of a leaf",
        "ragged",
        "transfer_part",
        {"from": "L", "to": "K", "polygon": box(4, 1, 5, 2)},
    ),
    ("draw", "faulty", "draw_cell", {"level": "zone", "polygon": box(1, -2, 4, 9), "name": "new"}),
    ("draw where all is taken", "nested", "draw_cell", {"level": "zone", "polygon": box(0, 0, 2, 2)}),
    ("fill a gap", "faulty", "fill_gap", {"level": "zone", "gap": box(2, 0, 3, 1)}),
    ("fill a gap anew", "faulty", "fill_gap", {"level": "zone", "gap": box(2, 0, 3, 1), "into": "new"}),
    (
        "resolve an overlap",
        "faulty",
        "resolve_overlap",
        {"level": "zone", "overlap": box(4, 0, 5, 1), "cells": ["c", "e"], "to": "second"},
    ),
    ("rename and re-parent", "nested", "edit_attributes", {"code": "e", "name": "east", "parent": "L"}),
    ("a code that is taken", "nested", "edit_attributes", {"code": "e", "new_code": "f"}),
    ("insert a level", "ragged", "insert_level", {"code": "L", "level": "zone"}),
    ("retire across parents", "nested", "retire_cell", {"code": "d", "into": "b"}),
    ("retire into a leaf", "ragged", "retire_cell", {"code": "K", "into": "L"}),
    ("widen the outline", "nested", "change_outline", {"polygon": box(-1, 1, 3, 6), "mode": "add"}),
    ("take land away", "partial", "change_outline", {"polygon": box(1.5, 1.5, 4, 9), "mode": "remove"}),
]


def parts_of(shape: shapely.MultiPolygon | None) -> list[list[list[list[int]]]] | None:
    """Write land down, so that the same land with the same vertices is always written alike."""
    if shape is None:
        return None
    parts = []
    for polygon in shapely.get_parts(shapely.orient_polygons(shape)):
        rings = [_ring(one) for one in shapely.get_rings(polygon)]
        parts.append([rings[0], *sorted(rings[1:])])
    return sorted(parts)


def _ring(line_ring: shapely.LinearRing) -> list[list[int]]:
    steps = to_lattice(shapely.get_coordinates(line_ring))[:-1].tolist()
    first = steps.index(min(steps))
    return steps[first:] + steps[:first]


def shape_of(parts: list[list[list[list[int]]]] | None) -> shapely.MultiPolygon | None:
    """Read land."""
    if parts is None:
        return None
    return shapely.MultiPolygon(
        [shapely.Polygon(to_degrees(rings[0]), [to_degrees(hole) for hole in rings[1:]]) for rings in parts]
    )


def written_land(land: Coverage) -> dict[str, Any]:
    """Write a land down."""
    codes = [level.code for level in land.levels]
    return {
        "levels": [
            {
                "code": level.code,
                "rule": level.rule,
                "parent": None if level.parent < 0 else codes[level.parent],
            }
            for level in land.levels
        ],
        "extent": parts_of(land.extent),
        "cells": [
            _written_cell(cell, land) for cell in sorted(land.cells.values(), key=lambda c: (c.level, c.code))
        ],
    }


def _written_cell(cell: Cell, land: Coverage) -> dict[str, Any]:
    return {
        "code": cell.code,
        "level": land.levels[cell.level].code,
        "parent": None if cell.parent is None else land.cells[cell.parent].code,
        "name": cell.name,
        "kind": cell.kind,
        "parts": parts_of(cell.shape),
    }


def read_land(written: dict[str, Any]) -> Coverage:
    """Read a land."""
    codes = [level["code"] for level in written["levels"]]
    levels = [
        LandLevel(one["code"], one["rule"], -1 if one["parent"] is None else codes.index(one["parent"]))
        for one in written["levels"]
    ]
    cells = [
        Cell(
            ident_of(one["code"]),
            codes.index(one["level"]),
            one["code"],
            one["name"],
            one["kind"],
            None if one["parent"] is None else ident_of(one["parent"]),
            shape_of(one["parts"]),
        )
        for one in written["cells"]
    ]
    return Coverage.of(levels, cells, shape_of(written["extent"]))


def made(land: Coverage, action: str, params: dict[str, Any]) -> dict[str, Any]:
    """Make an edit and write down what becomes of it."""
    ids = iter(UUID(int=number) for number in range(1, 1000))
    try:
        change = action_of(action, params)(land, ids)
    except EditRefused as refusal:
        return {"refused": refusal.code}
    change = change.with_codes({cell.ident: f"+{cell.ident.int}" for cell in change.created})
    after = change.apply(land)
    code = {**{i: c.code for i, c in land.cells.items()}, **{i: c.code for i, c in after.cells.items()}}
    return {
        "changed": sorted(
            (_written_cell(one.after, after) for one in change.real if one.after is not None),
            key=lambda cell: cell["code"],
        ),
        "noded": sorted(code[one.ident] for one in change.cells if one.noded),
        "removed": sorted(cell.code for cell in change.removed),
        "heirs": sorted([code[a], code[b], round(share, 6)] for a, b, share in change.heirs),
    }


def written() -> str:
    """Write the whole file."""
    lands = {name: written_land(land) for name, land in LANDS.items()}
    edits = [
        {"name": name, "land": land, "action": action, "params": params}
        | made(LANDS[land], action, json.loads(json.dumps(params)))
        for name, land, action, params in EDITS
    ]
    head = json.dumps(ABOUT, indent=2, ensure_ascii=False)
    return (
        f'{{\n"about": {head},\n"lands": {{\n'
        + ",\n".join(f"{json.dumps(name)}: {json.dumps(land)}" for name, land in lands.items())
        + '\n},\n"edits": [\n'
        + ",\n".join(json.dumps(edit) for edit in edits)
        + "\n]\n}\n"
    )


if __name__ == "__main__":
    FILE.write_text(written(), encoding="utf-8")
