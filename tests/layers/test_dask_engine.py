"""`assign --engine dask`: the same answers as in the process and in the database, part by part."""

from __future__ import annotations

import json
import sys

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely
from django.conf import settings
from django.core.management import call_command

from boundaries.lookup.files import edition_open, index_path
from boundaries.selectors import land_at
from geogrid.core.errors import BadInput
from geogrid.core.lattice import snap
from geogrid.core.locator import Locator
from layers.models import Assignment, Layer
from layers.services.assignments import features_assign
from layers.services.dask_engine import parts_of
from layers.services.features import FeatureRow, features_upsert
from layers.services.parquet_parts import Part, part_assign
from tests.layers.lands import at, five_lots, new_scheme

pytestmark = pytest.mark.django_db


@pytest.fixture
def land(db, settings, tmp_path):
    settings.LOCATORS_DIR = tmp_path / "locators"
    land = new_scheme()
    land.publish(five_lots())
    return land


def places(count, seed=3):
    """Random places and whole tenths of lots, so that many lie on edges and corners."""
    rng = np.random.default_rng(seed)
    tenths = [at(x, y) for x, y in (rng.integers(-3, 34, (count // 2, 2)) / 10).tolist()]
    return np.concatenate(
        [np.reshape(tenths, (-1, 2)), rng.uniform(at(-0.5, -0.5), at(3.5, 2.5), (count - count // 2, 2))]
    )


def write(folder, file, lonlat, *, geometry=False, **columns):
    folder.mkdir(parents=True, exist_ok=True)
    table = {"id": np.arange(len(lonlat))}
    metadata = None
    if geometry:
        table["geometry"] = shapely.to_wkb(shapely.points(lonlat))
        geo = {"version": "1.0.0", "primary_column": "geometry", "columns": {"geometry": {"encoding": "WKB"}}}
        metadata = {"geo": json.dumps(geo)}
    else:
        table |= {"lon": lonlat[:, 0], "lat": lonlat[:, 1]}
    pq.write_table(pa.table(table | columns).replace_schema_metadata(metadata), folder / file)


def stored(land, lonlat):
    """What assigning the same points in the database stores: code and method."""
    layer = Layer.objects.get(code="enterprise")
    rows = [
        FeatureRow(str(row), shapely.Point(*place), {"name": str(row)}) for row, place in enumerate(lonlat)
    ]
    features_upsert(layer=layer, rows=rows)
    features_assign(scheme=land.scheme)
    found = Assignment.objects.filter(scheme=land.scheme, valid__endswith=None).select_related("feature")
    codes = {cell.pk: code for code, cell in land.cells.items()}
    return {int(one.feature.key): (codes.get(one.cell_id), one.method) for one in found}


def run_part(land, tmp_path, lonlat, **options):
    """Assign one part in this process."""
    write(tmp_path / "in", "one.parquet", lonlat, **options)
    (part,) = parts_of(str(tmp_path / "in"), tmp_path / "out", None, None)
    path = index_path(land.scheme.editions.get())
    return part, part_assign(part, path.read_bytes(), edition_open(land.scheme.editions.get())[0].fingerprint)


@pytest.mark.parametrize("geometry", [False, True])
def test_a_part_gets_what_the_locator_says(land, tmp_path, geometry) -> None:
    lonlat = places(5000)
    _, done = run_part(land, tmp_path, lonlat, geometry=geometry)
    assert done.fault == ""
    here = land_at(land.scheme)
    located = Locator.of(here).points(lonlat)
    table = pq.read_table(tmp_path / "out" / "one.parquet")
    codes = [here.code[leaf] if leaf >= 0 else None for leaf in located.leaf.tolist()]
    assert table["cell"].to_pylist() == table["cell_lot"].to_pylist() == codes
    assert table["id"].to_pylist() == list(range(5000))
    method = table["method"].to_pylist()
    assert set(method) == {"within", "boundary_tiebreak", "gap", "outside"}
    assert [n for n, one in enumerate(method) if one == "boundary_tiebreak"] == located.several.tolist()
    assert (done.rows, done.assigned) == (5000, int((located.leaf >= 0).sum()))
    assert done.in_gap == method.count("gap")


def test_the_answers_are_those_that_are_stored(land, tmp_path) -> None:
    lonlat = places(400)
    run_part(land, tmp_path, lonlat)
    table = pq.read_table(tmp_path / "out" / "one.parquet").to_pylist()
    expected = stored(land, snap(lonlat).tolist())
    assert len(expected) == 400
    assert {row["id"]: (row["cell"], row["method"]) for row in table} == expected


def test_what_is_no_place_keeps_its_row(land, tmp_path) -> None:
    lonlat = np.array([at(0.5, 0.5), (np.nan, 30.0), (118.0, np.inf), (30.0, 118.0)])
    _, done = run_part(land, tmp_path, lonlat, name=["a", "b", None, "d"])
    assert (done.rows, done.assigned, done.without_place) == (4, 1, 3)
    table = pq.read_table(tmp_path / "out" / "one.parquet")
    assert table["cell"].to_pylist() == ["10", None, None, None]
    assert table["method"].to_pylist() == ["within", None, None, None]
    assert table["name"].to_pylist() == ["a", "b", None, "d"]


def test_a_part_that_is_done_is_skipped_until_its_source_or_the_land_is_another(land, tmp_path) -> None:
    part, done = run_part(land, tmp_path, places(100))
    assert not done.skipped
    edition = land.scheme.editions.get()
    data, fingerprint = index_path(edition).read_bytes(), edition_open(edition)[0].fingerprint
    before = (tmp_path / "out" / "one.parquet").stat().st_mtime_ns
    again = part_assign(part, data, fingerprint)
    assert (again.skipped, again.rows) == (True, 100)
    assert (tmp_path / "out" / "one.parquet").stat().st_mtime_ns == before
    write(tmp_path / "in", "one.parquet", places(101))
    assert part_assign(part, data, fingerprint).rows == 101
    other = Locator.of(land_at(land.scheme)).index("other")
    assert not part_assign(part, other.buffer.tobytes(), "other").skipped
    (tmp_path / "out" / "one.parquet").write_bytes(b"PAR1 cut off")
    assert not part_assign(part, data, fingerprint).skipped


def test_a_part_that_cannot_be_assigned_says_why_and_leaves_nothing(land, tmp_path) -> None:
    part, _ = run_part(land, tmp_path, places(10))
    edition = land.scheme.editions.get()
    data, fingerprint = index_path(edition).read_bytes(), edition_open(edition)[0].fingerprint
    folder = tmp_path / "in"
    write(folder, "taken.parquet", places(10), cell=["x"] * 10)
    lines = shapely.to_wkb(shapely.linestrings([[at(0, 0), at(1, 1)]] * 2))
    pq.write_table(pa.table({"geometry": lines}), folder / "lines.parquet")
    (folder / "broken.parquet").write_bytes(b"PAR1")
    for name, columns, sentence in (
        ("taken", ("lon", "lat", ""), "has a column cell already"),
        ("lines", ("", "", "geometry"), "other geometries than points"),
        ("broken", ("lon", "lat", ""), "broken.parquet"),
        ("one", ("x", "lat", ""), "has no column x"),
        ("none", ("lon", "lat", ""), "cannot be read"),
    ):
        goal = tmp_path / "out" / f"{name}.new.parquet"
        done = part_assign(Part(str(folder / f"{name}.parquet"), str(goal), *columns), data, fingerprint)
        assert sentence in done.fault
        assert not goal.exists()
    assert part_assign(part, other_land(land), fingerprint).skipped
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["one.parquet"]


def other_land(land):
    return Locator.of(land_at(land.scheme)).index("other").buffer.tobytes()


def test_what_the_caller_can_mend_is_one_sentence(land, tmp_path) -> None:
    def assign(*options):
        call_command("assign", "small", "--engine", "dask", *options)

    write(tmp_path / "in", "one.parquet", places(10))
    source, out = str(tmp_path / "in"), str(tmp_path / "out")
    for options, sentence in (
        ((), "needs --from FOLDER and -o FOLDER"),
        (("--from", source), "needs --from FOLDER"),
        (("--from", source, "-o", out, "--check"), "about features in the database"),
        (("--from", str(tmp_path / "none"), "-o", out), "there is no Parquet file"),
        (("--from", source, "-o", source), "where parts are read from"),
        (("--from", source, "-o", out, "--lon-field", "x"), "go together"),
    ):
        with pytest.raises(BadInput, match=sentence):
            assign(*options)
    pq.write_table(pa.table({"a": [1]}), tmp_path / "in" / "a.parquet")
    with pytest.raises(BadInput, match="has no points"):
        assign("--from", source, "-o", out)


@pytest.fixture
def dask() -> None:
    """Be sure that dask is there: script/test installs it."""
    if not (settings.VAR_DIR / "dask" / "distributed").is_dir():
        pytest.fail("dask is not installed: run script/dask")


@pytest.mark.usefixtures("dask")
@pytest.mark.filterwarnings("ignore")
def test_two_processes_give_the_same_bit_for_bit_and_go_on_where_they_were_cut_short(
    land, tmp_path, capsys
) -> None:
    sizes = [1, 0, 700, 12_345, 40]
    for number, size in enumerate(sizes):
        write(tmp_path / "in" / f"k={number % 2}", f"{number}.parquet", places(size, seed=number))
    edition = land.scheme.editions.get()
    data, fingerprint = index_path(edition).read_bytes(), edition_open(edition)[0].fingerprint
    parts = parts_of(str(tmp_path / "in"), tmp_path / "alone", None, None)
    for part in parts:
        assert not part_assign(part, data, fingerprint).fault

    def assign():
        options = ("--from", str(tmp_path / "in"), "-o", str(tmp_path / "out"), "--workers", "2", "--json")
        call_command("assign", "small", "--engine", "dask", *options)
        return json.loads(capsys.readouterr().out)

    told = assign()
    assert (told["parts"], told["rows"], told["skipped"]) == (5, sum(sizes), 0)
    for part in parts:
        name = part.target.removeprefix(str(tmp_path / "alone") + "/")
        assert (tmp_path / "out" / name).read_bytes() == (tmp_path / "alone" / name).read_bytes()
    (tmp_path / "out" / "k=0" / "2.parquet").unlink()
    assert assign()["skipped"] == 4


@pytest.mark.usefixtures("dask")
@pytest.mark.filterwarnings("ignore")
def test_a_scheduler_that_is_not_there_is_one_sentence(land, tmp_path) -> None:
    write(tmp_path / "in", "one.parquet", places(10))
    options = (
        "--from",
        str(tmp_path / "in"),
        "-o",
        str(tmp_path / "out"),
        "--scheduler",
        "tcp://127.0.0.1:1",
    )
    with pytest.raises(BadInput, match="no dask scheduler at"):
        call_command("assign", "small", "--engine", "dask", *options)


def test_workers_need_neither_django_nor_a_database() -> None:
    import subprocess

    code = "import sys, layers.services.parquet_parts; sys.exit('django' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
