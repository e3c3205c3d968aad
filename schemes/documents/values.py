"""The small types that the keys of a scheme document have, each refused in a sentence of its own."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from schemes.documents.problems import OWN, shown

MAX_TEXT = 2000

_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,49}")
_FIELD = re.compile(r"[^\W\d]\w{0,49}")
_CALL = re.compile(r"([A-Za-z_]\w*)\(([^()]*)\)")
_DURATION = re.compile(r"([1-9][0-9]{0,3})(min|h|d|w|mo|y)")
_TOKEN = re.compile(
    r"""\s+|[0-9]+(\.[0-9]+)?(min|h|d|w|mo|y|%)?|[^\W\d]\w*|"[^"]*"|'[^']*'|<=|>=|!=|==|[-+*/%<>=(),.\[\]]"""
)


@dataclass(frozen=True)
class Means:
    """How the reference describes a type; put into Annotated."""

    text: str


def own_error(text: str) -> PydanticCustomError:
    """Make an error whose text is the predicate that follows the path, like ``is "x", but …``."""
    return PydanticCustomError(OWN, "{text}", {"text": text})


def _text(value: str) -> str:
    if not value.strip():
        raise own_error("is empty text; write something or leave the key out")
    if len(value) > MAX_TEXT:
        raise own_error(f"is longer than {MAX_TEXT} characters")
    return value.strip()


def _code(value: str) -> str:
    if not _CODE.fullmatch(value):
        raise own_error(
            f"is {shown(value)}, but a code is wanted: letters a-z, digits, _ and -, at most 50, "
            "a letter or a digit first"
        )
    return value


def _field_name(value: str) -> str:
    if not _FIELD.fullmatch(value):
        raise own_error(
            f"is {shown(value)}, but a field name is wanted: "
            "letters, digits and _, at most 50, a letter first"
        )
    return value


def _call(value: str) -> str:
    if not _CALL.fullmatch(value):
        raise own_error(f"is {shown(value)}, but an action such as open_case(penalty) is wanted")
    return value


def _duration(value: str) -> str:
    if not _DURATION.fullmatch(value):
        raise own_error(f"is {shown(value)}, but a duration such as 30min, 2h, 2d, 3w, 6mo or 1y is wanted")
    return value


def _expression(value: str) -> str:
    text, at = _text(value), 0
    while at < len(text):
        token = _TOKEN.match(text, at)
        if token is None:
            raise own_error(f"is {shown(value)}, which cannot be read as an expression at {shown(text[at:])}")
        at = token.end()
    _check_brackets(value, re.sub(r"\"[^\"]*\"|'[^']*'", "", text))
    return text


def _check_brackets(value: str, bare: str) -> None:
    depth = 0
    for char in bare:
        depth += (char == "(") - (char == ")")
        if depth < 0:
            break
    if depth != 0:
        raise own_error(f"is {shown(value)}, whose brackets do not match")


def _day(value: Any) -> Any:
    if isinstance(value, date):
        return value
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
        try:
            return date.fromisoformat(value)
        except ValueError as error:
            raise own_error(f"is {shown(value)}, which is no day of the calendar") from error
    raise own_error(f"is {shown(value)}, but a date such as 2016-10-20 is wanted")


def _scalar(value: Any) -> str | int | float | bool:
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, bool | int | float):
        return value
    raise own_error(f"is {shown(value)}, but one value (text, a number, true or false) is wanted")


def _finite(value: float) -> float:
    if not math.isfinite(value):
        raise own_error(f"is {shown(value)}, but a finite number is wanted")
    return value


Text = Annotated[str, AfterValidator(_text), Means("text")]
Code = Annotated[str, AfterValidator(_code), Means("code")]
FieldName = Annotated[str, AfterValidator(_field_name), Means("field name")]
Call = Annotated[str, AfterValidator(_call), Means("action, `verb(what)`")]
Duration = Annotated[str, AfterValidator(_duration), Means("duration, `2d`")]
Expression = Annotated[str, AfterValidator(_expression), Means("expression")]
Day = Annotated[date, BeforeValidator(_day), Means("date, `2016-10-20`")]
Scalar = Annotated[Any, BeforeValidator(_scalar), Means("text, number, true or false")]
Number = Annotated[float, AfterValidator(_finite), Means("number")]
Amount = Annotated[float, AfterValidator(_finite), Field(ge=0), Means("number ≥ 0")]
Share = Annotated[float, AfterValidator(_finite), Field(ge=0, le=1), Means("number from 0 to 1")]
Count = Annotated[int, Field(ge=0, le=10**9), Means("whole number ≥ 0")]
Positive = Annotated[int, Field(ge=1, le=10**6), Means("whole number ≥ 1")]
Month = Annotated[int, Field(ge=1, le=12), Means("month 1–12")]


class Block(BaseModel):
    """A mapping in a scheme document; every block takes these two keys."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, populate_by_name=False, use_attribute_docstrings=True
    )

    assumed: bool = False
    """The numbers of this block are an assumption, not taken from a source."""
    note: Text | None = None
    """A remark for the people who keep the document."""


class Title(BaseModel):
    """A name for people: one text for all languages, or one each."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, use_attribute_docstrings=True)

    zh: Text
    """Simplified Chinese; the English name if left out."""
    en: Text
    """English; the Chinese name if left out."""

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, value: Any) -> Any:
        if isinstance(value, str):
            return {"zh": value, "en": value}
        if isinstance(value, dict):
            if not {"zh", "en"} & set(value):
                raise own_error('needs "zh" or "en", the name in Chinese or English')
            only = value.get("zh", value.get("en"))
            return {"zh": only, "en": only, **value}
        if isinstance(value, Title):
            return value
        raise own_error(f"is {shown(value)}, but a name (text, or {{zh: …, en: …}}) is wanted")

    def text(self, language: str = "zh") -> str:
        """The name in a language (``en``, ``en-gb``, … or else Chinese)."""
        return self.en if language.startswith("en") else self.zh

    def __str__(self) -> str:
        """The Chinese name."""
        return self.zh


def split_call(call: str) -> tuple[str, list[str]]:
    """Take an action apart: ``escalate(district)`` → ``("escalate", ["district"])``."""
    match = _CALL.fullmatch(call)
    if match is None:
        raise ValueError(call)
    return match[1], [part.strip() for part in match[2].split(",") if part.strip()]
