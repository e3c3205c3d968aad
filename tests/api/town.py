"""A small published land with people and objects, made by the services that make real ones.

The city C has six lots::

    2    B    (gap)
    10   9    100

In edition 1 the gap is accepted: it is a lake. Edition 2 retires B, whose land goes to 2. The lot 100 has a
warden with a private phone, the others none. Clinics keep contact and telephone private, patients their key.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

import shapely
from django.utils import timezone

from accounts.models import Role, User
from accounts.services.roles import user_role_give
from boundaries.models import Cell, Draft, DraftVisibility, Edition, Level, Scheme, SchemeDocument
from boundaries.services.drafts import IncomingCell, draft_cells_put, draft_open
from boundaries.services.publishing import draft_publish
from geogrid.core.crs import resolve_crs
from layers.models import Layer
from layers.services.features import FeatureRow, features_upsert
from people.models import Organisation, Person, Post
from people.services import appointment_add
from tests.layers.lands import box, city, five_lots, lot, point

WGS = resolve_crs("EPSG:4326")
NAMES = {"C": "小城", "10": "黎阳", "9": "屯光", "100": "老街", "2": "新潭", "B": "奕棋"}
DOCUMENT = {
    "hotlines": ["12369"],
    "description": {"zh": "样例", "en": "A sample"},
    "levels": [{"code": "city", "zoom": [0, 9]}, {"code": "lot", "zoom": [9, 24], "kinds": ["park"]}],
    "registers": {
        "clinic": {
            "fields": {
                "contact": {"type": "text", "private": True},
                "beds": {"type": "integer"},
            }
        }
    },
}
CLINIC = {
    "type": "object",
    "properties": {"name": {"title": "Name"}, "phone": {"type": "string", "x-private": True}},
}


@dataclass
class Town:
    """The scheme and what is in it."""

    scheme: Scheme
    first: Edition
    second: Edition
    team: Draft
    public: Draft
    clinics: Layer
    layers: dict[str, Layer] = field(default_factory=dict)

    @property
    def between(self) -> str:
        """A moment at which edition 1 was in force."""
        return self.first.effective.isoformat()


def cells_put(
    scheme: Scheme, draft: str, level: str, cells: dict[str, shapely.Geometry], **options: Any
) -> Draft:
    """Put cells of a level into a draft; give the draft."""
    opened = draft_open(scheme=scheme, name=draft)
    draft_cells_put(
        draft=opened,
        level=scheme.levels.get(code=level),
        system=WGS,
        incoming=[
            IncomingCell(row, code, NAMES.get(code, code), "C" if level == "lot" else "", {"row": row}, shape)
            for row, (code, shape) in enumerate(cells.items(), 1)
        ],
        **options,
    )
    opened.refresh_from_db()
    return opened


def publish(draft: Draft, **options: Any) -> Edition:
    publication = draft_publish(draft=draft, **options)
    assert publication.edition is not None, publication.sentence
    return publication.edition


def new_scheme(code: str = "small") -> Scheme:
    scheme = Scheme.objects.create(code=code, name_zh="小城网格", name_en="Small town", document=DOCUMENT)
    SchemeDocument.objects.create(scheme=scheme, version=1, text="", sha256="")
    above = None
    for ordinal, name in enumerate(("city", "lot")):
        above = Level.objects.create(
            scheme=scheme,
            code=name,
            ordinal=ordinal,
            name_zh={"city": "市", "lot": "地块"}[name],
            name_en=name,
            rule="partition",
            parent=above,
        )
    return scheme


def make_town() -> Town:
    """Make all of it."""
    scheme = new_scheme()
    cells_put(scheme, "import", "city", {"C": city()})
    first = publish(cells_put(scheme, "import", "lot", five_lots()), accept_gaps="a lake")
    lots = {code: shape for code, shape in five_lots().items() if code not in {"2", "B"}}
    second = publish(
        cells_put(scheme, "merge", "lot", {**lots, "2": box(0, 1, 2, 2)}, replace=True), accept_gaps="a lake"
    )
    _people(scheme)
    clinics, layers = _objects()
    team = cells_put(scheme, "overlapping", "lot", {"9": box(1, 0, 2.5, 1)})
    public = cells_put(scheme, "filled", "lot", {"L": lot(2, 1)})
    Draft.objects.filter(pk=public.pk).update(visibility=DraftVisibility.PUBLIC)
    public.refresh_from_db()
    return Town(scheme, first, second, team, public, clinics, layers)


def _people(scheme: Scheme) -> None:
    warden = Post.objects.create(
        scheme=scheme,
        level=scheme.levels.get(code="lot"),
        code="warden",
        name_zh="网格员",
        name_en="Warden",
        minimum=1,
        mandatory=True,
    )
    office = Organisation.objects.create(name="街道办", phone="0559-1")
    person = Person.objects.create(name="王一", organisation=office, private_phone="13900000000")
    cell = Cell.objects.get(scheme=scheme, versions__code="100", versions__valid__upper_inf=True)
    appointment_add(person=person, post=warden, cell=cell, since=timezone.now() - dt.timedelta(days=1))


def _objects() -> tuple[Layer, dict[str, Layer]]:
    clinics = Layer.objects.create(
        code="clinic", name_zh="诊所", name_en="Clinic", geometry_type="any", key_fields=["no"], schema=CLINIC
    )
    patients = Layer.objects.create(
        code="patient",
        name_zh="病人",
        name_en="Patient",
        geometry_type="point",
        key_fields=["id_no"],
        schema={"type": "object", "properties": {"id_no": {"type": "string", "x-private": True}}},
    )
    private = {"contact": "李四", "phone": "13811112222"}
    features_upsert(
        layer=clinics,
        rows=[
            FeatureRow("K1", point(0.5, 0.5), {"name": "仁爱诊所", "beds": 3, **private}),
            FeatureRow("K/2", point(2.5, 1.5), {"name": "湖心诊所", **private}),
            FeatureRow("K3", box(0.8, 0.2, 1.2, 0.4), {"name": "大楼", **private}),
        ],
    )
    features_upsert(layer=patients, rows=[FeatureRow("42010119", point(0.6, 0.6), {"id_no": "42010119"})])
    return clinics, {"clinic": clinics, "patient": patients}


def make_user(role: Role) -> User:
    """Make a user whose name is the role's."""
    user = User.objects.create_user(role.value)
    user_role_give(user=user, role=role)
    return user
