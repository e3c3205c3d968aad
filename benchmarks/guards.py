"""What the guard of the database costs: a land written with it and without, and one cell changed in it."""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "geogrid.settings.dev")

import django

django.setup()

from django.db import connection, transaction

from benchmarks.tiles import put_land
from boundaries.models import CellVersion, Scheme
from boundaries.selectors import QUERIES

TIMES = 20
TURN = "UPDATE boundaries_cellversion SET geom = ST_Reverse(geom) WHERE id = %s"


def checked() -> float:
    """Have the guard look; give the seconds it took."""
    start = time.perf_counter()
    with connection.cursor() as cursor:
        cursor.execute(QUERIES["guard_now"])
        cursor.execute(QUERIES["guard_later"])
    return time.perf_counter() - start


def written(side: int, *, guarded: bool) -> tuple[float, float]:
    """Write a land; give the seconds of writing and of the check. It is rolled back."""
    with transaction.atomic():
        if not guarded:
            with connection.cursor() as cursor:
                cursor.execute("ALTER TABLE boundaries_cellversion DISABLE TRIGGER USER")
        start = time.perf_counter()
        put_land(side)
        wrote = time.perf_counter() - start
        check = checked()
        transaction.set_rollback(True)
    return wrote, check


def changed(side: int) -> dict[str, float]:
    """Turn the ring of one cell of each level over and over; give the median seconds with the check."""
    took = {}
    with transaction.atomic():
        scheme, _ = put_land(side)
        checked()
        for level in Scheme.objects.get(pk=scheme.pk).levels.order_by("ordinal"):
            version = CellVersion.objects.filter(level=level).order_by("code").first()
            assert version is not None
            seconds = []
            for _ in range(TIMES):
                start = time.perf_counter()
                with connection.cursor() as cursor:
                    cursor.execute(
                        "UPDATE boundaries_cellversion SET geom = ST_Reverse(geom) WHERE id = %s",
                        [version.pk],
                    )
                checked()
                seconds.append(time.perf_counter() - start)
            took[level.code] = statistics.median(seconds)
        transaction.set_rollback(True)
    return took


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--side", type=int, default=145, help="zones along a side of the land")
    side = parser.parse_args().side
    bare, _ = written(side, guarded=False)
    noted, check = written(side, guarded=True)
    print(f"{side * side:,} zones written: {bare:.1f} s bare, {noted:.1f} s noted, {check:.1f} s checked")
    print(f"guarded : bare  {(noted + check) / bare:.2f}")
    small, large = changed(30), changed(side)
    for level, seconds in large.items():
        print(
            f"one {level} changed: {seconds * 1000:.1f} ms; in a land of 900 zones "
            f"{small[level] * 1000:.1f} ms; ratio {seconds / small[level]:.2f}"
        )


if __name__ == "__main__":
    main()
