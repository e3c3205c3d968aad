"""Many places at once: a table of coordinates in, the same with cells and posts out."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.http import HttpResponseBase, StreamingHttpResponse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiRequest, OpenApiResponse, extend_schema
from rest_framework import exceptions, serializers
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

from boundaries.api.asking import asked_scheme
from boundaries.api.places import CrsParameter
from boundaries.policies import may_see_private
from boundaries.selectors import schemes_with_edition
from geogrid.core.crs import resolve_crs
from geogrid.core.errors import NothingInForce
from geogrid.web.errors import BadParameter
from geogrid.web.parameters import FlagField, MomentField, Parameters, TextParameter, naming
from geogrid.web.problem import MEDIA_TYPE, problem_document
from geogrid.web.reading import ProblemSerializer, ReadView
from importers.services.locate_batch import MEDIA_TYPES, batch_locate
from importers.services.locate_file import point_cells

_KINDS = {media: kind for kind, media in MEDIA_TYPES.items()} | {
    "application/csv": "csv",
    "application/x-parquet": "parquet",
}


class BatchParameters(Parameters):
    """What is known of the table."""

    scheme = TextParameter(required=False, help_text="whose cells; may be left out if only one is in force")
    crs = CrsParameter(required=False, help_text="EPSG:…, gcj02 or bd09; EPSG:4326 if left out")
    at = MomentField(required=False, help_text="a past or future date or time; now if left out")
    lon_field = TextParameter(required=False, help_text="the column of the longitude; lon, x, … if left out")
    lat_field = TextParameter(required=False, help_text="the column of the latitude; lat, y, … if left out")
    posts = FlagField(required=False, help_text="whether to add who answers; true if left out")
    format = serializers.ChoiceField(
        choices=list(MEDIA_TYPES), required=False, help_text="of the body, if its Content-Type does not say"
    )


class _AsItComes(BaseContentNegotiation):
    """The answer has the format of the body; what is accepted is looked at when that is known."""

    def select_parser(self, request: Request, parsers: Any) -> BaseParser | None:
        """Take none: the body is read as a stream."""
        return None

    def select_renderer(
        self, request: Request, renderers: Any, format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        """Take the first, for problems."""
        return renderers[0], renderers[0].media_type


_ROW = {
    "type": "object",
    "properties": {"lon": {"type": "number"}, "lat": {"type": "number"}},
    "additionalProperties": True,
}
_BINARY = ("csv", "parquet", "xlsx")
_EXAMPLE = [{"lon": 118.3375, "lat": 29.7149, "name": "A"}]
_ANSWER = [
    {
        **_EXAMPLE[0],
        "cell_city": "341000",
        "cell_street": "341002001",
        "on_edge": False,
        "outside": False,
        "locate_error": None,
        "responsible": [
            {
                "level": "street",
                "post": "warden",
                "post_name": {"zh": "网格员", "en": "Warden"},
                "person": "王一",
                "phone": "0559-1234567",
                "acting_for": None,
            }
        ],
    }
]
_PROBLEMS = {
    400: ("bad-input", "The body is no table, or has no coordinates; or a parameter is not usable."),
    401: ("bad-token", "The token is not valid."),
    403: ("not-allowed", "A request with a session needs its CSRF token."),
    404: ("nothing-in-force", "Nothing was in force at the time."),
    406: ("not-acceptable", "The answer has the format of the body."),
    409: ("conflict", "Does not occur here."),
    412: ("stale-version", "Does not occur here."),
    413: ("too-large", "The body has more bytes or rows than are taken; send it in parts."),
    415: ("unsupported-media-type", "CSV, JSON, Parquet and .xlsx are taken."),
    422: ("refused", "Does not occur here."),
    429: ("too-many-requests", "Too many requests; wait a little."),
    503: ("not-ready", "Another table is being located; ask again soon."),
}


def _responses() -> dict[Any, Any]:
    responses: dict[Any, Any] = {
        (200, "application/json"): OpenApiResponse(
            {"type": "array", "items": {"type": "object", "additionalProperties": True}},
            description="every row as it came, in order, with cell_LEVEL, on_edge, outside, locate_error and "
            "responsible",
            examples=[OpenApiExample("rows", value=_ANSWER, response_only=True)],
        )
    }
    responses |= {(200, MEDIA_TYPES[kind]): OpenApiResponse(OpenApiTypes.BINARY) for kind in _BINARY}
    for status, (code, sentence) in _PROBLEMS.items():
        responses[status, MEDIA_TYPE] = OpenApiResponse(
            ProblemSerializer,
            description=f"`{code}`: {sentence}",
            examples=[
                OpenApiExample(
                    code, value=problem_document(status, code=code, detail=sentence), response_only=True
                )
            ],
        )
    return responses


class LocateBatchView(ReadView):
    """Which cells many places lie in, and who answers for them."""

    throttle_scope = "batch"
    content_negotiation_class = _AsItComes

    @extend_schema(
        operation_id="locate_batch",
        summary="Locate a table of places",
        parameters=[BatchParameters],
        request={
            "application/json": OpenApiRequest(
                {"type": "array", "items": _ROW},
                examples=[OpenApiExample("rows", value=_EXAMPLE, request_only=True)],
            ),
            **{MEDIA_TYPES[kind]: OpenApiRequest(OpenApiTypes.BINARY) for kind in _BINARY},
        },
        responses=_responses(),
    )
    def post(self, request: Request) -> HttpResponseBase:
        """Give the table with its cells; CSV is answered while it arrives."""
        asked = BatchParameters.of(request)
        kind = _kind(request, asked["format"])
        moment = asked["at"] or timezone.now()
        scheme = asked_scheme(asked["scheme"])
        if scheme is None:
            in_force = schemes_with_edition(moment)
            if not in_force:
                raise NothingInForce("nothing is in force then: publish a draft first")
            if len(in_force) > 1:
                names = ", ".join(one.code for one in in_force)
                raise BadParameter(f"scheme: several are in force ({names}); name one", parameter="scheme")
            scheme = in_force[0]
        if asked["crs"]:
            with naming("crs"):
                resolve_crs(asked["crs"])
        pieces = batch_locate(
            request._request,  # noqa: SLF001 -- REST framework would read the body whole
            _length(request),
            kind,
            charset=_charset(request),
            cells=partial(
                point_cells,
                scheme=scheme,
                at=moment,
                crs=asked["crs"] or "EPSG:4326",
                posts=asked["posts"] is not False,
                private=may_see_private(request.user),
            ),
            fields=(asked["lon_field"], asked["lat_field"]),
        )
        return StreamingHttpResponse(pieces, content_type=_content_type(kind))


def _kind(request: Request, named: str | None) -> str:
    """Find the format of the body, and refuse who accepts another one only."""
    media = request.content_type.partition(";")[0].strip().lower()
    kind = named or _KINDS.get(media)
    if kind is None:
        raise exceptions.UnsupportedMediaType(media or "none")
    accepted = request.headers.get("Accept", "*/*")
    offered = {part.partition(";")[0].strip().lower() for part in accepted.split(",")}
    if not offered & {"*/*", "", f"{MEDIA_TYPES[kind].partition('/')[0]}/*", MEDIA_TYPES[kind], media}:
        raise exceptions.NotAcceptable(f"the answer has the format of the body, {MEDIA_TYPES[kind]}")
    return kind


def _length(request: Request) -> int:
    text = request.META.get("CONTENT_LENGTH") or "0"
    return int(text) if text.isdigit() else 0


def _charset(request: Request) -> str | None:
    charset: str | None = request._request.content_params.get("charset")  # noqa: SLF001
    return charset


def _content_type(kind: str) -> str:
    return f"{MEDIA_TYPES[kind]}; charset=utf-8" if kind == "csv" else MEDIA_TYPES[kind]
