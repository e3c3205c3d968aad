"""The coverage report: one page, no network, text that stays text."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import re

import numpy as np
import pytest
import shapely

from exporters.report import CoverageReport, FeatureCounts, ReportFinding, ReportLevel, render_report
from exporters.report.colours import cell_colours
from exporters.report.display import for_display, steps
from geogrid.core.errors import UnreadableFile

NASTY = "</script><img src=x onerror=alert(1)>{{ 7*7 }}{% raw %}"


@pytest.fixture(scope="session")
def leaflet(repository):
    return repository / "node_modules" / "leaflet" / "dist"


def level(code, codes, parents, geometries, **sums):
    numbers = {"gaps": 0, "overlaps": 0, "gap_area_m2": 0.0, "overlap_area_m2": 0.0, "area_m2": 4e6} | sums
    return ReportLevel(
        code=code,
        name=f"{code}级",
        codes=codes,
        names=[f"网格{code}" for code in codes],
        parents=parents,
        areas_m2=[1e6] * len(codes),
        geometries=np.array(geometries, dtype=object),
        **numbers,
    )


def squares(count, size=0.01, west=118.0, south=29.0):
    corners = [(west + size * (number % 10), south + size * (number // 10)) for number in range(count)]
    return [shapely.box(x, y, x + size, y + size) for x, y in corners]


@pytest.fixture
def report():
    """Two towns of two cells; a gap of 1 cm, an accepted overlap, a vacancy without a place; nasty names."""
    cells = squares(4)
    towns = [shapely.union_all(cells[:2]), shapely.union_all(cells[2:])]
    crack = shapely.box(118.01, 29, 118.0100001, 29.01)
    leaf = level("cell", ["0101", NASTY, "0201", "0202"], ["01", "01", "02", "02"], cells, gaps=1, overlaps=1)
    return CoverageReport(
        scheme="environment",
        scheme_name=f"环境网格 {NASTY}",
        edition="版本 1 · Edition 1",
        made_at=dt.datetime(2026, 11, 24, 10, 30, tzinfo=dt.timezone(dt.timedelta(hours=8))),
        verdict="blind_spots",
        levels=[level("town", ["01", "02"], ["", ""], towns), leaf],
        findings=[
            ReportFinding("a", "gap", "cell", ("0101", NASTY), 1.2, 0.01, geometry=crack),
            ReportFinding(
                "b",
                "overlap",
                "cell",
                ("0201", "0202"),
                9.0,
                state="accepted",
                reason=NASTY,
                geometry=cells[2],
            ),
            ReportFinding("c", "vacancy", "town", ("01",)),
        ],
        features=FeatureCounts(total=10, assigned=9, in_gap=1),
        vacancies=1,
        certificate="sha256:0123456789abcdef",
    )


@pytest.fixture
def page(report, leaflet, tmp_path):
    path = tmp_path / "report.html"
    path.write_text(render_report(report, assets=leaflet), encoding="utf-8")
    return path


def embedded(text):
    return json.loads(
        re.search(r'<script type="application/json" id="report-data">(.*?)</script>', text, re.DOTALL)[1]
    )


def test_the_page_names_no_address_that_it_would_load_from(page):
    text = page.read_text(encoding="utf-8")
    for attribute in re.findall(
        r"""(?:src|href)\s*=\s*["']([^"']*)["']""", re.sub(r"<script>.*?</script>", "", text, flags=re.DOTALL)
    ):
        assert attribute.startswith(("#", "data:")), attribute
    for address in re.findall(r"url\(\s*[\"']?([^)\"']*)", text):
        assert address.startswith(("#", "data:", "${", '"+', "javascript")) or "$" in address, address
    assert "default-src 'none'" in text
    assert "sourceMappingURL" not in text


def test_user_text_stays_text(page):
    text = page.read_text(encoding="utf-8")
    assert "<img" not in text
    assert "49" not in re.search(r"<h1>(.*?)</h1>", text)[1]
    assert "&lt;/script&gt;&lt;img src=x onerror=alert(1)&gt;{{ 7*7 }}{% raw %}" in text
    data = embedded(text)
    assert data["levels"][1]["c"][1] == NASTY
    assert NASTY in data["findings"][1]["state"]


def test_the_verdict_is_said_in_two_languages_with_its_numbers(page):
    text = page.read_text(encoding="utf-8")
    assert "存在盲区：缝隙 1 处，重叠 1 处，落入缝隙的对象 1 处，岗位空缺 1 处。" in text
    assert "Blind spots: 1 gaps, 1 overlaps, 1 objects in gaps, 1 vacant posts." in text
    assert "2026-11-24 10:30+08:00" in text
    assert "sha256:0123456789abcdef" in text


def test_full_coverage_is_said_plainly(leaflet):
    whole = CoverageReport(
        "s",
        "S",
        "1",
        dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
        "full",
        [level("a", ["1"], [""], squares(1))],
        [],
    )
    text = render_report(whole, assets=leaflet)
    assert "全覆盖、无缝隙、不重叠。" in text
    assert "没有问题。" in text


def test_the_same_report_gives_the_same_bytes(report, leaflet):
    assert render_report(report, assets=leaflet) == render_report(report, assets=leaflet)


def test_an_empty_scheme_still_makes_a_page(leaflet):
    empty = CoverageReport(
        "s", "S", "1", dt.datetime(2026, 1, 1, tzinfo=dt.UTC), "blind_spots", [level("a", [], [], [])], []
    )
    assert embedded(render_report(empty, assets=leaflet))["levels"][0]["g"] == []


def test_missing_assets_are_a_sentence(report, tmp_path):
    with pytest.raises(UnreadableFile, match=r"leaflet\.css cannot be read .* npm ci"):
        render_report(report, assets=tmp_path)


def test_steps_give_the_rounded_rings_back():
    hole = [(118.2, 29.2), (118.2, 29.3), (118.3, 29.3), (118.2, 29.2)]
    polygon = shapely.Polygon([(118, 29), (119, 29), (119, 29), (119.0000004, 30), (118, 29)], [hole])
    (rings,) = steps(np.array([polygon], dtype=object))[0]
    back = [np.cumsum(np.array(ring).reshape(-1, 2), axis=0) / 1e6 for ring in rings]
    assert back[0].tolist() == [[118, 29], [119, 29], [119, 30]]
    assert back[1].tolist() == [list(point) for point in hole[:-1]]
    assert steps(np.array([None, shapely.MultiPolygon()], dtype=object)) == [[], []]


def test_big_levels_are_simplified_without_tearing_their_borders():
    rng = np.random.default_rng(5)
    middle = np.column_stack([118 + rng.uniform(-0.004, 0.004, 3000), np.linspace(29, 30, 3000)])
    left = shapely.Polygon([*middle, (117.5, 30), (117.5, 29)])
    right = shapely.Polygon([*middle, (118.5, 30), (118.5, 29)])
    shown = for_display([np.array([left, right], dtype=object)], budget=2000)
    assert shown.tolerance > 0
    assert shapely.get_num_coordinates(shown.levels[0]).sum() <= 2000
    assert shapely.coverage_is_valid(shown.levels[0])
    untouched = for_display([np.array([left, right], dtype=object)])
    assert untouched.tolerance == 0
    assert shapely.equals_exact(untouched.levels[0], [left, right]).all()


def test_broken_cells_are_shown_all_the_same():
    bow_tie = shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])
    cells = [bow_tie, None, shapely.Point(0, 0), *[shapely.Point(0.5, 0.5).buffer(0.4, quad_segs=500)] * 2]
    shown = for_display([np.array(cells, dtype=object)], budget=100)
    assert len(steps(shown.levels[0])) == 5


def test_a_finding_about_a_broken_polygon_has_a_place(report, leaflet):
    bow_tie = shapely.Polygon([(118, 29), (119, 30), (119, 29), (118, 30)])
    line = shapely.LineString([(118, 29), (118, 30)])
    places = [bow_tie, line, shapely.Point(118, 29), shapely.Polygon()]
    found = [ReportFinding(str(n), "invalid_polygon", "cell", (), geometry=g) for n, g in enumerate(places)]
    data = embedded(render_report(dataclasses.replace(report, findings=found), assets=leaflet))
    assert [finding["at"] for finding in data["findings"]] == [[118.5, 29.5], [118, 29], [118, 29], None]


def test_siblings_share_a_colour_and_towns_that_touch_differ(report):
    towns, cells = cell_colours(report.levels)
    assert towns[0] != towns[1]
    assert cells == [towns[0], towns[0], towns[1], towns[1]]


@pytest.fixture
def browser(tmp_path, chromium_class):
    with chromium_class(tmp_path / "profile") as opened:
        yield opened


@pytest.fixture
def chromium_class(repository):
    import importlib.util

    place = repository / "tests" / "exporters" / "chromium.py"
    spec = importlib.util.spec_from_file_location("chromium", place)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.Chromium


@pytest.mark.browser
def test_the_page_opens_without_a_network_and_without_a_complaint(page, browser):
    browser.open(page)
    assert browser.requests == [page.as_uri()]
    assert browser.complaints == []
    assert browser.evaluate("document.querySelectorAll('img, script[src]').length") == 0
    assert browser.evaluate("document.title").startswith("环境网格 </script><img")


@pytest.mark.browser
def test_a_click_on_a_finding_flies_to_its_place(page, browser):
    browser.open(page)
    before = browser.evaluate("map_coverage.getZoom()")
    browser.evaluate("document.querySelector('.findings button').click()")
    browser.wait_for("document.querySelector('.leaflet-tooltip')")
    assert browser.evaluate("map_coverage.getZoom()") > before
    centre = browser.evaluate("[map_coverage.getCenter().lng, map_coverage.getCenter().lat]")
    assert centre == pytest.approx([118.01, 29.005], abs=1e-3)
    tip = browser.evaluate("document.querySelector('.leaflet-tooltip').textContent")
    assert "缝隙 Gap" in tip
    assert NASTY in tip
    assert browser.evaluate("document.querySelectorAll('.findings button:disabled').length") == 1
    assert browser.complaints == []


@pytest.mark.browser
def test_pointing_at_a_cell_names_it_and_the_switch_changes_the_level(page, browser):
    browser.open(page)
    spot = browser.evaluate(
        "(() => { const p = map_coverage.latLngToContainerPoint([29.003, 118.033]);"
        "const box = map_coverage.getContainer().getBoundingClientRect();"
        "return [p.x + box.left, p.y + box.top]; })()"
    )
    browser.hover(spot[0] - 3, spot[1])
    browser.hover(*spot)
    browser.wait_for("document.querySelector('.leaflet-tooltip')")
    assert browser.evaluate("document.querySelector('.leaflet-tooltip').textContent").startswith("网格0202")
    browser.evaluate("document.querySelector('input[name=level][value=\"0\"]').click()")
    assert browser.evaluate("document.querySelector('.legend-level').textContent") == "town级 · 2"
    assert browser.complaints == []


@pytest.mark.browser
def test_the_page_fits_a_phone_and_a_filter_hides_a_rule(page, browser):
    browser.open(page, width=390, height=844, phone=True, dark=True)
    assert browser.evaluate("document.documentElement.scrollWidth") <= 390
    browser.evaluate("document.querySelector('.filters button').click()")
    assert browser.evaluate("document.querySelectorAll('.findings li').length") == 2
    assert browser.complaints == []
