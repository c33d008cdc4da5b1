"""Lever client: pulls, lists of changes, webhooks and probes against a fake."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from app.applications.dossier import (
    ApplicationStatus,
    Facts,
    InterviewerRole,
    InterviewStatus,
    RejectKind,
    ResponseStatus,
    moment,
)
from app.ats.connector import Busy, Probe, Refused, Unreadable
from app.ats.http_client import Budget, HttpAtsClient
from app.ats.lever import client as lever_client
from app.ats.lever.webhook import EVENTS
from tests.ats.lever.fake import (
    ADA,
    BEN,
    CANARY,
    CONTACT,
    DAY,
    HIRED,
    KEY,
    LIN,
    ODD,
    OMAR,
    OPPORTUNITY,
    POSTING,
    UNDERQUALIFIED,
    WITHDREW,
    FakeLever,
)
from tests.support.app import FixedClock

CREDENTIALS = {"api_key": KEY, "rejected_reasons": "Underqualified; other", "withdrew_reasons": WITHDREW}


@pytest.fixture
def lever() -> FakeLever:
    return FakeLever(FixedClock())


@pytest.fixture
async def http(lever: FakeLever) -> AsyncIterator[HttpAtsClient]:
    transport = httpx.ASGITransport(lever)
    async with httpx.AsyncClient(transport=transport) as client:
        yield HttpAtsClient(client, lever.clock, Budget(1000, 1, lambda: 0.0))


async def look(http: HttpAtsClient, credentials: dict[str, str] | None = None) -> Facts:
    """Pull Ben's application, which exists."""
    facts = await lever_client.pull(http, credentials or CREDENTIALS, OPPORTUNITY)
    assert facts is not None
    return facts


async def test_pull_returns_candidate_job_and_panel(lever: FakeLever, http: HttpAtsClient) -> None:
    lever.archive()
    facts = await look(http)
    assert facts.candidate is not None
    assert facts.job is not None
    assert facts.application is not None
    assert facts.application_remote_id == OPPORTUNITY
    assert (facts.candidate.remote_id, facts.candidate.name) == (CONTACT, "Ben Ode")
    assert [one.value for one in facts.candidate.addresses] == [BEN]
    assert (facts.job.remote_id, facts.job.name, facts.job.confidential) == (POSTING, "Technical writer", False)
    (manager,) = facts.job.hiring_managers
    assert (manager.email, manager.role) == (ADA, InterviewerRole.HIRING_MANAGER)
    assert facts.application.status is ApplicationStatus.REJECTED
    assert facts.application.reject_kind is RejectKind.EMPLOYER
    assert facts.application.rejected_at == lever.clock.now()
    assert facts.application.stage_name == "On-site"
    assert not facts.application.is_prospect
    (interview,) = facts.interviews
    assert interview.end_at is not None
    assert interview.start_at == lever.clock.now() - timedelta(days=3)
    assert interview.end_at - interview.start_at == timedelta(minutes=45)
    assert interview.status is InterviewStatus.COMPLETE
    assert [(one.email, one.response_status) for one in interview.interviewers] == [
        (OMAR, ResponseStatus.ACCEPTED),
        (LIN, ResponseStatus.UNKNOWN),
    ]
    assert facts.panel_complete
    assert facts.panel_at == facts.application.updated == moment(lever.clock.now())


async def test_unnamed_lever_fields_do_not_reach_facts(lever: FakeLever, http: HttpAtsClient) -> None:
    lever.archive()
    facts = await look(http)
    assert CANARY not in facts.model_dump_json()
    assert CANARY not in "".join(http.memory.values())
    assert not [path for path in lever.asked if "feedback" in path or "notes" in path or "eeo" in path]


@pytest.mark.parametrize(
    ("reason", "status", "kind"),
    [
        (UNDERQUALIFIED, ApplicationStatus.REJECTED, RejectKind.EMPLOYER),
        (WITHDREW, ApplicationStatus.WITHDRAWN, RejectKind.CANDIDATE),
        (HIRED, ApplicationStatus.HIRED, RejectKind.EMPLOYER),
        (ODD, ApplicationStatus.REJECTED, RejectKind.UNKNOWN),
        ("r-nobody-knows", ApplicationStatus.REJECTED, RejectKind.UNKNOWN),
    ],
)
async def test_reject_kind_follows_employers_lists(
    lever: FakeLever, http: HttpAtsClient, reason: str, status: ApplicationStatus, kind: RejectKind
) -> None:
    lever.archive(reason)
    application = (await look(http)).application
    assert application is not None
    assert (application.status, application.reject_kind) == (status, kind)


