"""Hold the attributes of features to the JSON Schema of their layer, as far as schemas of layers go.

Tables such as CSV know nothing but text, so text becomes the number or the truth value that the schema asks
for where it says one; numbers become text where the schema asks for text.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Callable, Collection, Mapping
from typing import Any

from geogrid.core.errors import BadInput

Attributes = dict[str, Any]

_ABOUT_OBJECT = frozenset({"type", "properties", "required", "additionalProperties"})
_RULES = frozenset(
    {
        *("type", "enum", "const", "pattern", "format", "minLength", "maxLength"),
        *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"),
    }
)
_ANNOTATIONS = frozenset({"$schema", "$id", "$comment", "title", "description", "default", "examples"})
_TRUTH = {
    "true": True,
    "1": True,
    "yes": True,
    "是": True,
    "false": False,
    "0": False,
    "no": False,
    "否": False,
}
_INTEGER = re.compile(r"[+-]?[0-9]{1,18}")
_SHOWN = 60

_IS_OF_TYPE: dict[str, Callable[[Any], bool]] = {
    "string": lambda value: isinstance(value, str),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "boolean": lambda value: isinstance(value, bool),
    "array": lambda value: isinstance(value, list),
    "object": lambda value: isinstance(value, dict),
    "null": lambda value: value is None,
}
_CALLED = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "an object",
    "null": "empty",
}


class AttributeRules:
    """The rules of one layer's schema.

    Parameters
    ----------
    schema : mapping
        JSON Schema of an object; keywords that are not understood here are refused, not passed over.
    exempt : collection of str
        Fields that need not be there although the schema requires them.
    """

    def __init__(self, layer: str, schema: Mapping[str, Any], *, exempt: Collection[str] = ()) -> None:
        _refuse_unknown(layer, schema, _ABOUT_OBJECT)
        properties: Mapping[str, Mapping[str, Any]] = schema.get("properties", {})
        for rules in properties.values():
            _refuse_unknown(layer, rules, _RULES)
        self._rules = {name: _Rule(name, rules) for name, rules in properties.items()}
        self._required = [name for name in schema.get("required", ()) if name not in exempt]
        self._closed = schema.get("additionalProperties") is False

    def applied(self, attributes: Mapping[str, Any]) -> tuple[Attributes, str | None]:
        """Give the attributes as the schema wants them, and what is wrong with them, if anything is."""
        result = dict(attributes)
        for name in self._required:
            value = result.get(name)
            if value is None or (isinstance(value, str) and not value.strip()):
                return result, f'has no value in "{name}", which the layer requires'
        if self._closed:
            for name, value in attributes.items():
                if name not in self._rules and value is not None:
                    return result, f'has a value in "{name}", a field that the layer does not know'
        for name, rule in self._rules.items():
            value = result.get(name)
            # A missing value is the business of `required`.
            if value is None:
                continue
            result[name] = rule.converted(value)
            fault = rule.fault(result[name])
            if fault is not None:
                return result, fault
        return result, None


def _refuse_unknown(layer: str, schema: Mapping[str, Any], known: frozenset[str]) -> None:
    unknown = [word for word in schema if word not in known | _ANNOTATIONS and not word.startswith("x-")]
    if unknown:
        raise BadInput(
            f"the schema of the layer {layer} uses {', '.join(sorted(unknown))}, "
            f"which is not understood here; a field may have {', '.join(sorted(_RULES))}"
        )


class _Rule:
    """The rules of one field."""

    def __init__(self, name: str, rules: Mapping[str, Any]) -> None:
        self._name = name
        kinds = rules.get("type", [])
        self._types = [kinds] if isinstance(kinds, str) else list(kinds)
        self._rules = rules
        self._pattern = re.compile(rules["pattern"]) if "pattern" in rules else None

    def converted(self, value: Any) -> Any:
        """Give the value as the type that the schema asks for, where it can be read as one."""
        if isinstance(value, str) and self._types and "string" not in self._types:
            return self._from_text(value.strip())
        if isinstance(value, float) and "integer" in self._types and value.is_integer():
            return int(value)
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if number and [kind for kind in self._types if kind != "null"] == ["string"]:
            return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
        return value

    def _from_text(self, text: str) -> Any:
        if "integer" in self._types and _INTEGER.fullmatch(text):
            return int(text)
        if "number" in self._types and (number := _number(text)) is not None:
            return number
        if "boolean" in self._types and text.casefold() in _TRUTH:
            return _TRUTH[text.casefold()]
        return text

    def fault(self, value: Any) -> str | None:
        """Say what is wrong with a value."""
        rules, shown = self._rules, _shown(value)
        if self._types and not any(_IS_OF_TYPE[kind](value) for kind in self._types):
            wanted = " or ".join(_CALLED[kind] for kind in self._types if kind != "null")
            return f'{shown} in "{self._name}" is not {wanted}'
        if "enum" in rules and value not in rules["enum"]:
            options = ", ".join(str(option) for option in rules["enum"] if option is not None)
            return f'{shown} in "{self._name}" is none of {options}'
        if "const" in rules and value != rules["const"]:
            return f'{shown} in "{self._name}" is not {rules["const"]}'
        said = self._text_fault(value) if isinstance(value, str) else self._number_fault(value)
        return said and f'{shown} in "{self._name}" {said}'

    def _text_fault(self, value: str) -> str | None:
        rules = self._rules
        if self._pattern is not None and not self._pattern.search(value):
            return f"does not look like {rules['pattern']}"
        if not rules.get("minLength", 0) <= len(value) <= rules.get("maxLength", math.inf):
            return "is too short" if len(value) < rules.get("minLength", 0) else "is too long"
        read = {"date": dt.date.fromisoformat, "date-time": dt.datetime.fromisoformat}.get(
            rules.get("format", "")
        )
        if read is not None:
            try:
                read(value)
            except ValueError:
                return f"is not a {'date' if rules['format'] == 'date' else 'time'} as 2026-01-31 is one"
        return None

    def _number_fault(self, value: Any) -> str | None:
        if isinstance(value, bool) or not isinstance(value, int | float):
            return None
        rules = self._rules
        if value < rules.get("minimum", -math.inf) or value <= rules.get("exclusiveMinimum", -math.inf):
            return f"is less than {rules.get('minimum', rules.get('exclusiveMinimum'))}"
        if value > rules.get("maximum", math.inf) or value >= rules.get("exclusiveMaximum", math.inf):
            return f"is more than {rules.get('maximum', rules.get('exclusiveMaximum'))}"
        return None


def _number(text: str) -> int | float | None:
    if _INTEGER.fullmatch(text):
        return int(text)
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _shown(value: Any) -> str:
    text = f'"{value}"' if isinstance(value, str) else str(value)
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
