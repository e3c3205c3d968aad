"""The ten blocks of requirements §2.5 are valid as they stand there; so are the documents that ship."""

from __future__ import annotations

from pathlib import Path

import pytest

from schemes.documents import SchemeDocument
from schemes.loader import read_document

FIXTURES = Path(__file__).parent / "fixtures"
SHIPPED = ("environment", "fire", "labour_b")
BLOCKS = sorted(FIXTURES.glob("*.yaml"))


def test_all_ten_blocks_are_here() -> None:
    assert len(BLOCKS) == 10


@pytest.mark.parametrize("path", BLOCKS, ids=lambda path: path.stem)
def test_a_block_of_the_requirements_is_valid_as_it_stands(path: Path) -> None:
    document = read_document(path).document
    assert document.code == path.stem
    assert len(document.levels) == len(document.level_blocks)
    assert all(post.level in {level.code for level in document.levels} for post in document.posts)


@pytest.mark.parametrize("path", [*BLOCKS, *SHIPPED], ids=str)
def test_a_document_survives_json(path: str | Path) -> None:
    document = read_document(path).document
    again = SchemeDocument.model_validate(document.as_json())
    assert again == document
    assert (again.levels, again.posts, again.layers) == (document.levels, document.posts, document.layers)


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_document_has_names_in_both_languages(name: str) -> None:
    document = read_document(name).document
    titles = [
        document.name,
        *(level.name for level in document.levels),
        *(post.name for post in document.posts),
    ]
    titles += [layer.name for layer in document.layers]
    for title in titles:
        assert title.zh != title.en
        assert any("\u4e00" <= char <= "\u9fff" for char in title.zh)
        assert title.en.isascii()


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_document_says_at_least_what_the_requirements_say(name: str) -> None:
    shipped, block = (read_document(source).document for source in (name, FIXTURES / f"{name}.yaml"))
    rules = [
        [(level.code, level.rule, level.parent, level.expected) for level in doc.levels]
        for doc in (shipped, block)
    ]
    assert rules[0] == rules[1]
    assert shipped.required_children == block.required_children
    mandatory = [{post.code for post in doc.posts if post.mandatory} for doc in (shipped, block)]
    assert mandatory[0] == mandatory[1]
    assert set(block.cases or {}) == set(shipped.cases or {})
    assert len(shipped.duties) == len(block.duties)


def test_the_environment_scheme_is_1_9_132_with_a_chief_for_every_cell() -> None:
    document = read_document("environment").document
    assert [level.expected for level in document.levels] == [1, 9, 132]
    assert sum(document.required_children.values()) == 132
    mandatory = [post.code for post in document.posts if post.mandatory]
    assert mandatory == ["chief_l1", "chief_l2", "chief_l3"]
    assert document.layers[0].stale_after == "365d"


def test_the_labour_scheme_is_ragged_with_five_undivided_streets() -> None:
    document = read_document("labour_b").document
    assert [level.rule for level in document.levels] == ["partition", "partition", "ragged"]
    counts = sorted(document.required_children.values())
    assert counts == [0, 0, 0, 0, 0, 2, 2, 3, 5]
    assert {post.code: post.min for post in document.posts} == {"assistant": 2, "head": 1}
    assert document.level("cell").members_required


def test_the_fire_scheme_has_three_derived_levels_above_three_of_land_and_eight_roles() -> None:
    document = read_document("fire").document
    assert [level.rule for level in document.levels] == ["dissolve"] * 3 + ["partition"] * 3
    assert [level.expected for level in document.levels[3:]] == [1583, 12551, 21137]
    assert len(document.posts) == 8
    assert next(post for post in document.posts if post.code == "supervisor").planes == ("management", "work")