async def test_unarchived_opportunity_is_newer_than_rejection(lever: FakeLever, http: HttpAtsClient) -> None:
    lever.archive()
    before = (await look(http)).application
    lever.clock.advance(hours=1)
    # Even if Lever does not count it as a change.
    lever.opportunities[OPPORTUNITY]["archived"] = None
    after = (await look(http)).application
    assert before is not None
    assert after is not None
    assert after.status is ApplicationStatus.ACTIVE
    assert after.updated > before.updated


@pytest.mark.parametrize("over", [{"canceledAt": 5}, {}])
async def test_cancelled_interview_has_no_interviewers(
    lever: FakeLever, http: HttpAtsClient, over: dict[str, Any]
) -> None:
    panel = lever.a_panel(**over)
    panel["canceledAt"] = None if over else 5
    lever.panels[OPPORTUNITY] = [panel]
    (interview,) = (await look(http)).interviews
    assert interview.status is InterviewStatus.CANCELLED
    assert not interview.interviewers


async def test_interviewer_without_active_user_is_disabled(lever: FakeLever, http: HttpAtsClient) -> None:
    lever.things["users"]["u-omar"]["deactivatedAt"] = lever.now
    people = [
        {"id": "u-omar", "name": "Omar Haddad", "email": OMAR},
        {"id": "u-gone", "name": "Dan", "email": "dan@acme.example"},
        {"id": None, "name": "Cleo", "email": "cleo@agency.example"},
        {"id": "u-lin", "name": None, "email": "", "responseStatus": "declined"},
    ]
    lever.panels[OPPORTUNITY] = [lever.a_panel(interviewers=people)]
    (interview,) = (await look(http)).interviews
    assert [(one.name, one.email, one.disabled) for one in interview.interviewers] == [
        ("Omar Haddad", OMAR, True),
        ("Dan", "dan@acme.example", True),
        ("Cleo", "cleo@agency.example", False),
        ("Lin Mei", LIN, False),
    ]
    assert interview.interviewers[3].response_status is ResponseStatus.DECLINED


@pytest.mark.parametrize(("told", "private"), [("confidential", True), ("non-confidential", False), (None, False)])
async def test_confidential_records_are_marked(
    lever: FakeLever, http: HttpAtsClient, told: str | None, private: bool
) -> None:
    lever.opportunities[OPPORTUNITY]["confidentiality"] = told
    lever.things["postings"][POSTING]["confidentiality"] = told
    facts = await look(http)
    assert facts.candidate is not None
    assert facts.job is not None
    assert (facts.candidate.is_private, facts.job.confidential) == (private, private)


async def test_invisible_posting_counts_as_confidential(lever: FakeLever, http: HttpAtsClient) -> None:
    del lever.things["postings"][POSTING]
    job = (await look(http)).job
    assert job is not None
    assert job.confidential
    assert job.name is None


@pytest.mark.parametrize("stage", ["lead-new", "lead-responded"])
async def test_lead_or_sourced_opportunity_is_prospect(lever: FakeLever, http: HttpAtsClient, stage: str) -> None:
    lever.opportunities[OPPORTUNITY]["stage"] = stage
    lead = (await look(http)).application
    lever.opportunities[OPPORTUNITY]["stage"] = "s-onsite"
    lever.applications[OPPORTUNITY] = []
    sourced = (await look(http)).application
    assert lead is not None
    assert sourced is not None
    assert lead.is_prospect
    assert sourced.is_prospect


async def test_deleted_or_anonymised_opportunity_is_none(lever: FakeLever, http: HttpAtsClient) -> None:
    lever.opportunities[OPPORTUNITY]["isAnonymized"] = True
    assert await lever_client.pull(http, CREDENTIALS, OPPORTUNITY) is None
    lever.delete()
    assert await lever_client.pull(http, CREDENTIALS, OPPORTUNITY) is None


async def test_all_pages_of_list_are_read(lever: FakeLever, http: HttpAtsClient) -> None:
    lever.page = 2
    lever.panels[OPPORTUNITY] = [lever.a_panel(f"i-{index}") for index in range(5)]
    assert [one.remote_id for one in (await look(http)).interviews] == [f"i-{index}" for index in range(5)]


