"""Time of edits: made, audited and previewed with their impact, on a large land and on a small one.

Needs the folder that a generator of nested cells wrote: `cells_big.parquet`, `cells_middle.parquet`
and `cells_small.parquet`, each with `code`, `parent` and a geometry in longitude/latitude. The small land is
a part of the large one, so that its cells are of the same size. Everything happens in a database of its own,
with real commits, which is dropped at the end.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "geogrid.settings.dev")

import django

django.setup()

import geopandas
import numpy as np
import shapely
from django.db import connection

from boundaries.models import Draft, Scheme
from boundaries.selectors.grounds import StoredGround, ground_of_draft
from boundaries.services.drafts import IncomingCell, draft_cells_put, draft_open
from boundaries.services.edits import draft_redo, draft_undo, edit_make
from boundaries.services.publishing import draft_publish
from geogrid.core.coverage import Cell, Coverage
from geogrid.core.crs import resolve_crs
from geogrid.core.errors import BadInput, EditRefused
from layers.models import Layer
from layers.services.features import FeatureRow, features_upsert
from tests.boundaries.schemes import partition_levels
from tests.edits.making import random_edit

LEVELS = ("big", "middle", "small")
SMALL_LAND = 1_000
P50_MS, P95_MS, RATIO, OPENING_MS = 50, 150, 1.5, 100


def say(text: str) -> None:
    """Print at once."""
    print(text, flush=True)


def read(folder: Path) -> dict[str, geopandas.GeoDataFrame]:
    """Read the three levels."""
    return {name: geopandas.read_parquet(folder / f"cells_{name}.parquet") for name in LEVELS}


def part_of(cells: dict[str, geopandas.GeoDataFrame]) -> dict[str, geopandas.GeoDataFrame]:
    """Take whole cells of the top level from one corner on, until they have a thousand leaves or so."""
    big, middle, small = (cells[name] for name in LEVELS)
    bounds = big.bounds
    order = np.lexsort(
        (bounds.miny, np.maximum(bounds.minx - bounds.minx.min(), bounds.miny - bounds.miny.min()))
    )
    leaves = (
        small.merge(middle[["code", "parent"]], left_on="parent", right_on="code").groupby("parent_y").size()
    )
    total = np.cumsum([leaves.get(code, 0) for code in big.code.iloc[order]])
    chosen = big.iloc[order[: int(np.searchsorted(total, SMALL_LAND)) + 1]]
    below = middle[middle.parent.isin(chosen.code)]
    return {"big": chosen, "middle": below, "small": small[small.parent.isin(below.code)]}


def publish(code: str, cells: dict[str, geopandas.GeoDataFrame]) -> Scheme:
    """Make a scheme of cells and its first edition."""
    started = time.perf_counter()
    scheme = Scheme.objects.create(code=code, name_zh=code, name_en=code, document={})
    levels = partition_levels(scheme, LEVELS)
    draft = draft_open(scheme=scheme, name="import")
    for name, level in levels.items():
        rows = cells[name]
        incoming = [
            IncomingCell(
                number, f"{name}-{own}", f"{name} {own}", "" if name == "big" else f"{above}", {}, shape
            )
            for number, (own, above, shape) in enumerate(
                zip(rows.code, _parents(rows, name), rows.geometry, strict=True)
            )
        ]
        draft_cells_put(draft=draft, level=level, system=resolve_crs("EPSG:4326"), incoming=incoming)
    published = draft_publish(draft=draft)
    if published.edition is None:
        raise SystemExit(published.sentence)
    took = time.perf_counter() - started
    say(f"{code}: {sum(map(len, cells.values())):,} cells imported and published in {took:.0f} s")
    return scheme


def _parents(rows: geopandas.GeoDataFrame, name: str) -> list[str]:
    above = {"middle": "big", "small": "middle"}.get(name)
    return [f"{above}-{parent}" if above else "" for parent in rows.parent]


def register(cells: dict[str, geopandas.GeoDataFrame], count: int) -> None:
    """Put features at random places of the land."""
    generator = np.random.default_rng(7)
    west, south, east, north = cells["big"].total_bounds
    places = np.column_stack([generator.uniform(west, east, count), generator.uniform(south, north, count)])
    layer = Layer.objects.get(code="enterprise")
    rows = [FeatureRow(str(n), shapely.Point(place), {}) for n, place in enumerate(places)]
    features_upsert(layer=layer, rows=rows)


def near(ground: StoredGround, leaf: Cell) -> Coverage:
    """Give what a planner sees who looks at a leaf: it, its neighbours, and those above it."""
    assert leaf.shape is not None
    above, parent = [], leaf.parent
    while parent is not None:
        (cell,) = ground.by_ident([parent]).values()
        above.append(cell)
        parent = cell.parent
    seen = [cell for cell in ground.meeting(leaf.shape.bounds) if cell.level == leaf.level]
    return Coverage.of(ground.levels, [leaf, *seen, *above])


def edits(draft: Draft, seed: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """Choose edits of leaves at random."""
    generator = Random(seed)  # noqa: S311 - nothing secret
    ground = ground_of_draft(draft)
    codes = [cell.code for cell in ground.of_level(len(LEVELS) - 1)]
    while True:
        leaf = ground.by_code([generator.choice(codes)])
        for cell in leaf.values():
            action, params = random_edit(generator, near(ground, cell))
            if action not in {"change_outline", "draw_cell", "insert_level"}:
                yield action, json.loads(json.dumps(params))


def measure(scheme: Scheme, count: int) -> dict[str, list[float]]:
    """Edit, undo, redo and publish; give the seconds by what was done."""
    times: dict[str, list[float]] = defaultdict(list)
    started = time.perf_counter()
    draft = draft_open(scheme=scheme, name="edits")
    times["open"].append(time.perf_counter() - started)
    refused: Counter[str] = Counter()
    source = edits(draft, 11)
    while len(times["edit"]) < count:
        action, params = next(source)
        draft.refresh_from_db()
        try:
            started = time.perf_counter()
            edit_make(draft=draft, action=action, params=params, version=draft.version, preview=True)
            times["preview"].append(time.perf_counter() - started)
            started = time.perf_counter()
            edit_make(draft=draft, action=action, params=params, version=draft.version)
            took = time.perf_counter() - started
        except (EditRefused, BadInput) as refusal:
            refused[refusal.code] += 1
            continue
        times["edit"].append(took)
        times[action].append(took)
    for name, step in (("undo", draft_undo), ("redo", draft_redo)):
        for _ in range(20):
            draft.refresh_from_db()
            started = time.perf_counter()
            step(draft=draft, version=draft.version)
            times[name].append(time.perf_counter() - started)
    say(f"  refused: {dict(refused)}")
    started = time.perf_counter()
    draft.refresh_from_db()
    outcome = draft_publish(draft=draft)
    times["publish"].append(time.perf_counter() - started)
    say(f"  {outcome.sentence}")
    return times


def table(title: str, times: dict[str, list[float]]) -> None:
    """Print what was measured."""
    say(f"\n{title}\n| what | times | p50 | p95 |\n|---|---|---|---|")
    for name, found in times.items():
        p50, p95 = (1000 * float(np.quantile(found, share)) for share in (0.5, 0.95))
        say(f"| {name} | {len(found)} | {p50:.1f} ms | {p95:.1f} ms |")


def main() -> None:
    """Measure both lands."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, help="with the three parquet files")
    parser.add_argument("--edits", type=int, default=300, help="how many on each land (300)")
    parser.add_argument("--features", type=int, default=100_000, help="points on the large land (100,000)")
    asked = parser.parse_args()
    large = read(asked.folder)
    old = connection.settings_dict["NAME"]
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    try:
        results = {}
        for code, cells in (("small-land", part_of(large)), ("large-land", large)):
            scheme = publish(code, cells)
            results[code] = (len(cells["small"]), scheme)
        register(large, asked.features)
        measured = {}
        for code, (leaves, scheme) in results.items():
            measured[code] = measure(scheme, asked.edits)
            table(f"{leaves:,} leaves, {asked.features:,} features", measured[code])
        report(measured, {code: leaves for code, (leaves, _) in results.items()})
    finally:
        connection.creation.destroy_test_db(old, verbosity=0)


def report(measured: dict[str, dict[str, list[float]]], leaves: dict[str, int]) -> None:
    """Print the figures that are aimed at."""
    small, large = measured["small-land"], measured["large-land"]
    p50, p95 = (1000 * float(np.quantile(large["edit"], share)) for share in (0.5, 0.95))
    ratio = float(np.median(large["edit"]) / np.median(small["edit"]))
    say(f"\nan edit, committed, audited, with its impact: p50 {p50:.1f} ms (target {P50_MS}),")
    say(f"p95 {p95:.1f} ms (target {P95_MS})")
    say(f"{leaves['large-land']:,} : {leaves['small-land']:,} cells: {ratio:.2f} (target {RATIO})")
    say(f"opening a draft: {1000 * large['open'][0]:.1f} ms (target {OPENING_MS})")


if __name__ == "__main__":
    main()
