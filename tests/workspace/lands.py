"""A small published land with people, for the tests of the pages; the lots are those of `tests.layers.lands`.

The hotline is 12369. The lot 10 has a keeper with an office phone and a private one, the lot 9 a deputy who
acts for one who left, the lot 2 nobody though it must have a keeper, the city a mayor.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db.models import Value
from django.utils import timezone

from boundaries.models import Cell, CellVersion
from people.models import Appointment, Person, Post
from tests.layers.lands import LONG_AGO, Land, five_lots, new_scheme

OFFICE, PRIVATE, MAYOR = "0559-2512345 转 801", "13900001234", "0559-1000001"
NAMES = {
    "C": "样例市",
    "10": "老街社区",
    "9": "新安社区",
    "100": "黎阳社区",
    "2": "屯光社区",
    "B": "阳湖社区",
}
DUTIES = [
    {"code": "walk", "name": {"zh": "巡查", "en": "Patrol"}, "post": "keeper", "per": "month", "count": 2},
    {"code": "straw", "topic": "禁烧", "season": [9, 10]},
    {"code": "report", "name": {"zh": "年报", "en": "Annual report"}, "post": "mayor"},
]


@dataclass
class Peopled:
    """The land and who answers for it."""

    land: Land
    keeper: Post
    mayor: Post

    def appoint(self, post: Post, code: str, name: str, **values: Any) -> None:
        """Let somebody hold a post."""
        phones = {key: values.pop(key) for key in ("office_phone", "private_phone") if key in values}
        since, until = values.pop("since", LONG_AGO), values.pop("until", None)
        Appointment.objects.create(
            person=Person.objects.create(name=name, **phones),
            post=post,
            cell=self.land.cells[code],
            valid=(since, until),
            **values,
        )


def peopled_land(code: str = "small") -> Peopled:
    """Make the land."""
    land = new_scheme(code, hotlines=["12369"], duties=DUTIES)
    scheme = land.scheme
    scheme.name_zh, scheme.name_en = "样例体系", "Example scheme"
    scheme.save()
    for level, zh, en in (("city", "市", "City"), ("lot", "社区", "Community")):
        scheme.levels.filter(code=level).update(name_zh=zh, name_en=en)
    land.publish(five_lots())
    name_cells(land)
    posts = {
        name: Post.objects.create(
            scheme=scheme,
            level=scheme.levels.get(code=level),
            code=name,
            name_zh=zh,
            name_en=en,
            minimum=1,
            mandatory=True,
        )
        for name, level, zh, en in (("keeper", "lot", "网格员", "Keeper"), ("mayor", "city", "市长", "Mayor"))
    }
    made = Peopled(land, posts["keeper"], posts["mayor"])
    made.appoint(made.mayor, "C", "市长甲", office_phone=MAYOR)
    made.appoint(made.keeper, "10", "网格员乙", office_phone=OFFICE, private_phone=PRIVATE)
    left = timezone.now() - dt.timedelta(days=1)
    made.appoint(made.keeper, "9", "离任丁", until=left)
    made.appoint(made.keeper, "9", "代理丙", deputy=True)
    return made


def name_cells(land: Land) -> None:
    """Give the cells their names and areas."""
    for code, name in NAMES.items():
        CellVersion.objects.filter(scheme=land.scheme, code=code).update(
            name=name, area_m2=Value(1_068_000.0)
        )


def rename(land: Land, code: str, new_code: str) -> Cell:
    """Give a cell another code from yesterday on."""
    yesterday = timezone.now() - dt.timedelta(days=1)
    version = CellVersion.objects.get(scheme=land.scheme, code=code, valid__upper_inf=True)
    version.valid = (version.valid.lower, yesterday)
    version.save()
    version.pk, version.code, version.valid = None, new_code, (yesterday, None)
    version.save()
    return version.cell
