"""The candidate's replies: once per doubt, within 30 days, read by everyone who was asked, alike."""

from asyncio import gather
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.requests.models import RequestRow
from app.requests.rules import RequestState
from app.sealing.keystore import KeyName, Purpose
from app.sealing.models import DialogueBoxRow
from tests.delivery.post import rows
from tests.exchange.story import REPLY, WORRY, concerns, released, replies, reply, signed
from tests.support.app import (
    ADA,
    Running,
    as_candidate,
    codes,
    dump,
    manager_code,
    raise_request,
    read_feedback,
    round_id,
    tick,
)
from tests.vocabulary.builders import a_signed_answer


async def test_a_reply_stands_beside_its_doubt(app: Running) -> None:
    raised = await released(app)
    first, second, *_ = await concerns(app, raised)
    sent = await reply(app, raised, first["id"], links=["https://example.test/column"])
    assert sent.status_code == 201
    kept = {**REPLY, "by_month": None, "links": ["https://example.test/column"]}
    assert sent.json() == {"concern_id": first["id"], "reply": kept}
    shown = {one["id"]: one for one in await concerns(app, raised)}
    assert shown[first["id"]]["reply"] == kept
    assert shown[second["id"]]["reply"] is None
    table = await app.client.get(f"/v1/feedback-requests/{raised['id']}/feedback.csv", headers=as_candidate(raised))
    assert f"reply,correct_fact,{REPLY['text']}" in table.text
    assert "reply_link,,https://example.test/column" in table.text


async def test_second_reply_is_refused_and_the_first_kept(app: Running) -> None:
    raised = await released(app)
    concern = (await concerns(app, raised))[0]["id"]
    first = await reply(app, raised, concern)
    again = await reply(app, raised, concern)
    assert (again.status_code, again.json()) == (200, first.json())
    other = await reply(app, raised, concern, text="Something else.")
    assert (other.status_code, other.json()["code"]) == (409, "already_replied")
    assert (await concerns(app, raised))[0]["reply"]["text"] == REPLY["text"]


async def test_a_worry_that_counted_takes_a_reply(app: Running) -> None:
    raised = await released(app)
    worry = next(one for one in await concerns(app, raised) if one["worry"] == 0)
    assert (await reply(app, raised, worry["id"])).status_code == 201
    shown = (await replies(app, raised, codes(raised)[0])).json()["replies"]
    assert [one["subject"] for one in shown] == [{"worry": WORRY["text"], "about": None}]


async def test_reply_is_too_late_after_30_days(app: Running) -> None:
    raised = await released(app)
    first, second, *_ = await concerns(app, raised)
    app.clock.advance(days=30)
    assert (await reply(app, raised, first["id"])).status_code == 201
    app.clock.advance(days=1)
    late = await reply(app, raised, second["id"])
    assert (late.status_code, late.json()["code"]) == (410, "replies_over")
    # A repetition of what was accepted is still the same success.
    assert (await reply(app, raised, first["id"])).status_code == 200


async def test_a_doubt_of_another_request_is_unknown(app: Running) -> None:
    mine, other = await released(app), await released(app)
    theirs = (await concerns(app, other))[0]["id"]
    for concern in (theirs, str(uuid4())):
        refused = await reply(app, mine, concern)
        assert (refused.status_code, refused.json()["code"]) == (404, "unknown_concern")
    assert (await reply(app, {**other, "manage_token": mine["manage_token"]}, theirs)).status_code == 404
    path = f"/v1/feedback-requests/{other['id']}/concerns/{theirs}/clarification"
    assert (await app.client.post(path, json=REPLY)).status_code == 401


BAD_REPLIES: list[tuple[dict[str, Any], str, str]] = [
    ({"kind": "shout"}, "/kind", "unknown_code"),
    ({"text": ""}, "/text", "too_short"),
    ({"text": "x" * 1001}, "/text", "too_long"),
    ({"text": "a\x00b"}, "/text", "forbidden_character"),
    ({"links": ["http://example.test"]}, "/links/0", "https_only"),
    ({"links": ["https://example.test"] * 3}, "/links", "too_many"),
    ({"by_month": "2027-03"}, "/by_month", "not_allowed_here"),
    ({"kind": "will_improve"}, "/by_month", "required"),
    ({"kind": "will_improve", "by_month": "2026-10"}, "/by_month", "out_of_range"),
    ({"kind": "will_improve", "by_month": "2028-12"}, "/by_month", "out_of_range"),
    ({"kind": "will_improve", "by_month": "2027-13"}, "/by_month", "invalid_format"),
    ({"loud": True}, "", "unknown_field"),
]


