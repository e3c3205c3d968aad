"""The coverage report: one HTML file that opens without a network."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from pathlib import Path
from typing import Any

import folium
import numpy as np
import shapely
from branca.element import Element, Figure
from folium.template import Template
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from exporters.report.assets import leaflet_script, leaflet_style
from exporters.report.colours import cell_colours
from exporters.report.content import CoverageReport, ReportFinding, ReportLevel
from exporters.report.display import VERTEX_BUDGET, Displayed, for_display, land_box, steps
from exporters.report.words import area_text, length_text, rule_words, state_words, verdict_words

_HERE = Path(__file__).resolve().parent
_TEMPLATES = Environment(loader=FileSystemLoader(_HERE), autoescape=True, undefined=StrictUndefined)
_PATTERNS = ("gap", "overlap", "vacancy")
_DECIMALS_OF_FINDINGS = 8
_SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)
_POLICY = "policy-goes-here"
_METRES_PER_DEGREE = 111_320


class _Verbatim(Element):
    """Text that goes into the page as it is: folium would run it as a template."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self._text = text

    def render(self, **_options: Any) -> str:
        return self._text


class _Page(Figure):
    """folium's page with a language, a character set first and nothing from elsewhere."""

    _template = Template(
        '<!DOCTYPE html>\n<html lang="zh-CN">\n<head>\n{{ this.header.render() }}\n</head>\n'
        "<body>\n{{ this.html.render() }}\n<script>{{ this.script.render() }}</script>\n</body>\n</html>\n"
    )


class _OfflineMap(folium.Map):
    """folium's map without the libraries and tiles that folium takes from the network."""

    default_js: list[tuple[str, str]] = []
    default_css: list[tuple[str, str]] = []
    _template = Template(
        "{% macro script(this, kwargs) %}"
        "var {{ this.get_name() }} = L.map({{ this.get_name()|tojson }}, {{ this.options|tojavascript }});"
        "L.control.scale({imperial: false}).addTo({{ this.get_name() }});"
        "{% endmacro %}"
    )


def render_report(report: CoverageReport, *, assets: Path) -> str:
    """Make the report's page.

    Parameters
    ----------
    report : CoverageReport
        What to show.
    assets : Path
        The folder ``dist`` of the npm package leaflet.

    Returns
    -------
    str
        HTML that holds all it needs and forbids itself, by its content security policy, to ask for more.

    Raises
    ------
    UnreadableFile
        If Leaflet is not there.
    """
    figure = _Page()
    page_map = _OfflineMap(
        location=(0.0, 0.0),
        tiles=None,
        prefer_canvas=True,
        zoom_snap=0.25,
        max_zoom=22,
        attribution_control=False,
    )
    # The same report gives the same bytes.
    page_map._id = "coverage"  # noqa: SLF001 - branca has no other way to name an element
    figure.add_child(page_map)
    page_map.render()
    for name, text in _head(report, assets).items():
        figure.header.add_child(_Verbatim(text), name=name)
    figure.html.add_child(_Verbatim(_body(report, page_map.get_name())), name="page")
    code = (_HERE / "report.js").read_text(encoding="utf-8")
    figure.script.add_child(_Verbatim(f"{code}\nstartReport({page_map.get_name()});"), name="report")
    return _with_policy(figure.render())


def _head(report: CoverageReport, assets: Path) -> dict[str, str]:
    """Write the head in folium's order; its own first entry, the character set, is replaced."""
    style = (_HERE / "report.css").read_text(encoding="utf-8")
    return {
        "meta_http": (
            '<meta charset="utf-8">\n'
            f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
        ),
        "title": f"<title>{html.escape(report.scheme_name)} · 网格覆盖质检报告 Coverage report</title>",
        "icon": '<link rel="icon" href="data:,">',
        "style": f"<style>{leaflet_style(assets)}\n{style}</style>",
        "leaflet": f"<script>{leaflet_script(assets)}</script>",
    }


def _with_policy(page: str) -> str:
    """Let exactly the scripts run that are in the page: no text that slips in can become code."""
    hashes = [
        base64.b64encode(hashlib.sha256(script.encode("utf-8")).digest()).decode("ascii")
        for script in _SCRIPT.findall(page)
    ]
    allowed = " ".join(f"'sha256-{digest}'" for digest in hashes)
    policy = f"default-src 'none'; script-src {allowed}; style-src 'unsafe-inline'; img-src data:"
    return page.replace(_POLICY, policy, 1)


def _body(report: CoverageReport, map_name: str) -> str:
    displayed = for_display([level.geometries for level in report.levels], VERTEX_BUDGET)
    place = Markup('<div class="folium-map" id="{}" role="application" aria-label="地图 Map"></div>').format(
        map_name
    )
    return _TEMPLATES.get_template("page.html.jinja").render(
        report=report,
        made_at=report.made_at.isoformat(sep=" ", timespec="minutes"),
        verdict=verdict_words(report),
        levels=[_level_row(level) for level in report.levels],
        counts=_counts(report),
        finding_count=f"{len(report.findings):,}",
        legend=_legend(report),
        remarks=_remarks(displayed),
        map_place=place,
        data=Markup(_script_json(_data(report, displayed))),  # noqa: S704 - < and & are escaped there
    )


