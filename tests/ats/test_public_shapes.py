"""Example messages in the documented formats of the three vendors: each has its event kind."""

import json
from typing import Any

import pytest

from app.ats.ashby import webhook as ashby
from app.ats.connector import EventKind
from app.ats.greenhouse import webhook as greenhouse
from app.ats.lever import webhook as lever

FACTS, CHANGED, DELETED, IGNORED = EventKind.FACTS, EventKind.CHANGED, EventKind.DELETED, EventKind.IGNORED
PERSON = {
    "id": 11,
    "first_name": "Ben",
    "last_name": "Ode",
    "company": None,
    "title": None,
    "created_at": "2026-01-03T09:00:00Z",
    "is_private": False,
    "can_email": True,
    "email_addresses": [{"value": "ben@example.test", "type": "personal"}],
    "phone_numbers": [],
    "custom_fields": [],
    "recruiter": None,
    "attachments": [],
}
APPLIED = {
    "id": 21,
    "rejected_at": None,
    "prospect": False,
    "status": "active",
    "applied_at": "2026-01-03T09:00:00Z",
    "last_activity_at": "2026-02-11T15:50:41Z",
    "url": "https://ats.example/21",
    "source": {"id": 2, "public_name": "Referral"},
    "credited_to": None,
    "rejection_reason": None,
    "current_stage": {"id": 31, "name": "Onsite", "interviews": []},
    "custom_fields": {"salary": {"name": "Salary", "type": "currency", "value": None}},
    "candidate": PERSON,
    "jobs": [{"id": 41, "name": "Designer", "requisition_id": None, "status": "open", "departments": [None]}],
}
REASON = {"id": 51, "name": "Fit", "type": {"id": 1, "name": "We rejected them"}}
REJECTED = {**APPLIED, "status": "rejected", "rejected_at": "2026-02-11T15:50:41Z", "rejection_reason": REASON}
GREENHOUSE: list[tuple[str, dict[str, Any], EventKind]] = [
    ("ping", {"web_hook_id": 1, "event": "Candidate or Prospect rejected", "active": True}, EventKind.PING),
    ("reject_candidate", {"application": REJECTED}, FACTS),
    ("reject_candidate", {"application": {**REJECTED, "prospect": True, "jobs": []}}, IGNORED),
    ("unreject_candidate", {"application": APPLIED}, FACTS),
    ("hire_candidate", {"application": {**APPLIED, "status": "hired", "offer": {"id": 1}}}, FACTS),
    ("unhire_candidate", {"application": APPLIED}, FACTS),
    ("candidate_stage_change", {"application": {**APPLIED, "custom_fields": []}}, FACTS),
    ("application_updated", {"application": APPLIED}, FACTS),
    ("update_candidate", {"candidate": {**PERSON, "applications": [APPLIED]}}, CHANGED),
    ("job_updated", {"job": {"id": 41, "name": "Designer", "hiring_team": {"recruiters": []}}}, CHANGED),
    ("job_deleted", {"job": {"id": 41, "name": "Designer"}}, CHANGED),
    ("delete_candidate", {"person": {**PERSON, "deleted_application_ids": [21]}}, DELETED),
    ("merge_candidate", {"person": {**PERSON, "new_candidate_id": 12}}, EventKind.MERGED),
    ("candidate_anonymized", {"candidate_id": 11, "anonymized_fields": ["full_name"]}, DELETED),
    (
        "delete_application",
        {"application": {"id": 21, "candidate_id": 11, "job_id": 41}},
        EventKind.APPLICATION_DELETED,
    ),
    ("interview_deleted", {"interview": {"id": 61}}, EventKind.INTERVIEW_CANCELLED),
    ("new_candidate_application", {"application": APPLIED}, IGNORED),
    ("offer_created", {"id": 71, "application_id": 21, "custom_fields": {}}, IGNORED),
]
ASHBY_APPLICATION = {
    "id": "3f0c",
    "createdAt": "2026-01-03T09:00:00.000Z",
    "updatedAt": "2026-03-10T15:00:00.000Z",
    "archivedAt": "2026-03-10T15:00:00.000Z",
    "status": "Archived",
    "customFields": [],
    "candidate": {
        "id": "9a1b",
        "name": "Ben Ode",
        "primaryEmailAddress": {"value": "ben@example.test", "type": "Personal", "isPrimary": True},
    },
    "currentInterviewStage": {"id": "s", "title": "Archived", "type": "Archived", "orderInInterviewPlan": 9},
    "archiveReason": {"id": "r", "text": "Fit", "reasonType": "RejectedByOrg", "isArchived": False},
    "job": {"id": "j", "title": "Designer", "locationId": None, "departmentId": None},
    "hiringTeam": [],
}
MEETING = {
    "id": "e",
    "interviewId": "i",
    "interviewerUserIds": ["u"],
    "interviewers": [{"id": "u", "firstName": "Omar", "lastName": "Haddad", "email": "omar@acme.example"}],
    "startTime": "2026-03-09T15:00:00.000Z",
    "endTime": "2026-03-09T16:00:00.000Z",
    "hasSubmittedFeedback": False,
}
SCHEDULE = {"id": "c", "status": "Complete", "applicationId": "3f0c", "interviewEvents": [MEETING]}
ASHBY: list[tuple[str, dict[str, Any], EventKind]] = [
    ("ping", {"webhookActionType": "ping"}, EventKind.PING),
    *((name, {"application": ASHBY_APPLICATION}, FACTS) for name in ("candidateStageChange", "applicationUpdate")),
    ("candidateHire", {"application": {**ASHBY_APPLICATION, "status": "Hired"}, "offer": {}}, FACTS),
    ("applicationUpdate", {"application": {**ASHBY_APPLICATION, "status": "Lead"}}, IGNORED),
    *(
        ("interviewScheduleUpdate", {"interviewSchedule": {**SCHEDULE, "status": status}}, FACTS)
        for status in ("Complete", "NeedsScheduling", "OnHold", "Unknown")
    ),
    ("interviewScheduleUpdate", {"interviewSchedule": {**SCHEDULE, "interviewEvents": None}}, FACTS),
    ("candidateDelete", {"candidate": {"id": "9a1b"}}, DELETED),
    ("candidateMerge", {"deletedCandidate": {"id": "9a1b"}, "mergedCandidate": {"id": "9a1c"}}, EventKind.MERGED),
    ("jobPostingPublish", {"jobPosting": {"id": "p"}}, IGNORED),
]
OPPORTUNITY = {"candidateId": "o-1", "contactId": "c-1", "opportunityId": "o-1"}
ARCHIVED = {**OPPORTUNITY, "fromArchived": None, "toArchived": {"archivedAt": 1782974002353, "reason": "r-1"}}
LEVER: list[tuple[str, dict[str, Any], EventKind]] = [
    ("candidateArchiveChange", ARCHIVED, FACTS),
    ("candidateArchiveChange", {**ARCHIVED, "toArchived": None}, FACTS),
    ("candidateStageChange", {**OPPORTUNITY, "fromStageId": "s-1", "toStageId": "offer"}, FACTS),
    ("candidateHired", OPPORTUNITY, FACTS),
    ("candidateDeleted", OPPORTUNITY, FACTS),
    *((f"interview{what}", {**OPPORTUNITY, "interviewId": "i-1"}, FACTS) for what in ("Created", "Updated", "Deleted")),
    ("candidateHired", {}, EventKind.PING),
    ("applicationCreated", {**OPPORTUNITY, "applicationId": "a-1"}, IGNORED),
]


@pytest.mark.parametrize(("action", "payload", "kind"), GREENHOUSE)
def test_greenhouse_message_has_kind(action: str, payload: dict[str, Any], kind: EventKind) -> None:
    assert greenhouse.parse({}, json.dumps({"action": action, "payload": payload}).encode()).kind is kind


@pytest.mark.parametrize(("action", "data", "kind"), ASHBY)
def test_ashby_message_has_kind(action: str, data: dict[str, Any], kind: EventKind) -> None:
    body = {"webhookActionId": "75395d87-4044-4dc4-bc29-0cec185e5f06", "action": action, "data": data}
    assert ashby.parse({}, json.dumps(body).encode()).kind is kind


@pytest.mark.parametrize(("event", "data", "kind"), LEVER)
def test_lever_message_has_kind(event: str, data: dict[str, Any], kind: EventKind) -> None:
    envelope = {"id": "d-1", "event": event, "triggeredAt": 1782974002353, "token": "5b1c", "signature": "00"}
    assert lever.parse({}, json.dumps({**envelope, "data": data}).encode()).kind is kind
