"""What single keys cannot show is refused too, in a sentence that names both sides."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from geogrid.core.errors import BadDocument
from schemes.documents import SchemeDocument

TREE = "scheme: example\nlevels:\n"


@pytest.mark.parametrize(
    ("levels", "sentence"),
    [
        (
            "[{code: a}, {code: a}]",
            'levels[1].code is "a", but that level code is already given at levels[0].code',
        ),
        ("[{code: a}, {code: b, parent: x}]", 'levels[1].parent is "x", but there is no such level'),
        ("[{code: a}, {code: b, parent: b}]", "levels[1].parent makes a circle: b → b"),
        ("[{code: a, parent: b}, {code: b}]", "levels[0].parent makes a circle: a → b → a"),
        (
            "[{code: a}, {code: b, parent: c}, {code: c, parent: a}]",
            'levels[1].parent is "c", which is listed',
        ),
        ("[{code: a}, {code: b, parent: }]", "levels[1].parent is empty, but only the first"),
        ("[{code: a, expected: -1}]", "levels[0].expected is the number -1"),
        ("[{code: a, rule: ragged}]", "levels[0].rule is ragged, but the first level has no parent"),
        ("[{code: a}, {code: b, rule: reuse}]", "levels[1].rule is reuse, but the document does not say"),
        ("[{code: a}, {code: b, rule: group}]", 'levels[1] has rule group and lacks the key "of"'),
        ("[{code: a}, {code: b, of: a}]", "levels[1].of is for levels with rule group"),
        ("[{code: a}, {code: b, assets_first: true}]", "levels[1].assets_first is for levels with rule site"),
        (
            "[{code: a}, {code: b, rule: site}, {code: c}]",
            'levels[2] divides land, but its parent "b" (site)',
        ),
        (
            "[{code: a}, {code: b, rule: dissolve}]",
            "levels[1].rule is dissolve, the union of the cells below",
        ),
        ("[{code: a, rule: dissolve}, {code: b, rule: site}]", "levels has no level that divides land"),
        ("[{code: a, rule: record}]", "levels[0].rule is record, but the first level has no parent"),
        ("[{code: a, zoom: [9, 3]}]", "levels[0].zoom runs backwards: 9 to 3"),
        ("[{code: a, zoom: [9]}]", "levels[0].zoom is a list"),
        ("[{code: a, required_posts: [p]}]", 'levels[0].required_posts[0] is "p", but there is no such post'),
        ("[]", "levels is a list: list should have at least 1 item"),
        ("[{code: a, code_segment: 2}]", "levels[0].code_segment is 2, but no code_system is given"),
        ("[{code: a, local_kinds: [park]}]", 'levels[0].local_kinds[0] is "park", but that is no kind'),
        ("[{code: a, local_numbers: [71, 80]}]", "levels[0].local_numbers is for cells of local_kinds, but"),
        (
            "[{code: a, kinds: [park], local_kinds: [park], local_numbers: [71, 80]}]",
            "levels[0].local_numbers is given, but the codes of this level are free",
        ),
    ],
)
def test_levels_that_make_no_tree_are_refused(
    refuse: Callable[[str], BadDocument], levels: str, sentence: str
) -> None:
    error = refuse(f"scheme: example\nlevels: {levels}\n")
    assert sentence in error.message
    assert "line 2: " in error.message


@pytest.mark.parametrize(
    ("block", "sentence"),
    [
        (
            "posts: [{code: p, level: twon}]",
            'posts[0].level is "twon", but there is no such level; did you mean "town"?',
        ),
        (
            "posts: [{code: p, level: town}, {code: p, level: city}]",
            'posts[1].code is "p", but that post code',
        ),
        ("posts: [{code: p, level: town, min: 3, max: 2}]", "posts[0].max is 2, less than the 3 of min"),
        (
            "posts: [{code: p, level: town, plane: work, planes: [work]}]",
            "posts[0].plane is given beside planes",
        ),
        (
            "posts: [{code: p, level: town, pair_with: q}]",
            'posts[0].pair_with is "q", but there is no such post',
        ),
        (
            "registers: {shop: {}}\nlayers: {shop: {geom: point}}",
            'registers.shop is "shop", but that layer code',
        ),
        ("registers: {shop: {required_for_complete: [x]}}", "registers.shop.required_for_complete[0] is"),
        (
            "registers: {shop: {links: street}}",
            'registers.shop.links is "street", but there is no such level',
        ),
        (
            "registers: {shop: {fields: {n: {min: 2, max: 1}}}}",
            "registers.shop.fields.n has a min of 2 above",
        ),
        (
            "exclusive: [{group: g, layers: [enterprize]}]",
            'exclusive[0].layers[0] is "enterprize", but there is no such layer; did you mean "enterprise"?',
        ),
        (
            "exclusive: [{group: g, layers: [building, building]}]",
            'exclusive[0].layers[1] is "building", which is listed twice',
        ),
        (
            "exclusive: [{group: g, layers: [building]}, {group: g, layers: [enterprise]}]",
            'exclusive[1].group is "g", but that group is already given at exclusive[0]',
        ),
        ("exclusive: [{group: g}]", 'exclusive[0] lacks the key "layers"'),
        ("rules: [{name: a}]", 'rules[0] needs either "when" or "table"'),
        (
            "rules: [{name: a, when: b, priority: 1}, {name: a, when: c, priority: 1}]",
            "rules[1].priority is 1, as in",
        ),
        ("duties: [{post: p, kind: patrol}]", 'duties[0].post is "p", but there is no such post'),
        ("duties: [{per: day, count: 1}]", 'duties[0] needs "kind" or "topic"'),
        ("duties: [{kind: patrol, per: day}]", 'duties[0] has "per" and lacks the key "count"'),
        (
            "duties: [{kind: patrol, per: day, count: 1, on_demand: true}]",
            "duties[0] says twice when it is due",
        ),
        ("duties: [{kind: patrol, domain: d}]", 'duties[0].domain is "d", which is not in domains'),
        (
            "duties: [{kind: patrol, basis: [law]}]",
            'duties[0].basis[0] is "law", which legal_basis does not list',
        ),
        ("duties_text: {villa: 5}", 'duties_text.villa names "villa", but there is no such level'),
        ("cadence_by_monitor: {a: {per: week}}", 'cadence_by_monitor.a lacks the key "count"'),
        ("cadence_by_monitor: {a: {per: none, count: 1}}", "cadence_by_monitor.a has per none"),
        ("cadence_by_monitor: {a: {per: none}}\nannual_review: {b: x}", "annual_review.b is not a class"),
        (
            "cases: {c: [{from: a, to: b}, {from: x, to: a}]}",
            'cases.c[1].from is "x", a state that no step leads',
        ),
        (
            "cases: {c: {states: [a], flow: [{from: a, to: b}]}}",
            'cases.c.flow[0].to is "b", but there is no such',
        ),
        (
            "cases: {c: {states: [a, b, z], flow: [{from: a, to: b}]}}",
            'cases.c.states names "z", a state that',
        ),
        (
            "cases: {c: [{from: a, to: b, by: nobody}]}",
            'cases.c[0].by is "nobody", but there is no such post, level or body',
        ),
        ("cases: {c: [{from: a, to: b, assign: parent.nobody}]}", 'there is no post "nobody"'),
        ("cases: {c: [{from: a, to: b, assign: ancestor(x).p}]}", 'there is no level "x"'),
        (
            "cases: {c: [{from: a, to: b, assign: p + q}]}",
            "a post, parent.POST or ancestor(LEVEL).POST is wanted",
        ),
        ("cases: {c: {issued_by: [p]}}", 'cases.c.issued_by[0] is "p", but there is no such post'),
        ("cases: {c: {level: villa}}", 'cases.c.level names "villa", but there is no such level'),
        (
            "cases: {c: {kinds: [a], flow: [{from: a, to: b, variants: {z: y}}]}}",
            "cases.c.flow[0].variants.z is no kind",
        ),
        ("cases: {c: {branch_on: a}}", "cases.c.branch_on chooses between branches, but there are none"),
        (
            "notices: [{code: n, levels: [3]}]",
            'notices[0].levels[0] is "3", but the levels are 1 to 2: city, town',
        ),
        ("indicators: [{code: a}]", 'indicators[0] needs either "formula" or "source"'),
        (
            "campaigns: [{name: a, from: 2016-10-21, to: 2016-10-20}]",
            "campaigns[0].to is 2016-10-20, before its",
        ),
        ("effective_from: 2020-01-02\neffective_to: 2020-01-01", "effective_to is 2020-01-01, before"),
        ("checks: {a: {assumed: true}}", "checks.a says nothing to check"),
        ("code_system: custom", 'code_system is "custom", which needs segments'),
        (
            "code_system: {system: db11_15, segments: [1]}",
            'code_system is "db11_15", which has fixed segments',
        ),
    ],
)
def test_a_contradiction_is_refused(
    refuse: Callable[[str], BadDocument], small: str, block: str, sentence: str
) -> None:
    error = refuse(small + block + "\n")
    assert sentence in error.message
    assert error.context["errors"] == 1


@pytest.mark.parametrize(
    ("level", "sentence"),
    [
        (
            "tier: zone, local_kinds: [park]",
            "levels[0].local_kinds has no numbers: the code system keeps none",
        ),
        ("tier: zone, local_kinds: [park], local_numbers: [91, 100]", "goes to 100, but the numbers of this"),
        ("tier: zone, local_kinds: [park], local_numbers: [99, 91]", "runs backwards: 99 to 91"),
    ],
)
def test_private_numbers_that_the_code_system_does_not_have_are_refused(
    refuse: Callable[[str], BadDocument], level: str, sentence: str
) -> None:
    text = f"scheme: x\ncode_system: cjt213_14\nlevels: [{{code: a, kinds: [park], {level}}}]\n"
    assert sentence in refuse(text).message


def test_private_numbers_are_the_code_systems_or_the_documents(read: Callable[[str], SchemeDocument]) -> None:
    for level in ("tier: street", "tier: zone, local_numbers: [91, 99]"):
        text = f"code_system: cjt213_14\nlevels: [{{code: a, kinds: [park], local_kinds: [park], {level}}}]\n"
        assert read(f"scheme: x\n{text}").level_blocks[0].local_kinds == ["park"]


def test_weights_that_do_not_add_up_to_one_are_refused(
    refuse: Callable[[str], BadDocument], small: str
) -> None:
    first, second = (f"{{code: {code}, source: survey, weight: {w}}}" for code, w in (("a", 0.5), ("b", 0.6)))
    error = refuse(f"{small}assessment: {{indicators: [{first}, {second}]}}\n")
    assert "line 6: assessment.indicators have weights that add up to 1.1, not 1" in error.message


def test_a_weight_that_only_some_indicators_have_is_refused(
    refuse: Callable[[str], BadDocument], small: str
) -> None:
    error = refuse(small + "indicators: [{code: a, source: survey, weight: 1}, {code: b, source: survey}]\n")
    assert 'indicators[1] lacks the key "weight", which the others have' in error.message


COUNTED = """\
scheme: example
levels:
  - {code: city, expected: 1}
  - {code: town, expected: 2}
  - {code: zone, expected: 5, rule: ragged}
