"""Points located in cells: this project beside geopandas, DuckDB, SedonaDB and PostGIS, in one run.

    make_cells.py FOLDER            the cells, made beside this project
    script/manage check             the database is up
    .venv/bin/python benchmarks/peers FOLDER [--points N ...] [--rounds N]

Each engine has a process of its own, two threads, and its data in its own memory or tables before anything is
timed. A round asks every engine once, so that whatever else the machine does meets them all alike.

- cold: geometries and points are in memory; the index is built and the question asked.
- warm: the index is there as well. SedonaDB and DuckDB's join have none that stays: cold and warm are one.

The answer is all points with their cell. Ours has one for each point, by the tie rule; peers give every cell
that holds it and are not asked to choose: that is done here, untimed, before the answers are compared.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent))

from agreement import Answer, differences, read_answer
from engines import ENGINES, OURS, Engine
from environment_of_peers import ensure_python
from inputs import ON_VERTICES, write_cells, write_points
from running import ROOT, Failed, Running

TARGETS = {1_000_000: "cold 4 ×", 5_000_000: "cold 8 ×, warm 20 ×"}


@dataclass
class Row:
    """What came of an engine."""

    engine: Engine
    cold: list[float] = field(default_factory=list)
    warm: list[float] = field(default_factory=list)
    words: str = ""
    failed: str = ""
    versions: str = ""

    @property
    def medians(self) -> tuple[float, float]:
        """Give the middle times."""
        return statistics.median(self.cold), statistics.median(self.warm)


def main() -> int:
    """Print a table for each number of points; 1 if answers differ or there is none of ours."""
    options = asked()
    try:
        python, missing = ensure_python(ROOT, "peers"), ""
    except (OSError, RuntimeError) as error:
        python, missing = Path(), str(error)
    wrong = 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        cells = write_cells(options.folder, folder)
        for count in options.points:
            write_points(cells, folder, count)
            rows = [Row(engine) for engine in ENGINES if chosen(engine, options.only)]
            wrong += Race(rows, folder, count, options, python, missing).run()
            wrong += bool(rows[0].failed)
            print_table(rows, len(cells), count, options.rounds)
    return 1 if wrong else 0


def asked() -> argparse.Namespace:
    """Read the arguments."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, help="where make_cells.py wrote cells_small.parquet")
    parser.add_argument("--points", type=int, nargs="+", default=[1_000_000, 5_000_000])
    parser.add_argument("--rounds", type=int, default=3, help="the middle one counts")
    parser.add_argument("--only", nargs="+", default=[], help="beginnings of names of peers; else all")
    parser.add_argument("--all", action="store_true", help="also what takes very long")
    parser.add_argument("--patience", type=float, default=900, help="seconds that a round may take")
    return parser.parse_args()


def chosen(engine: Engine, only: list[str]) -> bool:
    """Tell whether an engine is measured; ours always is."""
    return not only or engine.name == OURS or engine.name.startswith(tuple(only))


@dataclass
class Race:
    """The engines of one table and their processes."""

    rows: list[Row]
    folder: Path
    count: int
    options: argparse.Namespace
    python: Path
    missing: str
    running: dict[int, Running] = field(default_factory=dict)

    def run(self) -> int:
        """Fill the rows; give how many points have different answers."""
        try:
            self._each(range(len(self.rows)), self._start)
            for _ in range(self.options.rounds):
                self._each(self.running, self._round)
            self._each(self.running, self._answer)
            return compared(self.rows, self.folder, self.count, list(self.running))
        finally:
            for process in self.running.values():
                process.end()

    def _each(self, numbers: Iterable[int], work: Callable[[int], None]) -> None:
        """Do something with every engine; one that fails is out, and its row says why."""
        for number in list(numbers):
            try:
                work(number)
            except Failed as failure:
                self.rows[number].failed = str(failure)
                if number in self.running:
                    self.running.pop(number).end()

    def _start(self, number: int) -> None:
        row = self.rows[number]
        if self.missing and not row.engine.ours:
            raise Failed(self.missing)
        if self.count > row.engine.most and not self.options.all:
            raise Failed(f"not asked: too slow for more than {row.engine.most:,} points; --all asks it")
        python = Path(sys.executable) if row.engine.ours else self.python
        process = Running(row.engine, python, self.folder, self.count, self.options.patience)
        self.running[number], row.versions = process, process.versions

    def _round(self, number: int) -> None:
        cold, warm = self.running[number].round()
        self.rows[number].cold.append(cold)
        self.rows[number].warm.append(warm)

    def _answer(self, number: int) -> None:
        self.running[number].answer(self.folder / f"answer_{number}.npz")


def compared(rows: list[Row], folder: Path, count: int, answered: list[int]) -> int:
    """Compare every answer with ours, which is the first."""
    answers: dict[int, Answer] = {
        number: read_answer(folder / f"answer_{number}.npz", count) for number in answered
    }
    wrong = 0
    for number, answer in answers.items():
        if 0 in answers and number:
            rows[number].words, points = differences(answers[0], answer)
            wrong += points
    if 0 in answers:
        rows[0].words = f"{int((answers[0].cell < 0).sum()):,} points in no cell"
    return wrong


def print_table(rows: list[Row], cells: int, count: int, rounds: int) -> None:
    """Print what was measured."""
    load = " ".join(f"{one:.1f}" for one in os.getloadavg())
    print(
        f"\n{count:,} points ({ON_VERTICES:.0%} on corners of cells) × {cells:,} cells; {rounds} rounds;",
        end=" ",
    )
    print(f"{os.cpu_count()} cores, load average {load}\n")
    print("| engine | cold: median (all) | warm: median (all) | cold ÷ ours | warm ÷ ours | answers |")
    print("|---|---|---|---|---|---|")
    ours = None if rows[0].failed else rows[0].medians
    for row in rows:
        if row.failed:
            print(f"| {row.engine.name} | | | | | {row.failed} |")
            continue
        ratios = [
            f"{its / our:.1f}" if ours else "" for its, our in zip(row.medians, ours or (1, 1), strict=True)
        ]
        print(
            f"| {row.engine.name} | {seconds(row.cold)} | {seconds(row.warm)} "
            f"| {ratios[0]} | {ratios[1]} | {row.words} |"
        )
    peers = [row.medians for row in rows[1:] if not row.failed]
    if ours and peers:
        cold, warm = (min(column) / our for column, our in zip(zip(*peers, strict=True), ours, strict=True))
        target = f" (wanted: {TARGETS[count]})" if count in TARGETS else ""
        print(f"\nThe fastest peer takes {cold:.1f} × our time cold, {warm:.1f} × warm{target}.")
    print("; ".join(dict.fromkeys(row.versions for row in rows if row.versions)), flush=True)


def seconds(taken: list[float]) -> str:
    """Write the middle and all."""
    return f"{statistics.median(taken):.2f} s ({', '.join(f'{one:.2f}' for one in sorted(taken))})"


if __name__ == "__main__":
    sys.exit(main())
