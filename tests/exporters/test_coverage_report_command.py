"""`coverage_report`: the audit of an edition or a draft as one page."""

from __future__ import annotations

import datetime as dt
import json
import re
from uuid import uuid4

import numpy as np
import pytest
import shapely
from django.core.management import call_command

from boundaries.models import Acceptance, CellVersion, Draft, DraftCell, Finding, Level, Scheme
from boundaries.services.audits import AuditFinding, AuditReport, audit_run
from exporters.services import coverage
from exporters.services.coverage import coverage_report_of
from geogrid.core.audits.finding import Finding as CoreFinding
from geogrid.core.errors import BadInput, NotFound, UnreadableFile
from geogrid.core.land import Land, LandLevel
from tests.exporters.chromium import Chromium
from tests.exporters.published import MARCH, geos, multi, on_lattice

pytestmark = pytest.mark.django_db

DATA = re.compile(r'<script type="application/json" id="report-data">(.*?)</script>', re.DOTALL)


@pytest.fixture
def report(tmp_path, capsys):
    """Run the command; give the page, its data, and what stderr says."""

    def run(*options, scheme="small"):
        path = tmp_path / "report.html"
        call_command("coverage_report", scheme, "-o", str(path), *options)
        page = path.read_text(encoding="utf-8")
        said = capsys.readouterr()
        assert said.out == ""
        return page, json.loads(DATA.search(page)[1]), said.err

    return run


@pytest.fixture
def torn(land):
    """A draft `import` in which the lot 003400100 has given its western corner to nobody."""
    draft = Draft.objects.create(scheme=land.scheme, name="import", base=land.second)
    whole = land.shapes["003400100"]
    corner = shapely.get_coordinates(whole)[0]
    inner = on_lattice(corner + 0.002)
    shape = multi(shapely.transform(whole, lambda xy: np.where((xy == corner).all(1)[:, None], inner, xy)))
    DraftCell.objects.create(
        draft=draft,
        cell_id=land.cells["003400100"].pk,
        level=land.level("lot"),
        code="003400100",
        parent_id=land.cells["0034001"].pk,
        geom=geos(shape),
    )
    return draft


def test_a_whole_land_is_called_full_on_a_page_that_needs_nothing_else(land, report):
    page, data, said = report()
    assert "全覆盖、无缝隙、不重叠" in page
    assert 'data-verdict="full"' in page
    assert "版本 2 · Edition 2" in page
    assert "小城网格" in page
    assert "default-src 'none'" in page
    assert [len(level["c"]) for level in data["levels"]] == [1, 2, 24, 2]
    assert data["levels"][2]["p"][0] == "0034001"
    assert data["findings"] == []
    assert "full, 0 findings" in said


def test_a_gap_of_a_draft_is_shown_where_it_is_and_the_verdict_names_it(torn, report):
    page, data, said = report("--draft", "import")
    assert 'data-verdict="blind_spots"' in page
    assert "草稿 import · Draft import" in page
    assert data["findings"][0]["rule"] == "gap"
    assert data["findings"][0]["g"] is not None
    assert "blind_spots" in said
    assert re.search(r"存在盲区：缝隙 \d", page)


@pytest.mark.browser
def test_the_page_opens_on_the_lowest_level_that_has_land(land, report, tmp_path):
    report()
    with Chromium(tmp_path / "profile") as browser:
        browser.open(tmp_path / "report.html")
        assert browser.complaints == []
        chosen = "document.querySelector('input[name=level]:checked').parentElement.textContent.trim()"
        assert browser.evaluate(chosen) == "地块 lot"


def test_a_draft_without_cells_is_said_to_cover_nothing(report):
    Draft.objects.create(scheme=_scheme_without_cells(), name="import")
    page, data, _ = report("--draft", "import", scheme="bare")
    assert "尚无单元网格" in page
    assert "There are no cells yet" in page
    assert [level["c"] for level in data["levels"]] == [[]]


def _scheme_without_cells():
    scheme = Scheme.objects.create(code="bare", name_zh="空", name_en="Bare", document={})
    Level.objects.create(
        scheme=scheme, code="city", ordinal=0, name_zh="市", name_en="City", rule="partition"
    )
    return scheme


def test_a_report_stores_nothing(torn, report):
    report("--draft", "import")
    assert Finding.objects.count() == 0


def test_names_and_codes_cannot_become_markup(land, report):
    CellVersion.objects.filter(code="0034002", valid__upper_inf=True).update(
        name="</script><img src=x onerror=alert(1)>"
    )
    page, data, _ = report()
    assert "<img src=x" not in page
    assert "</script><img src=x onerror=alert(1)>" in data["levels"][1]["n"]