async def test_bad_replies_are_refused_with_a_pointer(app: Running) -> None:
    raised = await released(app)
    concern = (await concerns(app, raised))[0]["id"]
    for over, pointer, code in BAD_REPLIES:
        refused = await reply(app, raised, concern, **over)
        assert refused.status_code == 422
        assert [(error["pointer"], error["code"]) for error in refused.json()["errors"]] == [(pointer, code)]
    assert (await concerns(app, raised))[0]["reply"] is None


async def test_a_pledge_names_its_month(app: Running) -> None:
    raised = await released(app)
    concern = (await concerns(app, raised))[0]["id"]
    assert (await reply(app, raised, concern, kind="will_improve", by_month="2027-03")).status_code == 201
    assert (await concerns(app, raised))[0]["reply"]["by_month"] == "2027-03"


async def test_original_links_open_the_same_bytes(app: Running) -> None:
    raised = await released(app)
    for concern in await concerns(app, raised):
        assert (await reply(app, raised, concern["id"])).status_code == 201
    answers = [await replies(app, raised, code) for code in codes(raised)]
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert len({answer.content for answer in answers}) == 1
    assert len(answers[0].content) % (64 * 1024) == 0
    shown = answers[0].json()
    assert (shown["candidate_name"], shown["open_through"]) == ("Ben Ode", "2026-12-28")
    assert len(shown["replies"]) == len(await concerns(app, raised))
    # What the authors wrote is for the candidate alone.
    assert "only write for engineers" not in answers[0].text
    other = await released(app)
    for code in (codes(other)[0], "0" * 26, ""):
        assert (await replies(app, raised, code)).status_code == 404


async def test_without_a_reply_all_links_look_alike(app: Running) -> None:
    shown, withheld = await released(app), await raise_request(app.client)
    app.clock.advance(days=8)
    await tick(app)
    found = [
        await replies(app, shown, codes(shown)[0]),
        await replies(app, shown, "0" * 26),
        await replies(app, withheld, codes(withheld)[0]),
        await replies(app, {"rounds": [{"id": str(uuid4())}]}, codes(shown)[0]),
    ]
    assert {answer.status_code for answer in found} == {404}
    assert len({answer.content for answer in found}) == 1


async def test_after_30_days_what_was_kept_for_replies_is_gone(app: Running) -> None:
    raised = await released(app)
    assert (await reply(app, raised, (await concerns(app, raised))[0]["id"])).status_code == 201
    app.clock.advance(days=31)
    gone = await replies(app, raised, codes(raised)[0])
    assert (gone.status_code, gone.json()["code"]) == (410, "replies_over")
    await tick(app)
    assert (await dump(app))["dialogue_boxes"] == []
    assert await app.ctx.keys.is_destroyed(KeyName(Purpose.DIALOGUE, UUID(round_id(raised))))
    assert (await replies(app, raised, "0" * 26)).status_code == 410
    # The reply itself is the candidate's.
    assert (await concerns(app, raised))[0]["reply"]["text"] == REPLY["text"]


async def test_a_signed_answer_is_replied_to_while_its_round_is_open(app: Running) -> None:
    raised = await signed(app)
    concern = (await concerns(app, raised))[0]["id"]
    assert (await reply(app, raised, concern)).status_code == 201
    shown = await replies(app, raised, codes(raised)[0])
    assert (shown.status_code, shown.json()["open_through"]) == (200, None)
    app.clock.advance(days=9)
    await tick(app)
    assert (await replies(app, raised, codes(raised)[0])).json()["replies"] == shown.json()["replies"]
    app.clock.advance(days=31)
    assert (await replies(app, raised, codes(raised)[0])).status_code == 410


