"""How a route gets what the use cases stand on."""

from typing import Annotated, cast

from fastapi import Depends, Request

from app.rounds.context import Context


async def context_of(request: Request) -> Context:
    """Return the context of the application that serves `request`."""
    return cast(Context, request.app.state.context)


In = Annotated[Context, Depends(context_of)]
