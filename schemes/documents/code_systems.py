"""Published systems of cell codes: which digits stand for what (requirements §3.1)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Segment:
    """Digits of a code and the tier of the cells whose codes end with them (None: no cell's)."""

    digits: int
    tier: str | None


def _segments(*digits: int) -> tuple[Segment, ...]:
    tiers = ("district", "street", "community", "zone")
    return tuple(Segment(count, tier) for count, tier in zip(digits, tiers, strict=True))


CODE_SYSTEMS: dict[str, tuple[Segment, ...]] = {
    "cjt213_14": _segments(6, 3, 3, 2),
    "db11_15": _segments(6, 3, 3, 3),
    "gbt34300_15": _segments(6, 3, 3, 3),
    "cjt349_20": (Segment(6, None), *_segments(6, 3, 3, 2)),
}

FIRST_TIER = {"city": "district"}
"""A city's code fills the same digits as a district's (341000 beside 341002)."""
