"""Codes are given once, and the code system fits the levels."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from geogrid.core.codes import Segment
from schemes.documents.levels import LevelBlock
from schemes.documents.problems import Path, Problem, did_you_mean, dotted
from schemes.documents.resolved import (
    LAND_RULES,
    code_segments,
    code_system_of,
    resolve_code_lengths,
    resolve_parents,
)
from schemes.documents.scheme import SchemeDocument


def check_duplicates(document: SchemeDocument) -> Iterator[Problem]:
    """Levels, posts, layers with registers, and every other list with codes hold each code once."""
    yield from _duplicates("level", _listed("levels", document.level_blocks))
    yield from _duplicates("post", _listed("posts", document.post_blocks))
    layers = [(("layers", code), code) for code in document.layer_blocks or {}]
    registers = [(("registers", code), code) for code in document.register_blocks or {}]
    yield from _duplicates("layer", [*layers, *registers])
    indicators = _listed("indicators", document.indicator_blocks.items)
    table = document.indicator_blocks.table
    names = table.names if table else []
    indicators += [(("indicators", "names", index), name) for index, name in enumerate(names)]
    yield from _duplicates("indicator", indicators)
    yield from _duplicates("duty", _listed("duties", document.duties))
    yield from _duplicates("notice", _listed("notices", document.notices))
    yield from _duplicates("document", _listed("documents", document.documents))
    yield from _duplicates("ledger", _listed("ledgers", document.ledgers))
    yield from _duplicates("legal basis", _listed("legal_basis", document.legal_basis))


def _listed(key: str, blocks: Iterable[object]) -> list[tuple[Path, str]]:
    pairs = [((key, index, "code"), getattr(block, "code", None)) for index, block in enumerate(blocks)]
    return [(path, code) for path, code in pairs if code is not None]


def _duplicates(what: str, codes: Iterable[tuple[Path, str]]) -> Iterator[Problem]:
    first: dict[str, Path] = {}
    for path, code in codes:
        if code in first:
            text = f'is "{code}", but that {what} code is already given at {dotted(first[code])}'
            yield Problem(path, text)
        else:
            first[code] = path


def check_code_system(document: SchemeDocument) -> Iterator[Problem]:
    """Segments are given exactly for custom systems, exist, and grow downwards."""
    block = document.code_system
    if block is not None and (block.system == "custom") != (block.segments is not None):
        wanted = "needs segments" if block.system == "custom" else "has fixed segments; leave segments out"
        yield Problem(("code_system",), f'is "{block.system}", which {wanted}')
        return
    count = len(code_segments(document))
    for index, level in enumerate(document.level_blocks):
        if level.code_segment is not None and level.code_segment > count:
            known = f"the code system has {count}" if count else "no code_system is given"
            text = f"is {level.code_segment}, but {known}"
            yield Problem(("levels", index, "code_segment"), text)
    yield from _codes_grow(document)


def check_local_codes(document: SchemeDocument) -> Iterator[Problem]:
    """Private numbers are for kinds of the level, and the code system has them."""
    lengths = resolve_code_lengths(document)
    system = code_system_of(document)
    for index, level in enumerate(document.level_blocks):
        path = ("levels", index)
        for at, kind in enumerate(level.local_kinds):
            if kind not in level.kinds:
                text = f'is "{kind}", but that is no kind of this level{did_you_mean(kind, level.kinds)}'
                yield Problem((*path, "local_kinds", at), text)
        length = lengths[level.code]
        segment = system.last_segment(length) if system and length else None
        if level.local_numbers is not None:
            yield from _local_numbers(path, level, segment)
        elif level.local_kinds and segment is not None and segment.private is None:
            text = "has no numbers: the code system keeps none for this level; give local_numbers"
            yield Problem((*path, "local_kinds"), text)


def _local_numbers(path: Path, level: LevelBlock, segment: Segment | None) -> Iterator[Problem]:
    path = (*path, "local_numbers")
    first, last = level.local_numbers or (0, 0)
    if not level.local_kinds:
        yield Problem(path, "is for cells of local_kinds, but none are given")
    elif segment is None:
        yield Problem(path, "is given, but the codes of this level are free")
    elif first > last:
        yield Problem(path, f"runs backwards: {first} to {last}")
    elif len(str(last)) > segment.digits:
        yield Problem(path, f"goes to {last}, but the numbers of this level have {segment.digits} digits")


def _codes_grow(document: SchemeDocument) -> Iterator[Problem]:
    lengths = resolve_code_lengths(document)
    parents = resolve_parents(document.level_blocks)
    blocks = {block.code: block for block in document.level_blocks}
    for index, level in enumerate(document.level_blocks):
        parent = blocks.get(parents[level.code] or "")
        if parent is None or not _both_on_land(level, parent):
            continue
        above, here = lengths[parent.code], lengths[level.code]
        same_digits = above == here and parent.tier == "city"
        if above is not None and here is not None and here <= above and not same_digits:
            text = f"has codes of {here} digits, no longer than the {above} of its parent {parent.code}"
            yield Problem(("levels", index), f"{text}; set code_segment or tier")


def _both_on_land(level: LevelBlock, parent: LevelBlock) -> bool:
    return level.rule in LAND_RULES and parent.rule in LAND_RULES
