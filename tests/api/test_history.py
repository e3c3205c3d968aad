"""The life of cells: what they were and will be, whose land they took, and who has theirs, in four editions.

The first is a hundred days old; the second, fifty, divides 10, joins B and G, and draws the border of 9 and
100 again; the third, twenty, gives a node to 2 and renames it; the fourth takes effect in fifty days: 10a
goes to 10b, which takes half of 9 as well::

    first           second            third              fourth
    2   B   G       2     ( M  )      2•    ( M  )       2•    ( M  )
    10  9   100     a b   9 ~ 100     a b   9 ~ 100      ( b  )9 ~ 100
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import pytest
import shapely
from django.utils import timezone

from accounts.models import Role
from boundaries.models import Cell, CellVersion, Edition, Lineage
from boundaries.selectors.history import cell_history, cell_of_code
from boundaries.selectors.lineage import cell_heirs
from layers.services.assignments import features_assign
from people.models import Person, Post
from people.services import appointment_add
from tests.api.test_problems import problem_of
from tests.layers.lands import Land, at, box, lot, new_layer, new_scheme, point, put

#: The versions are written by hand, without the nodes that cells give the one above.
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("unguarded")]

NOW = timezone.now()
DAYS = [NOW + dt.timedelta(days=days) for days in (-100, -50, -20, 50)]
#: A moment within each edition.
WITHIN = [day + dt.timedelta(days=1) for day in DAYS]
WIGGLED = [at(2, 0), (118.02001, 30.003), (118.01999, 30.007), at(2, 1)]


def drawn_again(east: float, west: float):
    """The lots 9, from `west`, and 100, up to `east`; the border between them is drawn again."""
    nine = shapely.Polygon(
        [at(west, 0), *WIGGLED, at(1, 1)] if west == 1 else [at(west, 0), *WIGGLED, at(west, 1)]
    )
    hundred = shapely.Polygon([at(east, 0), at(east, 1), *WIGGLED[::-1]])
    return nine, hundred


def noded(shape, *nodes):
    """Give a box nodes in the middle of its edges."""
    ring = shapely.get_coordinates(shape)[:-1].tolist()
    for place, node in nodes:
        ring.insert(place, at(*node))
    return shapely.Polygon(ring)


@dataclass
class Life:
    land: Land
    editions: list[Edition]

    @property
    def cells(self) -> dict[str, Cell]:
        return self.land.cells


def lots_of_each():
    nine, hundred = drawn_again(3, 1)
    west, east = box(0, 0, 0.5, 1), box(0.5, 0, 1, 1)
    first = {
        "10": lot(0, 0),
        "9": lot(1, 0),
        "100": lot(2, 0),
        "2": lot(0, 1),
        "B": lot(1, 1),
        "G": lot(2, 1),
    }
    second = {"10a": west, "10b": east, "9": nine, "100": hundred, "2": lot(0, 1), "M": box(1, 1, 3, 2)}
    third = {**second, "2": noded(lot(0, 1), (1, (0.5, 1)))}
    half, _ = drawn_again(3, 1.5)
    fourth = {**third, "9": half, "10b": box(0, 0, 1.5, 1)}
    del fourth["10a"]
    return first, second, third, fourth


@pytest.fixture
def life(db) -> Life:
    """Four editions; who inherited is written down for the second, not for the fourth."""
    land = new_scheme("small", hotlines=[])
    editions = [land.publish(lots, day) for lots, day in zip(lots_of_each(), DAYS, strict=True)]
    versions = CellVersion.objects.filter(scheme=land.scheme)
    versions.filter(code="2", edition__number__gte=3).update(name="新潭", noded=True)
    for before, after, share in (("10", "10a", 0.5), ("10", "10b", 0.5), ("B", "M", 1.0), ("G", "M", 1.0)):
        Lineage.objects.create(
            scheme=land.scheme,
            edition=editions[1],
            predecessor=land.cells[before],
            successor=land.cells[after],
            share=share,
        )
    return Life(land, editions)


def moments(document):
    return [(one["edition"], one["changes"]) for one in document["versions"]]


def bonds(document, way):
    return [
        (one["depth"], one["edition"], one["predecessor"]["code"], one["successor"]["code"], one["derived"])
        for one in document[way]
    ]


class TestTimeline:
    def test_a_border_that_was_drawn_again_is_told_from_land_that_moved(self, life, get):
        document = get("schemes/small/cells/9/history")
        assert moments(document) == [(1, ["created"]), (2, ["redigitised"]), (4, ["moved"])]
        _, again, moved = document["versions"]
        assert 0.5 < again["distance_m"] < 5
        assert 0 < again["exchanged_m2"] < 2000
        assert moved["distance_m"] == pytest.approx(0.5 * 0.01 * 111_320 * 0.866, rel=0.01)

    def test_nodes_and_names_are_told_without_a_distance(self, life, get):
        document = get("schemes/small/cells/2/history")
        assert moments(document) == [(1, ["created"]), (3, ["noded", "renamed"])]
        assert document["versions"][1]["distance_m"] is None
        assert document["versions"][1]["exchanged_m2"] == 0

    def test_nodes_that_nobody_marked_are_seen_by_the_land(self, life, get):
        CellVersion.objects.update(noded=False)
        noded = get("schemes/small/cells/2/history")["versions"][1]
        assert noded["changes"] == ["noded", "renamed"]
        assert noded["distance_m"] < 0.002

    def test_every_version_says_from_when_to_when_and_since_which_edition(self, life, get):
        _, second, fourth = get("schemes/small/cells/9/history")["versions"]
        assert dt.datetime.fromisoformat(second["valid"]["from"]) == DAYS[1]
        assert dt.datetime.fromisoformat(second["valid"]["to"]) == DAYS[3]
        assert fourth["valid"]["to"] is None
        assert dt.datetime.fromisoformat(fourth["effective"]) == DAYS[3]
        assert (fourth["level"], fourth["code"], fourth["parent"]) == ("lot", "9", "C")

    def test_a_new_code_a_new_parent_and_a_time_without_the_cell_are_told(self, life, get):
        last = CellVersion.objects.get(code="M", valid__upper_inf=True)
        CellVersion.objects.filter(pk=last.pk).update(valid=(DAYS[1], DAYS[2]))
        last.pk, last.valid, last.code, last.parent, last.edition = (
            None,
            (DAYS[3], None),
            "N",
            None,
            life.editions[3],
        )
        last.save()
        for code in ("M", "N"):
            document = get(f"schemes/small/cells/{code}/history")
            assert moments(document) == [(2, ["created"]), (4, ["revived", "renumbered", "reparented"])]

    def test_who_published_is_told_to_who_may_see_people(self, life, get, ask):
        seen = get("schemes/small/cells/9/history", by=Role.ADMINISTRATOR)
        assert seen["versions"][0]["published_by"] is None  # nobody was named
        user = type(life.editions[0]).published_by.field.related_model.objects.get(username="administrator")
        Edition.objects.update(published_by=user)
        assert get("schemes/small/cells/9/history")["versions"][0]["published_by"] is None
        told = get("schemes/small/cells/9/history", by=Role.ADMINISTRATOR)["versions"][0]
        assert told["published_by"] == "administrator"

    def test_a_code_that_never_was_is_not_found(self, life, ask):
        problem_of(ask("schemes/small/cells/none/history"), 404, "not-found")
        problem_of(ask("schemes/none/cells/9/history"), 404, "not-found")

    @pytest.mark.parametrize("depth", ["0", "21", "x"])
    def test_a_depth_that_is_none_is_refused(self, depth, life, ask):
        problem_of(ask("schemes/small/cells/9/history", depth=depth), 400, "bad-parameter")


class TestLineage:
    def test_heirs_and_heirs_of_heirs_are_told_as_written_or_as_the_land_says(self, life, get):
        document = get("schemes/small/cells/10/history")
        assert bonds(document, "successors") == [
            (1, 2, "10", "10a", False),
            (1, 2, "10", "10b", False),
            (2, 4, "10a", "10b", True),
        ]
        assert [one["share"] for one in document["successors"]] == [0.5, 0.5, 1.0]
        assert document["predecessors"] == []
        assert not document["truncated"]

    def test_ancestors_are_told_the_other_way(self, life, get):
        assert bonds(get("schemes/small/cells/M/history"), "predecessors") == [
            (1, 2, "B", "M", False),
            (1, 2, "G", "M", False),
        ]

    def test_where_nobody_wrote_it_down_the_land_says_whose_it_was(self, life, get):
        Lineage.objects.all().delete()
        document = get("schemes/small/cells/10a/history")
        assert bonds(document, "predecessors") == [(1, 2, "10", "10a", True)]
        assert document["predecessors"][0]["share"] == pytest.approx(0.5)

    def test_a_depth_of_one_stops_at_the_next_generation(self, life, get):
        assert len(get("schemes/small/cells/10/history", depth=1)["successors"]) == 2

    def test_what_is_left_out_is_said(self, life):
        told = cell_history(cell_of_code(life.land.scheme, "10"), most=1)
        assert (len(told.successors), told.truncated) == (1, True)

    def test_heirs_are_those_of_the_moment_that_is_asked_for(self, life, get):
        def heirs(**asked):
            return [(one["code"], one["share"]) for one in get("schemes/small/cells/10", **asked)["heirs"]]

        assert heirs(edition=1) == []
        assert heirs(edition=2) == heirs() == [("10a", 0.5), ("10b", 0.5)]
        assert heirs(edition=4) == [("10b", 1.0)]
        assert heirs(at=WITHIN[3].isoformat()) == [("10b", 1.0)]

    def test_heirs_without_a_moment_are_those_of_its_end(self, life):
        found = cell_heirs(life.cells["10"].pk, DAYS[1])
        assert [heir.code for heir in found] == ["10a", "10b"]

    def test_a_cell_that_came_back_has_those_for_ancestors_that_it_left_its_land_to(self, life):
        # 10 comes back in the fourth edition in place of 10a and 10b, which had its land in between.
        CellVersion.objects.filter(code="10b", valid__upper_inf=True).delete()
        CellVersion.objects.create(
            cell=life.cells["10"],
            scheme=life.land.scheme,
            level=life.cells["10"].level,
            edition=life.editions[3],
            code="10",
            geom=CellVersion.objects.get(code="10").geom,
            valid=(DAYS[3], None),
        )
        told = cell_history(life.cells["10"].pk)
        steps = [(one.depth, one.predecessor.code, one.successor.code) for one in told.predecessors]
        assert steps == [(1, "10a", "10"), (1, "10b", "10"), (2, "10", "10a"), (2, "10", "10b")]
        assert [one.code for one in cell_heirs(life.cells["10"].pk, DAYS[1], WITHIN[1])] == ["10a", "10b"]

    def test_what_an_ancestor_took_after_it_gave_is_nobodys_ancestor(self, life, get):
        # B gave to M in the second edition; that 9 gave to 10b in the fourth is none of 10's business.
        Lineage.objects.create(
            scheme=life.land.scheme,
            edition=life.editions[3],
            predecessor=life.cells["9"],
            successor=life.cells["B"],
            share=0.5,
        )
        assert {code for _, _, code, _, _ in bonds(get("schemes/small/cells/M/history"), "predecessors")} == {
            "B",
            "G",
        }


@pytest.fixture
def answered(life) -> Life:
    """Wardens, some for a time, and things, assigned from the first edition on."""
    level = life.land.scheme.levels.get(code="lot")
    post = Post.objects.create(
        scheme=life.land.scheme, level=level, code="warden", name_zh="网格员", name_en="Warden"
    )
    for code, name, since, until in (
        ("10", "王", 0, 1),
        ("10b", "李", 1, 3),
        ("10b", "赵", 3, None),
        ("M", "陈", 1, None),
    ):
        appointment_add(
            person=Person.objects.create(name=name),
            post=post,
            cell=life.cells[code],
            since=DAYS[since],
            until=None if until is None else DAYS[until],
        )
    things = new_layer("thing", geometry_type="point")
    for key, place in {"west": (0.2, 0.5), "middle": (1.2, 0.5), "lake": (2.5, 1.5)}.items():
        put(things, key, point(*place))
    features_assign(scheme=life.land.scheme, since=DAYS[0])
    return life


#: What holds within each edition: cells there are; cell of each thing; who answers for the cell of `west`.
EXPECTED = [
    ({"10", "9", "100", "2", "B", "G"}, {"west": "10", "middle": "9", "lake": "G"}, "王"),
    ({"10a", "10b", "9", "100", "2", "M"}, {"west": "10a", "middle": "9", "lake": "M"}, None),
    ({"10a", "10b", "9", "100", "2", "M"}, {"west": "10a", "middle": "9", "lake": "M"}, None),
    ({"10b", "9", "100", "2", "M"}, {"west": "10b", "middle": "10b", "lake": "M"}, "赵"),
]


@pytest.mark.parametrize("nth", range(4))
def test_cells_people_and_assignments_answer_alike_at_any_time_and_for_any_edition(nth, answered, get):
    cells, things, warden = EXPECTED[nth]
    moment = WITHIN[nth].isoformat()
    for asked in ({"at": moment}, {"edition": nth + 1}):
        listed = get("schemes/small/cells", level="lot", **asked)["results"]
        assert {row["code"] for row in listed} == cells
        west = get(f"schemes/small/cells/{things['west']}", **asked)
        assert [one["person"] for one in west["responsible"]] == ([warden] if warden else [])
        assert west["counts"]["thing"] == sum(code == things["west"] for code in things.values())
    for key, code in things.items():
        (assignment,) = get(f"layers/thing/features/{key}", at=moment)["assignments"]
        assert assignment["cell"] == code
    lon, lat = point(0.2, 0.5).coords[0]
    (located,) = get("locate", lon=lon, lat=lat, at=moment, scheme="small")["schemes"]
    assert (located["edition"], located["cells"][-1]["code"]) == (nth + 1, things["west"])
    assert [one["person"] for one in located["responsible"]] == ([warden] if warden else [])


def test_a_second_before_and_the_moment_itself_differ(answered, get):
    before = DAYS[3] - dt.timedelta(seconds=1)
    assert get("schemes/small/cells/10a", at=before.isoformat())["heirs"] == []
    after = get("schemes/small/cells/10a", at=DAYS[3].isoformat())
    assert [heir["code"] for heir in after["heirs"]] == ["10b"]
    assert get("schemes/small/cells/10a")["valid"]["to"] is not None
