"""Code table: all connectors share it, and unknown words are unclear."""

from datetime import UTC, datetime
from typing import Any

import pytest

from app.applications.dossier import InterviewerRole, InterviewStatus, ResponseStatus
from app.applications.rules import meetings
from app.ats import codes
from app.ats.ashby import mapping as ashby
from app.ats.ashby.schemas import Schedule
from app.ats.greenhouse import mapping as greenhouse
from app.ats.greenhouse import schemas as greenhouse_schemas
from app.ats.neutral import mapping as neutral
from app.ats.neutral.schemas import AtsInterviewPart
from tests.applications.test_rules import dossier

AT = datetime(2026, 11, 20, 12, tzinfo=UTC)
CANCELLED, UNCLEAR = InterviewStatus.CANCELLED, InterviewStatus.UNCLEAR
SCHEDULED, COMPLETE = InterviewStatus.SCHEDULED, InterviewStatus.COMPLETE
WORDS = [
    ("CANCELED", CANCELLED),
    ("Cancelled", CANCELLED),
    ("NO_SHOW", CANCELLED),
    ("no-show", CANCELLED),
    ("noShow", CANCELLED),
    ("draft", CANCELLED),
    ("NeedsScheduling", CANCELLED),
    ("WaitingOnCandidateBooking", CANCELLED),
    ("OnHold", CANCELLED),
    ("to_be_scheduled", CANCELLED),
    ("to_be_sent", CANCELLED),
    ("sent", CANCELLED),
    ("received", CANCELLED),
    ("skipped", CANCELLED),
    ("Scheduled", SCHEDULED),
    ("WaitingOnFeedback", InterviewStatus.AWAITING_FEEDBACK),
    ("collect_feedback", InterviewStatus.AWAITING_FEEDBACK),
    ("Awaiting Feedback", InterviewStatus.AWAITING_FEEDBACK),
    ("complete", COMPLETE),
    ("completed", COMPLETE),
    ("Unknown", UNCLEAR),
    ("half-way", UNCLEAR),
    ("", InterviewStatus.UNKNOWN),
    (None, InterviewStatus.UNKNOWN),
]


@pytest.mark.parametrize(("word", "status"), WORDS)
def test_all_connectors_read_word_alike(word: str | None, status: InterviewStatus) -> None:
    meeting: dict[str, Any] = {"id": "m", "interviewers": [{"email": "omar@acme.test"}]}
    told = {"id": "s", "applicationId": "a", "status": word, "interviewEvents": [meeting]}
    listed = [greenhouse_schemas.Interview(id="1", status=word)]
    found = [
        ashby.map_interview(Schedule.model_validate(told), 1).status,
        greenhouse.map_interviews(listed, [], {}, candidate_id=None, updated=1)[0].status,
        neutral.map_interview(AtsInterviewPart(status=word), "i", at=AT, timezone="UTC").status,
    ]
    assert found == [status] * 3


@pytest.mark.parametrize(("word", "status"), WORDS)
def test_interview_counts_unless_cancelled(word: str | None, status: InterviewStatus) -> None:
    known = dossier()
    one = known.interviews[0].model_copy(update={"status": codes.interview_status(word)})
    assert bool(meetings(known.model_copy(update={"interviews": (one,)}))) is (status is not CANCELLED)


def test_roles_and_responses_ignore_spelling() -> None:
    assert codes.read(InterviewerRole, "Hiring Manager", None) is InterviewerRole.HIRING_MANAGER
    assert codes.read(InterviewerRole, "Observer", None) is InterviewerRole.SHADOW
    assert codes.read(ResponseStatus, "needsAction", None) is ResponseStatus.NEEDS_ACTION
    assert codes.read(ResponseStatus, "No", None) is ResponseStatus.DECLINED
    assert codes.read(ResponseStatus, "perhaps", None) is None
