"""Lists in pages: `{count, next, previous, results}`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.http import HttpRequest
from rest_framework.response import Response
from rest_framework.utils.urls import remove_query_param, replace_query_param

from geogrid.web.errors import NoSuchPage

DEFAULT_SIZE = 100
MAX_SIZE = 1000

Row = TypeVar("Row")


@dataclass(frozen=True)
class Page:
    """The part of a list that was asked for; pages count from 1."""

    number: int = 1
    size: int = DEFAULT_SIZE

    @property
    def offset(self) -> int:
        """How many rows come before."""
        return (self.number - 1) * self.size


@dataclass(frozen=True)
class Listed(Generic[Row]):
    """The rows of a page, and how many rows there are on all pages."""

    count: int
    rows: Sequence[Row]


def page_response(request: HttpRequest, page: Page, listed: Listed[Any], results: Sequence[Any]) -> Response:
    """Wrap the results of a page with the addresses of its neighbours.

    Raises
    ------
    NoSuchPage
        If the list ends before the page; the first page of an empty list is there.
    """
    last = max(1, -(-listed.count // page.size))
    if page.number > last:
        raise NoSuchPage(f"the list has {last} pages of {page.size}, and {page.number} is none", pages=last)
    here = request.build_absolute_uri()
    following = replace_query_param(here, "page", page.number + 1) if page.number < last else None
    before = None
    if page.number == 2:
        before = remove_query_param(here, "page")
    elif page.number > 2:
        before = replace_query_param(here, "page", page.number - 1)
    return Response({"count": listed.count, "next": following, "previous": before, "results": results})
