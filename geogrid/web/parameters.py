"""Parameters of requests: each is read by one field, whose fault is one sentence that names it."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request

from geogrid.core.errors import BadInput
from geogrid.times import moment_parse
from geogrid.web.errors import BadParameter, NoSuchPage, first_fault
from geogrid.web.pagination import DEFAULT_SIZE, MAX_SIZE, Page

LONGEST_TEXT = 200
_DECIMAL = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
_WHOLE = re.compile(r"\d{1,9}", re.ASCII)

Box = tuple[float, float, float, float]


@extend_schema_field(OpenApiTypes.DOUBLE)
class DecimalField(serializers.Field):
    """A finite number; neither `nan` nor `inf` nor digits of other scripts."""

    def to_internal_value(self, data: Any) -> float:
        """Read the number."""
        text = str(data).strip()
        value = float(text) if len(text) <= 40 and _DECIMAL.fullmatch(text) else math.nan
        if not math.isfinite(value) or abs(value) > 1e9:
            raise serializers.ValidationError(f"{shown(text)} is no decimal number such as 118.3375")
        return value

    def to_representation(self, value: float) -> float:
        """Give the number."""
        return value


@extend_schema_field({"type": "integer", "minimum": 1, "maximum": 999_999_999})
class CountField(serializers.Field):
    """A whole number from 1 on, up to `most`."""

    def __init__(self, *, most: int = 999_999_999, **options: Any) -> None:
        """Keep the largest."""
        super().__init__(**options)
        self.most = most

    def to_internal_value(self, data: Any) -> int:
        """Read the number."""
        text = str(data)
        value = int(text) if _WHOLE.fullmatch(text) else 0
        if not 1 <= value <= self.most:
            raise serializers.ValidationError(f"{shown(text)} is no whole number from 1 to {self.most}")
        return value

    def to_representation(self, value: int) -> int:
        """Give the number."""
        return value


@extend_schema_field(
    {
        "type": "string",
        "pattern": r"^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:\d{2})?)?$",
    }
)
class MomentField(serializers.Field):
    """An ISO date or time; without a zone it is that of the installation, a date means its first moment."""

    def to_internal_value(self, data: Any) -> dt.datetime:
        """Read the time."""
        # "+" is a space in the query of an address.
        text = re.sub(r" (?=\d{2}:\d{2}$)", "+", str(data).strip())
        try:
            return moment_parse(text)
        except BadInput as error:
            raise serializers.ValidationError(error.message) from error

    def to_representation(self, value: dt.datetime) -> str:
        """Give the time."""
        return value.isoformat()


_NUMBER = r"-?\d{1,3}(\.\d+)?"


@extend_schema_field(
    {
        "type": "string",
        "pattern": f"^{_NUMBER},{_NUMBER},{_NUMBER},{_NUMBER}$",
        "example": "118.2,29.6,118.4,29.8",
    }
)
class BoxField(serializers.Field):
    """`west,south,east,north` in degrees."""

    def to_internal_value(self, data: Any) -> Box:
        """Read the four numbers."""
        words = str(data).split(",")
        if len(words) != 4:
            raise serializers.ValidationError(
                f"it has {len(words)} numbers, and four are wanted: west,south,east,north"
            )
        number = DecimalField()
        west, south, east, north = (number.to_internal_value(word) for word in words)
        if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
            raise serializers.ValidationError(
                "west,south,east,north are wanted in degrees, west not after east, south not after north"
            )
        return west, south, east, north

    def to_representation(self, value: Box) -> str:
        """Give the four numbers."""
        return ",".join(map(str, value))


class TextParameter(serializers.CharField):
    """A text of at most 200 characters without control characters."""

    def __init__(self, **options: Any) -> None:
        """Bound the length."""
        super().__init__(**{"max_length": LONGEST_TEXT, "allow_blank": False, **options})
        self.error_messages["max_length"] = f"it is longer than {LONGEST_TEXT} characters"
        self.error_messages["blank"] = "it is empty; leave it out instead"

    def to_internal_value(self, data: Any) -> str:
        """Read the text."""
        text = super().to_internal_value(data)
        if any(ord(character) < 32 or 0xD800 <= ord(character) <= 0xDFFF for character in text):
            raise serializers.ValidationError("it has a control character")
        return text


class FlagField(serializers.ChoiceField):
    """`true` or `false`."""

    def __init__(self, **options: Any) -> None:
        """Offer the two."""
        super().__init__(choices=["true", "false"], **options)

    def to_internal_value(self, data: Any) -> Any:
        """Read which."""
        return super().to_internal_value(data) == "true"


class KnownMembers(serializers.Serializer):
    """Named values of a request; one that is not known is refused: a slip of the pen is no answer."""

    member = "member"

    def to_internal_value(self, data: Any) -> Any:
        """Refuse names that are not known."""
        for name in data:
            if name not in self.fields:
                known = ", ".join(self.fields) or "none"
                raise BadParameter(f"{shown(name)} is no {self.member}; there are: {known}", parameter=name)
        return super().to_internal_value(data)

    @classmethod
    def read(cls, data: Any) -> dict[str, Any]:
        """Read all of them; those left out are None.

        Raises
        ------
        BadParameter
            Naming the first that is not usable.
        """
        reader = cls(data=data)
        if not reader.is_valid():
            name, sentence = first_fault(reader.errors)
            raise BadParameter(f"{name}: {sentence}" if name else sentence, parameter=name)
        return {**dict.fromkeys(reader.fields), **reader.validated_data}


class Parameters(KnownMembers):
    """The parameters that an address takes."""

    member = "parameter of this address"

    @classmethod
    def of(cls, request: Request) -> dict[str, Any]:
        """Read the parameters of a request; those left out are None.

        Raises
        ------
        BadParameter
            Naming the first that is not usable.
        """
        return cls.read(request.query_params.dict())


@extend_schema_field({"type": "integer", "minimum": 1})
class PageField(serializers.CharField):
    """The number of a page, read by `page_of`: a bad one is a page that is not there."""


class PageParameters(Parameters):
    """The parameters of a list."""

    page = PageField(required=False, max_length=20, help_text="from 1 on")
    page_size = CountField(most=MAX_SIZE, required=False, help_text=f"rows a page, at most {MAX_SIZE}")

    def get_fields(self) -> dict[str, serializers.Field]:
        """Put the two behind the list's own."""
        fields = super().get_fields()
        return {**{k: v for k, v in fields.items() if k not in {"page", "page_size"}}, **fields}


def page_of(parameters: Mapping[str, Any]) -> Page:
    """Give the page that was asked for.

    Raises
    ------
    NoSuchPage
        If its number is none.
    """
    number = parameters["page"] or "1"
    if not _WHOLE.fullmatch(number) or int(number) < 1:
        raise NoSuchPage(f"{shown(number)} is no page; pages count from 1")
    return Page(int(number), parameters["page_size"] or DEFAULT_SIZE)


@contextmanager
def naming(parameter: str) -> Iterator[None]:
    """Say which parameter it was, where something that it names is not usable or not there."""
    try:
        yield
    except BadInput as error:
        raise BadParameter(
            f"{parameter}: {error.message}", **{**error.context, "parameter": parameter}
        ) from error


def shown(text: str) -> str:
    """Quote what somebody wrote, shortened."""
    return repr(text if len(text) <= 40 else text[:37] + "...")
