"""Whom nobody may write to by accident: those rejected long ago, and those of a connection that is switched off."""

from pathlib import Path

import pytest

from tests.applications.offers import PANEL, a_story, met_by
from tests.delivery.post import BEN, work
from tests.support.ats import as_operator
from tests.support.neutral_ats import an_application


async def test_who_was_rejected_long_ago_is_written_to_only_if_a_person_wishes_it(
    sqlite_url: str, tmp_path: Path
) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        old = an_application(rejected_at="2019-03-01T12:00:00Z")
        assert (await story.ats.put(met_by(*PANEL, application=old))).status_code == 201
        await story.go_on()
        assert story.mailbox.sent == []
        assert await story.ats.standing() == ("held", "long_ago")
        assert (await story.ats.ask("POST", "/applications/a1/release")).status_code == 200
        await story.go_on()
        assert story.mailbox.receivers == [BEN]


@pytest.mark.parametrize("switched_off", [False, True])
async def test_no_code_is_sent_for_a_connection_that_is_switched_off(
    database_url: str, tmp_path: Path, *, switched_off: bool
) -> None:
    async with a_story(database_url, tmp_path, hold_hours=200) as story:
        told = (await story.ats.put(met_by(*PANEL))).json()
        row = await story.ats.row()
        assert row is not None
        if switched_off:
            path = f"/v1/connections/{row.connection_id}/disable"
            assert (await story.app.client.post(path, headers=as_operator(story.app))).status_code == 200
        path = told["offer_url"].partition("/offer/")[2]
        answer = await story.app.client.post(f"/v1/offers/{path}/codes", json={"email": BEN})
        assert (answer.status_code, answer.content) == (202, b'{"status":"sent_if_known"}')
        await work(story.app, story.mailbox)
        assert story.mailbox.receivers == ([] if switched_off else [BEN])
