"""The route `/problems/{code}`, to which the `type` of a problem leads. `make openapi` writes its catalogue."""

import json
from functools import cache
from pathlib import Path

from fastapi import APIRouter
from pydantic import Field

from app.core.errors import Unknown
from app.core.problems import NOT_FOUND, responses
from app.core.schemas import Output

CATALOGUE = Path(__file__).with_name("problem_types.json")

router = APIRouter(tags=["operation"])


class Meaning(Output):
    """What a code means with one status."""

    status: int
    """The status of the response."""
    title: str = Field(description="For people; may change.")
    detail: str = Field(description="For people; may change. What stands for `…` is filled in.")


class ProblemType(Output):
    """A code of an error, explained."""

    type: str = Field(description="`/problems/` and the code, relative to this service.")
    code: str
    """A stable code, for machines."""
    meanings: list[Meaning] = Field(description="What the code means, with each status that it comes with.")


@cache
def _known() -> dict[str, ProblemType]:
    return {one["code"]: ProblemType(**one) for one in json.loads(CATALOGUE.read_text())}


@router.get(
    "/problems/{name}",
    operation_id="explain_problem",
    summary="What does the code of an error mean?",
    responses=responses(404),
)
async def explain_problem(name: str) -> ProblemType:
    """Explain a code. The `type` of each problem leads here."""
    if name not in _known():
        raise Unknown(NOT_FOUND.code, NOT_FOUND.detail)
    return _known()[name]
