"""The levels make one tree from the top of the land down, and each rule has what it needs."""

from __future__ import annotations

from collections.abc import Iterator

from schemes.documents.levels import LevelBlock
from schemes.documents.problems import Problem, did_you_mean
from schemes.documents.resolved import LAND_RULES, resolve_parents
from schemes.documents.scheme import SchemeDocument

_LAND_PARENTS = LAND_RULES | {"dissolve", "reuse"}
_NEED_PARENT = {"ragged", "site", "footprint", "record"}
_ONLY_FOR = {
    "of": "group",
    "min": "group",
    "adjacent": "group",
    "exclusive": "group",
    "assets_first": "site",
}


def check_parents(document: SchemeDocument) -> Iterator[Problem]:
    """Parents exist, stand above their children, and never lead back to where they began."""
    blocks = document.level_blocks
    order = {block.code: index for index, block in enumerate(blocks)}
    parents = resolve_parents(blocks)
    for index, block in enumerate(blocks):
        key = "of" if block.of else "parent"
        named = block.of or block.parent
        path = ("levels", index, key)
        if index > 0 and "parent" in block.model_fields_set and block.parent is None:
            yield Problem(path, "is empty, but only the first level has no parent; leave the key out")
        if named is None:
            continue
        if named not in order:
            yield Problem(path, f'is "{named}", but there is no such level{did_you_mean(named, order)}')
        elif cycle := _cycle(block.code, parents):
            yield Problem(path, f"makes a circle: {' → '.join(cycle)}")
        elif order[named] > index:
            yield Problem(path, f'is "{named}", which is listed further down; list it above {block.code}')


def _cycle(start: str, parents: dict[str, str | None]) -> list[str]:
    """Levels met on the way up from a level back to itself; nothing if the way ends elsewhere."""
    way, at = [start], parents.get(start)
    while at is not None and at not in way:
        way.append(at)
        at = parents.get(at)
    return [*way, start] if at == start else []


def check_level_rules(document: SchemeDocument) -> Iterator[Problem]:
    """Keys fit the rule, and land is only divided below levels that have land."""
    blocks = {block.code: block for block in document.level_blocks}
    parents = resolve_parents(document.level_blocks)
    for index, block in enumerate(document.level_blocks):
        yield from _keys_fit_rule(document, index, block)
        if block.rule == "dissolve" and block.code not in parents.values():
            text = "is dissolve, the union of the cells below, but no level stands below it"
            yield Problem(("levels", index, "rule"), text)
        parent = blocks.get(parents[block.code] or "")
        if parent and block.rule in _LAND_PARENTS and parent.rule not in _LAND_PARENTS:
            text = f'divides land, but its parent "{parent.code}" ({parent.rule}) has none to divide'
            yield Problem(("levels", index), f"{text}; name another parent")
    if not any(block.rule in LAND_RULES | {"reuse"} for block in document.level_blocks):
        text = f"has no level that divides land; one needs rule {', '.join(sorted(LAND_RULES))} or reuse"
        yield Problem(("levels",), text)


def _keys_fit_rule(document: SchemeDocument, index: int, block: LevelBlock) -> Iterator[Problem]:
    for key, rule in _ONLY_FOR.items():
        if getattr(block, key) is not None and block.rule != rule:
            text = f"is for levels with rule {rule}, but this one has rule {block.rule}"
            yield Problem(("levels", index, key), text)
    if block.rule == "group" and block.of is None:
        yield Problem(("levels", index), 'has rule group and lacks the key "of" (the level it joins)')
    if block.rule == "group" and block.parent is not None:
        yield Problem(("levels", index, "parent"), "is not for groups; `of` says where a group belongs")
    if block.rule == "reuse" and document.reuse_cells_of is None:
        text = "is reuse, but the document does not say reuse_cells_of"
        yield Problem(("levels", index, "rule"), text)
    if block.rule in _NEED_PARENT and index == 0:
        text = (
            f"is {block.rule}, but the first level has no parent; it must be partition, partial or dissolve"
        )
        yield Problem(("levels", index, "rule"), text)
    if block.zoom and block.zoom[0] > block.zoom[1]:
        yield Problem(("levels", index, "zoom"), f"runs backwards: {block.zoom[0]} to {block.zoom[1]}")
