"""What the writing views of the API have in common: bodies, their limits, and how they are described."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from django.core.exceptions import RequestDataTooBig
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser
from rest_framework.permissions import SAFE_METHODS, AllowAny, BasePermission, IsAuthenticated
from rest_framework.request import Request

from geogrid.core.errors import BadInput
from geogrid.times import moment_parse
from geogrid.web.errors import SENTENCES, BadParameter
from geogrid.web.parameters import LONGEST_TEXT, KnownMembers
from geogrid.web.problem import MEDIA_TYPE, problem_document
from geogrid.web.reading import ProblemSerializer, ReadView

View = TypeVar("View", bound=Callable[..., Any])

MAX_BYTES = 8 * 1024 * 1024
"""The longest body; a drawing of 100,000 vertices has about half of it."""
_DEEPEST = 64
"""How deep a body may be nested; a feature collection of multi-polygons is 9 deep."""


class LimitedJsonParser(BaseParser):
    """Reads a JSON body of a bounded length."""

    media_type = "application/json"

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        """Read a body.

        Raises
        ------
        RequestDataTooBig
        ParseError
        """
        body = stream.read(MAX_BYTES + 1)
        if len(body) > MAX_BYTES:
            raise RequestDataTooBig(f"the body is longer than {MAX_BYTES:,} bytes")
        try:
            return json.loads(body, parse_constant=_refuse_constant)
        except (ValueError, RecursionError) as error:
            raise ParseError(f"the body is no JSON: {str(error)[:200]}") from error


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")


class WriteView(ReadView):
    """A view that changes something, for who is signed in or has a token; reading is as for `ReadView`."""

    parser_classes = [LimitedJsonParser]

    def get_permissions(self) -> list[BasePermission]:
        """Let nobody write who is a stranger; what each may write the services decide."""
        return [AllowAny() if self.request.method in SAFE_METHODS else IsAuthenticated()]

    @property
    def throttle_scope(self) -> str:
        """Count what changes something apart from what is read."""
        return "read" if self.request.method in SAFE_METHODS else "write"


class Body(KnownMembers):
    """The members that a body takes."""

    member = "member of this body"

    def to_internal_value(self, data: Any) -> Any:
        """Refuse what is no object, and members that are not known."""
        if not isinstance(data, Mapping):
            raise BadParameter("the body has to be a JSON object", parameter="")
        return super().to_internal_value(data)

    @classmethod
    def of(cls, request: Request) -> dict[str, Any]:
        """Read the body of a request; members left out are None. No body is an empty object.

        Raises
        ------
        BadParameter
            Naming the first member that is not usable.
        """
        return cls.read({} if request.data is None or request.data == "" else request.data)


@extend_schema_field({"type": "string", "maxLength": LONGEST_TEXT})
class TextMember(serializers.Field):
    """A JSON text of one line; a number is none."""

    def __init__(self, *, longest: int = LONGEST_TEXT, blank: bool = False, **options: Any) -> None:
        """Keep the limits."""
        super().__init__(**options)
        self.longest, self.blank = longest, blank

    def to_internal_value(self, data: Any) -> str:
        """Read the text."""
        if not isinstance(data, str):
            raise serializers.ValidationError(f"a text is wanted, and this is {_kind(data)}")
        if len(data) > self.longest:
            raise serializers.ValidationError(f"it is longer than {self.longest} characters")
        if not self.blank and not data.strip():
            raise serializers.ValidationError("it is empty")
        if not _is_storable(data):
            raise serializers.ValidationError("it has a control character")
        return data

    def to_representation(self, value: str) -> str:
        """Give the text."""
        return value


@extend_schema_field({"type": "integer", "minimum": 0, "maximum": 999_999_999})
class CountMember(serializers.Field):
    """A JSON whole number, not negative; a text of digits is none."""

    def to_internal_value(self, data: Any) -> int:
        """Read the number."""
        if isinstance(data, bool) or not isinstance(data, int):
            raise serializers.ValidationError(f"a whole number is wanted, and this is {_kind(data)}")
        if not 0 <= data <= 999_999_999:
            raise serializers.ValidationError("a whole number from 0 to 999999999 is wanted")
        return data

    def to_representation(self, value: int) -> int:
        """Give the number."""
        return value


@extend_schema_field({"type": "string", "description": "ISO date or time"})
class MomentMember(TextMember):
    """An ISO date or time; without a zone it is that of the installation."""

    def to_internal_value(self, data: Any) -> Any:
        """Read the time."""
        text = super().to_internal_value(data)
        try:
            return moment_parse(text)
        except BadInput as error:
            raise serializers.ValidationError(error.message) from error


@extend_schema_field({"type": "object", "additionalProperties": {}})
class ObjectMember(serializers.Field):
    """A JSON object of anything that the database can keep."""

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        """Read the object."""
        if not isinstance(data, Mapping):
            raise serializers.ValidationError(f"an object is wanted, and this is {_kind(data)}")
        for value in _leaves(data, 0):
            if isinstance(value, str) and not _is_storable(value):
                raise serializers.ValidationError("a text in it has a control character")
            if isinstance(value, float) and not math.isfinite(value):
                raise serializers.ValidationError("a number in it is too large")
        return dict(data)

    def to_representation(self, value: Mapping[str, Any]) -> dict[str, Any]:
        """Give the object."""
        return dict(value)


def _leaves(value: Any, depth: int) -> Iterator[Any]:
    if depth > _DEEPEST:
        raise serializers.ValidationError(f"it is nested more than {_DEEPEST} deep")
    if isinstance(value, Mapping):
        yield from value
        for member in value.values():
            yield from _leaves(member, depth + 1)
    elif isinstance(value, list):
        for member in value:
            yield from _leaves(member, depth + 1)
    else:
        yield value


def _is_storable(text: str) -> bool:
    return not any(ord(character) < 32 or 0xD800 <= ord(character) <= 0xDFFF for character in text)


def _kind(value: Any) -> str:
    kinds = {bool: "true or false", int: "a number", float: "a number", str: "a text", list: "a list"}
    return "null" if value is None else kinds.get(type(value), "an object")


_PROBLEMS = {
    400: ("bad-parameter", "A member of the body is not usable; the sentence names it."),
    401: ("not-signed-in", "Sign in, or send a token."),
    403: ("not-allowed", "You may not do this here."),
    404: ("not-found", "There is no such thing, or you may not see it."),
    406: ("not-acceptable", "Only JSON is given."),
    409: ("draft-not-open", "The draft stands elsewhere, or others published first."),
    412: ("stale-version", "The draft went on; the context says what was done since."),
    413: SENTENCES[413],
    415: ("unsupported-media-type", "Only JSON is taken."),
    422: ("edit-refused", "It cannot be done there; `geometry` is the place."),
    429: SENTENCES[429],
}


def writing(
    operation: str,
    *,
    summary: str,
    answer: Any,
    body: type[Body] | None = None,
    parameters: Sequence[Any] = (),
    statuses: Sequence[int] = (200,),
    example: Any = None,
) -> Callable[[View], View]:
    """Describe a writing view: its operation's name, its body, its answer, its problems."""
    examples = [OpenApiExample("example", value=example, response_only=True)] if example is not None else []
    responses: dict[Any, Any] = {status: OpenApiResponse(answer, examples=examples) for status in statuses}
    for status, (code, sentence) in _PROBLEMS.items():
        document = problem_document(status, code=code, detail=sentence)
        responses[status, MEDIA_TYPE] = OpenApiResponse(
            ProblemSerializer,
            description=f"`{code}`: {sentence}",
            examples=[OpenApiExample(code, value=document, response_only=True)],
        )
    return extend_schema(
        operation_id=operation,
        summary=summary,
        parameters=list(parameters),
        request=body,
        responses=responses,
    )
