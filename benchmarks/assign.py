"""Time of assigning points to the leaves of a large land: stored, checked, and after a split.

Needs the folder that a generator of nested cells wrote, as `benchmarks/edits.py` does. In one run, on one
table with all its constraints: one `INSERT … SELECT … ST_Covers` statement, and `assign`; then how long the
publication of one split takes, and what of it is assigning. In a database of its own, which is dropped at the
end.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "geogrid.settings.dev")

import django

django.setup()

from django.db import connection, transaction

from benchmarks.edits import edits, publish, read, say
from boundaries.models import Scheme
from boundaries.services.drafts import draft_open
from boundaries.services.edits import edit_make
from boundaries.services.publishing import draft_publish
from geogrid.core.errors import BadInput, EditRefused
from layers import participant
from layers.services.assignments import features_follow

TARGET = 5.0
FILL = """
INSERT INTO layers_feature (layer_id, key, geom, attributes, valid)
SELECT l.id, n::text, ST_SetSRID(ST_MakePoint(
    floor((ST_XMin(b.e) + random() * (ST_XMax(b.e) - ST_XMin(b.e))) * 1e8 + 0.5) / 1e8,
    floor((ST_YMin(b.e) + random() * (ST_YMax(b.e) - ST_YMin(b.e))) * 1e8 + 0.5) / 1e8), 4326), '{}',
    tstzrange(now(), NULL)
FROM (SELECT ST_Extent(geom)::box2d AS e FROM boundaries_cellversion) AS b,
    layers_layer l, generate_series(%s + 1, %s) AS n
WHERE l.code = 'enterprise'
"""
ONE_STATEMENT = """
INSERT INTO layers_assignment (feature_id, scheme_id, cell_id, method, share, on_edge, valid)
SELECT DISTINCT ON (f.id) f.id, v.scheme_id, v.cell_id, 'within', 1, false, tstzrange(now(), NULL)
FROM layers_feature f
JOIN boundaries_cellversion v ON ST_Covers(v.geom, f.geom) AND upper_inf(v.valid)
JOIN boundaries_level l ON l.id = v.level_id AND l.code = 'small'
ORDER BY f.id, v.code COLLATE "C"
"""
#: `assign` in a process of its own, which tells how long it was at it once it had started, and its memory.
ASSIGN = """
import sys
import time
from pathlib import Path
import django
django.setup()
from django.core.management import call_command
from django.db import connection
connection.settings_dict["NAME"] = sys.argv[1]
started = time.perf_counter()
call_command("assign", "large", *sys.argv[2:], "--json")
print(time.perf_counter() - started)
status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
print(int(status["VmHWM"].split()[0]) // 1024)
"""


def ask(statement: str, *parameters: object) -> Any:
    """Run a statement; give the first value of what it answers."""
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return cursor.fetchone()[0] if cursor.description else None


def empty() -> None:
    """Take all assignments away, and what was counted of them."""
    ask("TRUNCATE layers_assignment, layers_assignmentrun, layers_assignmentdue, layers_cellcount")
    ask("VACUUM ANALYZE layers_feature")


def one_statement() -> float:
    """Assign by one statement; give the seconds, the look at the constraints included."""
    started = time.perf_counter()
    with transaction.atomic():
        ask(ONE_STATEMENT)
    return time.perf_counter() - started


def assign(*options: str) -> tuple[float, float, int]:
    """Run `assign`; give the seconds of the process, those without its start, and the MiB that it took."""
    command = [sys.executable, "-c", ASSIGN, connection.settings_dict["NAME"], *options]
    started = time.perf_counter()
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(done.stderr[-6000:])
    seconds = time.perf_counter() - started
    document, working, memory = done.stdout.splitlines()
    told = json.loads(document)
    say(
        f"  assign {' '.join(options)}: {told['total']:,} features, {told['changed']:,} changed,"
        f" {seconds:.1f} s, {float(working):.1f} s of them once it had started, {memory} MiB"
    )
    return seconds, float(working), int(memory)


def split(scheme: Scheme, seed: int) -> tuple[float, float, dict[str, Any]]:
    """Publish one split; give the seconds of all, those of assigning, and what moved."""
    draft = draft_open(scheme=scheme, name=f"split {seed}")
    for action, params in edits(draft, seed):
        if action != "split_cell":
            continue
        try:
            edit_make(draft=draft, action=action, params=params, version=draft.version)
            break
        except (EditRefused, BadInput):
            draft.refresh_from_db()
    draft.refresh_from_db()
    spent = []

    def timed(**facts: Any) -> Any:
        started = time.perf_counter()
        told = features_follow(**facts)
        spent.append(time.perf_counter() - started)
        return told

    participant.features_follow = timed
    # What is made ready after the commit, tiles above all, is not counted.
    committed: list[float] = []
    started = time.perf_counter()
    with transaction.atomic():
        transaction.on_commit(lambda: committed.append(time.perf_counter() - started))
        outcome = draft_publish(draft=draft)
    return committed[0], spent[0], outcome.followed


def measure(scheme: Scheme, count: int, report: list[str], seed: int) -> None:
    """Measure at one number of features."""
    empty()
    by_statement = one_statement()
    empty()
    by_assign, working, memory = assign()
    again, *_ = assign()
    check, *_ = assign("--check")
    report.append(
        f"| {count:,} | {by_statement:.1f} s | {by_assign:.1f} s | {by_statement / by_assign:.1f} |"
        f" {working:.1f} s | {by_statement / working:.1f} | {again:.1f} s | {check:.1f} s | {memory} MiB |"
    )
    for number in range(3):
        whole, follow, told = split(scheme, seed + number)
        say(
            f"  one split, {count:,} features: commit {whole:.2f} s, assigning {1000 * follow:.0f} ms, {told}"
        )


def main() -> None:
    """Measure at a tenth of the features and at all of them."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, help="with the three parquet files")
    parser.add_argument("--features", type=int, default=1_000_000, help="how many points (1,000,000)")
    asked = parser.parse_args()
    old = connection.settings_dict["NAME"]
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    report: list[str] = []
    try:
        scheme = publish("large", read(asked.folder))
        few = asked.features // 10
        for number, (begin, end) in enumerate(((0, few), (few, asked.features))):
            ask(FILL, begin, end)
            measure(scheme, end, report, 100 * number)
    finally:
        connection.close()
        connection.creation.destroy_test_db(old, verbosity=0)
    load = " ".join(f"{one:.1f}" for one in os.getloadavg())
    say(f"\nload {load}, {os.cpu_count()} cores; target {TARGET:g} times\n")
    say("| points | one statement | assign | times | once started | times | again | check | memory |")
    say("|---|---|---|---|---|---|---|---|---|")
    say("\n".join(report))


if __name__ == "__main__":
    main()
