"""The rules: each is listed with its version, in the code, in the page about it, and in what is found."""

from __future__ import annotations

import re

from geogrid.core.audits.rules import RULES


def test_the_page_lists_every_rule_as_the_registry_has_it(repository):
    page = (repository / "docs" / "reference" / "findings.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` \| (\d+) \| (.+?) \| (.+?) \|$", page, flags=re.MULTILINE)
    written = {rule: (int(version), *words) for rule, version, *words in rows}
    assert written == {rule: tuple(facts) for rule, facts in RULES.items()}


def test_no_audit_of_the_land_finds_by_a_rule_that_is_not_listed(repository):
    named = set()
    for file in (repository / "geogrid" / "core" / "audits").glob("*.py"):
        text = file.read_text(encoding="utf-8")
        named |= set(re.findall(r'Finding\(\s*"(\w+)"|rule="(\w+)"|tolerance, "(\w+)"', text))
    assert {rule for found in named for rule in found if rule} == RULES.keys()
