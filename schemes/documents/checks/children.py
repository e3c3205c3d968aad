"""The numbers of cells that a document expects agree with each other."""

from __future__ import annotations

from collections.abc import Iterator

from schemes.documents.levels import LevelBlock
from schemes.documents.problems import Path, Problem
from schemes.documents.resolved import LAND_RULES, resolve_parents
from schemes.documents.scheme import SchemeDocument


def check_children(document: SchemeDocument) -> Iterator[Problem]:
    """`children_of` and `no_children` agree with each other, with the rule and with `expected`."""
    if document.children_of is None and not document.no_children:
        return
    child, parent = _counted_levels(document)
    if child is None or parent is None:
        key = "children_of" if document.children_of else "no_children"
        yield Problem((key,), "counts cells, but fewer than two levels divide the land")
        return
    yield from _named_once(document)
    if child.rule == "partition":
        yield from _nothing_undivided(document, child.code)
    yield from _sums_fit(document, child, parent)


def _counted_levels(document: SchemeDocument) -> tuple[LevelBlock | None, LevelBlock | None]:
    """The lowest level that divides land, and the level above it."""
    blocks = {block.code: block for block in document.level_blocks}
    land = [block for block in document.level_blocks if block.rule in LAND_RULES]
    if not land:
        return None, None
    parent = resolve_parents(document.level_blocks)[land[-1].code]
    return land[-1], blocks.get(parent or "")


def _named_once(document: SchemeDocument) -> Iterator[Problem]:
    children = document.children_of or {}
    for index, name in enumerate(document.no_children):
        if children.get(name):
            text = f'is "{name}", which children_of gives {children[name]} cells'
            yield Problem(("no_children", index), text)
        elif name in document.no_children[:index]:
            yield Problem(("no_children", index), f'is "{name}", which is listed twice')


def _nothing_undivided(document: SchemeDocument, level: str) -> Iterator[Problem]:
    empty: list[tuple[Path, str]] = [
        (("no_children", index), name) for index, name in enumerate(document.no_children)
    ]
    empty += [
        (("children_of", name), name) for name, count in (document.children_of or {}).items() if not count
    ]
    for path, name in empty:
        text = f'leaves "{name}" undivided, but level {level} has rule partition; ragged allows it'
        yield Problem(path, text)


def _sums_fit(document: SchemeDocument, child: LevelBlock, parent: LevelBlock) -> Iterator[Problem]:
    counts = {**(document.children_of or {}), **dict.fromkeys(document.no_children, 0)}
    total, named = sum(counts.values()), len(counts)
    key = "children_of" if document.children_of else "no_children"
    if parent.expected is not None and named > parent.expected:
        text = f"names {named} cells of level {parent.code}, which expects {parent.expected}"
        yield Problem((key,), text)
    if child.expected is None:
        return
    complete = named == parent.expected
    if total > child.expected or (complete and total != child.expected):
        text = f"adds up to {total}, but level {child.code} expects {child.expected}"
        yield Problem((key,), text)