def _level_row(level: ReportLevel) -> dict[str, str]:
    return {
        "name": level.name,
        "cells": f"{len(level.codes):,}",
        "area": area_text(level.area_m2),
        "gaps": f"{level.gaps:,}",
        "gap_area": area_text(level.gap_area_m2) if level.gaps else "",
        "overlaps": f"{level.overlaps:,}",
        "overlap_area": area_text(level.overlap_area_m2) if level.overlaps else "",
    }


def _counts(report: CoverageReport) -> list[tuple[str, str, str, bool]]:
    features = report.features
    rows = [
        ("对象", "Objects", features.total, False),
        ("已落格", "Assigned", features.assigned, False),
        ("落入缝隙", "In gaps", features.in_gap, features.in_gap > 0),
        ("在边界上", "On edges", features.on_edge, False),
        ("跨界", "Straddling", features.straddling, False),
        ("范围外", "Outside", features.outside, False),
        ("岗位空缺", "Vacant posts", report.vacancies, report.vacancies > 0),
    ]
    return [(zh, en, f"{count:,}", bad) for zh, en, count, bad in rows]


def _legend(report: CoverageReport) -> list[tuple[str, str, str, str]]:
    """List the patterns that occur, with their words; gap and overlap always, since their absence is news."""
    present = {_pattern(finding.rule) for finding in report.findings}
    entries = [(rule, rule, *rule_words(rule)) for rule in _PATTERNS if rule in present or rule != "vacancy"]
    if "other" in present:
        entries.append(("other", "other", "其他问题", "Other findings"))
    return entries


def _remarks(displayed: Displayed) -> list[tuple[str, str]]:
    remarks = [
        (
            "坐标在本页上取 6 位小数（0.1 m），数字以质检结果为准。",
            "Coordinates are rounded to 6 decimals (0.1 m) on this page; the figures are the audit's.",
        )
    ]
    if displayed.tolerance:
        metres = length_text(displayed.tolerance * _METRES_PER_DEGREE)
        remarks.append(
            (
                f"单元数量较多，边界仅为显示而简化（容差约 {metres}）。",
                f"So many cells: borders are simplified for display only (tolerance about {metres}).",
            )
        )
    remarks.append(
        ("地图：Leaflet（BSD-2-Clause）、folium（MIT）。", "Map: Leaflet, folium. Works without a network.")
    )
    return remarks


def _pattern(rule: str) -> str:
    return rule if rule in _PATTERNS else "other"


def _data(report: CoverageReport, displayed: Displayed) -> dict[str, Any]:
    colours = cell_colours(report.levels)
    return {
        "bounds": _bounds(report),
        "levels": [
            {
                "code": level.code,
                "name": level.name,
                "c": list(level.codes),
                "n": list(level.names),
                "p": list(level.parents),
                "a": [round(float(area), 1) for area in level.areas_m2],
                "k": colours[number],
                "g": steps(displayed.levels[number]),
            }
            for number, level in enumerate(report.levels)
        ],
        "findings": [_finding(finding) for finding in report.findings],
    }


def _finding(finding: ReportFinding) -> dict[str, Any]:
    zh, en = rule_words(finding.rule)
    state_zh, state_en = state_words(finding.state)
    place = finding.geometry
    located = place is not None and not place.is_empty
    return {
        "rule": finding.rule,
        "pattern": _pattern(finding.rule),
        "zh": zh,
        "en": en,
        "level": finding.level,
        "cells": ", ".join(finding.cells),
        "size": _size(finding),
        "state": "" if finding.state == "open" else _joined(f"{state_zh} {state_en}", finding.reason),
        "g": _rounded(place) if located else None,
        "at": _middle(place) if located else None,
    }


def _joined(state: str, reason: str) -> str:
    return f"{state}: {reason}" if reason else state


def _size(finding: ReportFinding) -> str:
    parts = []
    if finding.area_m2 is not None:
        parts.append(area_text(finding.area_m2))
    if finding.width_m is not None:
        parts.append(f"↔ {length_text(finding.width_m)}")
    return " · ".join(parts)


def _middle(place: shapely.Geometry) -> list[float]:
    """Find a point to ring, also in polygons that are too broken to have an inside."""
    west, south, east, north = place.bounds
    inside = shapely.point_on_surface(place) if place.is_valid else shapely.Point()
    return [(west + east) / 2, (south + north) / 2] if inside.is_empty else [inside.x, inside.y]


def _rounded(place: shapely.Geometry) -> Any:
    rounded = shapely.transform(place, lambda points: np.round(points, _DECIMALS_OF_FINDINGS))
    return json.loads(shapely.to_geojson(rounded))


def _bounds(report: CoverageReport) -> list[list[float]]:
    """Find the box around everything, [[south, west], [north, east]]; the world if there is nothing."""
    places = [level.geometries for level in report.levels]
    places.append(np.array([finding.geometry for finding in report.findings], dtype=object))
    box = land_box(places)
    if box is None:
        return [[-60.0, -180.0], [75.0, 180.0]]
    west, south, east, north = box
    return [[south, west], [north, east]]


def _script_json(data: Any) -> str:
    """Write JSON that no HTML parser can take for the end of its script element."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")
