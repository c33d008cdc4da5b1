"""Paged lists: the parameters `limit` and `cursor`, and the `Link` header of the next page."""

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, TypeVar
from uuid import UUID

from fastapi import Depends, Query, Request, Response

from app.core import pagination
from app.core.pagination import Cursor, Limit, Page

T = TypeVar("T")


class Paging:
    """The page that a client asked for. A select fetches `limit + 1` rows, so that `cut` sees whether more follow."""

    def __init__(self, request: Request, response: Response, limit: int, cursor: str | None) -> None:
        self.limit = limit
        self._path = request.url.path
        self._response = response
        self._cursor = cursor

    def after(self, filters: Mapping[str, Any]) -> str | None:
        """Return the key after which the page begins. Raises Invalid."""
        return pagination.read(self._cursor, filters)

    def after_id(self, filters: Mapping[str, Any]) -> UUID | None:
        """Return the id after which the page begins. Raises Invalid."""
        return pagination.read_id(self._cursor, filters)

    def cut(
        self,
        found: Sequence[T],
        filters: Mapping[str, Any],
        key_of: Callable[[T], str],
        query: Mapping[str, Any] | None = None,
    ) -> Page[T]:
        """Return the page, and link to the next one. `query` has the other parameters of the route."""
        page = pagination.cut(found, self.limit, filters, key_of)
        self._response.headers.update(pagination.link_to(self._path, self.limit, query or {}, page))
        return page


def _twenty(
    request: Request,
    response: Response,
    limit: Annotated[Limit, Query()] = 20,
    cursor: Annotated[Cursor | None, Query()] = None,
) -> Paging:
    return Paging(request, response, limit, cursor)


def _fifty(
    request: Request,
    response: Response,
    limit: Annotated[Limit, Query()] = 50,
    cursor: Annotated[Cursor | None, Query()] = None,
) -> Paging:
    return Paging(request, response, limit, cursor)


PagesOfTwenty = Annotated[Paging, Depends(_twenty)]
PagesOfFifty = Annotated[Paging, Depends(_fifty)]