async def test_interview_in_two_panels_is_mapped_once(lever: FakeLever, http: HttpAtsClient) -> None:
    lever.panels[OPPORTUNITY] = [lever.a_panel(canceledAt=5), lever.a_panel(), lever.a_panel(canceledAt=5)]
    (interview,) = (await look(http)).interviews
    assert interview.status is InterviewStatus.COMPLETE


async def test_changed_since_lists_changed_and_deleted_opportunities(lever: FakeLever, http: HttpAtsClient) -> None:
    lever.page = 1
    lever.opportunities[OPPORTUNITY]["updatedAt"] = lever.now - 2 * DAY
    for remote_id in ("o-1", "o-2", "o-3"):
        lever.add(remote_id)
    lever.delete("o-2")
    since = lever.clock.now() - timedelta(days=1)
    found = [one async for one in lever_client.changed_since(http, CREDENTIALS, since)]
    assert sorted(found) == ["o-1", "o-2", "o-3"]


@pytest.mark.parametrize(("sees", "expected"), [(True, ["o-2", OPPORTUNITY]), (False, [OPPORTUNITY])])
async def test_changed_since_lists_confidential_opportunities_if_permitted(
    lever: FakeLever, http: HttpAtsClient, sees: bool, expected: list[str]
) -> None:
    lever.sees_confidential = sees
    lever.add("o-2", confidentiality="confidential")
    since = lever.clock.now() - timedelta(days=1)
    assert sorted([one async for one in lever_client.changed_since(http, CREDENTIALS, since)]) == expected


async def test_status_codes_raise_busy_or_refused(lever: FakeLever, http: HttpAtsClient) -> None:
    lever.busy = 2
    for _ in range(2):
        with pytest.raises(Busy) as told:
            await look(http)
        assert told.value.retry_after == 7
    await look(http)
    with pytest.raises(Refused):
        await look(http, {"api_key": "revoked"})
    lever.denied = {"panels"}
    with pytest.raises(Refused):
        await look(http)


@pytest.mark.parametrize("remote_id", ["../users", "o/feedback", "", "o?x=1", "ö", "."])
async def test_unsafe_id_is_not_requested(lever: FakeLever, http: HttpAtsClient, remote_id: str) -> None:
    with pytest.raises(Unreadable):
        await lever_client.pull(http, CREDENTIALS, remote_id)
    assert not lever.asked


async def test_shared_records_are_fetched_once(lever: FakeLever, http: HttpAtsClient) -> None:
    for index in range(20):
        lever.add(f"o-{index}")
        lever.archive(remote_id=f"o-{index}")
        await lever_client.pull(http, CREDENTIALS, f"o-{index}")
    assert [path for path in lever.asked if path.startswith("users/")] == ["users/u-ada", "users/u-lin", "users/u-omar"]
    lever.things["users"]["u-omar"]["deactivatedAt"] = lever.now
    lever.clock.advance(minutes=31)
    (interview,) = (await look(http)).interviews
    assert interview.interviewers[0].disabled


async def test_each_webhook_token_is_yielded_at_once(lever: FakeLever, http: HttpAtsClient) -> None:
    told = {}
    async for event, token in lever_client.create_webhooks(
        http, CREDENTIALS, "https://debrief.example/v1/hooks/lever/1"
    ):
        told[event] = token
        assert len(lever.hooks) == len(told)
    assert told == {event: f"token-of-{event}" for event in EVENTS}


async def test_probe_reads_no_records(lever: FakeLever, http: HttpAtsClient) -> None:
    lever.denied = {"feedback", "notes", "eeo", "responses"}
    assert await lever_client.probe(http, CREDENTIALS) == Probe()
    lever.denied = {"panels", "notes"}
    found = await lever_client.probe(http, CREDENTIALS)
    assert found == Probe(("panels",), ("feedback", "eeo_responses"))
    assert not [path for path in lever.asked if OPPORTUNITY in path]
    with pytest.raises(Refused):
        await lever_client.probe(http, {"api_key": "revoked"})


async def test_times_keep_milliseconds(lever: FakeLever, http: HttpAtsClient) -> None:
    lever.panels[OPPORTUNITY] = [lever.a_panel(date=1_782_974_002_353)]
    (interview,) = (await look(http)).interviews
    assert interview.start_at == datetime(2026, 7, 2, 6, 33, 22, 353_000, tzinfo=UTC)
