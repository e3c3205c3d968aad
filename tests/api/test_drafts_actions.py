"""Every action over HTTP, with a token: previewed, made, undone, redone, or refused with the place.

::

    y 2  +----+----+----+----+
         | 3  | 4  | 7 <| 8  |    8 reaches half into 7
    y 1  +----+----+----+----+
         |    | 2  | 5  | 6  |    1 is its southern half: above it is a gap
         | 1  |    |    |    |    through 5 runs a road
    y 0  +----+----+----+----+
         0    1    2    3    4    one unit is 0.01°

West of x 2 lies the street W, east of it E; both are of the city C. There are no yards and beds yet.
"""

from __future__ import annotations

import json

import pytest
import shapely

from accounts.models import Role
from boundaries.models import Draft, Level
from geogrid.core.actions import ACTIONS
from layers.models import Layer
from layers.services.features import FeatureRow, features_upsert
from tests.api.test_problems import problem_of
from tests.boundaries.towns import UNIT, across, box, line, new_town, put, rows_of_draft

pytestmark = pytest.mark.django_db


def shape(*box_of):
    """A box in units, as GeoJSON."""
    return drawn(box(*box_of))


def drawn(land):
    """A geometry as GeoJSON."""
    return json.loads(shapely.to_geojson(land))


def at(x, y):
    """A position in units."""
    return [x * UNIT, y * UNIT]


@pytest.fixture
def town(db):
    """A published town whose lots may have yards, which may be divided into beds."""
    scheme, _ = new_town()
    above = scheme.levels.get(code="lot")
    for ordinal, (code, rule) in enumerate((("yard", "ragged"), ("bed", "partition")), 3):
        above = Level.objects.create(
            scheme=scheme, code=code, ordinal=ordinal, name_zh=code, name_en=code, rule=rule, parent=above
        )
    return scheme


@pytest.fixture
def draft(town, done):
    """The address of a draft that was just opened."""
    return f"drafts/{done('schemes/town/drafts', {'name': 'work'}, status=201)['id']}"


@pytest.fixture
def faulty(draft):
    """A file with a gap and an overlap was put into the draft, and there is a road."""
    put(work(), "lot", {"1": ("W", box(0, 0, 1, 0.5)), "8": ("E", box(2.5, 1, 4, 2))})
    road = Layer.objects.create(
        code="road", name_zh="路", name_en="Road", geometry_type="line", key_fields=["no"], schema={}
    )
    features_upsert(layer=road, rows=[FeatureRow("A", shapely.LineString([at(2.5, -1), at(2.5, 3)]), {})])
    return draft


def work():
    return Draft.objects.get(name="work")


@pytest.fixture
def body():
    """What is posted for an action; the version is the draft's."""

    def body(action, /, **params):
        return {"action": action, "params": params, "version": work().version}

    return body


@pytest.fixture
def edit(done, draft, body):
    """Preview an action, make it, take it back, make it again; give what was told when it was made."""

    def edit(action, /, **params):
        before, version = rows_of_draft(work()), work().version
        previewed = done(f"{draft}/edits?preview=1", body(action, **params))
        assert (previewed["edit"], previewed["version"]) == (None, version)
        assert rows_of_draft(work()) == before
        made = done(f"{draft}/edits", body(action, **params))
        after = rows_of_draft(work())
        assert made["version"] == version + 1
        assert made["patch"] == previewed["patch"]
        assert after != before
        undone = done(f"{draft}/undo", {"version": version + 1})
        assert rows_of_draft(work()) == before
        assert sorted(undone["patch"]["created"]) == sorted(made["patch"]["removed"])
        redone = done(f"{draft}/redo", {"version": version + 2})
        assert rows_of_draft(work()) == after
        assert redone["patch"] == made["patch"]
        return made

    return edit


@pytest.fixture
def refused(post, draft, body):
    """Ask for what cannot be done; nothing is written, and the answer names the place."""

    def refused(reason, action, /, **params):
        asked, before = body(action, **params), rows_of_draft(work())
        for preview in ("", "?preview=1"):
            problem = problem_of(post(f"{draft}/edits{preview}", asked), 422, reason)
            assert not read(problem["geometry"]).is_empty
        assert (rows_of_draft(work()), work().version) == (before, asked["version"])
        return problem

    return refused


