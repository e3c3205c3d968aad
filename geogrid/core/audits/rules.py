"""The rules of the audits: what each finds, by which tolerances, and the version of what it finds.

A version goes up when the rule finds, on the same land, something else than before. Ids never change.
"""

from __future__ import annotations

from typing import NamedTuple


class Rule(NamedTuple):
    """A rule.

    Attributes
    ----------
    version : int
    sentence : str
        What is wrong where it finds something.
    tolerance : str
        What decides between major and minor, with units, or which bound is part of the rule.
    """

    version: int
    sentence: str
    tolerance: str


_SIZE = "minor below tolerance_area_m2 (1 m²) or tolerance_width_m (0.2 m) of the scheme; found at any size"

#: Of the land alone; people and objects add `vacancy`, `object_in_gap` and `straddling`.
RULES = {
    "gap": Rule(1, "Land that should be some cell's is no cell's.", _SIZE),
    "overlap": Rule(1, "Several cells of a level claim the same land.", _SIZE),
    "duplicate_cell": Rule(1, "Several cells of a level are the same land.", _SIZE),
    "outside_parent": Rule(1, "A cell has land outside its parent.", _SIZE),
    "unmatched_edge": Rule(
        1, "Neighbours, or levels, share a border but not its nodes.", "none: whole grid steps"
    ),
    "sliver": Rule(
        1,
        "A part of a cell is too thin to be land that anybody meant.",
        "narrower than tolerance_width_m (0.2 m)",
    ),
    "invalid_polygon": Rule(1, "A polygon crosses itself.", "minor where rings only touch or run back"),
    "duplicate_code": Rule(1, "Several cells have one code.", "none"),
    "bad_code": Rule(1, "A code has a form that the level does not allow.", "none"),
}
