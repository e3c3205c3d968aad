"""`POST /api/v1/locate/batch`: a table in any format, the same with cells and posts out, streamed."""

from __future__ import annotations

import csv
import io
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from django.test import Client
from rest_framework.authtoken.models import Token

from accounts.models import Role
from importers.services import locate_batch, located_tables
from importers.services.spool import Spool
from tests.api.conftest import unlimited  # noqa: F401 -- a fixture
from tests.api.test_problems import problem_of
from tests.api.town import make_town, make_user
from tests.importers.workbooks import cells_of, simple

pytestmark = pytest.mark.django_db

CSV = "text/csv"
PARQUET = "application/vnd.apache.parquet"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ROWS = "id,lon,lat\n007,118.025,30.005\n8,118.01,30.01\n9,118.025,30.015\n10,119,31\n11,,3\n"


@pytest.fixture
def town(db, settings, tmp_path):
    settings.LOCATORS_DIR = tmp_path / "locators"
    return make_town()


@pytest.fixture
def send(town):
    def send(body, content_type=CSV, query="", **headers):
        data = body if isinstance(body, bytes) else body.encode()
        address = f"/api/v1/locate/batch{query}"
        return Client().generic("POST", address, data, content_type=content_type, headers=headers)

    return send


def whole(response):
    assert response.status_code == 200, response.content
    return b"".join(response.streaming_content)


def rows_of(response):
    return list(csv.DictReader(io.StringIO(whole(response).decode("utf-8-sig"), newline="")))


def test_csv_comes_back_with_cells_and_posts(send) -> None:
    response = send(ROWS)
    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    first, corner, gap, outside, none = rows_of(response)
    assert (first["id"], first["cell_city"], first["cell_lot"]) == ("007", "C", "100")
    (warden,) = json.loads(first["responsible"])
    assert warden["post_name"] == {"zh": "网格员", "en": "Warden"}
    assert warden["phone"] == "0559-1"
    assert (corner["cell_lot"], corner["on_edge"]) == ("10", "true")
    assert (gap["cell_city"], gap["cell_lot"], gap["outside"]) == ("C", "", "false")
    assert (outside["outside"], outside["responsible"]) == ("true", "[]")
    assert (none["id"], none["locate_error"], none["responsible"]) == ("11", 'has no value in "lon"', "")


def test_json_parquet_and_workbooks_answer_the_same(send) -> None:
    expected = [(row["id"], row["cell_lot"], row["responsible"]) for row in rows_of(send(ROWS))]
    values = [("007", 118.025, 30.005), ("8", 118.01, 30.01), ("9", 118.025, 30.015), ("10", 119.0, 31.0)]
    values.append(("11", None, 3.0))
    objects = [dict(zip(("id", "lon", "lat"), row, strict=True)) for row in values]

    located = json.loads(whole(send(json.dumps(objects), "application/json")))
    told = [json.dumps(row["responsible"], ensure_ascii=False, separators=(",", ":")) for row in located]
    told[-1] = ""
    assert [(r["id"], r["cell_lot"] or "", t) for r, t in zip(located, told, strict=True)] == expected

    sink = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(objects), sink)
    table = pq.read_table(io.BytesIO(whole(send(sink.getvalue(), PARQUET)))).to_pylist()
    assert [(r["id"], r["cell_lot"] or "", r["responsible"] or "") for r in table] == expected

    book = simple([["id", "lon", "lat"], *values])
    sheet = cells_of(whole(send(book, XLSX)))[1:]
    found = [(r[f"A{n}"], r.get(f"E{n}", ""), r.get(f"I{n}", "")) for n, r in enumerate(sheet, 2)]
    assert found == expected


def test_pairs_are_places_and_what_is_none_keeps_its_row(send) -> None:
    body = json.dumps([[118.025, 30.005], "x", {"lon": "118.005", "lat": "30.005", "n": {"a": 1}}, [1]])
    located = json.loads(whole(send(body, "application/json", "?posts=false")))
    assert [row["cell_lot"] for row in located] == ["100", None, "10", None]
    assert located[1]["value"] == "x"
    assert located[2]["n"] == {"a": 1}
    assert located[1]["locate_error"] == 'has no value in "lon"'
    assert "responsible" not in located[0]


def test_private_phones_are_for_who_may_see_them(send) -> None:
    token = Token.objects.create(user=make_user(Role.INSPECTOR))
    said = json.loads(rows_of(send(ROWS, authorization=f"Token {token.key}"))[0]["responsible"])
    assert said[0]["phone"] == "13900000000"


@pytest.mark.parametrize(
    ("charset", "named"),
    [("utf-8", False), ("utf-8-sig", False), ("gb18030", False), ("utf-16", False), ("gbk", True)],
)
def test_text_is_read_in_its_encoding(send, charset, named) -> None:
    body = ("经度,纬度,名\n118.025,30.005,a\n118.025,30.005,黄山\n").encode(charset)
    content_type = f"text/csv; charset={charset}" if named else CSV
    assert [row["名"] for row in rows_of(send(body, content_type))] == ["a", "黄山"]


def test_parameters_say_whose_cells_when_and_where(send, town) -> None:
    body = "a,b\n118.015,30.015\n"
    named = "?scheme=small&lon_field=a&lat_field=b&posts=false"
    assert rows_of(send(body, query=named))[0]["cell_lot"] == "2"
    at = town.between.replace("+", "%2B")
    assert rows_of(send(body, query=f"{named}&at={at}"))[0]["cell_lot"] == "B"
    assert rows_of(send(body, "application/octet-stream", f"{named}&format=csv"))[0]["cell_lot"] == "2"
    near = "a,b\n118.0102,30.005\n"
    assert rows_of(send(near, query=named))[0]["cell_lot"] == "9"
    assert rows_of(send(near, query=f"{named}&crs=gcj02"))[0]["cell_lot"] == "10"