@pytest.fixture
def cells(draft, get):
    """Ask for the cells of a level as the draft has them: code → cell."""

    def cells(level):
        answer = get(f"{draft}/cells", by=Role.PLANNER, level=level, geometry="true")
        return {cell["code"]: cell for cell in answer["results"]}

    return cells


#: A plain edit of each action, on the land above; GAP and OVERLAP are the findings there.
EDITS = {
    "split_cell": across("2"),
    "split_by_layer": {"code": "5", "layer": "road"},
    "cut_out": {"level": "lot", "polygon": shape(3.2, 0.2, 3.8, 0.8), "name": "pond"},
    "merge_cells": {"codes": ["2", "4"], "keep": "2"},
    "redraw_edge": {
        "level": "lot",
        "from": at(3, 0),
        "to": at(3, 1),
        "line": line((3, 0), (3.2, 0.5), (3, 1)),
    },
    "move_node": {"at": at(2, 1), "to": at(1.9, 0.9)},
    "transfer_part": {"from": "5", "to": "6", "polygon": shape(2.7, 0, 3.3, 0.4)},
    "draw_cell": {"level": "city", "polygon": shape(4, 0, 5, 2), "name": "East"},
    "fill_gap": {"finding": "GAP", "into": "new", "name": "filled"},
    "resolve_overlap": {"finding": "OVERLAP", "to": "first"},
    "edit_attributes": {"code": "2", "name": "two", "new_code": "2B"},
    "insert_level": {"code": "2", "level": "yard"},
    "retire_cell": {"code": "2", "into": "4"},
    "change_outline": {"polygon": shape(3.5, 0, 5, 1), "mode": "remove"},
}


@pytest.mark.parametrize("action", ACTIONS)
def test_each_action_is_previewed_made_undone_and_redone(action, faulty, edit, get):
    found = faults_of(get)
    assert found.keys() == {"gap", "overlap"}
    params = EDITS[action]
    if "finding" in params:
        params = params | {"finding": found[params["finding"].lower()]}
    told = edit(action, **params)
    assert told["findings"] == []
    mended = {"fill_gap": "gap", "resolve_overlap": "overlap"}.get(action)
    assert faults_of(get).keys() == found.keys() - {mended}


def faults_of(get):
    """Ask for the faults of the draft's land: rule → id. The road lies in several lots, which is none."""
    audit = get("schemes/town/audit", by=Role.PLANNER, draft="work")
    return {one["rule"]: one["id"] for one in audit["findings"] if one["rule"] != "straddling"}


def test_a_level_is_inserted_below_one_cell(edit, cells):
    told = edit("insert_level", code="2", level="yard", name="front yard")
    (code,) = told["patch"]["created"]
    (changed,) = told["patch"]["changed"]
    assert (changed["code"], changed["level"], changed["noded"]) == (code, "yard", False)
    (yard,) = cells("yard").values()
    assert (yard["code"], yard["name"], yard["parent"]) == (code, "front yard", "2")
    assert all(same(cell["geometry"], box(1, 0, 2, 1)) for cell in (changed, yard))


def test_a_level_is_inserted_once_and_right_below(draft, edit, post, body):
    edit("insert_level", code="2", level="yard")
    before = rows_of_draft(work())
    for code, reason in (("2", "has-cells-already"), ("W", "wrong-level"), ("nobody", "no-such-cell")):
        problem = problem_of(
            post(f"{draft}/edits", body("insert_level", code=code, level="yard")), 422, reason
        )
        assert ("geometry" in problem) == (code != "nobody")
    assert rows_of_draft(work()) == before


def test_a_level_is_not_inserted_where_the_one_below_it_would_not_be_tiled(edit, refused):
    """The second yard would be the only one without beds."""
    (yard,) = edit("insert_level", code="2", level="yard")["patch"]["created"]
    edit("insert_level", code=yard, level="bed")
    problem = refused("would-add-fault", "insert_level", code="4", level="yard")
    assert same(problem["geometry"], box(1, 1, 2, 2))


