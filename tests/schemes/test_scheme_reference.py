"""The reference page is what the models say, and its examples are valid."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import get_args

from schemes.documents import SchemeDocument
from schemes.documents.levels import Rule
from schemes.documents.reference import TARGET, reference_text
from schemes.documents.reference_text import RULE_MEANINGS


def test_the_page_is_up_to_date() -> None:
    assert TARGET.read_text(encoding="utf-8") == reference_text(), (
        "run: python -m schemes.documents.reference"
    )


def test_every_example_is_a_valid_document(read: Callable[[str], SchemeDocument]) -> None:
    examples = re.findall(r"```yaml\n(.*?)```", reference_text(), re.DOTALL)
    assert len(examples) == 2
    for example in examples:
        assert read(example).code == "example"


def test_every_rule_and_every_key_is_explained() -> None:
    assert set(RULE_MEANINGS) == set(get_args(Rule))
    rows = re.findall(r"^\| `\w+` \| .* \|$", reference_text(), re.MULTILINE)
    assert len(rows) > 150
    assert not [row for row in rows if row.endswith("|  |")]


def test_every_link_has_its_heading() -> None:
    text = reference_text()
    anchors = {heading.lower().replace(" ", "-") for heading in re.findall(r"^## (.+)$", text, re.MULTILINE)}
    assert set(re.findall(r"\(#([\w-]+)\)", text)) <= anchors
