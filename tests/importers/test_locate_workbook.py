"""`locate_file` of workbooks: each row gets its cells, all else stays, hostile ones are refused."""

from __future__ import annotations

import io
import zipfile

import numpy as np
import pytest
from django.core.management import call_command

from geogrid.core.errors import BadInput, UnreadableFile
from importers.services import workbook as module
from tests.importers.workbooks import cells_of, simple, workbook
from tests.layers.lands import five_lots, new_scheme

pytestmark = pytest.mark.django_db

SHARED = "<si><t>lon</t></si><si><t>lat</t></si><si><r><t>no</t></r><r><t>te</t></r><rPh><t>x</t></rPh></si>"
ROWS = (
    '<row r="1" spans="1:3"><c r="A1" t="s"><v>2</v></c>'
    '<c r="B1" t="s"><v>0</v></c><c r="C1" t="s"><v>1</v></c></row>'
    '<row r="2" spans="1:3" ht="20"><c r="A2" s="7"><v>45000</v></c>'
    '<c r="B2"><v>118.015</v></c><c r="C2"><v>30.005</v></c></row>'
    '<row r="4"><c r="A4"><f>B4*2</f><v>236.05</v></c>'
    '<c r="B4"><f>A2</f><v>118.025</v></c><c r="C4" t="str"><v>30.015</v></c></row>'
    '<row r="5"/>'
    '<row r="6"><c r="A6" t="inlineStr"><is><t>=1+1</t></is></c><c r="C6"><v>30</v></c></row>'
    '<row r="7"><c r="B7"><v>30.005</v></c><c r="C7"><v>118.015</v></c></row>'
)


@pytest.fixture
def locate(tmp_path, db):
    """Locate the rows of a workbook, give the bytes of what was written."""
    new_scheme().publish(five_lots())

    def locate(data: bytes, *options: str) -> bytes:
        source, target = tmp_path / "in.xlsx", tmp_path / "out.xlsx"
        source.write_bytes(data)
        call_command("locate_file", str(source), "--scheme", "small", "-o", str(target), *options)
        return target.read_bytes()

    return locate


def test_rows_get_their_cells_and_all_else_stays_as_it_is(locate) -> None:
    data = workbook(ROWS, shared=SHARED)
    out = locate(data)
    header, first, gap, empty, without, swapped = cells_of(out)
    added = {"D1": "cell_city", "E1": "cell_lot", "F1": "on_edge", "G1": "outside", "H1": "locate_error"}
    assert {key: header[key] for key in added} == added
    assert first == {
        "A2": "45000",
        "B2": "118.015",
        "C2": "30.005",
        "D2": "C",
        "E2": "9",
        "F2": "false",
        "G2": "false",
    }
    assert gap["A4"] == "=B4*2"
    assert gap["D4"] == "C"
    assert "E4" not in gap
    assert empty == {}
    assert without["A6"] == "=1+1"
    assert without["H6"] == 'has no value in "lon"'
    assert "swapped" in swapped["H7"]
    sheet = zipfile.ZipFile(io.BytesIO(out)).read("xl/worksheets/sheet2.xml").decode()
    assert 's="7"' in sheet
    assert 'ht="20"' in sheet
    assert "spans" not in sheet
    assert "<dimension" not in sheet
    assert sheet.endswith('<autoFilter ref="A1:C3"/></worksheet>')
    before, after = (zipfile.ZipFile(io.BytesIO(one)) for one in (data, out))
    assert sorted(before.namelist()) == sorted(after.namelist())
    for name in {*before.namelist()} - {"xl/worksheets/sheet2.xml"}:
        assert before.read(name) == after.read(name)


def test_many_rows_in_small_pieces_keep_their_order(locate, monkeypatch) -> None:
    monkeypatch.setattr(module, "_CHUNK", 997)
    monkeypatch.setattr(module, "ROWS_AT_ONCE", 100)
    rng = np.random.default_rng(1)
    places = np.round(rng.uniform((118, 30), (118.03, 30.02), (1234, 2)), 8).tolist()
    data = simple([["n", "lon", "lat"], *([f"&amp;{n}", x, y] for n, (x, y) in enumerate(places))])
    rows = cells_of(locate(data))
    assert [row[f"A{n}"] for n, row in enumerate(rows[1:], 2)] == [f"&{n}" for n in range(1234)]
    lots = {"10": (0, 0), "9": (1, 0), "100": (2, 0), "2": (0, 1), "B": (1, 1), "": (2, 1)}
    of_lot = {place: code for code, place in lots.items()}
    codes = [of_lot[int((x - 118) * 100), int((y - 30) * 100)] for x, y in places]
    assert [row.get(f"E{n}", "") for n, row in enumerate(rows[1:], 2)] == codes


def bomb(member: str) -> bytes:
    data = io.BytesIO(workbook(ROWS, shared=SHARED))
    with zipfile.ZipFile(data, "a", zipfile.ZIP_DEFLATED) as archive, archive.open(member, "w") as part:
        for _ in range(64):
            part.write(b" " * (1 << 20))
    return data.getvalue()


ENTITY = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (bomb("xl/media/picture.bin"), "would unpack to 64 MiB"),
        (workbook(ROWS, shared=SHARED, head=ENTITY), "declares entities"),
        (workbook(ROWS, shared=SHARED, head='<?xml version="1.0" encoding="UTF-16"?>'), "damaged"),
        (workbook(ROWS), "damaged"),
        (workbook(ROWS.replace("</row>", "", 1), shared=SHARED), "damaged"),
        (workbook("", shared=SHARED), "holds no rows"),
        (workbook("<row><c><v>1</v></c></row>"), "fields of coordinates"),
        (simple([["lon", "lat"]]), "holds no rows"),
        (workbook(ROWS, shared=SHARED)[:500], "damaged"),
    ],
)
def test_a_workbook_that_is_broken_or_made_to_do_harm_is_one_sentence(
    locate, tmp_path, data, sentence
) -> None:
    with pytest.raises((UnreadableFile, BadInput), match=sentence):
        locate(data)
    assert [path.name for path in tmp_path.iterdir()] == ["in.xlsx"]


def test_columns_have_letters_beyond_z() -> None:
    for number, name in ((0, "A"), (25, "Z"), (26, "AA"), (701, "ZZ"), (702, "AAA"), (16383, "XFD")):
        assert module.column_name(number) == name
        assert module.column_number(name) == number
