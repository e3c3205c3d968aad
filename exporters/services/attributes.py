"""Attributes of features as columns: one for each field of the layers' schemas, and one for the rest."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from exporters.selectors import Properties
from exporters.writers import ExportField
from exporters.writers.field_names import free_name
from exporters.writers.table import Kind
from exporters.writers.values import json_text

OTHER = "other"
"""The column for attributes that no schema names and for values that are not of the type it names."""


@dataclass(frozen=True)
class LayerSchema:
    """What the JSON Schema of a layer says that an export has to know.

    Attributes
    ----------
    code : str
        The layer's code.
    kinds : mapping
        Public attribute → kind of its column, in the order of the schema.
    labels : mapping
        Public attribute → what people call it.
    private : frozenset of str
        Attributes that never leave.
    key_is_private : bool
        The key is made of one of them.
    """

    code: str
    kinds: Mapping[str, Kind]
    labels: Mapping[str, str]
    private: frozenset[str]
    key_is_private: bool

    @classmethod
    def of(cls, code: str, sides: Iterable[Properties], key_fields: Iterable[str]) -> LayerSchema:
        """Join what several sides say of the attributes: the first word counts, but private is private."""
        joined: dict[str, Mapping[str, Any]] = {}
        private: set[str] = set()
        for properties in sides:
            private |= {name for name, entry in properties.items() if entry.get("x-private")}
            for name, entry in properties.items():
                joined[name] = {**entry, **joined.get(name, {})}
        public = {name: entry for name, entry in joined.items() if name not in private}
        return cls(
            code=code,
            kinds={name: _kind(entry) for name, entry in public.items()},
            labels={name: _label(name, entry) for name, entry in public.items()},
            private=frozenset(private),
            key_is_private=not private.isdisjoint(key_fields),
        )


class Flattener:
    """Turns attributes of several layers into the same columns; a field of two types becomes text.

    Attributes
    ----------
    fields : tuple of ExportField
        The columns, `OTHER` last.
    renamed : mapping
        Attribute → its column's name, where another column had that name.
    withheld : set of str
        Private attributes that were met.
    misfits : int
        Values that are not of the type their schema names, and are in `OTHER`.
    others : int
        Rows that have anything in `OTHER`.
    """

    def __init__(self, layers: Iterable[LayerSchema], taken: Collection[str]) -> None:
        """Settle the columns; they avoid the names that are taken."""
        self._schemas = {layer.code: layer for layer in layers}
        self._kinds: dict[str, Kind] = {}
        labels: dict[str, str] = {}
        for layer in self._schemas.values():
            for name, kind in layer.kinds.items():
                self._kinds[name] = kind if self._kinds.get(name, kind) == kind else "text"
                labels.setdefault(name, layer.labels[name])
        names: dict[str, str] = {}
        for name in self._kinds:
            names[name] = free_name(name, [*taken, OTHER, *names.values()])
        self.renamed = {name: column for name, column in names.items() if name != column}
        self.fields = (
            *(ExportField(names[name], kind, labels[name]) for name, kind in self._kinds.items()),
            ExportField(OTHER, "json", "其他属性"),
        )
        self.withheld: set[str] = set()
        self.misfits = 0
        self.others = 0

    def columns(self, layers: Sequence[str], attributes: Sequence[str]) -> list[list[Any]]:
        """Give a column for each of `fields`, from the layer and the JSON text of every row."""
        rows = [self._row(layer, json.loads(text)) for layer, text in zip(layers, attributes, strict=True)]
        return [list(column) for column in zip(*rows, strict=True)]

    def _row(self, layer: str, attributes: dict[str, Any]) -> list[Any]:
        schema = self._schemas[layer]
        self.withheld |= schema.private & attributes.keys()
        rest = {name: value for name, value in attributes.items() if name not in schema.private}
        row = [self._moved(name, schema, rest) for name in self._kinds]
        self.others += bool(rest)
        return [*row, json_text(rest) if rest else None]

    def _moved(self, name: str, schema: LayerSchema, rest: dict[str, Any]) -> Any:
        """Take a value out of the rest for its column, unless it is not what the column holds."""
        if name not in schema.kinds or name not in rest:
            return None
        value = rest.pop(name)
        try:
            return None if value is None else _CONVERTERS[self._kinds[name]](value)
        except (ValueError, TypeError, OverflowError):
            self.misfits += 1
            rest[name] = value
            return None


def _kind(entry: Mapping[str, Any]) -> Kind:
    named = entry.get("type")
    types = {named} if isinstance(named, str) else set(named or ())
    types.discard("null")
    if len(types) != 1:
        return "text"
    return _KINDS.get((types.pop(), entry.get("format")), "text")


def _label(name: str, entry: Mapping[str, Any]) -> str:
    titles: Mapping[str, str] = entry.get("x-title", {})
    return titles.get("zh") or entry.get("title") or name


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json_text(value)


def _integer(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int | float) or value != int(value):
        raise ValueError("not a whole number")
    if not -(2**63) <= value < 2**63:
        raise ValueError("longer than 64 bits")
    return int(value)


def _real(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError("not a number")
    return float(value)


def _truth(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError("neither true nor false")
    return value


def _datetime(value: Any) -> dt.datetime:
    moment = dt.datetime.fromisoformat(value)
    moment = moment if moment.tzinfo else timezone.make_aware(moment)
    # The first and the last hours of the calendar exist in some zones only: such times stay as they are.
    return timezone.localtime(moment.astimezone(dt.UTC))


_KINDS: dict[tuple[str, str | None], Kind] = {
    ("integer", None): "integer",
    ("number", None): "real",
    ("boolean", None): "bool",
    ("string", "date"): "date",
    ("string", "date-time"): "datetime",
}
_CONVERTERS: dict[Kind, Callable[[Any], Any]] = {
    "text": _text,
    "integer": _integer,
    "real": _real,
    "bool": _truth,
    "date": dt.date.fromisoformat,
    "datetime": _datetime,
}
