"""Whatever one change breaks in a document, the answer is a document or an error with a line of the file."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geogrid.core.errors import BadDocument
from schemes.documents import parse_document
from schemes.documents.yaml_tree import read_yaml

HERE = Path(__file__).parent
SHIPPED = HERE.parents[1] / "data" / "schemes"
BLOCKS = sorted((HERE / "fixtures").glob("*.yaml"))
DOCUMENTS = [*BLOCKS, *sorted(SHIPPED.glob("*.yaml"))]
WRONG_VALUES: tuple[Any, ...] = (None, 7, -1, 2.5, True, "", "a b", [], ["x"], [[1]], {}, {"x": 1})

Steps = tuple[str | int, ...]


def _name(path: Path) -> str:
    return f"{path.parent.name}-{path.stem}"


def _refusal(text: str) -> BadDocument | None:
    """The error that a text meets; whatever else is raised fails the test."""
    try:
        document = parse_document(text, "x.yaml")
    except BadDocument as error:
        return error
    assert document.levels
    assert document.posts is not None
    assert all(layer.schema for layer in document.layers)
    return None


def _is_answered(text: str) -> bool:
    """Whether the text was accepted; a refusal must name lines that the text has."""
    error = _refusal(text)
    if error is None:
        return True
    lines = [int(found) for found in re.findall(r"^x\.yaml line (\d+): ", error.message, re.MULTILINE)]
    assert lines, error.message
    assert 1 <= min(lines) <= max(lines) <= text.count("\n") + 1
    assert error.context["errors"] >= 1
    return False


def _keys(value: Any, at: Steps = ()) -> Iterator[Steps]:
    """Yield the path of every key of a value, however deep."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield (*at, key)
            yield from _keys(inner, (*at, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _keys(inner, (*at, index))


def _changed(value: Any, path: Steps, new: dict[str, Any]) -> Any:
    """Copy a value with the last key of a path replaced by new items."""
    step, rest = path[0], path[1:]
    if isinstance(value, list):
        return [_changed(item, rest, new) if index == step else item for index, item in enumerate(value)]
    items: dict[str, Any] = {}
    for key, inner in value.items():
        if key != step:
            items[key] = inner
        elif rest:
            items[key] = _changed(inner, rest, new)
        else:
            items.update(new)
    return items


def _value(value: Any, path: Steps) -> Any:
    for step in path:
        value = value[step]
    return value


def _written(value: Any) -> str:
    """Write values as YAML, in the form that JSON is: quick, and many lines long."""
    return json.dumps(value, ensure_ascii=False, indent=1)


def _part(data: dict[str, Any], path: Steps) -> dict[str, Any]:
    """Keep the section that a path leads into and what every section refers to; the rest costs time."""
    kept = {"scheme", "levels", "posts", path[0]}
    return {key: value for key, value in data.items() if key in kept}


@pytest.mark.parametrize("path", DOCUMENTS, ids=_name)
def test_a_document_is_still_valid_when_written_anew(path: Path) -> None:
    assert _is_answered(_written(read_yaml(path.read_text(encoding="utf-8")).data))


@pytest.mark.parametrize("path", BLOCKS, ids=_name)
def test_every_key_may_be_renamed_dropped_or_have_a_value_of_the_wrong_type(path: Path) -> None:
    data = read_yaml(path.read_text(encoding="utf-8")).data
    for number, key in enumerate(_keys(data)):
        part, name = _part(data, key), str(key[-1])
        _is_answered(_written(_changed(part, key, {f"{name}x": _value(data, key)})))
        _is_answered(_written(_changed(part, key, {})))
        # The wrong values take turns: all pairs would take minutes.
        _is_answered(_written(_changed(part, key, {name: WRONG_VALUES[number % len(WRONG_VALUES)]})))


@pytest.mark.long
@pytest.mark.parametrize("wrong", WRONG_VALUES, ids=repr)
@pytest.mark.parametrize("path", DOCUMENTS, ids=_name)
def test_every_value_may_be_of_every_wrong_type(path: Path, wrong: Any) -> None:
    data = read_yaml(path.read_text(encoding="utf-8")).data
    for key in _keys(data):
        _is_answered(_written(_changed(_part(data, key), key, {str(key[-1]): wrong})))


@pytest.mark.parametrize("path", BLOCKS, ids=_name)
def test_every_key_given_twice_is_refused(path: Path) -> None:
    data = read_yaml(path.read_text(encoding="utf-8")).data
    for key in _keys(data):
        name = str(key[-1])
        # JSON has no way to write a key twice, so a stand-in is renamed in the text.
        marked = _changed(_part(data, key), key, {name: _value(data, key), "stand-in": 1})
        assert not _is_answered(_written(marked).replace('"stand-in"', json.dumps(name, ensure_ascii=False)))


@pytest.mark.parametrize("path", DOCUMENTS, ids=_name)
def test_every_line_may_be_doubled_dropped_or_cut(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    for number, line in enumerate(lines):
        changes = ([line, line], [], [line[: len(line) // 2] + "\n"])
        _is_answered("".join([*lines[:number], *changes[number % 3], *lines[number + 1 :]]))


@settings(max_examples=150, deadline=None)
@given(
    st.text(max_size=200),
    st.sampled_from(["", "scheme: x\nlevels: [{code: a}]\n", "scheme: x\nlevels:\n  - "]),
)
def test_any_text_is_answered(text: str, start: str) -> None:
    error = _refusal(start + text)
    assert error is None or error.message.startswith("x.yaml line ")
