"""Responses have one length per route and round, so that an observer of the network learns nothing from it."""

from typing import Any

import pytest

from app.blinding.receipt import new_receipt
from app.vocabulary.codes import DeclineReason, IfTooFew
from tests.rounds.blind_people import claim, raised_blind
from tests.support.app import CLEO, LIN, OMAR, Running, codes, nonce, raise_request, round_id, send
from tests.vocabulary.builders import a_full_answer, a_sealed_answer

EVERYBODY = [OMAR, LIN, CLEO, {"role": "reference"}, {"role": "hiring_manager"}, {"role": "other"}]
# Four bytes in UTF-8, the most that a letter can have.
LETTER = "\U0001d6d2"
WORRIES = [{"text": LETTER * 200, "says": LETTER * 280, "link": "https://example.test/" + "l" * 279}] * 3
LARGEST = {
    "candidate": {"name": LETTER * 80},
    "company": LETTER * 80,
    "role_title": LETTER * 80,
    "own_question": LETTER * 280,
    "worries": WORRIES,
    "manager": {"name": LETTER * 80},
}


async def lengths(app: Running, raised: dict[str, Any], what: str, *bodies: dict[str, Any]) -> set[int]:
    found = set()
    for code in codes(raised):
        for body in bodies:
            response = await app.client.post(f"/v1/rounds/{round_id(raised)}/{what}", json={"code": code, **body})
            assert response.status_code == 200, response.text
            # Still JSON, and as long as it says.
            assert response.json()
            assert int(response.headers["content-length"]) == len(response.content)
            found.add(len(response.content))
    return found


@pytest.mark.parametrize("given", [{}, LARGEST], ids=["shortest", "longest"])
async def test_a_form_is_equally_long_for_everybody(app: Running, given: dict[str, Any]) -> None:
    raised = await raise_request(app.client, invitees=EVERYBODY, **given)

    assert await lengths(app, raised, "form", {}) == {16 * 1024}


async def test_a_preview_is_equally_long_whatever_was_written(app: Running) -> None:
    raised = await raise_request(app.client, invitees=EVERYBODY, **LARGEST)
    answers = [a_full_answer("\u00e9"), a_full_answer(), a_sealed_answer()]
    given = [{}, *(answer.model_dump(mode="json", exclude_none=True) for answer in answers)]

    assert await lengths(app, raised, "preview", *({"answer": answer} for answer in given)) == {64 * 1024}


@pytest.mark.usefixtures("libsodium")
async def test_answers_declines_and_claims_are_equally_long(app: Running) -> None:
    raised = await raise_request(app.client, invitees=EVERYBODY)
    path, (mine, other, third, *_) = f"/v1/rounds/{round_id(raised)}", codes(raised)
    found = {len((await send(app.client, round_id(raised), mine, a_sealed_answer())).content)}
    body = {"code": other, "nonce": nonce(), "reason": "no_time", "understood": True}
    found.add(len((await app.client.post(f"{path}/declines", json=body)).content))
    # Before a decline nothing is there to read, and the check is as long as that of an answer.
    nothing = await app.client.post(f"{path}/preview", json={"code": third})
    assert (nothing.status_code, len(nothing.content)) == (200, 64 * 1024)
    assert nothing.json() == {"candidate_reads": None, "in_words": [], "findings": [], "missing": []}
    wrong = await app.client.post(f"{path}/preview", json={"code": "0" * 26})
    assert wrong.status_code == 404
    blind, path = await raised_blind(app)
    nothing = await app.client.post(f"{path}/preview", json={"code": codes(blind)[0]})
    assert (nothing.status_code, len(nothing.content)) == (200, 64 * 1024)
    claimed = await claim(app, path, codes(blind)[0], new_receipt())
    assert claimed.status_code == 201
    found.add(len(claimed.content))
    assert found == {1024}


async def test_what_is_accepted_gets_the_same_bytes_whatever_it_was(app: Running) -> None:
    raised = await raise_request(app.client, invitees=EVERYBODY, **LARGEST)
    answers = [a_full_answer(), a_full_answer("y"), *[a_sealed_answer(if_too_few=choice) for choice in IfTooFew]]
    first: set[tuple[object, ...]] = set()
    again: set[tuple[object, ...]] = set()
    for code, answer in zip(codes(raised), answers, strict=False):
        given = nonce()
        for seen, status in ((first, 201), (again, 200)):
            response = await send(app.client, round_id(raised), code, answer, given)
            assert response.status_code == status
            seen.add((response.content, tuple(response.headers.items())))

    assert len(first) == len(again) == 1
    assert first == again


async def test_a_decline_gets_the_same_bytes_whatever_the_reason(app: Running) -> None:
    reasons = [reason for reason in DeclineReason if reason is not DeclineReason.WILL_CONTACT_DIRECTLY]
    raised = await raise_request(app.client, invitees=EVERYBODY)
    seen = set()
    for code, reason in zip(codes(raised), reasons, strict=True):
        body = {"code": code, "nonce": nonce(), "reason": reason, "understood": True}
        response = await app.client.post(f"/v1/rounds/{round_id(raised)}/declines", json=body)
        assert response.status_code == 201
        seen.add((response.content, tuple(response.headers.items())))

    assert len(seen) == 1
