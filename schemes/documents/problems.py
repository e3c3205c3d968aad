"""Problems of a document: where, what, and the sentences that name file, line and key."""

from __future__ import annotations

import difflib
import types
import typing
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from geogrid.core.errors import BadDocument

Path = tuple[str | int, ...]

MAX_SHOWN = 50
MAX_VALUE = 40
MAX_DETAILED = 500
"""Problems of one text that get a suggestion and go into the context; the rest is only counted."""

_WANTED = {
    "string_type": "text",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "list_type": "a list",
    "dict_type": "a mapping (key: value)",
    "model_type": "a mapping (key: value)",
    "model_attributes_type": "a mapping (key: value)",
}


@dataclass(frozen=True)
class Problem:
    """One thing wrong: the path it is about, what to say after the path, and the line if known.

    With an empty path the text is the whole sentence.
    """

    path: Path
    text: str
    line: int | None = None

    def sentence(self) -> str:
        """The path in dotted form and the text."""
        return f"{dotted(self.path)} {self.text}" if self.path else self.text


def dotted(path: Path) -> str:
    """Write a path as people do: ``levels[1].rule``."""
    parts: list[str] = []
    for part in path:
        if isinstance(part, int):
            parts.append(f"[{part}]")
        else:
            parts.append(f".{_clip(part)}" if parts else _clip(part))
    return "".join(parts)


def shown(value: Any) -> str:
    """Describe a value in a few words: ``the number 12``, ``"abc"``, ``a list``."""
    if value is None:
        return "empty"
    if isinstance(value, bool):
        return f"the truth value {str(value).lower()}"
    if isinstance(value, int | float):
        return f"the number {value}"
    if isinstance(value, dict):
        return "a mapping (key: value)"
    if isinstance(value, list | tuple):
        return "a list"
    return f'"{_clip(str(value))}"'


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Suggest the nearest known word, or list the known ones when they are few."""
    words = sorted(set(known))
    near = _nearest(word, words)
    if near:
        return f'; did you mean "{near}"?'
    if not words:
        return ""
    listed = ", ".join(words[:12]) + (", …" if len(words) > 12 else "")
    return f"; known: {listed}"


def _nearest(word: str, known: Iterable[str]) -> str | None:
    # The clip keeps a key of a million letters from costing a minute.
    near = difflib.get_close_matches(word[:MAX_VALUE], sorted(known), n=1, cutoff=0.6)
    return near[0] if near else None


def bad_document(file: str, problems: Sequence[Problem]) -> BadDocument:
    """Make the error that lists every problem, one sentence a line, first in the file first."""
    ordered = sorted(set(problems), key=lambda problem: (problem.line or 0, dotted(problem.path)))
    count = len(ordered)
    sentences = [f"{file} line {problem.line or 1}: {problem.sentence()}" for problem in ordered[:MAX_SHOWN]]
    if count > MAX_SHOWN:
        sentences.append(f"{file}: and {count - MAX_SHOWN} more problems")
    facts = [
        {"line": problem.line or 1, "key": dotted(problem.path), "text": problem.text}
        for problem in ordered[:MAX_DETAILED]
    ]
    return BadDocument("\n".join(sentences), file=file, errors=count, problems=facts)


def problems_of(errors: Iterable[ErrorDetails], data: Any, model: type[BaseModel]) -> list[Problem]:
    """Turn pydantic's errors into problems; a misspelt required key is told once, not as missing too."""
    listed = list(errors)
    misspelt = set()
    for error in listed[:MAX_DETAILED]:
        if error["type"] == "extra_forbidden":
            *around, key = error["loc"]
            near = _nearest(str(key), _known_keys(model, around))
            misspelt.add((*around, near))
    told = [error for error in listed if error["type"] != "missing" or error["loc"] not in misspelt]
    return [
        _problem_of(error, data, model if number < MAX_DETAILED else None)
        for number, error in enumerate(told)
    ]


