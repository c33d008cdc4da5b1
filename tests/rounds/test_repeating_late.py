"""After the deadline, a repetition gets its first response until the release; anything else gets 410."""

from pathlib import Path

import pytest

from app.blinding.messages import TokenUse
from app.blinding.receipt import new_receipt
from tests.rounds.blind_people import an_answer, answer, claim, raised_blind, token_of
from tests.support.app import Running, an_app, codes, dump, nonce, raise_request, round_id, send, tick
from tests.vocabulary.builders import a_sealed_answer, a_signed_answer


async def test_an_answer_sent_in_time_may_be_repeated_after_the_deadline(app: Running) -> None:
    raised = await raise_request(app.client, closes_on="2026-11-20")
    here, (mine, other, _) = round_id(raised), codes(raised)
    sent, given = nonce(), a_sealed_answer()
    first = await send(app.client, here, mine, given, sent)
    declined = {"code": other, "nonce": nonce(), "reason": "no_time", "understood": True}
    assert (await app.client.post(f"/v1/rounds/{here}/declines", json=declined)).status_code == 201

    app.clock.advance(days=1)
    before = await dump(app)
    again = await send(app.client, here, mine, given, sent)
    declined_again = await app.client.post(f"/v1/rounds/{here}/declines", json=declined)
    assert (first.status_code, again.status_code, declined_again.status_code) == (201, 200, 200)
    assert again.content == first.content

    # 410 depends on the round only: nothing is told of a code by which nothing is repeated.
    refused = [
        await send(app.client, here, mine, a_sealed_answer(advice="Something else."), sent),
        await send(app.client, here, mine, given, nonce()),
        await send(app.client, here, other, given, sent),
        await send(app.client, here, "0" * 26, given, sent),
        await send(app.client, here, mine, {"reasons": [{"code": "other"}]}, sent),
        await app.client.post(f"/v1/rounds/{here}/declines", json=declined | {"reason": "other"}),
        await app.client.post(f"/v1/rounds/{here}/declines", json=declined | {"nonce": nonce()}),
    ]
    assert {one.status_code for one in refused} == {410}
    assert len({one.content for one in refused}) == 1
    assert await dump(app) == before

    await tick(app)
    assert (await send(app.client, here, mine, given, sent)).content == refused[0].content


async def test_signed_answer_is_repeatable_after_the_deadline(app: Running) -> None:
    raised = await raise_request(app.client, invitees=[{"name": "Omar"}], closes_on="2026-11-20")
    sent, given = nonce(), a_signed_answer()
    first = await send(app.client, round_id(raised), codes(raised)[0], given, sent)
    app.clock.at = app.clock.at.replace(day=21, hour=0)
    again = await send(app.client, round_id(raised), codes(raised)[0], given, sent)
    assert (first.status_code, again.status_code, again.content) == (201, 200, first.content)


@pytest.mark.usefixtures("libsodium")
async def test_answer_with_token_is_repeatable_after_the_deadline(sqlite_url: str, tmp_path: Path) -> None:
    async with an_app(sqlite_url, tmp_path) as app:
        raised, path = await raised_blind(app)
        receipt = new_receipt()
        assert (await claim(app, path, codes(raised)[0], receipt)).status_code == 201
        app.clock.advance(days=2)
        token = await token_of(app, path, receipt)
        given = an_answer()
        first = await answer(app, path, token, given)
        app.clock.advance(days=60)
        again = await answer(app, path, token, given)
        forged = await answer(app, path, token, given, mac="A" * 43)
        assert (first.status_code, again.status_code, again.content) == (201, 200, first.content)
        assert (forged.status_code, forged.json()["code"]) == (410, "round_over")
        assert (await app.client.post(f"{path}/form", json=token.shown_for(TokenUse.FORM))).status_code == 410
