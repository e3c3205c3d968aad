"""Schemes without a document's worth of facts, for tests that make their own land."""

from __future__ import annotations

from collections.abc import Iterable

from boundaries.models import Level, Scheme


def partition_levels(scheme: Scheme, codes: Iterable[str]) -> dict[str, Level]:
    """Give a scheme levels, each a partition of the one before."""
    levels: dict[str, Level] = {}
    above = None
    for ordinal, code in enumerate(codes):
        above = levels[code] = Level.objects.create(
            scheme=scheme,
            code=code,
            ordinal=ordinal,
            name_zh=code,
            name_en=code,
            rule="partition",
            parent=above,
        )
    return levels


def three_levels() -> Scheme:
    """Make the scheme `plain`: city, town, zone, and nothing in them."""
    scheme = Scheme.objects.create(code="plain", name_zh="样例", name_en="Plain", document={})
    partition_levels(scheme, ("city", "town", "zone"))
    return scheme
