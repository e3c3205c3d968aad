"""Whatever the spelling, the other apps read the same values."""

from __future__ import annotations

from collections.abc import Callable

import jsonschema
import pytest

from schemes.documents import SchemeDocument

Read = Callable[[str], SchemeDocument]


def test_a_level_has_the_one_before_as_parent_and_partition_as_rule(read: Read) -> None:
    levels = read("scheme: x\nlevels: [{code: a}, {code: b}, {code: c, parent: a}]\n").levels
    assert [(level.ordinal, level.code, level.parent, level.rule) for level in levels] == [
        (1, "a", None, "partition"),
        (2, "b", "a", "partition"),
        (3, "c", "a", "partition"),
    ]
    assert (levels[0].tier, levels[0].plane, levels[0].expected) == ("none", "work", None)


def test_a_group_belongs_to_the_level_whose_cells_it_joins(read: Read) -> None:
    document = read("scheme: x\nlevels: [{code: a}, {code: b}, {code: g, rule: group, of: b, min: 2}]\n")
    assert document.level("g").parent == "b"
    assert [level.divides_land for level in document.levels] == [True, True, False]
    assert document.children_level == document.level("b")


def test_a_name_in_one_language_serves_both(read: Read) -> None:
    document = read(
        "scheme: x\nlevels: [{code: a, name: 市}, {code: b, name: {zh: 镇, en: Town}}, {code: c}]\n"
    )
    assert [(level.name.zh, level.name.en) for level in document.levels] == [
        ("市", "市"),
        ("镇", "Town"),
        ("c", "c"),
    ]
    assert document.level("b").name.text("en-gb") == "Town"
    assert document.name.zh == "x"


def test_a_post_is_mandatory_by_min_or_by_a_level_that_requires_it(read: Read) -> None:
    document = read(
        "scheme: x\nlevels: [{code: a, plane: management, required_posts: [p]}]\n"
        "posts: [{code: p, level: a}, {code: q, level: a, min: 2}, "
        "{code: r, level: a, planes: [work, line]}]\n"
    )
    posts = {post.code: post for post in document.posts}
    assert [(post.code, post.mandatory, post.min) for post in posts.values()] == [
        ("p", True, 1),
        ("q", True, 2),
        ("r", False, 0),
    ]
    assert posts["p"].planes == ("management",)
    assert posts["r"].planes == ("work", "line")


def test_a_chief_becomes_a_mandatory_post_with_one_holder(read: Read) -> None:
    document = read("scheme: x\nlevels: [{code: a, chief: {zh: 网格长, en: Chief}}]\n")
    (post,) = document.posts
    assert (post.code, post.level, post.mandatory, post.max) == ("chief_a", "a", True, 1)
    assert post.name.en == "Chief"
    assert document.level("a").required_posts == ("chief_a",)


@pytest.mark.parametrize(
    ("posts", "code"),
    [("", "head_a"), ("posts: [{code: head, level: a, min: 1}]\n", "head")],
)
def test_a_head_of_office_is_held_ex_officio(read: Read, posts: str, code: str) -> None:
    (post,) = read(f"scheme: x\nlevels: [{{code: a, post_head: ex_officio(boss)}}]\n{posts}").posts
    assert (post.code, post.ex_officio_of) == (code, "boss")


def test_layers_and_registers_have_one_form(read: Read, small: str) -> None:
    document = read(
        small
        + "layers: {permitted: {geom: polygon, fields: [kind]}}\n"
        + "registers: {shop: {geom: point, key: [uscc], stale_after: 1y, fields: {staff: integer}}}\n"
    )
    permitted, shop = document.layers
    assert (permitted.code, permitted.geometry, permitted.is_register) == ("permitted", "polygon", False)
    assert (shop.code, shop.geometry, shop.is_register, shop.key_fields) == ("shop", "point", True, ("uscc",))
    assert shop.stale_after == "1y"


def test_the_schema_of_a_register_is_json_schema_and_judges_attributes(read: Read, small: str) -> None:
    document = read(
        small
        + "registers: {shop: {key: [uscc], kinds: [market], fields: "
        + "{staff: {type: integer, min: 0}, grade: {options: [A, B]}, built: date}}}\n"
    )
    schema = document.layers[0].schema
    jsonschema.Draft202012Validator.check_schema(schema)
    judge = jsonschema.Draft202012Validator(schema)
    assert judge.is_valid({"uscc": "1", "staff": 3, "grade": "A", "kind": "market", "other": [1]})
    assert judge.is_valid({"uscc": "1", "staff": None, "grade": None})
    for bad in ({}, {"uscc": "1", "staff": -1}, {"uscc": "1", "grade": "C"}, {"uscc": "1", "kind": "x"}):
        assert not judge.is_valid(bad)


@pytest.mark.parametrize(
    ("system", "lengths"),
    [
        ("cjt213_14", [6, 6, 9, 12, 14]),
        ("db11_15", [6, 6, 9, 12, 15]),
        ("gbt34300_15", [6, 6, 9, 12, 15]),
        ("cjt349_20", [12, 12, 15, 18, 20]),
        ("{system: custom, segments: [2, 2, 3, 3, 4]}", [2, 4, 7, 10, 14]),
    ],
)
def test_a_code_system_says_how_long_codes_are(read: Read, system: str, lengths: list[int]) -> None:
    tiers = ("city", "district", "street", "community", "zone")
    levels = ", ".join(f"{{code: {tier}, tier: {tier}}}" for tier in tiers)
    document = read(f"scheme: x\ncode_system: {system}\nlevels: [{levels}]\n")
    assert list(document.code_lengths.values()) == lengths


def test_codes_are_free_without_a_code_system(read: Read, small: str) -> None:
    assert read(small).code_lengths == {"city": None, "town": None}


def test_a_segment_that_is_no_longer_than_the_parents_is_refused(read: Read) -> None:
    text = "scheme: x\ncode_system: cjt213_14\nlevels: [{code: a, tier: street}, {code: b, tier: district}]\n"
    with pytest.raises(Exception, match="codes of 6 digits, no longer than the 9 of its parent a"):
        read(text)


def test_indicators_are_a_list_however_they_are_written(read: Read, small: str) -> None:
    table = read(small + "indicators: {count: 2, per: year, names: [a, b]}\n")
    assert [(item.code, item.per) for item in table.indicators] == [("a", "year"), ("b", "year")]
    assert read(small).indicators == ()


def test_an_inline_extent_and_a_path_are_kept(read: Read, small: str) -> None:
    ring = "[[0, 0], [1, 0], [1, 1.5], [0, 0]]"
    inline = read(small + f"extent: {{type: Polygon, coordinates: [{ring}]}}\n").extent
    assert inline["coordinates"][0][2] == [1, 1.5]
    assert read(small + "extent: land/outline.geojson\n").extent == "land/outline.geojson"