async def test_manager_reads_replies_at_once(app: Running) -> None:
    raised = await released(app, manager=ADA)
    concern = next(one for one in await concerns(app, raised) if one["worry"] is None)
    view = f"/v1/manager/{raised['id']}/view"
    assert (await app.client.post(view, json={"code": manager_code(raised)})).json()["replies"] == []
    assert (await reply(app, raised, concern["id"])).status_code == 201
    shown = (await app.client.post(view, json={"code": manager_code(raised)})).json()
    (one,) = shown["replies"]
    assert (one["concern_id"], one["reply"]["text"]) == (concern["id"], REPLY["text"])
    assert one["subject"] == {"worry": None, "about": "communication"}
    assert "only write for engineers" not in str(shown)


async def test_a_reply_to_the_team_needs_no_link_but_the_managers(app: Running) -> None:
    raised = await raise_request(app.client, manager=ADA, invitees=None)
    answer = a_signed_answer(concerns=[{"statement": "A doubt", "source": "papers", "asked": "never_asked"}])
    body = {
        "code": manager_code(raised),
        "nonce": "n" * 22,
        "answer": answer.model_dump(mode="json", exclude_none=True),
        "understood": True,
    }
    assert (await app.client.post(f"/v1/manager/{raised['id']}/team-answers", json=body)).status_code == 201
    assert await concerns(app, raised) == []
    app.clock.advance(minutes=16)
    (concern,) = await concerns(app, raised)
    assert (await reply(app, raised, concern["id"])).status_code == 201
    view = await app.client.post(f"/v1/manager/{raised['id']}/view", json={"code": manager_code(raised)})
    assert [one["concern_id"] for one in view.json()["replies"]] == [concern["id"]]


async def test_withdrawal_ends_all_links_at_once(app: Running) -> None:
    raised = await released(app)
    first, second, *_ = await concerns(app, raised)
    assert (await reply(app, raised, first["id"])).status_code == 201
    path = f"/v1/feedback-requests/{raised['id']}/withdrawal"
    assert (await app.client.post(path, headers=as_candidate(raised))).status_code == 204
    assert (await replies(app, raised, codes(raised)[0])).status_code == 410
    assert (await dump(app))["dialogue_boxes"] == []
    assert await app.ctx.keys.is_destroyed(KeyName(Purpose.DIALOGUE, UUID(round_id(raised))))
    refused = await reply(app, raised, second["id"])
    assert (refused.status_code, refused.json()["code"]) == (409, "request_withdrawn")
    assert (await read_feedback(app.client, raised))["state"] == "released"


async def test_erasure_leaves_no_reply(app: Running) -> None:
    raised = await released(app)
    for concern in await concerns(app, raised):
        assert (await reply(app, raised, concern["id"], text="the canary sings")).status_code == 201
    assert "canary" in str(await dump(app))
    assert (await app.client.delete(f"/v1/feedback-requests/{raised['id']}", headers=as_candidate(raised))).is_success
    stored = await dump(app)
    assert "canary" not in str(stored)
    assert (stored["clarifications"], stored["dialogue_boxes"]) == ([], [])
    assert (await replies(app, raised, codes(raised)[0])).status_code == 404


async def test_of_two_replies_at_once_one_is_kept(app: Running) -> None:
    raised = await released(app)
    for concern in await concerns(app, raised):
        both = await gather(*(reply(app, raised, concern["id"], text=text) for text in ("one", "two")))
        assert sorted(answer.status_code for answer in both) == [201, 409]
    assert len((await dump(app))["clarifications"]) == len(await concerns(app, raised))


async def test_a_restored_backup_does_not_bring_the_links_back(app: Running) -> None:
    raised = await released(app)
    first, second, *_ = await concerns(app, raised)
    await reply(app, raised, first["id"])
    sealed = await app.ctx.db.read(lambda session: session.scalars(select(DialogueBoxRow.ct)).one())
    path = f"/v1/feedback-requests/{raised['id']}/withdrawal"
    assert (await app.client.post(path, headers=as_candidate(raised))).status_code == 204

    def restore(session: Session) -> None:
        session.get_one(RequestRow, UUID(raised["id"])).state = RequestState.OPEN
        session.add(DialogueBoxRow(round_id=UUID(round_id(raised)), ct=sealed))

    await app.ctx.db.write(restore)
    assert (await replies(app, raised, codes(raised)[0])).status_code == 410
    assert (await reply(app, raised, second["id"])).status_code == 201
    assert await rows(app) == []