@pytest.mark.parametrize(
    ("body", "content_type", "query", "status", "code"),
    [
        ("", CSV, "?format=csv", 400, "unreadable-file"),
        ("a,b\n1,2\n", CSV, "", 400, "bad-input"),
        ("lon,lat\n", CSV, "", 400, "unreadable-file"),
        ("lon,lat,outside\n1,2,3\n", CSV, "", 400, "bad-input"),
        ('lon,lat\n"1,2\n', CSV, "", 400, "unreadable-file"),
        (ROWS, CSV, "?colour=red", 400, "bad-parameter"),
        (ROWS, CSV, "?crs=EPSG:99", 400, "bad-parameter"),
        (ROWS, CSV, "?scheme=none", 400, "bad-parameter"),
        (ROWS, CSV, "?format=exe", 400, "bad-parameter"),
        (ROWS, "text/csv; charset=klingon", "", 400, "bad-input"),
        (ROWS, "text/plain", "", 415, "unsupported-media-type"),
        ("{}", "application/json", "", 400, "unreadable-file"),
        ("[NaN]", "application/json", "", 400, "unreadable-file"),
        ("[]", "application/json", "", 400, "unreadable-file"),
        ("[" * 100_000, "application/json", "", 400, "unreadable-file"),
        ("PAR1", PARQUET, "", 400, "unreadable-file"),
        ("PK", XLSX, "", 400, "unreadable-file"),
        (ROWS, CSV, "?at=2001-01-01&scheme=small", 400, "bad-input"),
        (ROWS, CSV, "?at=2001-01-01", 404, "nothing-in-force"),
    ],
)
def test_what_cannot_be_located_is_a_problem_document(send, body, content_type, query, status, code) -> None:
    problem_of(send(body, content_type, query), status, code)
    assert rows_of(send(ROWS)), "the place is free again"


def test_an_answer_that_is_not_accepted_is_refused(send) -> None:
    problem_of(send(ROWS, accept="application/pdf"), 406, "not-acceptable")
    assert rows_of(send(ROWS, accept="text/*;q=0.5, image/png"))


def test_too_many_bytes_or_rows_are_413(send, monkeypatch) -> None:
    monkeypatch.setattr(locate_batch, "MOST_BYTES", 50)
    problem_of(send(ROWS), 413, "too-large")
    monkeypatch.setattr(locate_batch, "MOST_BYTES", 10_000)
    monkeypatch.setattr(locate_batch, "MOST_ROWS", 4)
    problem_of(send(ROWS), 413, "too-large")
    sink = io.BytesIO()
    pq.write_table(pa.table({"lon": [1.0] * 9, "lat": [1.0] * 9}), sink)
    problem_of(send(sink.getvalue(), PARQUET), 413, "too-large")


def test_one_at_a_time_and_the_others_are_told_to_wait(send) -> None:
    first = send(ROWS)
    response = send(ROWS)
    problem_of(response, 503, "not-ready")
    assert response.headers["Retry-After"]
    assert rows_of(first)
    assert rows_of(send(ROWS))


def test_how_often_is_limited(send, settings) -> None:
    rates = {**settings.REST_FRAMEWORK, "DEFAULT_THROTTLE_RATES": {"batch": "1/day"}}
    settings.REST_FRAMEWORK = rates
    assert rows_of(send(ROWS))
    problem_of(send(ROWS), 429, "too-many-requests")


class Slow(io.RawIOBase):
    """A body that goes on only when the answer has begun."""

    def __init__(self, parts):
        self.parts = parts

    def readable(self):
        return True

    def read(self, size=-1):
        return next(self.parts, b"")


def test_the_answer_begins_before_all_has_arrived(town, monkeypatch) -> None:
    import threading

    from django.utils import timezone

    from importers.services.locate_file import point_cells

    monkeypatch.setattr(located_tables, "ROWS_AT_ONCE", 1000)
    began = threading.Event()

    def parts():
        yield b"lon,lat\n" + b"118.025,30.005\n" * 6000
        assert began.wait(20)
        yield b"118.005,30.005\n" * 6000

    pieces = locate_batch.batch_locate(
        Slow(parts()),
        0,
        "csv",
        charset=None,
        cells=lambda: point_cells(scheme=town.scheme, at=timezone.now()),
        fields=(None, None),
    )
    first = next(pieces)
    assert first.count(b",100,") == 1000
    began.set()
    rest = first + b"".join(pieces)
    assert (rest.count(b",100,"), rest.count(b",10,")) == (6000, 6000)


def test_a_fault_late_in_the_body_breaks_the_answer_off(send, monkeypatch) -> None:
    monkeypatch.setattr(located_tables, "ROWS_AT_ONCE", 2)
    response = send("lon,lat\n" + "118,30\n" * 9 + '118,"30\n')
    assert response.status_code == 200
    with pytest.raises(locate_batch.UnreadableFile, match="quotation mark"):
        b"".join(response.streaming_content)
    monkeypatch.undo()
    assert rows_of(send(ROWS))


def test_a_body_that_breaks_off_is_told_to_who_reads() -> None:
    def parts():
        yield b"abc"
        raise ConnectionError("gone")

    with Spool(Slow(parts())) as spool, pytest.raises(ConnectionError, match="gone"):
        spool.wait()
