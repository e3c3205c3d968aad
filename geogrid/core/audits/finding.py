"""What an audit finds: a rule that does not hold, where, and how large."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Literal

import shapely

from geogrid.core.lattice import to_lattice

Severity = Literal["major", "minor", "suspected"]

#: Findings of these rules are never published.
_NEVER_PUBLISHED = frozenset(
    {
        "overlap",
        "outside_parent",
        "duplicate_cell",
        "duplicate_code",
        "invalid_polygon",
        "unmatched_edge",
        "bad_code",
    }
)
#: Findings of these rules are no obstacle to an edition, but leave blind spots.
_BLIND_SPOTS = frozenset({"vacancy", "object_in_gap"})


@dataclass(frozen=True)
class Finding:
    """A fault at its place.

    Attributes
    ----------
    rule : str
        Its id, as in design.md 7.
    level : str
        Code of the level; empty where the rule is of no level.
    cells : tuple of str
        Codes of the cells it concerns, in byte order.
    message : str
        One sentence for people that says what and how large.
    severity : str
        `major`, or `minor` below the scheme's tolerance, or `suspected` where only a person can tell.
    area_m2, width_m : float, optional
        On the ellipsoid; the width is the diameter of the largest circle inside.
    geometry : shapely geometry, optional
        Longitude/latitude on the lattice.
    subject : str
        What else tells this finding from another of the same rule and cells: a post, an object's key.
    """

    rule: str
    level: str
    cells: tuple[str, ...]
    message: str
    severity: Severity = "major"
    area_m2: float | None = None
    width_m: float | None = None
    geometry: shapely.Geometry | None = None
    subject: str = ""

    @property
    def acceptable(self) -> bool:
        """Whether a person may accept it with a reason, so that it blocks nothing more."""
        return not self._forbidden

    @property
    def _forbidden(self) -> bool:
        doubtless = self.rule == "invalid_polygon" and self.severity == "minor"
        return self.rule in _NEVER_PUBLISHED and not doubtless

    @property
    def blocks_publishing(self) -> bool:
        """Whether a draft with it, open, cannot become an edition."""
        return self._forbidden or self.rule == "gap"

    @property
    def is_blind_spot(self) -> bool:
        """Whether it, open, forbids the verdict "full"."""
        return self.blocks_publishing or self.rule in _BLIND_SPOTS

    @property
    def ident(self) -> str:
        """Give 16 hexadecimal digits: the same for the same fault in every audit.

        The geometry counts by its lowest vertex and its size to three digits: nodes that neighbours gain
        elsewhere change neither, while a gap that grows is another finding and has to be accepted again. A
        gap is the land that it is: whoever borders on it, or has it on the level above, may change.
        """
        facts = [self.rule, self.level]
        if self.rule != "gap":
            facts += [*self.cells, self.subject]
        if self.geometry is not None and not self.geometry.is_empty:
            steps = to_lattice(shapely.get_coordinates(self.geometry))
            x, y = min(map(tuple, steps.tolist()))
            facts += [f"{x} {y}", "" if self.area_m2 is None else f"{self.area_m2:.3g}"]
        return hashlib.sha256("\x1f".join(facts).encode()).hexdigest()[:16]
