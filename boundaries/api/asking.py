"""Which scheme, draft and moment a request is about.

What the path names and is not there is 404; what a parameter names and is not there is 400. A draft that the
asker may not read is answered like one that does not exist: the names of drafts tell what is being planned.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rest_framework.request import Request

from boundaries.models import Draft, Scheme
from boundaries.selectors import draft_readable, edition_get, level_get, scheme_get
from boundaries.selectors.moments import AsOf, as_of_draft, as_of_edition, as_of_time
from boundaries.selectors.schemes import draft_by_id, draft_by_name
from geogrid.core.errors import NotFound
from geogrid.web.errors import BadParameter
from geogrid.web.parameters import CountField, MomentField, Parameters, TextParameter, naming, shown

_EXCLUSIVE = ("at", "edition", "draft")


class StateParameters(Parameters):
    """Of which state the question is: at most one of the three; now if none is given."""

    at = MomentField(required=False, help_text="as of a date or time, past or future")
    edition = CountField(required=False, help_text="as of an edition")
    draft = TextParameter(required=False, help_text="as a draft of this name has it")


class LandParameters(Parameters):
    """Of which land the question is: the edition in force if neither is given."""

    edition = CountField(required=False, help_text="a past or future edition")
    draft = TextParameter(required=False, help_text="a draft of this name")


def exclusive(parameters: Mapping[str, Any]) -> None:
    """Refuse two answers to one question.

    Raises
    ------
    BadParameter
        If more than one of the time, the edition and the draft is given.
    """
    given = [name for name in _EXCLUSIVE if parameters.get(name) is not None]
    if len(given) > 1:
        raise BadParameter(
            f"{given[1]}: {' and '.join(given)} exclude one another; give one of them", parameter=given[1]
        )


def asked_state(request: Request, scheme: Scheme, parameters: Mapping[str, Any]) -> AsOf:
    """Find the state of a scheme that the parameters of a request name."""
    exclusive(parameters)
    if parameters.get("draft") is not None:
        return as_of_draft(asked_draft(request, scheme, parameters["draft"]))
    if parameters.get("edition") is not None:
        with naming("edition"):
            return as_of_edition(scheme, edition_get(scheme, parameters["edition"]))
    return as_of_time(scheme, parameters.get("at"))


def asked_draft(request: Request, scheme: Scheme, name: str) -> Draft:
    """Find the draft that a parameter names."""
    draft = draft_by_name(scheme, name)
    if draft is None or not draft_readable(draft, request.user):
        raise BadParameter(
            f"draft: the scheme {scheme.code} has no draft {shown(name)} that you may read", parameter="draft"
        )
    return draft


def draft_of_path(request: Request, number: int) -> Draft:
    """Find the draft that an address names."""
    draft = draft_by_id(number)
    if draft is None or not draft_readable(draft, request.user):
        raise NotFound(f"there is no draft {number} that you may read", draft=number)
    return draft


def asked_level(scheme: Scheme, code: str | None) -> str | None:
    """Find the level that a parameter names."""
    if code is None:
        return None
    with naming("level"):
        return level_get(scheme, code).code


def asked_scheme(code: str | None) -> Scheme | None:
    """Find the scheme that a parameter names."""
    if code is None:
        return None
    with naming("scheme"):
        return scheme_get(code)
