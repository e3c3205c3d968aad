"""Layers of documents: made, shared where the documents agree, refused where they do not."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.contrib.gis.geos import Point
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from geogrid.core.errors import Refused
from layers.models import Feature, Layer
from schemes.loader import read_document
from schemes.services.load import SchemeLoad, scheme_load

pytestmark = pytest.mark.django_db

Load = Callable[[str, str], SchemeLoad]


@pytest.fixture
def load(tmp_path: Path) -> Load:
    """Load a scheme with these registers."""

    def _load(scheme: str, registers: str) -> SchemeLoad:
        path = tmp_path / f"{scheme}.yaml"
        levels = "levels: [{code: city}]"
        path.write_text(f"scheme: {scheme}\n{levels}\nregisters: {{{registers}}}\n", encoding="utf-8")
        return scheme_load(loaded=read_document(path))

    return _load


def _rows() -> list[dict[str, Any]]:
    return list(Layer.objects.order_by("pk").values())


def _object(layer: str) -> Feature:
    since = DateTimeTZRange(dt.datetime(2026, 1, 1, tzinfo=dt.UTC), None)
    return Feature.objects.create(
        layer=Layer.objects.get(code=layer), key="1", geom=Point(118, 30, srid=4326), valid=since
    )


def test_three_layers_are_there_from_the_start() -> None:
    rows = Layer.objects.filter(scheme=None).order_by("code")
    assert [(row.code, row.name_zh, row.name_en, row.geometry_type, row.key_fields) for row in rows] == [
        ("building", "建筑", "Building", "any", ["building_code"]),
        ("enterprise", "企业", "Enterprise", "any", ["uscc"]),
        ("pollution_source", "污染源", "Pollution source", "any", ["permit_no"]),
    ]
    for row in rows:
        assert row.schema["additionalProperties"] is True
        assert row.schema["required"] == []


def test_layers_and_registers_become_layers_of_the_scheme(load: Load) -> None:
    load(
        "a", "shop: {name: {zh: 商铺, en: Shop}, geom: point, key: [no], fields: {no: text, staff: integer}}"
    )
    row = Layer.objects.get(code="shop")
    assert (row.scheme.code, row.name_zh, row.name_en) == ("a", "商铺", "Shop")
    assert (row.geometry_type, row.key_fields) == ("point", ["no"])
    assert row.schema["properties"]["staff"]["type"] == ["integer", "null"]
    assert row.schema["required"] == ["no"]


def test_the_layers_from_the_start_are_shared_and_stay_as_they_are(load: Load) -> None:
    before = _rows()
    loaded = load(
        "a", "enterprise: {geom: point, key: [uscc], fields: [uscc, name]}, building: {geom: polygon}"
    )
    assert loaded.shared == ("building", "enterprise")
    assert _rows() == before


@pytest.mark.parametrize(
    ("first", "second", "said"),
    [
        ("{geom: point}", "{geom: line}", "its geometry is line, not point"),
        ("{key: [a]}", "{key: [b]}", "its key is b, not a"),
        (
            "{fields: {n: integer}}",
            "{fields: {n: text}}",
            r"the field n has another type \(string, not integer\)",
        ),
        (
            "{fields: {n: {type: integer, required: true}}}",
            "{fields: {n: text}}",
            r"the field n has another type",
        ),
        (
            "{fields: {n: {options: [x]}}}",
            "{fields: {n: {options: [x, y]}}}",
            r"another options \(x, y, not x\)",
        ),
        (
            "{fields: {n: {type: number, unit: m2}}}",
            "{fields: {n: {type: number, unit: mu}}}",
            "another unit",
        ),
        ("{fields: {n: {type: number, min: 0}}}", "{fields: {n: {type: number, min: 1}}}", "another min"),
    ],
)
def test_a_contradiction_is_refused_and_names_both_schemes(
    load: Load, first: str, second: str, said: str
) -> None:
    load("a", f"shop: {first}")
    before = _rows()
    refusal = f"the layer shop of the scheme b contradicts that of the scheme a: .*{said}"
    with pytest.raises(Refused, match=refusal) as refused:
        load("b", f"shop: {second}")
    assert "\n" not in refused.value.message
    assert _rows() == before


def test_a_contradiction_to_a_layer_from_the_start_is_refused(load: Load) -> None:
    with pytest.raises(
        Refused, match=r"enterprise .* the layer that is there from the start: its key is no, not"
    ):
        load("a", "enterprise: {geom: point, key: [no]}")


FIRST = "shop: {name: Ours, geom: point, key: [no], fields: {no: text, n: integer, own: {private: true}}}"
SECOND = (
    "shop: {name: Theirs, geom: point, fields: {n: {type: integer, required: true}, own: {}, more: text}}"
)


@pytest.mark.parametrize("order", [1, -1])
def test_a_shared_layer_is_what_both_documents_say_in_whatever_order_they_come(
    load: Load, order: int
) -> None:
    for scheme, registers in [("a", FIRST), ("b", SECOND)][::order]:
        load(scheme, registers)
    row = Layer.objects.get(code="shop")
    assert row.scheme.code == ("a" if order == 1 else "b")
    assert row.name_en == ("Ours" if order == 1 else "Theirs")
    assert row.key_fields == ["no"]
    assert sorted(row.schema["required"]) == ["n", "no"]
    properties = row.schema["properties"]
    assert set(properties) == {"no", "n", "own", "more"}
    assert properties["n"]["type"] == "integer"
    assert properties["own"]["x-private"] is True
    assert properties["more"]["type"] == ["string", "null"]


def test_the_owner_of_a_shared_layer_cannot_contradict_the_others_later(load: Load) -> None:
    load("a", "shop: {geom: point}")
    load("b", "shop: {geom: point}")
    with pytest.raises(Refused, match="its geometry is point, not line"):
        load("a", "shop: {geom: line}")


def test_what_only_one_document_says_changes_with_its_next_version(load: Load) -> None:
    load("a", FIRST)
    load("b", SECOND)
    load("b", "shop: {geom: point, fields: {other: text}}")
    row = Layer.objects.get(code="shop")
    assert set(row.schema["properties"]) == {"no", "n", "own", "other"}
    assert row.schema["required"] == ["no"]
    load("a", "shop: {geom: point, key: [code]}")
    assert Layer.objects.get(code="shop").key_fields == ["code"]


@pytest.mark.parametrize("changed", ["{geom: line, key: [no]}", "{geom: point, key: [id]}", "{geom: point}"])
def test_stored_objects_keep_their_geometry_and_their_key(load: Load, changed: str) -> None:
    load("a", "shop: {geom: point, key: [no]}")
    load("a", f"shop: {changed}")
    load("a", "shop: {geom: point, key: [no]}")
    _object("shop")
    with pytest.raises(Refused, match="shop holds 1 objects with geometry point and key no"):
        load("a", f"shop: {changed}")
    load("a", "shop: {geom: point, key: [no], fields: {more: text}}")
    assert "more" in Layer.objects.get(code="shop").schema["properties"]


def test_a_layer_that_is_left_out_stays_with_its_objects(load: Load) -> None:
    load("a", "shop: {geom: point, key: [no]}, other: {geom: point}")
    _object("shop")
    load("a", "other: {geom: point}")
    row = Layer.objects.get(code="shop")
    assert row.features.count() == 1
    # Nobody says anything of it any more, so that another scheme may take it up as it is.
    load("b", "shop: {geom: point, key: [no]}")
    assert Layer.objects.get(code="shop").pk == row.pk
