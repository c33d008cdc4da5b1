"""Seeded generator of application histories, as lists of events."""

from collections.abc import Iterator
from random import Random
from typing import Any

from app.applications.dossier import Dossier
from tests.support.neutral_ats import Acme, a_candidate, an_event, an_interview, at

_STEPS = (
    "application.stage_changed",
    "application.rejected",
    "application.unrejected",
    "application.rejected",
    "application.withdrawn",
    "application.hired",
    "interview.scheduled",
    "interview.updated",
    "interview.completed",
    "interview.cancelled",
    "candidate.updated",
    "job.updated",
    "panel",
)


def a_history(dice: Random, application: str, steps: int) -> list[dict[str, Any]]:
    """Return the events of one application in order; the clock of its system stands still at times."""
    events, hour = [], 0.0
    for number in range(steps):
        hour += dice.choice((0, 1, 5))
        kind = "application.created" if number == 0 else dice.choice(_STEPS)
        data = {"application": {"remote_id": application}, **_said(dice, kind, application, hour)}
        named = "interview.updated" if kind == "panel" else kind
        events.append(an_event(f"{application}-{number}", named, data, hour))
    return events


def _said(dice: Random, kind: str, application: str, hour: float) -> dict[str, Any]:
    stamp = {"remote_updated_at": at(hour)}
    if kind == "panel":
        count = dice.randrange(1, 4)
        whole = [_interview(dice, f"{application}-i{number}", stamp) for number in range(count)]
        return {"interviews": whole, "interviews_complete": True}
    if kind.startswith("interview"):
        return {"interviews": [_interview(dice, f"{application}-i{dice.randrange(3)}", stamp)]}
    if kind == "job.updated":
        confidential = dice.random() < 0.2
        return {
            "job": {"remote_id": "j1", "name": f"Writer {dice.randrange(9)}", "confidential": confidential, **stamp}
        }
    if kind in ("candidate.updated", "application.created"):
        private = dice.random() < 0.2
        address = {"value": f"ben{dice.randrange(3)}@example.test"}
        return {"candidate": a_candidate(remote_id=application, is_private=private, email_addresses=[address], **stamp)}
    return {}


def _interview(dice: Random, remote_id: str, stamp: dict[str, str]) -> dict[str, Any]:
    people = [{"email": f"p{number}@acme.test"} for number in range(dice.randrange(3))]
    return an_interview(remote_id=remote_id, interviewers=people, **stamp)


def delivered(dice: Random, histories: list[list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """Return all events twice, in random order."""
    events = [event for history in histories for event in history] * 2
    dice.shuffle(events)
    return events


async def state_of(ats: Acme, remote_id: str) -> tuple[Dossier, tuple[Any, ...]]:
    """Return the final state of one application: facts and consequences."""
    row = await ats.row(remote_id)
    assert row is not None
    follows = (row.status, row.candidate_remote_id, row.job_remote_id, row.offer, row.reason, row.due_at)
    return await ats.dossier(remote_id), follows


def names(histories: int) -> Iterator[str]:
    """Yield this many application ids."""
    return (f"a{number}" for number in range(histories))
