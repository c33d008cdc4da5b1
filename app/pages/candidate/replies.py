"""Replies on the candidate's page: the form beside each doubt, and the check before a reply is sent."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from fastapi import Response

from app.core.errors import Conflict, FieldError, Gone, Invalid
from app.exchange.replies import send
from app.exchange.rules import MOST_LINKS, reply_faults
from app.exchange.schemas import ReplyCreate
from app.pages.forms import NONE, Fields, Problems, id_in, problems, read
from app.pages.rendering import page
from app.pages.site import PageContext, Site
from app.requests.rules import Delivery, RequestState
from app.requests.schemas import Feedback, FeedbackRequest, RoundFeedback, RoundWaiting
from app.rounds.feedback import paragraphs_of, subject_of
from app.rounds.schemas import ReleasedConcern
from app.vocabulary.dialogue_codes import ClarificationKind

PREFIXES = ("check_reply:", "send_reply:", "change_reply:")
"""The prefixes of the values that the buttons of a reply send; the id of the doubt follows."""

_LABELS = {
    ClarificationKind.CORRECT_FACT: "A fact was wrong",
    ClarificationKind.CLARIFY: "I’d like to explain",
    ClarificationKind.ADD_EVIDENCE: "Here is evidence",
    ClarificationKind.CONFIRM: "They are right",
    ClarificationKind.WILL_IMPROVE: "They are right, and I’m working on it",
    ClarificationKind.DISAGREE: "I see it differently",
}
KINDS = tuple(_LABELS)


@dataclass(frozen=True)
class Outcome:
    """What the page shows after a button of a reply: problems with the open form, or a notice."""

    found: Problems = NONE
    status: int = 0
    unfolded: str = ""
    notice: str = ""


async def act(
    page_ctx: PageContext,
    request: FeedbackRequest,
    feedback: Feedback,
    manage_digest: bytes,
    fields: Fields,
    today: date,
    pressed: str,
) -> Response | Outcome:
    """Check a reply, send it, or return to its form."""
    button, _, name = pressed.partition(":")
    concern_id = id_in(name)
    form = form_of(concern_id)
    try:
        body = read_reply(fields, concern_id, today)
        if button == "check_reply":
            return check(page_ctx.site, fields, feedback, request, concern_id, body)
        if button == "change_reply":
            return Outcome(unfolded=form)
        await send(page_ctx.ctx, request.id, manage_digest, concern_id, body)
    except Invalid as error:
        return Outcome(problems_of(error.errors, concern_id), unfolded=form)
    except (Conflict, Gone) as error:
        return Outcome(Problems([("", error.detail)]), status=409, unfolded=form)
    return Outcome(notice=sent(request))


def takes_replies(request: FeedbackRequest, feedback: RoundFeedback | RoundWaiting, today: date) -> bool:
    """Tell whether the candidate can reply to the doubts of a round."""
    if isinstance(feedback, RoundWaiting) or request.state is not RequestState.OPEN:
        return False
    return feedback.replies_through is None or today <= feedback.replies_through


def paragraphs(
    request: FeedbackRequest, feedback: RoundFeedback | RoundWaiting
) -> list[list[tuple[str, ReleasedConcern | None]]]:
    """Return each answer of a round in paragraphs, each with the doubt that it tells of, if it tells of one."""
    if isinstance(feedback, RoundWaiting):
        return []
    return [paragraphs_of(answer, candidate_name=request.candidate_name) for answer in feedback.answers]


def label(kind: ClarificationKind) -> str:
    """Return the label of a kind in the candidate's perspective."""
    return _LABELS[kind]


def form_of(concern_id: UUID) -> str:
    """Return the name of the form for a reply to this doubt; its fields begin with it."""
    return f"reply.{concern_id}"


def read_reply(fields: Fields, concern_id: UUID, today: date) -> ReplyCreate:
    """Read a reply from its form. Raises Invalid."""
    form = form_of(concern_id)
    typed = {key: fields.one(f"{form}.{key}") for key in ("kind", "text", "by_month")}
    data: dict[str, Any] = {key: value for key, value in typed.items() if value}
    # The month stays in the form if somebody chooses another kind.
    if data.get("kind") != ClarificationKind.WILL_IMPROVE:
        data.pop("by_month", None)
    data["links"] = [link for number in range(MOST_LINKS) if (link := fields.one(f"{form}.link{number}"))]
    body = read(ReplyCreate, data)
    if faults := reply_faults(body.kind, body.by_month, today):
        raise Invalid(faults)
    return body


def problems_of(errors: Iterable[FieldError], concern_id: UUID) -> Problems:
    """Assign errors to the fields of the form."""
    form = form_of(concern_id)
    names = {f"/{key}": f"{form}.{key}" for key in ("kind", "text", "by_month")} | {"/links": f"{form}.link0"}
    names |= {f"/links/{number}": f"{form}.link{number}" for number in range(MOST_LINKS)}
    needed = {
        f"{form}.kind": "Choose what you would like to say.",
        f"{form}.text": "Write your reply.",
        f"{form}.by_month": "Say by which month.",
    }
    return problems(errors, names, needed)


def check(
    site: Site, fields: Fields, feedback: Feedback, request: FeedbackRequest, concern_id: UUID, body: ReplyCreate
) -> Response:
    """Return the reply as those asked will read it, with the buttons to send or change it."""
    concern = _find(feedback, concern_id)
    return page(
        site,
        "reply_check.html",
        name=request.candidate_name,
        carried=fields.others(("do",)),
        concern_id=concern_id,
        subject=None if concern is None else subject_of(concern, [worry.text for worry in request.worries]),
        reply=body,
    )


def sent(request: FeedbackRequest) -> str:
    """Say what happens to a reply that was sent."""
    if request.delivery is Delivery.MAIL:
        return "Sent. Everyone who was asked can read it now, and gets one mail about it tomorrow."
    return "Sent. Everyone who was asked can read it now, with the link that you gave them. Below is a note for them."


def _find(feedback: Feedback, concern_id: UUID) -> ReleasedConcern | None:
    rounds = [one for one in feedback.rounds if isinstance(one, RoundFeedback)]
    concerns = [concern for one in rounds for answer in one.answers for concern in answer.concerns]
    return next((concern for concern in concerns if concern.id == concern_id), None)
