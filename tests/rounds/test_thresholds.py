"""The number of answers decides what is shown, and no view reveals it before the release."""

import pytest

from tests.support.app import (
    CLEO,
    LIN,
    OMAR,
    Running,
    codes,
    dump,
    nonce,
    raise_request,
    read_feedback,
    round_id,
    send,
    tick,
)
from tests.vocabulary.builders import a_sealed_answer


@pytest.mark.parametrize("came", [2, 3, 4])
async def test_k_decides_what_is_shown(app: Running, came: int) -> None:
    raised = await raise_request(app.client, invitees=[OMAR, LIN, CLEO, {"role": "other"}])
    for index, code in enumerate(codes(raised)[:came]):
        await send(app.client, round_id(raised), code, a_sealed_answer(advice=f"advice {index}"))
    app.clock.advance(days=8)
    await tick(app)

    feedback = await read_feedback(app.client, raised)
    (round_,) = feedback["rounds"]
    if came < 3:
        assert feedback["state"] == round_["state"] == "withheld"
        assert "answers" not in round_
        assert "participation" not in round_
        assert round_["message"] == (
            "Fewer than 3 people answered, so nothing is shown, as promised to them. That says nothing about you."
        )
    else:
        assert feedback["state"] == round_["state"] == "released"
        assert sorted(answer["advice"] for answer in round_["answers"]) == [f"advice {index}" for index in range(came)]
        assert round_["released_on"] == "2026-11-28"
        assert round_["below_threshold"] is False
        assert round_["participation"] == {
            "asked": 4,
            "answered": came,
            "at_least": None,
            "declined": [],
            "silent": 4 - came,
            "claims": None,
        }
        assert round_["message"].startswith("These people helped you without their names.")
        ids = [answer["id"] for answer in round_["answers"]]
        assert ids == sorted(ids)


async def test_below_k_only_what_each_author_allowed_is_shown_and_nobody_is_counted(app: Running) -> None:
    raised = await raise_request(
        app.client, invitees=[OMAR, LIN, CLEO, {"role": "other"}], anonymity={"mode": "sealed", "k": 4}
    )
    for wish, code in zip(("withhold", "codes_only", "release"), codes(raised), strict=False):
        await send(app.client, round_id(raised), code, a_sealed_answer(advice=f"advice: {wish}", if_too_few=wish))
    app.clock.advance(days=8)
    await tick(app)

    (round_,) = (await read_feedback(app.client, raised))["rounds"]

    assert round_["state"] == "released"
    assert round_["below_threshold"] is True
    assert round_["participation"] is None
    assert sorted((answer["words"], answer["advice"]) for answer in round_["answers"]) == [
        (False, None),
        (True, "advice: release"),
    ]
    assert round_["message"].startswith("Fewer than 4 people answered. What is shown here, its authors wished")
    assert "withhold" not in repr(await dump(app))


async def test_declines_are_counted_by_reason_and_do_not_make_up_the_k(app: Running) -> None:
    raised = await raise_request(app.client, invitees=[OMAR, LIN, CLEO, {"role": "other"}, {"role": "reference"}])
    here = codes(raised)
    for code, reason in zip(here[3:], ("no_time", "company_policy"), strict=True):
        body = {"code": code, "nonce": nonce(), "reason": reason, "understood": True}
        await app.client.post(f"/v1/rounds/{round_id(raised)}/declines", json=body)
    for code in here[:3]:
        await send(app.client, round_id(raised), code, a_sealed_answer())
    await tick(app, days=8)

    (round_,) = (await read_feedback(app.client, raised))["rounds"]

    assert round_["participation"] == {
        "asked": 5,
        "answered": 3,
        "at_least": None,
        "declined": [{"reason": "company_policy", "count": 1}, {"reason": "no_time", "count": 1}],
        "silent": 0,
        "claims": None,
    }


async def test_a_round_in_which_everyone_has_acted_stays_open_to_its_last_day(app: Running) -> None:
    raised = await raise_request(app.client)
    await tick(app)
    for code in codes(raised):
        await send(app.client, round_id(raised), code, a_sealed_answer())

    for _ in range(7):
        await tick(app, days=1)
        assert (await read_feedback(app.client, raised))["state"] == "collecting"
    await tick(app, days=1)
    assert (await read_feedback(app.client, raised))["state"] == "released"
