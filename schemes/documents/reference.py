"""Write docs/reference/scheme-document.md from the models; `python -m schemes.documents.reference`."""

from __future__ import annotations

import inspect
import json
import re
import sys
import types
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from geogrid.core.codes import CODE_SYSTEMS
from schemes.documents.checks import CHECKS
from schemes.documents.measures import IndicatorsBlock
from schemes.documents.reference_text import CODES_ENDING, ENDING, OPENING, RULE_MEANINGS
from schemes.documents.scheme import SchemeDocument
from schemes.documents.values import Block, Means, Title

TARGET = Path(__file__).resolve().parents[2] / "docs" / "reference" / "scheme-document.md"

_IN_A_WORD: dict[type[BaseModel], str] = {
    Title: "title",
    IndicatorsBlock: "list of [indicator](#indicator), or one [indicator table](#indicator-table)",
}
"""Models that stand for a short form: described where they are used, without a section of their own."""

_PLAIN = {str: "text", bool: "true or false", int: "whole number", float: "number"}


def reference_text() -> str:
    """The whole page, as Markdown."""
    models = [model for model in _models(SchemeDocument) if model not in _IN_A_WORD]
    blocks = [section for model in models for section in _model_section(model)]
    checks = [f"- {_first_sentence(check)}" for check in CHECKS]
    parts = [OPENING, *_rules_section(), *blocks, *_code_systems_section(), "## Cross checks\n", *checks]
    return "\n".join([*parts, "", ENDING])


def main() -> None:
    """Write the page."""
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    TARGET.write_text(reference_text(), encoding="utf-8")
    sys.stderr.write(f"wrote {TARGET}\n")


def _models(model: type[BaseModel]) -> list[type[BaseModel]]:
    """All blocks of a document, each once, in the order in which a reader meets them."""
    found: dict[type[BaseModel], None] = {model: None}
    waiting = [model]
    while waiting:
        hints = typing.get_type_hints(waiting.pop(0), include_extras=True)
        for inner in (block for hint in hints.values() for block in _inner_models(hint)):
            if inner not in found:
                found[inner] = None
                waiting.append(inner)
    return list(found)


def _inner_models(hint: Any) -> Iterator[type[BaseModel]]:
    if isinstance(hint, type):
        if issubclass(hint, BaseModel):
            yield hint
        return
    for inner in typing.get_args(hint):
        yield from _inner_models(inner)


def _model_section(model: type[BaseModel]) -> list[str]:
    rows = ["| key | value | if left out | meaning |", "|---|---|---|---|"]
    hints = typing.get_type_hints(model, include_extras=True)
    for name, info in model.model_fields.items():
        if model is not Block and name in Block.model_fields:
            continue
        key, value = info.alias or name, _cell(_describe(hints[name]))
        rows.append(f"| `{key}` | {value} | {_default(info)} | {_cell(info.description or '')} |")
    return [f"## {_heading(model)}\n", " ".join((model.__doc__ or "").split()), "", *rows, ""]


def _heading(model: type[BaseModel]) -> str:
    if model is SchemeDocument:
        return "Scheme document"
    words = re.sub(r"(?<!^)(?=[A-Z])", " ", model.__name__.removesuffix("Block"))
    return words.capitalize()


def _describe(hint: Any) -> str:
    """Say in words what values a type hint takes."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin is typing.Annotated:
        meanings = [item.text for item in arguments[1:] if isinstance(item, Means)]
        return meanings[0] if meanings else _describe(arguments[0])
    if origin is Literal:
        return " or ".join(f"`{choice}`" for choice in arguments)
    if origin is list:
        return f"list of {_describe(arguments[0])}"
    if origin is dict:
        return f"map {_describe(arguments[0])} → {_describe(arguments[1])}"
    if origin in {typing.Union, types.UnionType}:
        return " or ".join(_describe(choice) for choice in arguments if choice is not type(None))
    if hint in _IN_A_WORD:
        return _IN_A_WORD[hint]
    if isinstance(hint, type) and issubclass(hint, BaseModel):
        heading = _heading(hint)
        return f"[{heading.lower()}](#{heading.lower().replace(' ', '-')})"
    return _PLAIN.get(hint, "any value")


def _default(info: FieldInfo) -> str:
    if info.is_required():
        return "**required**"
    value = info.get_default(call_default_factory=True)
    if isinstance(value, BaseModel):
        value = value.model_dump(exclude=set(Block.model_fields))
    if value in (None, [], {}) or (isinstance(value, dict) and not any(value.values())):
        return "–"
    return f"`{_cell(json.dumps(value, ensure_ascii=False))}`"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _rules_section() -> list[str]:
    rows = [f"| `{rule}` | {meaning} |" for rule, meaning in RULE_MEANINGS.items()]
    return ["## Rules of levels\n", "| rule | cells of the level |", "|---|---|", *rows, ""]


def _code_systems_section() -> list[str]:
    rows = ["## Code systems\n", "| name | digits | merged | private |", "|---|---|---|---|"]
    for name, system in CODE_SYSTEMS.items():
        parts = [f"{segment.digits} ({segment.tier or 'class of object'})" for segment in system.segments]
        merged = [_numbers(segment.tier, segment.merged) for segment in system.segments if segment.merged]
        private = [_numbers(segment.tier, segment.private) for segment in system.segments if segment.private]
        cells = [" + ".join(parts), ", ".join(merged) or "–", ", ".join(private)]
        rows.append(f"| `{name}` | {' | '.join(cells)} |")
    rows.append("| `custom` | as `segments` says, one for each level that divides the land | – | – |")
    return [*rows, "", CODES_ENDING]


def _numbers(tier: str | None, numbers: range) -> str:
    return f"{tier} {numbers[0]}–{numbers[-1]}"


def _first_sentence(thing: Any) -> str:
    return (inspect.getdoc(thing) or "").splitlines()[0]


if __name__ == "__main__":
    main()
