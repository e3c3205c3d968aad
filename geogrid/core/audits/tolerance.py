"""Below which sizes a finding is minor; whether it is found never depends on them (geometry.md 9)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tolerance:
    """Below these sizes a finding is minor; it is found all the same.

    Attributes
    ----------
    area_m2, width_m : float
    """

    area_m2: float = 1.0
    width_m: float = 0.2
