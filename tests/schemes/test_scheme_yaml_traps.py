"""What is written is what is read, and what cannot be read is refused with its line."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from geogrid.core.errors import BadDocument
from schemes.documents import SchemeDocument
from schemes.documents.yaml_tree import read_yaml


def test_on_is_the_key_on() -> None:
    assert read_yaml("on: 1\nyes: no\n").data == {"on": 1, "yes": "no"}


def test_a_leading_zero_makes_text_whatever_digits_follow() -> None:
    assert read_yaml("[06, 09, 6, 0, '7']").data == ["06", "09", 6, 0, "7"]


def test_an_unquoted_date_stays_text_until_a_field_wants_a_date() -> None:
    assert read_yaml("2012-01-01").data == "2012-01-01"


def test_truth_values_numbers_and_nothing_are_read_as_such() -> None:
    tree = read_yaml("[true, False, null, ~, , 1.5, -3, 1e3, .inf, .nan, 0x10, 1_000]".replace(", ,", ","))
    assert tree.data == [True, False, None, None, 1.5, -3, 1000.0, ".inf", ".nan", "0x10", "1_000"]


def test_a_number_of_many_digits_stays_text() -> None:
    digits = "9" * 5000
    assert read_yaml(digits).data == digits


def test_every_key_and_item_has_its_line() -> None:
    tree = read_yaml("a: 1\nb:\n  - x\n  - {c: 2,\n     d: 3}\n")
    assert tree.line(("a",)) == 1
    assert tree.line(("b", 1)) == 4
    assert tree.line(("b", 1, "d")) == 5
    assert tree.line(("b", 1, "absent")) == 4


def test_a_key_given_twice_names_both_lines(refuse: Callable[[str], BadDocument], small: str) -> None:
    error = refuse(small + "name: Again\n")
    assert error.message == "x.yaml line 6: name is given twice (first on line 2); keep one"


def test_a_key_given_twice_deep_inside_is_found(refuse: Callable[[str], BadDocument], small: str) -> None:
    error = refuse(small.replace("rule: partition}", "rule: partition, rule: ragged}", 1))
    assert "x.yaml line 4: levels[0].rule is given twice" in error.message


BAD_TEXTS = [
    ("levels: [a, b\n", "not valid YAML"),
    ("a: b: c\n", "not valid YAML"),
    ("a:\n\t- b\n", "not valid YAML"),
    ("a: *b\n", "*b is an alias"),
    ("a: &b [1]\nc: *b\n", "line 2: c: *b is an alias"),
    ("a: !!python/object/apply:os.system [ls]\n", "is a tag"),
    ("a: !!set {b}\n", "is a tag"),
    ("? [a]\n: b\n", "a key is a list or a mapping"),
    ("---\na: 1\n---\nb: 1\n", "line 3: a second document"),
    ("- a\n- b\n", "the document is a list"),
    ("just words\n", "the document is a single value"),
    ("# only a remark\n", "the document is empty"),
    ("---\n", "the document is a single value"),
    ("a: " + "[" * 200 + "]" * 200, "nested more than 30 deep"),
    ("a: '\x07'\n", "U+0007 is not allowed"),
    ('a: "\\UFFFFFFFF"\n', "not valid YAML"),
    ("%YAML 3.0\n---\na: 1\n", "not valid YAML"),
]


@pytest.mark.parametrize(("text", "part"), BAD_TEXTS)
def test_what_is_no_plain_yaml_is_refused_in_one_sentence(
    refuse: Callable[[str], BadDocument], text: str, part: str
) -> None:
    error = refuse(text)
    assert part in error.message
    assert error.message.startswith("x.yaml line ")
    assert "\n" not in error.message
    assert error.context["errors"] == 1


def test_a_billion_laughs_are_refused_at_the_first_alias(refuse: Callable[[str], BadDocument]) -> None:
    layers = [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 12)]
    error = refuse("\n".join(["a0: &a0 [lol]", *layers]))
    assert "line 2: a1[0]: *a0 is an alias" in error.message


def test_zero_padded_months_are_refused_with_the_way_to_write_them(
    refuse: Callable[[str], BadDocument], small: str
) -> None:
    error = refuse(small + "duties:\n  - {topic: straw, season: [9, 09]}\n")
    assert 'line 7: duties[0].season[1] is "09", but a whole number is wanted; write 9' in error.message


def test_dates_are_read_quoted_and_unquoted(read: Callable[[str], SchemeDocument], small: str) -> None:
    assert read(small + "cutoff: 2012-01-01\n").cutoff == read(small + "cutoff: '2012-01-01'\n").cutoff


def test_a_day_that_does_not_exist_is_refused(refuse: Callable[[str], BadDocument], small: str) -> None:
    assert "which is no day of the calendar" in refuse(small + "cutoff: 2013-02-29\n").message


def test_a_number_where_text_is_wanted_asks_for_quotes(
    refuse: Callable[[str], BadDocument], small: str
) -> None:
    error = refuse(small + "hotlines: [12369]\n")
    assert "hotlines[0] is the number 12369, but text is wanted; put it in quotes" in error.message
