"""Routes of own notes: add feedback that came another way, and delete it."""

from fastapi import APIRouter

from app.accounts.auth import In, ManageDigest
from app.core.http import JsonRoute
from app.core.ids import PathId
from app.core.problems import responses
from app.requests import notes
from app.requests.note_schemas import OwnNote, OwnNoteCreate

router = APIRouter(prefix="/v1/feedback-requests/{request_id}/own-notes", tags=["requests"], route_class=JsonRoute)


@router.post(
    "",
    status_code=201,
    operation_id="add_own_note",
    summary="Write down feedback that came another way",
    responses=responses(400, 401, 404, 409, 413, 415, 422, 503),
)
async def add_own_note(request_id: PathId, body: OwnNoteCreate, manage: ManageDigest, ctx: In) -> OwnNote:
    """Keep what reached you by mail, on the phone, in person or through a reference, beside what came through links.

    At least one reason, concern, strength or text; or `polite_no`, for a refusal that named no reason.
    """
    return await ctx.db.write(notes.add, request_id, manage, body, ctx.clock.now().date())


@router.delete(
    "/{note_id}",
    status_code=204,
    operation_id="delete_own_note",
    summary="Delete an own note",
    responses=responses(401, 404, 503),
)
async def delete_own_note(request_id: PathId, note_id: PathId, manage: ManageDigest, ctx: In) -> None:
    """Delete what you wrote down, for good."""
    await ctx.db.write(notes.remove, request_id, manage, note_id)
