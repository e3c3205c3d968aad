"""Workbooks as Excel writes them, in small; and what is in one, read with the standard library alone."""

from __future__ import annotations

import io
import zipfile
from xml.etree import ElementTree

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_LINKS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_RELS = "http://schemas.openxmlformats.org/package/2006/relationships"


def workbook(
    rows: str, *, shared: str = "", head: str = '<?xml version="1.0" encoding="UTF-8"?>', **parts
) -> bytes:
    """A workbook with two sheets, of which the first one a person sees is the second file."""
    files = {
        "[Content_Types].xml": "<Types/>",
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_LINKS}"><sheets>'
        '<sheet name="A" sheetId="2" r:id="rId2"/><sheet name="B" sheetId="1" r:id="rId1"/>'
        "</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_RELS}">'
        '<Relationship Id="rId1" Target="worksheets/sheet1.xml"/>'
        '<Relationship Id="rId2" Target="/xl/worksheets/sheet2.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": "<other/>",
        "xl/worksheets/sheet2.xml": f'{head}<worksheet xmlns="{_MAIN}"><dimension ref="A1:C3"/>'
        f"<sheetData>{rows}"
        '</sheetData><autoFilter ref="A1:C3"/></worksheet>',
        "xl/styles.xml": "<styles/>",
    }
    if shared:
        files["xl/sharedStrings.xml"] = f'<sst xmlns="{_MAIN}">{shared}</sst>'
    files |= parts
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return target.getvalue()


def simple(rows: list[list[object]]) -> bytes:
    """A workbook of plain rows: numbers as numbers, everything else as text in the cells."""

    def cell(value: object) -> str:
        if value is None:
            return "<c/>"
        if isinstance(value, int | float):
            return f"<c><v>{value!r}</v></c>"
        return f'<c t="inlineStr"><is><t>{value}</t></is></c>'

    return workbook("".join(f"<row>{''.join(map(cell, row))}</row>" for row in rows))


def cells_of(data: bytes) -> list[dict[str, str]]:
    """The cells of the sheet by their references: the text, or `=formula`."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        sheet = ElementTree.fromstring(archive.read("xl/worksheets/sheet2.xml"))
    rows = []
    for number, row in enumerate(sheet.iter(f"{{{_MAIN}}}row"), 1):
        cells = {}
        for at, cell in enumerate(row.iter(f"{{{_MAIN}}}c")):
            formula = cell.find(f"{{{_MAIN}}}f")
            value = "".join(cell.itertext()) if formula is None else f"={formula.text}"
            cells[cell.get("r", f"{'ABCDEFGHIJ'[at]}{number}")] = value
        rows.append(cells)
    return rows
