"""Greenhouse client: the separate lists of Harvest v3, pulls after changes, token expiry."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from app.ats.greenhouse.schemas import Token
from tests.ats.greenhouse.fake import ADA, CANARY, CANDIDATE, JOB, THEM, US, written
from tests.ats.greenhouse.story import a_story

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.mark.parametrize(("reason", "status"), [(US, "rejected"), (THEM, "withdrawn")])
async def test_reject_kind_is_read_from_rejection_details(
    sqlite_url: str, tmp_path: Path, reason: int, status: str
) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        story.greenhouse.lists_reasons_apart = True
        story.greenhouse.reject(reason)
        # The message is shorter than the pulled record, like a retry.
        told = story.greenhouse.payload()
        told["application"]["rejection_reason"] = None
        await story.tell("reject_candidate", told)
        assert (await story.row()).status == status
        assert await story.standing() == (("waiting", None) if reason == US else ("none", "not_rejected"))


async def test_hiring_manager_is_asked_if_nobody_met_candidate(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path, offer_without_interview=True) as story:
        story.greenhouse.rows["interviews"].clear()
        await story.reject()
        assert await story.standing() == ("waiting", None)
        dossier = await story.dossier()
        assert dossier.job is not None
        assert [one.email for one in dossier.job.hiring_managers] == [ADA]


async def test_credentials_without_new_scopes_still_work(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        story.greenhouse.denied = {"rejection_details", "job_hiring_managers"}
        await story.reject()
        assert await story.standing() == ("waiting", None)
        assert (await story.shown())["state"] == "active"


@pytest.mark.parametrize(
    ("action", "payload", "change"),
    [
        ("update_candidate", {"candidate": {"id": CANDIDATE}}, ("candidates", "can_email", False)),
        ("job_updated", {"job": {"id": JOB}}, ("jobs", "confidential", True)),
    ],
)
async def test_change_event_pulls_applications_again(
    sqlite_url: str, tmp_path: Path, action: str, payload: dict[str, Any], change: tuple[str, str, bool]
) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        await story.reject()
        path, name, value = change
        story.greenhouse.rows[path][0][name] = value
        story.app.clock.advance(hours=1)
        await story.tell(action, payload)
        expected = {"candidates": ("none", "no_mail_wished"), "jobs": ("held", "confidential_job")}
        assert await story.standing() == expected[path]


SPANS: list[Callable[[datetime], dict[str, Any]]] = [
    lambda at: {"expires_at": written(at)},
    lambda at: {"expires": written(at)},
    lambda at: {"expires_at": int(at.timestamp())},
    lambda at: {"expires_at": None, "expires_in": 3600},
    lambda at: {"expires_in": "3600"},
    lambda at: {"expires": 3600},
]


@pytest.mark.parametrize("told", SPANS)
async def test_token_is_used_until_expiry_in_any_format(
    sqlite_url: str, tmp_path: Path, told: Callable[[datetime], dict[str, Any]]
) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        story.greenhouse.ends = told
        for minutes in (0, 50, 15):
            story.app.clock.advance(minutes=minutes)
            await story.tell("candidate_stage_change")
        assert story.greenhouse.asked.count("token") == 2


@pytest.mark.parametrize(
    "told", [{}, {"expires_in": None}, {"expires": "soon"}, {"expires_at": 10**30}, {"expires": []}]
)
def test_token_without_readable_expiry_expires_soon(told: dict[str, Any]) -> None:
    assert Token.model_validate({"access_token": CANARY, **told}).ends(NOW) == NOW + timedelta(minutes=5)
