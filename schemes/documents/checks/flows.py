"""Workflows: every state can be reached, every role is somebody."""

from __future__ import annotations

import re
from collections.abc import Iterator

from schemes.documents.cases import CaseBlock, TransitionBlock
from schemes.documents.checks.posts import post_levels
from schemes.documents.problems import Path, Problem, did_you_mean
from schemes.documents.scheme import SchemeDocument

_ASSIGN = re.compile(r"(?:parent\.|ancestor\(([\w-]+)\)\.)?([\w-]+)")


def check_flows(document: SchemeDocument) -> Iterator[Problem]:
    """In each flow every state can be reached; declared states and used ones are the same."""
    for name, case in (document.cases or {}).items():
        path: Path = ("cases", name)
        for branch, flow in case.flows().items():
            yield from _unreachable((*path, branch), flow)
        yield from _declared_states(path, case)
        if case.branch_on and not (case.new or case.legacy or case.allow or case.deny):
            yield Problem((*path, "branch_on"), "chooses between branches, but there are none")
        yield from _kinds_known(path, case)


def _unreachable(path: Path, flow: list[TransitionBlock]) -> Iterator[Problem]:
    """States that no way from the beginning leads to; reported where they are first left."""
    reached = _reached(flow)
    told: set[str] = set()
    for index, step in enumerate(flow):
        if step.source not in reached and step.source not in told:
            told.add(step.source)
            hint = did_you_mean(step.source, reached)
            text = f'is "{step.source}", a state that no step leads to from "{flow[0].source}"{hint}'
            yield Problem((*path, index, "from"), text)


def _reached(flow: list[TransitionBlock]) -> set[str]:
    ways: dict[str, list[str]] = {}
    for step in flow:
        ways.setdefault(step.source, []).append(step.target)
    reached, waiting = {flow[0].source}, [flow[0].source]
    while waiting:
        for target in ways.get(waiting.pop(), []):
            if target not in reached:
                reached.add(target)
                waiting.append(target)
    return reached


def _declared_states(path: Path, case: CaseBlock) -> Iterator[Problem]:
    if case.states is None:
        return
    used: set[str] = set()
    for branch, flow in case.flows().items():
        for index, step in enumerate(flow):
            used |= {step.source, step.target}
            for key, state in (("from", step.source), ("to", step.target)):
                if state not in case.states:
                    text = f'is "{state}", but there is no such state{did_you_mean(state, case.states)}'
                    yield Problem((*path, branch, index, key), text)
    for state in case.states:
        if used and state not in used:
            yield Problem((*path, "states"), f'names "{state}", a state that no step leads to')


def _kinds_known(path: Path, case: CaseBlock) -> Iterator[Problem]:
    if not case.kinds:
        return
    for branch, flow in case.flows().items():
        for index, step in enumerate(flow):
            for kind in step.variants or {}:
                if kind not in case.kinds:
                    text = f"is no kind of this case{did_you_mean(kind, case.kinds)}"
                    yield Problem((*path, branch, index, "variants", kind), text)


def check_roles(document: SchemeDocument) -> Iterator[Problem]:
    """Whoever takes, helps with or gets a step is a post, a level or a body the document names."""
    actors = _actors(document)
    for path, role in _roles(document):
        if role not in actors:
            text = f'is "{role}", but there is no such post, level or body{did_you_mean(role, actors)}'
            yield Problem(path, text)
    posts, foreign = post_levels(document), _foreign_posts(document)
    for path, post in _case_posts(document):
        if post not in posts and post not in foreign:
            yield Problem(path, f'is "{post}", but there is no such post{did_you_mean(post, posts)}')
    yield from _check_assign(document, set(posts))


def _actors(document: SchemeDocument) -> set[str]:
    """Posts, levels, kinds of cells, and bodies named anywhere outside the flows."""
    actors = set(post_levels(document)) | {block.code for block in document.level_blocks}
    actors |= {kind for block in document.level_blocks for kind in block.kinds}
    actors |= set(document.orgs or {}) | _foreign_posts(document)
    actors |= {body for net in (document.nets or {}).values() for body in net}
    actors |= {ledger.by for ledger in document.ledgers}
    if document.border_unclear:
        actors.add(document.border_unclear.to)
    return actors


def _foreign_posts(document: SchemeDocument) -> set[str]:
    """Posts of the scheme whose cells are reused, as far as this document names them."""
    if document.reuse_cells_of is None:
        return set()
    cases = (document.cases or {}).values()
    named = {post.pair_with for post in document.post_blocks} | {case.from_post for case in cases}
    return {post for post in named if post}


def _roles(document: SchemeDocument) -> Iterator[tuple[Path, str]]:
    for name, case in (document.cases or {}).items():
        for key, role in (("by", case.by), ("to", case.to)):
            if role:
                yield ("cases", name, key), role
        for branch, flow in case.flows().items():
            for index, step in enumerate(flow):
                path: Path = ("cases", name, branch, index)
                for key, role in (("by", step.by), ("with", step.partner)):
                    if role:
                        yield (*path, key), role
                for position, org in enumerate(step.to_orgs):
                    yield (*path, "to_orgs", position), org


def _case_posts(document: SchemeDocument) -> Iterator[tuple[Path, str]]:
    for name, case in (document.cases or {}).items():
        for key, post in (("from_post", case.from_post), ("to_post", case.to_post)):
            if post:
                yield ("cases", name, key), post
        for position, post in enumerate(case.issued_by):
            yield ("cases", name, "issued_by", position), post


def _check_assign(document: SchemeDocument, posts: set[str]) -> Iterator[Problem]:
    levels = {block.code for block in document.level_blocks}
    for name, case in (document.cases or {}).items():
        for branch, flow in case.flows().items():
            for index, step in enumerate(flow):
                if step.assign:
                    text = _assign_problem(step.assign, levels, posts)
                    if text:
                        yield Problem(("cases", name, branch, index, "assign"), text)


def _assign_problem(assign: str, levels: set[str], posts: set[str]) -> str | None:
    match = _ASSIGN.fullmatch(assign)
    if match is None:
        return f'is "{assign}", but a post, parent.POST or ancestor(LEVEL).POST is wanted'
    level, post = match.groups()
    if level and level not in levels:
        return f'is "{assign}", but there is no level "{level}"{did_you_mean(level, levels)}'
    if post not in posts:
        return f'is "{assign}", but there is no post "{post}"{did_you_mean(post, posts)}'
    return None