def test_a_scheme_without_an_edition_names_the_next_step(report, land):
    land.scheme.pk, land.scheme.code = None, "new"
    land.scheme.save()
    with pytest.raises(BadInput, match="no edition yet"):
        report(scheme="new")
    with pytest.raises(NotFound, match="no draft 'mine'"):
        report("--draft", "mine")


def test_an_existing_report_survives_when_the_new_one_cannot_be_made(land, report, tmp_path, monkeypatch):
    target = tmp_path / "report.html"
    target.write_text("old", encoding="utf-8")
    monkeypatch.setattr(coverage, "LEAFLET", tmp_path / "nowhere")
    with pytest.raises(UnreadableFile, match="npm ci"):
        report()
    assert target.read_text(encoding="utf-8") == "old"


def test_an_audit_becomes_a_report_number_by_number(land):
    squares = [shapely.MultiPolygon([shapely.box(x, 0, x + 1, 1)]) for x in (0, 1)]
    shapes = np.array([shapely.MultiPolygon([shapely.box(0, 0, 2, 1)]), *squares, None], dtype=object)
    found = [
        AuditFinding("s", CoreFinding("sliver", "town", ("2",), "", "minor", 0.5, 0.1), "open"),
        AuditFinding("g2", CoreFinding("gap", "town", ("1",), "", "major", 8.0), "accepted", "lake"),
        AuditFinding("g1", CoreFinding("gap", "town", ("1",), "", "minor", 2.0), "open"),
        AuditFinding("g0", CoreFinding("gap", "town", ("1",), "", "major", 3.0), "open"),
        AuditFinding("v", CoreFinding("vacancy", "city", ("1",), ""), "open"),
    ]
    sums = {"cells": 0, "gaps": 0, "overlaps": 0, "gap_area_m2": 0.0, "overlap_area_m2": 0.0, "area_m2": 0.0}
    audit = AuditReport(
        scheme="small",
        edition=7,
        draft=None,
        at=dt.datetime(2026, 11, 24, 2, 30, tzinfo=dt.UTC),
        land=Land(
            levels=(LandLevel("city", "partition", -1), LandLevel("town", "partition", 0)),
            ident=[uuid4() for _ in range(4)],
            code=["1", "2", "3", "4"],
            name=["a", "b", "c", "d"],
            level=np.array([0, 1, 1, 1]),
            parent=np.array([-1, 0, 0, 0]),
            shapes=shapes,
        ),
        levels={"city": sums, "town": {**sums, "gaps": 3, "gap_area_m2": 13.0, "area_m2": 9.5}},
        areas=np.array([9.5, 4.0, 5.5, np.nan]),
        features={"total": 9, "assigned": 5, "outside": 1, "in_gap": 3, "on_edge": 2, "straddling": 4},
        vacancies=6,
        findings=tuple(found),
        certificate={"sha256": "0123abcd", "cells": 4},
    )
    made = coverage_report_of(scheme=land.scheme, audit=audit)
    assert made.verdict == "blind_spots"
    assert made.edition == "版本 7 · Edition 7"
    assert made.made_at.isoformat() == "2026-11-24T10:30:00+08:00"
    assert [level.name for level in made.levels] == ["市 city", "镇 town"]
    town = made.levels[1]
    assert (town.gaps, town.gap_area_m2, town.area_m2) == (3, 13.0, 9.5)
    assert (town.codes, town.names, town.parents) == (["2", "3", "4"], ["b", "c", "d"], ["1", "1", "1"])
    assert town.areas_m2 == [4.0, 5.5, 0.0]
    assert list(town.geometries) == [*squares, None]
    assert [finding.id for finding in made.findings] == ["g0", "v", "g1", "s", "g2"]
    assert [finding.state for finding in made.findings] == ["open"] * 4 + ["accepted"]
    assert made.findings[-1].reason == "lake"
    assert (made.features.total, made.features.in_gap, made.features.straddling) == (9, 3, 4)
    assert made.vacancies == 6
    assert made.certificate == "4 cells, SHA-256 0123abcd"


def test_an_accepted_gap_is_told_with_its_reason(torn, report, land):
    audit_run(scheme=land.scheme, draft=torn)
    for finding in Finding.objects.filter(rule="gap"):
        Acceptance.objects.create(scheme=land.scheme, ident=finding.ident, reason="水库", valid=(MARCH, None))
    _, data, _ = report("--draft", "import")
    states = [finding["state"] for finding in data["findings"] if finding["rule"] == "gap"]
    assert states
    assert all("已接受" in state and "水库" in state for state in states)
