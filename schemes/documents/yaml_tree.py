"""Read one YAML text into plain values and remember the line of every key and item.

Scheme documents use a small, boring part of YAML, so that what people read is what is loaded:

* keys are always text (``on:`` is the key "on", not the value true);
* a number with a leading zero is text (``06`` and ``09`` alike: it is a code);
* a date such as ``2012-01-01`` is text until a field asks for a date;
* only ``true`` and ``false`` are truth values, ``null``, ``~`` and nothing are empty;
* a key given twice, a tag (``!!set``), an alias (``*a``) and a second document are errors.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, cast

import yaml
from yaml import events

from schemes.documents.problems import Path, Problem, dotted

MAX_DEPTH = 30

# At most 15 digits: what every reader of JSON keeps exactly. Longer ones are identifiers, hence text.
_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]{0,14})")
_DECIMAL = re.compile(r"[-+]?(0|[1-9][0-9]{0,14})(\.[0-9]{1,15})?([eE][-+]?[0-9]{1,2})?")
_EMPTY = {"", "~", "null", "Null", "NULL"}
_TRUTH = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}


class NotYaml(Exception):
    """The text cannot be read any further; carries the problem that stopped the reader."""

    def __init__(self, problem: Problem) -> None:
        """Keep the problem for whoever turns it into a sentence."""
        super().__init__(problem.text)
        self.problem = problem


@dataclass
class YamlTree:
    """The values of a document, the line of each path, and what was wrong on the way."""

    data: Any = None
    lines: dict[Path, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def line(self, path: Path) -> int:
        """Line of a path, or of the nearest thing around it that the text really has."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


def read_yaml(text: str) -> YamlTree:
    """Read the one document of a text; duplicate keys are collected, anything worse raises NotYaml."""
    return _Builder(text).build()


class _Builder:
    """Turns PyYAML's event stream into values; recursion is bounded by MAX_DEPTH."""

    def __init__(self, text: str) -> None:
        self._events = _events(text)
        self._tree = YamlTree()

    def build(self) -> YamlTree:
        next(self._events)
        event = next(self._events)
        if isinstance(event, events.StreamEndEvent):
            raise NotYaml(Problem((), "the document is empty", 1))
        root = next(self._events)
        self._tree.lines[()] = _line(root)
        self._tree.data = self._value(root, ())
        next(self._events)
        after = next(self._events)
        if not isinstance(after, events.StreamEndEvent):
            text = 'a second document begins here ("---"); a scheme is one document a file'
            raise NotYaml(Problem((), text, _line(after)))
        return self._tree

    def _value(self, event: yaml.Event, path: Path) -> Any:
        self._refuse_extras(event, path)
        if len(path) > MAX_DEPTH:
            raise NotYaml(Problem((), f"values are nested more than {MAX_DEPTH} deep", _line(event)))
        if isinstance(event, events.MappingStartEvent):
            return self._mapping(path)
        if isinstance(event, events.SequenceStartEvent):
            return self._sequence(path)
        return _scalar(cast("events.ScalarEvent", event))

    def _refuse_extras(self, event: yaml.Event, path: Path) -> None:
        where = f"{dotted(path)}: " if path else ""
        if isinstance(event, events.AliasEvent):
            text = f"{where}*{event.anchor} is an alias; write the value out instead"
            raise NotYaml(Problem((), text, _line(event)))
        tag = getattr(event, "tag", None)
        if tag is not None and tag != "!":
            text = f"{where}{_short_tag(tag)} is a tag; scheme documents hold plain values only"
            raise NotYaml(Problem((), text, _line(event)))

    def _mapping(self, path: Path) -> dict[str, Any]:
        values: dict[str, Any] = {}
        while not isinstance(event := next(self._events), events.MappingEndEvent):
            key = self._key(event, path)
            here = (*path, key)
            first = self._tree.lines.get(here)
            if first is not None:
                text = f"{dotted(here)} is given twice (first on line {first}); keep one"
                self._tree.problems.append(Problem((), text, _line(event)))
                self._skip_value(here)
                continue
            self._tree.lines[here] = _line(event)
            values[key] = self._value(next(self._events), here)
        return values

    def _key(self, event: yaml.Event, path: Path) -> str:
        self._refuse_extras(event, path)
        if not isinstance(event, events.ScalarEvent):
            where = f" of {dotted(path)}" if path else ""
            raise NotYaml(Problem((), f"a key{where} is a list or a mapping; keys are text", _line(event)))
        return _text(event)

    def _skip_value(self, path: Path) -> None:
        """Read a value that nobody will look at, leaving the lines of the first one alone."""
        kept = self._tree.lines
        self._tree.lines = {}
        self._value(next(self._events), path)
        self._tree.lines = kept

    def _sequence(self, path: Path) -> list[Any]:
        values: list[Any] = []
        while not isinstance(event := next(self._events), events.SequenceEndEvent):
            here = (*path, len(values))
            self._tree.lines[here] = _line(event)
            values.append(self._value(event, here))
        return values


def _events(text: str) -> Iterator[yaml.Event]:
    """Yield PyYAML's events; its errors become NotYaml with a line."""
    try:
        yield from yaml.parse(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = 1 if mark is None else min(mark.line + 1, _line_count(text))
        reason = " ".join(str(part) for part in (error.context, error.problem) if part)
        raise NotYaml(Problem((), f"not valid YAML: {reason}", line)) from error
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        code = error.character if isinstance(error.character, int) else ord(error.character)
        text = f"not valid YAML: the character U+{code:04X} is not allowed"
        raise NotYaml(Problem((), text, line)) from error
    except (ValueError, OverflowError) as error:
        # PyYAML lets chr() and int() complain, about an escape such as "\UFFFFFFFF" for one.
        raise NotYaml(Problem((), f"not valid YAML: {error}", 1)) from error


def _line_count(text: str) -> int:
    return max(1, len(text.splitlines()))


def _text(event: events.ScalarEvent) -> str:
    """Text of a scalar event; escapes can write characters that no database or file takes."""
    text = str(event.value)
    if "\0" in text or any("\ud800" <= char <= "\udfff" for char in text):
        wrong = "a text here holds a null character or half a character; leave it out"
        raise NotYaml(Problem((), wrong, _line(event)))
    return text


def _scalar(event: events.ScalarEvent) -> Any:
    """Value of a scalar event: quoted and block text is text, plain text by the short list above."""
    text = _text(event)
    if not event.implicit[0]:
        return text
    if text in _EMPTY:
        return None
    if text in _TRUTH:
        return _TRUTH[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    if _DECIMAL.fullmatch(text):
        return float(text)
    return text


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 1


def _short_tag(tag: str) -> str:
    return tag.replace("tag:yaml.org,2002:", "!!")