"""


@pytest.mark.parametrize(
    ("block", "sentence"),
    [
        ("children_of: {A: 2, B: 2}", "children_of adds up to 4, but level zone expects 5"),
        ("children_of: {A: 6}", "children_of adds up to 6, but level zone expects 5"),
        ("children_of: {A: 5}\nno_children: [A]", 'no_children[0] is "A", which children_of gives 5 cells'),
        ("children_of: {A: 2, B: 2, C: 1}", "children_of names 3 cells of level town, which expects 2"),
        ("children_of: {A: 4}\nno_children: [B]", "children_of adds up to 4, but level zone expects 5"),
        ("no_children: [A, A]", 'no_children[1] is "A", which is listed twice'),
    ],
)
def test_numbers_of_children_that_contradict_expected_are_refused(
    refuse: Callable[[str], BadDocument], block: str, sentence: str
) -> None:
    assert sentence in refuse(f"{COUNTED}{block}\n").message


def test_children_that_add_up_are_accepted(read: Callable[[str], SchemeDocument]) -> None:
    document = read(COUNTED + "children_of: {A: 5}\nno_children: [B]\n")
    assert document.required_children == {"A": 5, "B": 0}


def test_a_partition_leaves_no_parent_without_children(refuse: Callable[[str], BadDocument]) -> None:
    error = refuse(COUNTED.replace("ragged", "partition") + "children_of: {A: 5, B: 0}\n")
    assert 'children_of.B leaves "B" undivided, but level zone has rule partition' in error.message


def test_a_body_named_in_orgs_may_take_a_step(read: Callable[[str], SchemeDocument], small: str) -> None:
    document = read(small + "orgs: {bureau: 局}\ncases: {c: [{from: a, to: b, by: bureau}]}\n")
    assert document.cases is not None


def test_cross_checks_of_several_kinds_are_listed_together(
    refuse: Callable[[str], BadDocument], small: str
) -> None:
    error = refuse(small + "posts: [{code: p, level: x}]\nduties: [{post: q, kind: k}]\n")
    assert error.context["errors"] == 2
    assert [problem["line"] for problem in error.context["problems"]] == [6, 7]
