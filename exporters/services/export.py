"""Exports: what is asked for, gathered from the database and written into a file."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.utils import timezone

from boundaries.models import Draft, Level, Scheme
from boundaries.selectors import draft_get, edition_at, edition_latest, level_get, scheme_get
from exporters.selectors import export_layers
from exporters.services.tables import (
    Gathered,
    assignments_table,
    cells_table,
    features_table,
    findings_table,
)
from exporters.writers import WriteReport, format_of, write_table
from geogrid.core.crs import resolve_crs
from geogrid.core.errors import BadInput

DEFAULT_CRS = "4326"


@dataclass(frozen=True)
class ExportWish:
    """What somebody wants to export.

    Attributes
    ----------
    what : str
        A key of `WHATS`.
    scheme : str
        Code of the scheme.
    layer, level, draft : str, optional
        Only features of that layer, only cells or findings of that level, the draft instead of the edition.
    at : datetime, optional
        As of when, with its zone; now if absent.
    """

    what: str
    scheme: str
    layer: str | None = None
    level: str | None = None
    draft: str | None = None
    at: dt.datetime | None = None


@dataclass(frozen=True)
class ExportReport:
    """What was exported: the wish, the edition it came from, and the file."""

    wish: ExportWish
    edition: int | None
    at: dt.datetime | None
    written: WriteReport
    notes: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """Give the report as plain values."""
        written = self.written
        return {
            "what": self.wish.what,
            "scheme": self.wish.scheme,
            "edition": self.edition,
            "draft": self.wish.draft,
            "at": self.at.isoformat() if self.at else None,
            "layer": self.wish.layer,
            "level": self.wish.level,
            "file": str(written.path),
            "format": written.format,
            "rows": written.rows,
            "size_bytes": written.size_bytes,
            "crs": written.crs,
            "encoding": written.encoding,
            "overflow": written.overflow,
            "notes": list(self.notes),
        }


@dataclass(frozen=True)
class _Source:
    """A wish with its words looked up."""

    wish: ExportWish
    scheme: Scheme
    level: Level | None
    draft: Draft | None
    edition: int | None
    at: dt.datetime


def export_write(
    *,
    wish: ExportWish,
    path: Path,
    format_name: str | None = None,
    crs: str = DEFAULT_CRS,
    encoding: str | None = None,
) -> ExportReport:
    """Write what is wished for into a file, which appears under its name only when complete."""
    chosen = format_of(path, format_name)
    target = resolve_crs(crs)
    _require_sense(wish)
    source = _looked_up(wish)
    gathered = WHATS[wish.what].gather(source)
    written = write_table(gathered.table, path, format=chosen, crs=target, encoding=encoding)
    empty = () if written.rows else (WHATS[wish.what].when_empty,)
    return ExportReport(
        wish=wish,
        edition=source.edition,
        at=None if source.draft else source.at,
        written=written,
        notes=(*empty, *gathered.notes, *written.notes),
    )


def _require_sense(wish: ExportWish) -> None:
    """Refuse options that say nothing about what is exported, rather than overlook them."""
    if wish.what not in WHATS:
        raise BadInput(f"There is nothing called {wish.what!r} to export; there are {', '.join(WHATS)}.")
    options = {"layer": wish.layer, "level": wish.level, "draft": wish.draft, "at": wish.at}
    for name, value in options.items():
        if value is not None and name not in WHATS[wish.what].options:
            fitting = " and ".join(what for what, kind in WHATS.items() if name in kind.options)
            raise BadInput(f"--{name} is of no use for {wish.what}, only for {fitting}; leave it out.")
    if wish.draft is not None and wish.at is not None:
        raise BadInput("A draft has no times; leave out --at, or --draft.")


def _looked_up(wish: ExportWish) -> _Source:
    scheme = scheme_get(wish.scheme)
    level = level_get(scheme, wish.level) if wish.level is not None else None
    at = wish.at or timezone.now()
    if wish.draft is not None:
        return _Source(wish, scheme, level, draft_get(scheme, wish.draft), None, at)
    return _Source(wish, scheme, level, None, _edition_number(scheme, wish, at), at)


def _edition_number(scheme: Scheme, wish: ExportWish, at: dt.datetime) -> int:
    edition = edition_at(scheme, at)
    if edition is not None:
        return edition.number
    last = edition_latest(scheme)
    if last is None:
        way = (
            "publish it first, or use --draft NAME"
            if "draft" in WHATS[wish.what].options
            else "publish it first"
        )
        raise BadInput(f"The scheme {scheme.code} has no edition yet; {way}.", scheme=scheme.code)
    first = scheme.editions.earliest("number")
    raise BadInput(
        f"The scheme {scheme.code} had no edition at {at.isoformat()}; its first takes effect "
        f"{timezone.localtime(first.effective).isoformat(timespec='seconds')}: name that time with --at.",
        scheme=scheme.code,
    )


def _cells(source: _Source) -> Gathered:
    return cells_table(scheme=source.scheme, at=source.at, draft=source.draft, level=source.level)


def _findings(source: _Source) -> Gathered:
    return findings_table(scheme=source.scheme, draft=source.draft, level=source.level)


def _features(source: _Source) -> Gathered:
    layers = export_layers(source.scheme, source.wish.layer)
    return features_table(scheme=source.scheme, at=source.at, layers=layers)


def _assignments(source: _Source) -> Gathered:
    layers = export_layers(source.scheme, source.wish.layer)
    return assignments_table(scheme=source.scheme, at=source.at, layers=layers)


@dataclass(frozen=True)
class _What:
    """How something is gathered, which options choose from it, what to say if there is none."""

    gather: Callable[[_Source], Gathered]
    options: frozenset[str]
    when_empty: str


WHATS: dict[str, _What] = {
    "cells": _What(
        _cells,
        frozenset({"level", "draft", "at"}),
        "There are no such cells; the file has the columns and no rows.",
    ),
    "features": _What(
        _features,
        frozenset({"layer", "at"}),
        "There are no such features; the file has the columns and no rows.",
    ),
    "findings": _What(
        _findings,
        frozenset({"level", "draft"}),
        "No finding is stored; the file has the columns and no rows. The audit command makes findings.",
    ),
    "assignments": _What(
        _assignments,
        frozenset({"layer", "at"}),
        "There are no such assignments; the file has the columns and no rows. The assign command makes them.",
    ),
}
