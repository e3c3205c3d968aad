"""The files of the editions: found by the fingerprint of their land, made where they are missing."""

from __future__ import annotations

import fcntl
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.db import connection

from boundaries.lookup.cell_facts import CellFacts
from boundaries.lookup.renewing import renewed
from boundaries.models import Edition, Scheme
from boundaries.selectors import cell_kinds_at, land_at, land_print
from geogrid.core.errors import NotReady, UnreadableFile
from geogrid.core.locator import CellIndex, Locator

logger = logging.getLogger(__name__)

EDITIONS_KEPT = 3
"""How many editions of a scheme, counted from the latest, have their files at hand."""
_UNFINISHED_S = 3600
_INDEX, _FACTS = ".cells", ".facts"


def edition_open(edition: Edition) -> tuple[CellIndex, CellFacts]:
    """Map the files of an edition; make them if they are not there, or are not what they should be.

    Where the folder cannot be written to they are made in memory, by each process for itself.
    """
    fingerprint = land_print(edition.scheme, edition.effective)
    found = _mapped(edition, fingerprint)
    if found is not None:
        return found
    try:
        with _alone():
            found = _mapped(edition, fingerprint)
            if found is None:
                _write(edition, *_made(edition, fingerprint))
                _sweep(edition, fingerprint)
                found = _mapped(edition, fingerprint)
    except OSError as error:
        logger.error("locators are kept in memory: %s: %s", settings.LOCATORS_DIR, error)
    return found or _made(edition, fingerprint)


def depth_open(edition: Edition, depth: int) -> CellIndex:
    """Map the locator of an edition's cells down to a level only, in the same way."""
    fingerprint = f"{land_print(edition.scheme, edition.effective)[:48]}.{depth}"
    path = _path(edition, fingerprint, _INDEX)
    found = _index(path, fingerprint)
    if found is None:
        land = land_at(edition.scheme, edition.effective).down_to(depth)
        found = Locator.of(land).index(fingerprint)
        try:
            with _alone():
                found.save(path)
        except OSError as error:
            logger.error("a locator is kept in memory: %s: %s", path, error)
    return found


def locators_follow(edition: Edition) -> None:
    """Make the files of a new edition, so that nobody waits; if not, the first request makes them."""
    edition_open(edition)


def index_path(edition: Edition) -> Path:
    """Give the locator's own file of an edition: it travels, and needs neither database nor other files."""
    fingerprint = land_print(edition.scheme, edition.effective)
    path = _path(edition, fingerprint, _INDEX)
    if _index(path, fingerprint) is None:
        edition_open(edition)
    if not path.exists():
        raise NotReady(
            f"{settings.LOCATORS_DIR} cannot be written to, where the locator's file has its place"
        )
    return path


def _mapped(edition: Edition, fingerprint: str) -> tuple[CellIndex, CellFacts] | None:
    index = _index(_path(edition, fingerprint, _INDEX), fingerprint)
    if index is None:
        return None
    try:
        return index, CellFacts.load(_path(edition, fingerprint, _FACTS), fingerprint)
    except UnreadableFile:
        return None


def _index(path: Path, fingerprint: str) -> CellIndex | None:
    try:
        index = CellIndex.load(path, check=True)
    except UnreadableFile as error:
        if path.exists():
            logger.warning("making it anew: %s", error)
        return None
    return index if index.fingerprint == fingerprint else None


def _made(edition: Edition, fingerprint: str) -> tuple[CellIndex, CellFacts]:
    began = time.monotonic()
    made = _renewed(edition, fingerprint) or _made_of_all(edition, fingerprint)
    if land_print(edition.scheme, edition.effective) != fingerprint:
        raise NotReady(f"edition {edition.number} of {edition.scheme.code} is being written; ask again soon")
    spent = time.monotonic() - began
    logger.debug("made the locator of %s: %s cells in %.1f s", edition, f"{len(made[1]):,}", spent)
    return made


def _renewed(edition: Edition, fingerprint: str) -> tuple[CellIndex, CellFacts] | None:
    base = edition.scheme.editions.filter(number=edition.number - 1).first()
    if base is None:
        return None
    base.scheme = edition.scheme
    files = _mapped(base, land_print(base.scheme, base.effective))
    return files and renewed(edition, base, files, fingerprint)


def _made_of_all(edition: Edition, fingerprint: str) -> tuple[CellIndex, CellFacts]:
    land = land_at(edition.scheme, edition.effective)
    kinds = cell_kinds_at(edition.scheme, edition.effective)
    locator = Locator.of(land)
    return locator.index(fingerprint), CellFacts.of(land, locator.leaves, kinds, fingerprint)


def _write(edition: Edition, index: CellIndex, facts: CellFacts) -> None:
    # Last the one that is looked for first.
    facts.save(_path(edition, index.fingerprint, _FACTS))
    index.save(_path(edition, index.fingerprint, _INDEX))


def _path(edition: Edition, fingerprint: str, ending: str) -> Path:
    folder: Path = settings.LOCATORS_DIR
    return folder / f"{_stem(edition.scheme)}{edition.number}-{fingerprint}{ending}"


def _stem(scheme: Scheme) -> str:
    """Begin the names of a scheme's files: other databases may share the folder."""
    return f"{connection.settings_dict['NAME']}-{scheme.pk}-"


@contextmanager
def _alone() -> Iterator[None]:
    """Let only one process write at a time, so that no two make the same."""
    folder: Path = settings.LOCATORS_DIR
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _sweep(edition: Edition, fingerprint: str) -> None:
    """Remove the files of old editions, and those not written to the end; who maps them keeps them."""
    stem = _stem(edition.scheme)
    same = f"{stem}{edition.number}-"
    numbers = edition.scheme.editions.order_by("-number").values_list("number", flat=True)
    kept = {str(number) for number in numbers[:EDITIONS_KEPT]}
    for path in settings.LOCATORS_DIR.iterdir():
        name = path.name
        old = name.startswith(stem) and name[len(stem) :].partition("-")[0] not in kept
        other = name.startswith(same) and not name.startswith(same + fingerprint[:48])
        if old or other or (name.startswith(".") and path.stat().st_mtime < time.time() - _UNFINISHED_S):
            path.unlink(missing_ok=True)
