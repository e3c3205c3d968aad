"""People's decisions for a cell that ends follow into its heirs, or are told to be ignored."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
import shapely
from django.utils import timezone

from accounts.models import User
from boundaries.participants import registered
from boundaries.selectors import land_at
from geogrid.core.change import Change, Heir
from layers.models import Override
from layers.participant import LayersParticipant
from layers.services.assignments import assignments_check, features_assign
from tests.layers.lands import LONG_AGO, new_layer, put
from tests.layers.quilts import CITY, PLOT, ZONE, Patch, Quilt, publish, quilt_scheme, some_shape

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)


class Town:
    """One city with zones in a row, of one square each::

    A  B  C  D
    """

    def __init__(self) -> None:
        self.scheme, self.layer = quilt_scheme(), new_layer("things")
        self.city = Patch(uuid.uuid4(), CITY, "0", None, frozenset((x, 0) for x in range(4)))
        self.zones = {code: self.zone(code, {(x, 0)}) for x, code in enumerate("ABCD")}
        self.publish_first()

    def zone(self, code: str, squares, level: int = ZONE, parent: uuid.UUID | None = None) -> Patch:
        return Patch(uuid.uuid4(), level, code, parent or self.city.ident, frozenset(squares))

    def cells(self):
        return {patch.ident: patch.cell() for patch in (self.city, *self.zones.values())}

    def publish_first(self) -> None:
        self.before = self.cells()
        publish(self.scheme, {}, self.before, LONG_AGO)

    def decide(self, key: str, shape, zone: str, since=LONG_AGO, until=None, by=None) -> Override:
        feature = put(self.layer, key, shape)
        features_assign(scheme=self.scheme)
        return Override.objects.create(
            feature=feature,
            scheme=self.scheme,
            cell_id=self.zones[zone].ident,
            reason="gate",
            valid=(since, until),
            by=by,
        )

    def change(self, heirs) -> Change:
        idents = {code: patch.ident for code, patch in self.zones.items()}
        idents |= {cell.code: ident for ident, cell in self.before.items()}
        return Change.between(
            self.before,
            self.cells(),
            heirs=[Heir(idents[old], idents[new], share) for old, new, share in heirs],
        )

    def follow(self, heirs, effective=None):
        change = self.change(heirs)
        edition = publish(self.scheme, self.before, self.cells(), effective or timezone.now())
        (participant,) = [one for one in registered() if isinstance(one, LayersParticipant)]
        features_assign(scheme=self.scheme, since=self.scheme.editions.get(number=1).effective)
        said = participant.edition_published(
            scheme=self.scheme,
            edition=edition,
            land=lambda: land_at(self.scheme, edition.effective),
            change=change,
        )
        assert assignments_check(scheme=self.scheme)[1] == []
        return edition, said

    def rows(self, key: str):
        codes = {ident: cell.code for ident, cell in (self.before | self.cells()).items()}
        found = Override.objects.filter(feature__key=key).order_by("valid")
        return [(codes[one.cell_id], one.reason, one.valid.lower, one.valid.upper) for one in found]


@pytest.fixture
def town(db) -> Town:
    return Town()


def spot(x: float, y: float) -> shapely.Point:
    return shapely.Point(round(118 + x * 0.01, 8), round(30 + y * 0.01, 8))


def halves(town: Town) -> None:
    """B ends; its land is a third of B1 and two thirds of B2, as far as squares can say it."""
    del town.zones["B"]
    del town.zones["C"]
    town.zones["B1"] = town.zone("B1", {(1, 0)})
    town.zones["B2"] = town.zone("B2", {(2, 0)})


SHARES = [("B", "B1", 0.4), ("B", "B2", 0.6), ("C", "B2", 1.0)]


def test_a_point_follows_into_the_heir_that_holds_it(town) -> None:
    by = User.objects.create(username="planner")
    town.decide("p", spot(1.5, 0.5), "B", by=by)
    halves(town)
    edition, said = town.follow(SHARES)
    assert said["overrides_followed"] == 1
    assert said["overrides_ignored"] == []
    assert town.rows("p") == [
        ("B", "gate", LONG_AGO, edition.effective),
        ("B1", "gate (edition 2: B → B1)", edition.effective, None),
    ]
    assert Override.objects.get(valid__upper_inf=True).by == by


def test_a_point_on_the_border_of_two_heirs_follows_into_the_lower_code(town) -> None:
    town.decide("p", spot(2, 0.5), "B")
    halves(town)
    town.follow(SHARES)
    assert town.rows("p")[1][0] == "B1"


def test_a_point_elsewhere_and_what_is_no_point_follow_the_largest_share(town) -> None:
    town.decide("far", spot(0.5, 0.5), "B")
    town.decide("house", shapely.box(118.011, 30.001, 118.012, 30.002), "B")
    halves(town)
    _, said = town.follow(SHARES)
    assert said["overrides_followed"] == 2
    assert [town.rows(key)[1][0] for key in ("far", "house")] == ["B2", "B2"]


def test_an_override_for_a_time_keeps_its_end_and_a_later_one_its_beginning(town) -> None:
    soon, later = timezone.now() + 5 * DAY, timezone.now() + 9 * DAY
    town.decide("now", spot(1.5, 0.5), "B", until=later)
    town.decide("then", spot(1.5, 0.5), "B", since=later)
    town.decide("over", spot(1.5, 0.5), "B", until=soon)
    halves(town)
    edition, said = town.follow(SHARES, soon)
    assert said["overrides_followed"] == 2
    assert [row[0] for row in town.rows("now")] == ["B", "B1"]
    assert town.rows("now")[1][2:] == (edition.effective, later)
    assert town.rows("then") == [("B1", "gate (edition 2: B → B1)", later, None)]
    assert town.rows("over") == [("B", "gate", LONG_AGO, soon)]


def test_without_an_heir_or_with_one_that_holds_nothing_an_override_stays_and_is_told(town) -> None:
    town.decide("none", spot(0.5, 0.5), "C")
    town.decide("divided", spot(1.5, 0.5), "B")
    halves(town)
    town.zones["plot"] = town.zone("plot", {(1, 0)}, PLOT, town.zones["B1"].ident)
    town.zones["plot2"] = town.zone("plot2", {(2, 0)}, PLOT, town.zones["B2"].ident)
    # Only an edition that fills no level for the first time is followed in part; both ways must tell it.
    _, said = town.follow([("B", "B1", 1.0)])
    assert said["overrides_followed"] == 0
    assert sorted(one["key"] for one in said["overrides_ignored"]) == ["divided", "none"]
    assert town.rows("none") == [("C", "gate", LONG_AGO, None)]


def test_an_override_that_is_ignored_is_told_when_only_the_changed_land_is_read(town) -> None:
    town.decide("none", spot(0.5, 0.5), "C")
    town.decide("other", spot(0.5, 0.5), "D")
    halves(town)
    _, said = town.follow([])
    assert [one["key"] for one in said["overrides_ignored"]] == ["none"]


def test_following_once_more_changes_nothing(town) -> None:
    town.decide("p", spot(1.5, 0.5), "B")
    halves(town)
    edition, _ = town.follow(SHARES)
    before = list(Override.objects.order_by("pk").values())
    (participant,) = [one for one in registered() if isinstance(one, LayersParticipant)]
    said = participant.edition_published(
        scheme=town.scheme, edition=edition, land=lambda: pytest.fail("read"), change=town.change(SHARES)
    )
    assert said["overrides_followed"] == said["reassigned"] == 0
    assert list(Override.objects.order_by("pk").values()) == before


def test_quilts_draw_what_they_are_asked_to() -> None:
    quilt = Quilt.of(1)
    assert quilt.cells().keys() <= quilt.patches.keys()
    assert some_shape(quilt.chance).is_valid
