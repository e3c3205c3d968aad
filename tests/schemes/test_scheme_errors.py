"""Every error names file, line and key, and all errors come at once."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from geogrid.core.errors import BadDocument
from schemes.documents import SchemeDocument


def test_an_unknown_key_is_named_with_its_line_and_the_nearest_known_one(
    refuse: Callable[[str], BadDocument], small: str
) -> None:
    error = refuse(small.replace("tier: street, rule:", "tier: street, rul:"))
    assert error.message == 'x.yaml line 5: levels[1].rul is not a known key; did you mean "rule"?'
    assert error.context["problems"][0]["key"] == "levels[1].rul"


@pytest.mark.parametrize(
    ("block", "sentence"),
    [
        ("posts: {a: 1}", "line 6: posts is a mapping (key: value), but a list is wanted"),
        ("posts:", "line 6: posts has no value; write a list or leave the key out"),
        ("posts: [{code: a}]", 'line 6: posts[0] lacks the key "level"'),
        (
            "posts: [{code: a, level: town, min: many}]",
            'posts[0].min is "many", but a whole number is wanted',
        ),
        ("posts: [{code: a b, level: town}]", 'posts[0].code is "a b", but a code is wanted'),
        ("posts: [{code: a, level: town, name: 5}]", "posts[0].name is the number 5, but a name"),
        ("posts: [{code: a, level: town, name: {fr: Nom}}]", 'posts[0].name needs "zh" or "en"'),
        ("boundary_text: yes", 'boundary_text is "yes", but true or false is wanted; write true'),
        ("timezone: Mars/Olympus", 'timezone is "Mars/Olympus", but a time zone'),
        ("straddling_threshold: 1.5", "straddling_threshold is the number 1.5: "),
        ("tolerance: {area: 1}", "tolerance.area is not a known key; did you mean"),
        ("layers: {shop: {geom: dot}}", 'layers.shop.geom is "dot", but it must be one of point, line'),
        ("layers: {shop: {}}", 'layers.shop lacks the key "geom"'),
        ("registers: {shop: {fields: [a, a]}}", 'registers.shop.fields names the field "a" twice'),
        (
            "registers: {shop: {fields: {a: {tpye: text}}}}",
            'fields.a.tpye is not a known key; did you mean "type"?',
        ),
        (
            "registers: {shop: {stale_after: 1 year}}",
            'registers.shop.stale_after is "1 year", but a duration',
        ),
        ("cases: {c: [{from: a, too: b}]}", 'cases.c[0].too is not a known key; did you mean "to"?'),
        (
            "cases: {c: {flow: [{from: a, to: b, amount: [5, 1]}]}}",
            "cases.c.flow[0] has an amount whose first",
        ),
        ("cases: {c: {effects: {x: freeze}}}", 'cases.c.effects.x is "freeze", but an action'),
        ("rules: [{name: a, when: '(b'}]", 'rules[0].when is "(b", whose brackets do not match'),
        ("rules: [{name: a, when: 'b ; c'}]", "rules[0].when is"),
        ("rules: [{name: a, when: b, then: [1]}]", "rules[0].then is a list, but one value"),
        ("indicators: {count: 2, names: [a]}", "indicators.count is 2, but 1 names are given"),
        ("indicators: 7", "indicators is the number 7"),
        ("code_system: abc", 'code_system is "abc", but it must be one of'),
        ("extent: ../secret.geojson", "extent is"),
        ("extent: {type: Polygon, coordinates: [[[0, 0], [1, 0], [1, 1]]]}", "extent has a ring"),
        ("legal_basis: [{number: a}]", 'legal_basis[0] lacks the key "title"'),
        ("checks: {a: 5}", "checks.a is the number 5"),
    ],
)
def test_a_bad_value_is_named_in_one_sentence(
    refuse: Callable[[str], BadDocument], small: str, block: str, sentence: str
) -> None:
    error = refuse(small + block + "\n")
    assert sentence in error.message
    assert "line 6: " in error.message
    assert "\n" not in error.message


def test_a_missing_key_at_the_top_is_named(refuse: Callable[[str], BadDocument]) -> None:
    assert refuse("name: x\nlevels: [{code: a}]\n").message == 'x.yaml line 1: the key "scheme" is missing'


def test_all_errors_are_listed_first_in_the_file_first(
    refuse: Callable[[str], BadDocument], small: str
) -> None:
    error = refuse(small.replace("partition}", "partitoin}") + "hotline: ['1']\nname: again\n")
    lines = error.message.splitlines()
    assert [line.split(":")[0] for line in lines] == [f"x.yaml line {n}" for n in (4, 5, 6, 7)]
    assert 'did you mean "partition"?' in lines[0]
    assert error.context["errors"] == 4


def test_hundreds_of_errors_are_counted_and_the_first_fifty_shown(
    refuse: Callable[[str], BadDocument], small: str
) -> None:
    error = refuse(small + "".join(f"key{n}: 1\n" for n in range(300)))
    assert error.context["errors"] == 300
    assert len(error.message.splitlines()) == 51
    assert error.message.endswith("and 250 more problems")


def test_control_characters_of_a_value_do_not_reach_the_sentence(
    refuse: Callable[[str], BadDocument], small: str
) -> None:
    error = refuse(small + 'timezone: "a\\nb\\e[31m"\n')
    assert "\n" not in error.message
    assert "\x1b" not in error.message


def test_the_smallest_document_has_all_shared_defaults(
    read: Callable[[str], SchemeDocument], small: str
) -> None:
    document = read(small)
    assert document.calendar == "workdays"
    assert document.tie_break == "lowest_cell_code"
    assert document.timezone == "Asia/Shanghai"
    assert document.straddling_threshold == 0.6
    assert (document.tolerance.area_m2, document.tolerance.width_m) == (1.0, 0.2)
    assert document.code_system is None
    assert document.extent is None
