"""What the reading views of the API have in common, and how they are described."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, TypeVar

from django.http import HttpResponseBase
from django.utils.cache import get_conditional_response, patch_vary_headers
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from geogrid.web.errors import SENTENCES
from geogrid.web.fields import GeometryField
from geogrid.web.problem import MEDIA_TYPE, problem_document

View = TypeVar("View", bound=Callable[..., Any])


class ReadView(APIView):
    """A view that anybody may ask; what each may see is decided piece by piece."""

    permission_classes = [AllowAny]

    def finalize_response(
        self, request: Request, response: HttpResponseBase, *args: Any, **kwargs: Any
    ) -> HttpResponseBase:
        """Let nobody be given what was answered to somebody else, or before something changed."""
        answer: HttpResponseBase = super().finalize_response(request, response, *args, **kwargs)
        answer.headers.setdefault("Cache-Control", "private, no-cache")
        patch_vary_headers(answer, ("Accept", "Authorization", "Cookie"))
        return answer


class ProblemSerializer(serializers.Serializer):
    """A problem document (RFC 9457): `code` is for programs and stays, `detail` is one sentence."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    code = serializers.CharField()
    context = serializers.DictField(child=serializers.JSONField(allow_null=True))
    geometry = GeometryField(required=False, help_text="where, if it is about a place")


_PROBLEMS = {
    400: ("bad-parameter", "A parameter is not usable; the sentence names it."),
    401: ("bad-token", "The token is not valid."),
    404: ("not-found", "There is no such thing, or you may not see it."),
    406: ("not-acceptable", "Only JSON is given."),
    429: SENTENCES[429],
}
_CONTEXTS: dict[int, dict[str, Any]] = {400: {"parameter": "lat"}, 429: {"retry_after_s": 12}}
_PROBLEM_EXAMPLES = {
    status: problem_document(status, code=code, detail=sentence, context=_CONTEXTS.get(status))
    for status, (code, sentence) in _PROBLEMS.items()
}


def described(
    operation: str,
    *,
    summary: str,
    answer: Any,
    parameters: Sequence[Any] = (),
    example: Any = None,
    found: bool = True,
) -> Callable[[View], View]:
    """Describe a reading view: its operation's name, its parameters, its answer, its problems.

    `found` if its path, or its page, may name something that is not there.
    """
    examples = [OpenApiExample("example", value=example, response_only=True)] if example is not None else []
    responses: dict[Any, Any] = {200: OpenApiResponse(answer, examples=examples)}
    for status, (code, sentence) in _PROBLEMS.items():
        if status != 404 or found:
            responses[status, MEDIA_TYPE] = OpenApiResponse(
                ProblemSerializer,
                description=f"`{code}`: {sentence}",
                examples=[OpenApiExample(code, value=_PROBLEM_EXAMPLES[status], response_only=True)],
            )
    return extend_schema(
        operation_id=operation,
        summary=summary,
        parameters=list(parameters),
        responses=responses,
    )


@cache
def listed(item: type[serializers.Serializer]) -> serializers.Serializer:
    """Give the serializer of a page of a list."""
    name = item.__name__.removesuffix("Serializer")
    return inline_serializer(
        f"{name}List",
        {
            "count": serializers.IntegerField(min_value=0),
            "next": serializers.CharField(allow_null=True),
            "previous": serializers.CharField(allow_null=True),
            "results": item(many=True),
        },
    )


def unless_unchanged(
    request: Request, revision: Sequence[object], answer: Callable[[], Response]
) -> HttpResponseBase:
    """Answer, or say 304 to who has the answer already: `revision` tells this state from any other."""
    asked = (request.get_full_path(), *map(str, revision))
    etag = f'"{hashlib.sha256(chr(31).join(asked).encode()).hexdigest()[:32]}"'
    same: HttpResponseBase | None = get_conditional_response(request, etag=etag)
    response = same if same is not None else answer()
    response["ETag"] = etag
    return response
