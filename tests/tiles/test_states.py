"""What the map shows of cells beside their tiles."""

from __future__ import annotations

import datetime as dt

from django.utils import timezone

from boundaries.models import Cell
from people.models import Person, Post
from people.services import appointment_add
from tests.core.test_simplifying import block


def test_cells_without_a_holder_of_a_mandatory_post_are_vacant(published, client):
    level = published.levels.get(code="town")
    post = Post.objects.create(
        scheme=published, level=level, code="chief", name_zh="长", name_en="Chief", minimum=1, mandatory=True
    )
    Post.objects.create(scheme=published, level=level, code="aide", name_zh="助", name_en="Aide")
    path = "/api/v1/schemes/plain/states"
    assert client.get(path).json() == {"t0": "vacant", "t1": "vacant", "t2": "vacant"}
    since = timezone.now()
    cell = Cell.objects.get(versions__code="t1")
    appointment_add(person=Person.objects.create(name="甲"), post=post, cell=cell, since=since)
    assert client.get(path).json() == {"t0": "vacant", "t2": "vacant"}
    assert client.get(f"{path}?edition=1").json() == {"t0": "vacant", "t2": "vacant"}
    day_before = (since - dt.timedelta(days=1)).isoformat().replace("+", "%2B")
    assert client.get(f"{path}?at={day_before}").json() == {}


def test_a_new_cell_of_a_draft_is_vacant(published, put, client, admin_client):
    Post.objects.create(
        scheme=published,
        level=published.levels.get(code="zone"),
        code="chief",
        name_zh="长",
        name_en="Chief",
        minimum=1,
        mandatory=True,
    )
    draft = put(block(3, 5), draft="next")
    path = f"/api/v1/schemes/plain/states?draft={draft.name}"
    assert client.get(path).status_code == 400
    assert admin_client.get(path).json()["z04"] == "vacant"
    assert len(admin_client.get(path).json()) == 15
