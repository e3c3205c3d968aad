"""Duties, rules, indicators, objects and dates agree with the rest of the document."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

from schemes.documents.checks.posts import post_levels
from schemes.documents.duties import DutyBlock
from schemes.documents.measures import IndicatorBlock
from schemes.documents.objects import STANDING_LAYERS, ObjectsBlock
from schemes.documents.papers import LegalBasisBlock
from schemes.documents.problems import Path, Problem, did_you_mean
from schemes.documents.scheme import SchemeDocument


def check_objects(document: SchemeDocument) -> Iterator[Problem]:
    """Registers hang on things that exist and ask only for fields they have."""
    registers = document.register_blocks or {}
    levels = {block.code for block in document.level_blocks}
    for code, register in registers.items():
        path: Path = ("registers", code)
        known = {*register.fields, *register.key}
        for position, field in enumerate(register.required_for_complete):
            if field not in known:
                text = f'is "{field}", but the register has no such field{did_you_mean(field, known)}'
                yield Problem((*path, "required_for_complete", position), text)
        targets = levels | set(registers)
        if register.links and register.links not in targets:
            hint = did_you_mean(register.links, targets)
            text = f'is "{register.links}", but there is no such level or register{hint}'
            yield Problem((*path, "links"), text)
    yield from _limits("layers", document.layer_blocks or {})
    yield from _limits("registers", registers)


def _limits(key: str, blocks: Mapping[str, ObjectsBlock]) -> Iterator[Problem]:
    for code, block in blocks.items():
        for name, limits in block.fields.items():
            if limits.min is not None and limits.max is not None and limits.min > limits.max:
                text = f"has a min of {limits.min:g} above its max of {limits.max:g}"
                yield Problem((key, code, "fields", name), text)


def check_exclusive(document: SchemeDocument) -> Iterator[Problem]:
    """What a group shares out is there, and each group says it once."""
    known = {*STANDING_LAYERS, *(document.layer_blocks or {}), *(document.register_blocks or {})}
    first: dict[str, int] = {}
    for index, block in enumerate(document.exclusive):
        other = first.setdefault(block.group, index)
        if other != index:
            text = f'is "{block.group}", but that group is already given at exclusive[{other}]'
            yield Problem(("exclusive", index, "group"), text)
        for position, layer in enumerate(block.layers):
            path: Path = ("exclusive", index, "layers", position)
            if layer not in known:
                yield Problem(path, f'is "{layer}", but there is no such layer{did_you_mean(layer, known)}')
            elif layer in block.layers[:position]:
                yield Problem(path, f'is "{layer}", which is listed twice')


def check_rules(document: SchemeDocument) -> Iterator[Problem]:
    """A rule is a condition or a table, not both, and no two of one name share a priority."""
    first: dict[tuple[str, int], int] = {}
    for index, rule in enumerate(document.rules):
        path: Path = ("rules", index)
        if (rule.when is None) == (rule.table is None):
            yield Problem(path, 'needs either "when" or "table"')
        if rule.priority is not None:
            other = first.setdefault((rule.name, rule.priority), index)
            if other != index:
                text = f'is {rule.priority}, as in rules[{other}] of the same name "{rule.name}"'
                yield Problem((*path, "priority"), text)


def check_duties(document: SchemeDocument) -> Iterator[Problem]:
    """A duty says who, what and how often, once."""
    posts = post_levels(document)
    for index, duty in enumerate(document.duties):
        path: Path = ("duties", index)
        if duty.post and duty.post not in posts:
            text = f'is "{duty.post}", but there is no such post{did_you_mean(duty.post, posts)}'
            yield Problem((*path, "post"), text)
        if duty.kind is None and duty.topic is None:
            yield Problem(path, 'needs "kind" or "topic"')
        if duty.domain and duty.domain not in document.domains:
            text = f'is "{duty.domain}", which is not in domains{did_you_mean(duty.domain, document.domains)}'
            yield Problem((*path, "domain"), text)
        yield from _cadence(path, duty)
    for code, cadence in (document.cadence_by_monitor or {}).items():
        if (cadence.per == "none") == (cadence.count is not None):
            text = "has per none, so count makes no sense" if cadence.count else 'lacks the key "count"'
            yield Problem(("cadence_by_monitor", code), text)


def _cadence(path: Path, duty: DutyBlock) -> Iterator[Problem]:
    if (duty.per is None) != (duty.count is None):
        there, absent = ("per", "count") if duty.per else ("count", "per")
        yield Problem(path, f'has "{there}" and lacks the key "{absent}"')
    ways = {"per": duty.per, "periods": duty.periods, "on_demand": duty.on_demand, "trigger": duty.trigger}
    given = [way for way, value in ways.items() if value]
    if len(given) > 1:
        yield Problem(path, f"says twice when it is due ({', '.join(given)}); keep one")


def check_case_levels(document: SchemeDocument) -> Iterator[Problem]:
    """Levels named outside `levels` exist."""
    levels = [block.code for block in document.level_blocks]
    for path, level in _level_names(document):
        if level not in levels:
            yield Problem(path, f'names "{level}", but there is no such level{did_you_mean(level, levels)}')
    for index, notice in enumerate(document.notices):
        for position, level in enumerate(notice.levels):
            known = level in levels if isinstance(level, str) else level in range(1, len(levels) + 1)
            if isinstance(level, bool) or not known:
                text = f'is "{level}", but the levels are 1 to {len(levels)}: {", ".join(levels)}'
                yield Problem(("notices", index, "levels", position), text)


def _level_names(document: SchemeDocument) -> Iterator[tuple[Path, str]]:
    for level in document.duties_text or {}:
        yield ("duties_text", level), level
    for name, case in (document.cases or {}).items():
        path: Path = ("cases", name)
        for level in case.decide or {}:
            yield (*path, "decide", level), level
        for position, level in enumerate(case.chain):
            yield (*path, "chain", position), level
        single = {
            "level": case.level,
            "must_plan_at": case.must_plan_at,
            "before_dispatch_to": case.before_dispatch_to,
        }
        for key, code in single.items():
            if code:
                yield (*path, key), code


def check_indicators(document: SchemeDocument) -> Iterator[Problem]:
    """Weights add up to 1, tables hold as many names as they say, each indicator can be computed."""
    table = document.indicator_blocks.table
    if table and table.count != len(table.names):
        yield Problem(("indicators", "count"), f"is {table.count}, but {len(table.names)} names are given")
    yield from _weights(("indicators",), document.indicator_blocks.items)
    if document.assessment:
        yield from _weights(("assessment", "indicators"), document.assessment.indicators)


def _weights(path: Path, indicators: Sequence[IndicatorBlock]) -> Iterator[Problem]:
    for index, indicator in enumerate(indicators):
        if (indicator.formula is None) == (indicator.source is None):
            yield Problem((*path, index), 'needs either "formula" or "source"')
    weights = [indicator.weight for indicator in indicators if indicator.weight is not None]
    if not weights:
        return
    if len(weights) < len(indicators):
        bare = next(index for index, indicator in enumerate(indicators) if indicator.weight is None)
        yield Problem((*path, bare), 'lacks the key "weight", which the others have')
    elif not math.isclose(sum(weights), 1, abs_tol=1e-6):
        yield Problem(path, f"have weights that add up to {sum(weights):g}, not 1")


def check_dates(document: SchemeDocument) -> Iterator[Problem]:
    """Nothing ends before it begins."""
    start, end = document.effective_from, document.effective_to
    if start and end and end < start:
        yield Problem(("effective_to",), f"is {end}, before effective_from {start}")
    for index, campaign in enumerate(document.campaigns):
        if campaign.start and campaign.end and campaign.end < campaign.start:
            text = f"is {campaign.end}, before its first day {campaign.start}"
            yield Problem(("campaigns", index, "to"), text)


def check_references(document: SchemeDocument) -> Iterator[Problem]:
    """Cited legal basis is listed; yearly reviews name classes that have a cadence; checks say something."""
    known = {name for basis in document.legal_basis for name in _names(basis)}
    for path, cited in _citations(document):
        if cited not in known:
            yield Problem(path, f'is "{cited}", which legal_basis does not list{did_you_mean(cited, known)}')
    cadences = document.cadence_by_monitor
    for name in document.annual_review or {}:
        if cadences is not None and name not in cadences:
            text = f"is not a class of cadence_by_monitor{did_you_mean(name, cadences)}"
            yield Problem(("annual_review", name), text)
    for name, check in (document.checks or {}).items():
        if check.expression is None and not check.mechanisms and check.seed is None:
            yield Problem(("checks", name), "says nothing to check")


def _names(basis: LegalBasisBlock) -> list[str]:
    """What an entry may be cited by: code, number or title."""
    names = (basis.code, basis.number, basis.title.zh, basis.title.en)
    return [name for name in names if name]


def _citations(document: SchemeDocument) -> Iterator[tuple[Path, str]]:
    for index, duty in enumerate(document.duties):
        for position, cited in enumerate(duty.basis):
            yield ("duties", index, "basis", position), cited
    for name, case in (document.cases or {}).items():
        for branch, flow in case.flows().items():
            for index, step in enumerate(flow):
                for position, cited in enumerate(step.basis):
                    yield ("cases", name, branch, index, "basis", position), cited
