"""`assign --engine dask`: points in partitioned Parquet, assigned where only the locator travels to."""

from __future__ import annotations

import glob
import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from django.conf import settings
from django.utils import timezone

from boundaries.lookup.files import index_path
from boundaries.models import Scheme
from boundaries.selectors import edition_at
from geogrid.core.errors import BadInput, NothingInForce, UnreadableFile
from geogrid.core.locator import CellIndex
from layers.services.parquet_parts import Done, Part, part_assign
from layers.services.progress import Progress

_LONGITUDES, _LATITUDES = ("lon", "lng", "longitude", "x"), ("lat", "latitude", "y")
_LONLAT = ("OGC:CRS84", "EPSG:4326", "EPSG:4490")


@dataclass
class AssignedParts:
    """What became of all parts."""

    scheme: str
    edition: int
    parts: int = 0
    skipped: int = 0
    rows: int = 0
    assigned: int = 0
    in_gap: int = 0
    outside: int = 0
    without_place: int = 0
    seconds: float = 0.0
    points_per_core_s: float = 0.0

    def document(self) -> dict[str, Any]:
        """Give it as JSON."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


def parts_assign(
    *,
    scheme: Scheme,
    source: str,
    target: Path,
    scheduler: str | None = None,
    workers: int | None = None,
    lon_field: str | None = None,
    lat_field: str | None = None,
    progress: Progress | None = None,
) -> AssignedParts:
    """Assign the points in Parquet files to the cells in force; a part that is done already is skipped.

    Parameters
    ----------
    source : str
        A folder, a file or a pattern; as the workers see it as well.
    target : Path
        A folder: a file of the same name for each part.
    scheduler : str, optional
        The address of a dask scheduler; without one a cluster of processes on this machine is made.
    workers : int, optional
        How many processes that has; as many as cores if not given.

    Raises
    ------
    BadInput
        If there are no parts, or a part cannot be assigned; the others are done nevertheless.
    """
    began = time.monotonic()
    edition = edition_at(scheme, timezone.now())
    if edition is None:
        raise NothingInForce(f"the scheme {scheme.code} has no edition in force; publish one")
    edition.scheme = scheme
    parts = parts_of(source, target, lon_field, lat_field)
    path = index_path(edition)
    fingerprint, locator = CellIndex.load(path).fingerprint, path.read_bytes()
    told = AssignedParts(scheme.code, edition.number, parts=len(parts))
    faults: list[str] = []
    busy = 0.0
    with _client(scheduler, workers) as (client, as_completed):
        (sent,) = client.scatter([locator], broadcast=True, hash=False)
        futures = [client.submit(part_assign, part, sent, fingerprint, pure=False) for part in parts]
        for number, future in enumerate(as_completed(futures, loop=client.loop), 1):
            done: Done = future.result()
            future.release()
            busy += done.seconds
            _count(told, done)
            faults += [done.fault] if done.fault else []
            if progress:
                progress(_said(number, len(parts), told.rows, time.monotonic() - began))
    told.seconds = time.monotonic() - began
    fresh = told.rows - told.without_place
    told.points_per_core_s = round(fresh / busy) if busy and not told.skipped else 0.0
    if faults:
        raise BadInput(
            f"{len(faults)} of {len(parts)} parts could not be assigned: {faults[0]}", faults=faults
        )
    return told


def _count(told: AssignedParts, done: Done) -> None:
    told.skipped += done.skipped
    for name in ("rows", "assigned", "in_gap", "outside", "without_place"):
        setattr(told, name, getattr(told, name) + getattr(done, name))


def _said(number: int, parts: int, rows: int, seconds: float) -> str:
    left = seconds / number * (parts - number)
    return f"{number:,} of {parts:,} parts, {rows:,} points ({rows / seconds:,.0f}/s), {left:,.0f} s left"


def parts_of(source: str, target: Path, lon_field: str | None, lat_field: str | None) -> list[Part]:
    """Find the files, and the columns of their coordinates by the first of them."""
    here = Path(source)
    found = sorted(here.rglob("*.parquet")) if here.is_dir() else sorted(map(Path, glob.glob(source)))  # noqa: PTH207
    found = [path.resolve() for path in found if path.is_file() and not path.name.startswith((".", "_"))]
    if not found:
        raise BadInput(f"there is no Parquet file in {source}")
    base = here.resolve() if here.is_dir() else None
    target.mkdir(parents=True, exist_ok=True)
    if any(path.is_relative_to(target.resolve()) for path in found):
        raise BadInput(f"{target} is where parts are read from; name another folder with -o")
    lon, lat, geometry = _columns(found[0], lon_field, lat_field)
    names = [str(path.relative_to(base)) if base else path.name for path in found]
    if len(set(names)) < len(names):
        raise BadInput(f"two of the parts in {source} have the same name")
    parts = []
    for path, name in zip(found, names, strict=True):
        goal = target.resolve() / name
        goal.parent.mkdir(parents=True, exist_ok=True)
        parts.append(Part(str(path), str(goal), lon, lat, geometry))
    return parts


def _columns(path: Path, lon_field: str | None, lat_field: str | None) -> tuple[str, str, str]:
    try:
        schema = pq.read_schema(path)
    except (pa.ArrowException, OSError) as error:
        raise UnreadableFile(f"{path.name} is not a Parquet file, or it is damaged.") from error
    if lon_field or lat_field:
        if not (lon_field and lat_field):
            raise BadInput("--lon-field and --lat-field go together; name both.")
        return lon_field, lat_field, ""
    geo = json.loads((schema.metadata or {}).get(b"geo", b"{}"))
    if geo:
        column = geo["primary_column"]
        _refuse_other_systems(path, geo["columns"][column])
        return "", "", column
    folded = {name.casefold(): name for name in reversed(schema.names)}
    lon = [folded[name] for name in _LONGITUDES if name in folded]
    lat = [folded[name] for name in _LATITUDES if name in folded]
    if not lon or not lat:
        raise BadInput(f"{path.name} has no points: neither GeoParquet's nor columns lon and lat")
    return lon[0], lat[0], ""


def _refuse_other_systems(path: Path, column: dict[str, Any]) -> None:
    if column.get("encoding") != "WKB":
        raise BadInput(f"{path.name} encodes its geometry as {column.get('encoding')}; WKB is read")
    named = (column.get("crs") or {}).get("id") or {}
    system = f"{named.get('authority', 'OGC')}:{named.get('code', 'CRS84')}"
    if system not in _LONLAT:
        raise BadInput(f"{path.name} is in {system}; reproject it to longitude/latitude first")


@contextmanager
def _client(scheduler: str | None, workers: int | None) -> Iterator[tuple[Any, Any]]:
    """Reach a scheduler, or start processes of this machine's own."""
    own = str(settings.VAR_DIR / "dask")
    if own not in sys.path:
        sys.path.append(own)  # behind the locked environment, which wins
    try:
        from distributed import Client, LocalCluster, as_completed
    except ImportError as error:
        raise BadInput("dask is not installed; run script/dask, on each machine that takes part") from error
    if scheduler:
        try:
            client = Client(scheduler, timeout="20s", set_as_default=False)
        except (OSError, TimeoutError, ValueError) as error:
            raise BadInput(f"there is no dask scheduler at {scheduler}: {error}") from error
        with client:
            yield client, as_completed
        return
    cluster = LocalCluster(
        n_workers=workers, threads_per_worker=1, processes=True, dashboard_address=None, host="127.0.0.1"
    )
    with cluster, Client(cluster, set_as_default=False) as client:
        yield client, as_completed