def test_a_cell_is_drawn_beside_the_land_on_all_levels_that_are_tiled(edit, cells):
    """It is clipped to its neighbours, which get their nodes."""
    told = edit("draw_cell", level="city", polygon=shape(3.5, 0.5, 5, 1.5), name="East")
    created = {cell["code"]: cell for cell in told["patch"]["changed"] if not cell["noded"]}
    assert created.keys() == set(told["patch"]["created"])
    assert {cell["level"] for cell in created.values()} == {"city", "street", "lot"}
    assert all(same(cell["geometry"], box(4, 0.5, 5, 1.5)) for cell in created.values())
    noded = {cell["code"] for cell in told["patch"]["changed"] if cell["noded"]}
    assert noded == {"C", "E", "6", "8"}
    drawn = {cells(level)[code]["parent"] for code, level in ((c, created[c]["level"]) for c in created)}
    assert None in drawn
    assert {cell["name"] for cell in cells("city").values()} == {"cell C", "East"}


def test_a_cell_is_drawn_where_nobody_is(draft, refused):
    problem = refused("nothing-inside", "draw_cell", level="lot", polygon=shape(0.2, 0.2, 0.8, 0.8))
    assert same(problem["geometry"], box(0.2, 0.2, 0.8, 0.8))
    problem = refused("not-in-parent", "draw_cell", level="lot", polygon=shape(5, 0, 6, 1))
    assert same(problem["geometry"], box(5, 0, 6, 1))
    bow = {"type": "Polygon", "coordinates": [[at(4, 0), at(5, 1), at(5, 0), at(4, 1), at(4, 0)]]}
    refused("not-a-polygon", "draw_cell", level="city", polygon=bow)


TOWN, EAST = box(0, 0, 4, 2), box(4, 0, 5, 1)
WESTERN, CORNER = box(0, 0, 1, 2), box(2.5, 1, 4, 2)
#: What is drawn, the land afterwards, and the lots, streets and cities that change and end.
OUTLINES = {
    "add": (shape(3.5, 0, 5, 1), TOWN | EAST, {"6", "E", "C"}, set()),
    "remove": (shape(2.5, 1, 9, 3), TOWN - CORNER, {"7", "E", "C"}, {"8"}),
    "replace": (drawn((TOWN - WESTERN) | EAST), (TOWN - WESTERN) | EAST, {"6", "E", "W", "C"}, {"1", "3"}),
}


@pytest.mark.parametrize("mode", OUTLINES)
def test_the_outline_changes_on_all_levels_at_once(mode, edit, cells):
    polygon, land, changed, removed = OUTLINES[mode]
    told = edit("change_outline", polygon=polygon, mode=mode)
    patch = told["patch"]
    assert {cell["code"] for cell in patch["changed"] if not cell["noded"]} == changed
    assert (patch["created"], set(patch["removed"])) == ([], removed)
    for level in ("city", "street", "lot"):
        shapes = [read(cell["geometry"]) for cell in cells(level).values()]
        assert same(drawn(shapely.union_all(shapes)), land)
        assert sum(one.area for one in shapes) == pytest.approx(land.area)


def test_the_outline_is_changed_across_it_beside_the_land_and_never_to_nothing(draft, refused):
    inside, apart, all_of_it = shape(1, 0, 2, 1), shape(6, 0, 7, 1), shape(-1, -1, 5, 3)
    for code, polygon, mode in (
        ("nothing-inside", inside, "add"),
        ("not-adjacent", apart, "add"),
        ("nothing-inside", apart, "remove"),
        ("would-empty-cell", all_of_it, "remove"),
    ):
        problem = refused(code, "change_outline", polygon=polygon, mode=mode)
        assert same(problem["geometry"], read(polygon))


def test_the_outline_that_the_scheme_says_is_not_changed(town, draft, refused):
    town.extent = memoryview(shapely.to_wkb(shapely.MultiPolygon([box(0, 0, 4, 2)])))
    town.save()
    refused("outline-fixed", "change_outline", polygon=shape(4, 0, 5, 1), mode="add")
    refused("not-in-parent", "draw_cell", level="city", polygon=shape(4, 0, 5, 1))


def read(geometry):
    return shapely.from_geojson(json.dumps(geometry))


def same(geometry, land):
    """Tell whether GeoJSON is this land."""
    return shapely.symmetric_difference(read(geometry), land, grid_size=1e-8).area == 0