def _problem_of(error: ErrorDetails, data: Any, model: type[BaseModel] | None) -> Problem:
    """Turn one of pydantic's errors into a problem at a path that the text really has.

    Parameters
    ----------
    error : ErrorDetails
        One entry of ``ValidationError.errors()``.
    data : Any
        The values as read, before any validator changed their shape.
    model : type
        The model of the whole document; its keys serve the suggestions. None: no suggestion.
    """
    loc = error["loc"]
    kind = error["type"]
    path = real_path(loc, data)
    value = _at(data, path)
    if kind == "missing":
        return Problem(path, _missing(str(loc[-1]), at_root=not path))
    if kind == "extra_forbidden":
        known = _known_keys(model, loc[:-1]) if model else set()
        return Problem(path, f"is not a known key{did_you_mean(str(loc[-1]), known)}")
    if kind == "literal_error":
        return Problem(path, f"is {shown(value)}{_choice(value, error)}")
    if kind in _WANTED:
        return Problem(path, _wrong_type(value, _WANTED[kind]))
    return Problem(path, _plain(kind, error["msg"], value))


def _missing(key: str, *, at_root: bool) -> str:
    return f'the key "{key}" is missing' if at_root else f'lacks the key "{key}"'


def _wrong_type(value: Any, wanted: str) -> str:
    if value is None:
        return f"has no value; write {wanted} or leave the key out"
    hint = ""
    if wanted == "text" and isinstance(value, int | float):
        hint = "; put it in quotes"
    elif wanted == "a whole number" and isinstance(value, str) and value.lstrip("0").isdigit():
        hint = f"; write {value.lstrip('0')} without quotes or leading zeros"
    elif wanted == "true or false" and str(value).lower() in {"yes", "no", "on", "off"}:
        hint = f"; write {'true' if str(value).lower() in {'yes', 'on'} else 'false'}"
    return f"is {shown(value)}, but {wanted} is wanted{hint}"


def _choice(value: Any, error: ErrorDetails) -> str:
    expected = error.get("ctx", {}).get("expected", "")
    choices = [word.strip().strip("'") for word in expected.replace(" or ", ", ").split(", ")]
    near = _nearest(str(value), choices)
    suggestion = f'; did you mean "{near}"?' if near else ""
    verb = "it must be" if len(choices) == 1 else "it must be one of"
    return f", but {verb} {', '.join(choices)}{suggestion}"


def _plain(kind: str, message: str, value: Any) -> str:
    """Texts of our own validators follow the path as they are; pydantic's get the value in front."""
    if kind == OWN:
        return message
    first = message[:1].lower() + message[1:]
    return f"is {shown(value)}: {first}"


OWN = "document"
"""Error type of our own validators: their message is a predicate that follows the path."""


def real_path(loc: Sequence[str | int], data: Any) -> Path:
    """Drop the parts of a location that short forms and validators put in and the text does not have."""
    path: list[str | int] = []
    for part in loc:
        inside_map = isinstance(data, dict) and part in data
        inside_list = isinstance(data, list) and isinstance(part, int) and part < len(data)
        if inside_map or inside_list:
            path.append(part)
            data = data[part]
    return tuple(path)


def _at(data: Any, path: Path) -> Any:
    for part in path:
        data = data[part]
    return data


def _known_keys(model: type[BaseModel], loc: Sequence[str | int]) -> set[str]:
    """Collect the keys that the blocks at a location take."""
    blocks, in_map = {model}, False
    for part in loc:
        if in_map or isinstance(part, int):
            in_map = False
            continue
        annotations = [
            info.annotation
            for block in blocks
            for name, info in block.model_fields.items()
            if part in {name, info.alias}
        ]
        if annotations:
            blocks = {block for annotation in annotations for block in _blocks(annotation)}
            in_map = any(_has_map(annotation) for annotation in annotations)
    return {info.alias or name for block in blocks for name, info in block.model_fields.items()}


def _blocks(annotation: Any) -> set[type[BaseModel]]:
    if isinstance(annotation, type):
        return {annotation} if issubclass(annotation, BaseModel) else set()
    return {block for inner in typing.get_args(annotation) for block in _blocks(inner)}


def _has_map(annotation: Any) -> bool:
    if typing.get_origin(annotation) is dict:
        return True
    unwrapped = typing.get_origin(annotation) in {typing.Annotated, typing.Union, types.UnionType}
    return unwrapped and any(_has_map(inner) for inner in typing.get_args(annotation))


def _clip(text: str) -> str:
    single = " ".join(text.split()) if text.strip() else text
    single = "".join(char if char.isprintable() else "?" for char in single)
    return single if len(single) <= MAX_VALUE else f"{single[:MAX_VALUE]}…"
