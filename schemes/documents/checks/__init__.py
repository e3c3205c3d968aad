"""Cross checks: what single keys cannot show. Each check yields problems with the path they are about."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from schemes.documents.checks.children import check_children
from schemes.documents.checks.codes import check_code_system, check_duplicates, check_local_codes
from schemes.documents.checks.flows import check_flows, check_roles
from schemes.documents.checks.levels import check_level_rules, check_parents
from schemes.documents.checks.posts import check_posts, check_required_posts
from schemes.documents.checks.work import (
    check_case_levels,
    check_dates,
    check_duties,
    check_exclusive,
    check_indicators,
    check_objects,
    check_references,
    check_rules,
)
from schemes.documents.problems import Problem
from schemes.documents.scheme import SchemeDocument

Check = Callable[[SchemeDocument], Iterator[Problem]]

CHECKS: tuple[Check, ...] = (
    check_duplicates,
    check_parents,
    check_level_rules,
    check_code_system,
    check_local_codes,
    check_children,
    check_posts,
    check_required_posts,
    check_objects,
    check_exclusive,
    check_rules,
    check_duties,
    check_flows,
    check_roles,
    check_case_levels,
    check_indicators,
    check_dates,
    check_references,
)


def check_document(document: SchemeDocument) -> list[Problem]:
    """Run every cross check over a document whose keys are valid."""
    return [problem for check in CHECKS for problem in check(document)]
