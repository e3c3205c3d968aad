"""Reading actions: whatever is asked, the answer is an action, or a sentence that names what is wrong."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import fields
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geogrid.core.actions import ACTIONS, action_of
from geogrid.core.errors import EDIT_REFUSALS, BadInput, EditRefused
from tests.edits.drawing import box, line, place

words = st.sampled_from(
    [
        "Polygon",
        "LineString",
        "Feature",
        "FeatureCollection",
        "GeometryCollection",
        "refuse",
        "split",
        "add",
        "new",
    ]
)
numbers = (
    st.floats() | st.integers() | st.sampled_from([118.5, 29.5, 0, 180, -90, 10**400, -(10**400), 1e308])
)
leaves = st.none() | st.booleans() | numbers | st.text(max_size=5) | words
keys = st.sampled_from(["type", "coordinates", "geometry", "geometries", "features"]) | st.text(max_size=3)
anything = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=10,
)
positions = st.lists(numbers, max_size=4)
coordinates = st.recursive(positions, lambda inner: st.lists(inner, max_size=5), max_leaves=8)
kinds = st.sampled_from(["Point", "MultiPoint", "Polygon", "LineString", "MultiLineString", "MultiPolygon"])
bare = st.fixed_dictionaries({"type": kinds, "coordinates": coordinates})
geometries = (
    bare
    | st.fixed_dictionaries({"type": st.just("Feature"), "geometry": bare | anything})
    | st.fixed_dictionaries(
        {"type": st.just("FeatureCollection"), "features": st.lists(bare | anything, max_size=3)}
    )
    | st.fixed_dictionaries({"type": st.just("GeometryCollection"), "geometries": st.lists(bare, max_size=3)})
)
values = anything | geometries | positions


@st.composite
def params_of(draw, name):
    """Garbage for every parameter of an action."""
    return {one.name.rstrip("_"): draw(values) for one in fields(ACTIONS[name])}


@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_garbage_is_an_action_or_is_refused(data):
    name = data.draw(st.sampled_from(sorted(ACTIONS)) | anything)
    known = isinstance(name, str) and name in ACTIONS
    params = data.draw(params_of(name) | anything if known else anything)
    with suppress(BadInput, EditRefused):
        assert callable(action_of(name, params))


@pytest.mark.parametrize(
    ("name", "params", "words"),
    [
        ("nothing", {}, "there is no action 'nothing'"),
        ("split_cell", {"lines": line((0, 0), (1, 1))}, "params.code: this parameter is needed"),
        ("split_cell", {"code": None, "lines": line((0, 0), (1, 1))}, "params.code"),
        (
            "split_cell",
            {"code": 7, "lines": line((0, 0), (1, 1))},
            "params.code: this must be a text, and is int",
        ),
        ("split_cell", {"code": "a", "line": []}, "params.line: there is no such parameter"),
        ("split_cell", {"code": "a", "lines": []}, "params.lines: there is no line"),
        (
            "split_cell",
            {"code": "a", "lines": line((0, 0), (0, 0))},
            "params.lines: there is no line of any length",
        ),
        ("split_cell", {"code": "a", "lines": [{"type": "Point", "coordinates": [1, 2]}]}, "params.lines[0]"),
        ("split_cell", {"code": "a", "lines": {"type": "LineString", "coordinates": [[1, 2]]}}, "no GeoJSON"),
        ("split_cell", {"code": "a", "lines": "LINESTRING (0 0, 1 1)"}, "GeoJSON is wanted"),
        ("split_cell", {"code": "a", "lines": line((0, 0), (1, 1)), "astride": "ask"}, "refuse, split"),
        ("split_cell", {"code": "a", "lines": line((0, 0), (1, 1)), "names": "a"}, "params.names"),
        ("split_cell", {"code": "a", "lines": line((0, 0), (1, 1)), "names": [1]}, "params.names[0]"),
        (
            "split_cell",
            {"code": "a", "lines": {"type": "LineString", "coordinates": [[1, 2], [500, 2]]}},
            "degrees",
        ),
        (
            "split_cell",
            {"code": "a", "lines": {"type": "LineString", "coordinates": [[1, 2], [float("nan"), 2]]}},
            "params.lines",
        ),
        (
            "cut_out",
            {"level": "a", "polygon": line((0, 0), (1, 1))},
            "a polygon is wanted, and this is a LineString",
        ),
        ("cut_out", {"level": "a", "polygon": box(0, 0, 1, 1), "name": "a\nb"}, "of one line"),
        ("cut_out", {"level": "a", "polygon": box(0, 0, 1, 1), "name": "\ud800"}, "of one line"),
        ("cut_out", {"level": "a", "polygon": box(0, 0, 1, 1), "name": "a" * 1001}, "1,000"),
        ("move_node", {"at": [118, 29], "to": [118]}, "params.to: a position is [longitude, latitude]"),
        ("move_node", {"at": [118, 29], "to": [10**400, 29]}, "params.to"),
        ("move_node", {"at": [118, 29], "to": [float("inf"), 29]}, "params.to"),
        ("move_node", {"at": [118, 29], "to": [True, 29]}, "params.to"),
        ("move_node", {"at": {"type": "Point", "coordinates": [118, 29]}, "to": [118, 29]}, "params.at"),
        ("change_outline", {"polygon": box(0, 0, 1, 1), "mode": ["add"]}, "add, remove, replace"),
        ("merge_cells", {"codes": []}, "params.codes: this must be a list of texts"),
        ("merge_cells", {"codes": "ab"}, "params.codes"),
    ],
)
def test_what_is_wrong_is_named(name, params, words):
    with pytest.raises(BadInput) as fault:
        action_of(name, params)
    assert words in fault.value.message


@pytest.mark.parametrize("params", [[], "code", 7, None])
def test_parameters_are_an_object(params):
    with pytest.raises(BadInput, match="params: these must be an object"):
        action_of("split_cell", params)


def test_collections_in_collections_are_no_trap():
    nested = line((0, 0), (1, 1))
    for _ in range(400):
        nested = {"type": "FeatureCollection", "features": [nested]}
    with pytest.raises(BadInput, match="collections in collections"):
        action_of("split_cell", {"code": "a", "lines": nested})


def test_no_names_are_as_good_as_none():
    named = action_of("split_cell", {"code": "a", "lines": line((0, 0), (1, 1)), "names": []})
    assert named == action_of("split_cell", {"code": "a", "lines": line((0, 0), (1, 1))})


def test_drawings_come_to_the_lattice():
    action = action_of("move_node", {"at": [118.0000000149, 29], "to": place(1, 1)})
    assert action.at == (118.00000001, 29.0)


def test_a_drawing_is_no_file():
    many = {"type": "LineString", "coordinates": [[n * 1e-5, 0] for n in range(100_001)]}
    with pytest.raises(BadInput, match="import a file instead"):
        action_of("split_cell", {"code": "a", "lines": many})


def test_every_reason_to_refuse_is_given_by_an_action_and_tried_by_a_test():
    root = Path(__file__).parents[2]
    core = [path for path in (root / "geogrid" / "core").rglob("*.py") if path.name != "errors.py"]
    given_by = "".join(path.read_text() for path in [*core, *(root / "boundaries").rglob("*.py")])
    tried_by = "".join(path.read_text() for path in (root / "tests").rglob("test_*.py"))
    for code in EDIT_REFUSALS:
        assert f'"{code}"' in given_by, f"{code} is dead"
        assert f'"{code}"' in tried_by, f"no test is refused with {code}"
