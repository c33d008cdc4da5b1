"""Blind rounds over HTTP: a claim gives a token, a token gives an answer, and nothing links the two."""

from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from app.blinding import client as blind
from app.blinding.encoding import base64url, read_base64url
from app.blinding.messages import TokenUse
from app.blinding.receipt import new_receipt
from app.rounds import mail
from app.rounds import statement as words
from app.rounds.rules import MOST_PEOPLE, RoundState
from tests.rounds.blind_people import BLIND, PEOPLE, an_answer, answer, claim, claimed_by_all, raised_blind, token_of
from tests.support.app import an_app, codes, manager_code, nonce, raise_request, read_feedback, round_id, send, tick
from tests.vocabulary.builders import a_sealed_answer

pytestmark = pytest.mark.usefixtures("libsodium")


async def test_a_whole_round(database_url: str, tmp_path: Path) -> None:
    async with an_app(database_url, tmp_path) as app:
        raised, path, receipts = await claimed_by_all(app)
        shown = raised["rounds"][0]
        assert shown["blind"]["claim_until"] == "2026-11-21"
        key = (await app.client.get(f"{path}/key")).json()
        assert key["words"] == shown["blind"]["words"]
        assert {link["url"].partition("&k=")[2] for link in raised["links"]} == {key["commitment"]}
        for index in (2, 0, 1):
            token = await token_of(app, path, receipts[index])
            form = await app.client.post(f"{path}/form", json=token.shown_for(TokenUse.FORM))
            assert (form.status_code, form.json()["you"]["role"]) == (200, None)
            assert form.json()["blind"]["too_few"] is False
            given = an_answer(advice=f"word {index}, für alle 😀")
            preview = await app.client.post(
                f"{path}/preview", json={**token.shown_for(TokenUse.PREVIEW, given), "answer": given}
            )
            assert preview.status_code == 200
            sent = await answer(app, path, token, given)
            assert (sent.status_code, sent.json()["status"]) == (201, "sealed")
            again = await answer(app, path, token, given)
            assert (again.status_code, again.content) == (200, sent.content)
            assert (await answer(app, path, token, an_answer(advice="another"))).json()["code"] == "already_answered"
        # All who claimed have answered: that changes nothing before the last day has ended.
        app.clock.at = datetime(2026, 11, 28, 11, 59, 59, tzinfo=UTC)
        assert (await tick(app)).ended == {}
        app.clock.advance(seconds=1)
        assert (await tick(app)).ended == {RoundState.RELEASED: 1}
        (read,) = (await read_feedback(app.client, raised))["rounds"]
        assert read["participation"]["claims"] == PEOPLE
        assert {one["advice"] for one in read["answers"]} == {f"word {index}, für alle 😀" for index in range(PEOPLE)}


async def test_the_statement_names_what_the_operator_can_not_tell(sqlite_url: str, tmp_path: Path) -> None:
    async with an_app(sqlite_url, tmp_path) as app:
        raised, _ = await raised_blind(app)
        statement = raised["rounds"][0]["anonymity"]["statement"]
        assert words.BLIND in statement
        assert "whoever runs this server" not in statement


async def test_a_claim_is_kept_once_and_repeated_to_the_byte(database_url: str, tmp_path: Path) -> None:
    async with an_app(database_url, tmp_path) as app:
        raised, path = await raised_blind(app)
        code, receipt = codes(raised)[0], new_receipt()
        first = await claim(app, path, code, receipt)
        again = await claim(app, path, code, receipt)
        assert (first.status_code, again.status_code, again.content) == (201, 200, first.content)
        assert (await claim(app, path, code, new_receipt())).json()["code"] == "already_answered"


@pytest.mark.parametrize(
    ("blinded", "code"),
    [
        ("A" * 43, "invalid_element"),  # The identity.
        (base64url(b"\xff" * 32), "invalid_element"),  # Not canonical.
        (base64url(bytes([1]) + bytes(31)), "invalid_element"),  # Negative: no element has this spelling.
        ("A" * 42, "invalid_format"),
        ("A" * 44, "invalid_format"),
        ("A" * 42 + "B", "invalid_format"),  # Another spelling of the same bytes.
    ],
)
async def test_invalid_element_is_refused_and_spends_nothing(
    sqlite_url: str, tmp_path: Path, blinded: str, code: str
) -> None:
    async with an_app(sqlite_url, tmp_path) as app:
        raised, path = await raised_blind(app)
        refused = await claim(app, path, codes(raised)[0], new_receipt(), blinded=blinded)
        assert refused.status_code == 422
        assert refused.json()["errors"] == [
            {"pointer": "/blinded", "code": code, "message": refused.json()["errors"][0]["message"]}
        ]
        assert (await claim(app, path, codes(raised)[0], new_receipt())).status_code == 201


async def test_the_days_of_claims_and_of_answers_do_not_overlap(database_url: str, tmp_path: Path) -> None:
    async with an_app(database_url, tmp_path) as app:
        raised, path = await raised_blind(app)
        receipt, late = new_receipt(), codes(raised)[1]
        decline = {"code": late, "nonce": nonce(), "reason": "no_time", "understood": True}
        assert (await claim(app, path, codes(raised)[0], receipt)).status_code == 201
        forged = {"x": "A" * 43, "mac": "A" * 43}
        app.clock.at = app.clock.at.replace(day=22, hour=11, minute=59, second=59)
        assert (await app.client.get(f"{path}/evaluations")).json()["code"] == "claims_open"
        assert (await app.client.post(f"{path}/form", json=forged)).json()["code"] == "claims_open"
        app.clock.advance(seconds=1)
        assert (await app.client.get(f"{path}/evaluations")).status_code == 200
        for response in (
            await claim(app, path, late, new_receipt()),
            await claim(app, path, codes(raised)[0], receipt),
            await app.client.post(f"{path}/declines", json=decline),
        ):
            assert (response.status_code, response.json()["code"]) == (410, "claims_over")
        # Too few can come, and whoever holds a token is told so before they write.
        token = await token_of(app, path, receipt)
        assert (await app.client.post(f"{path}/form", json=token.shown_for(TokenUse.FORM))).json()["blind"]["too_few"]


@pytest.mark.parametrize("claims", [1, 2, 3])
async def test_below_three_claims_the_form_says_that_the_operator_could_guess(
    sqlite_url: str, tmp_path: Path, claims: int
) -> None:
    async with an_app(sqlite_url, tmp_path) as app:
        raised, path = await raised_blind(app)
        receipts = [new_receipt() for _ in range(claims)]
        for code, receipt in zip(codes(raised), receipts, strict=False):
            assert (await claim(app, path, code, receipt)).status_code == 201
        app.clock.advance(days=2)
        token = await token_of(app, path, receipts[0])
        form = (await app.client.post(f"{path}/form", json=token.shown_for(TokenUse.FORM))).json()
        promised = " ".join([form["anonymity"]["statement"], *form["anonymity"]["in_short"]])
        assert (words.FEW in promised, "Not even" in promised) == (claims < 3, claims == 3)
        # Somebody with a code, who may be the candidate, does not learn how many take part.
        by_code = (await app.client.post(f"{path}/form", json={"code": codes(raised)[0]})).json()
        assert by_code["anonymity"] == raised["rounds"][0]["anonymity"]


async def test_a_blind_round_of_two_never_promises_more(sqlite_url: str, tmp_path: Path) -> None:
    async with an_app(sqlite_url, tmp_path) as app:
        two = [{"role": "interviewer"}, {"role": "recruiter"}]
        raised = await raise_request(app.client, invitees=two, anonymity={"mode": "blind"})
        assert words.FEW in raised["rounds"][0]["anonymity"]["statement"]
        assert "Not even" not in raised["rounds"][0]["anonymity"]["statement"]


async def test_a_code_never_comes_with_an_answer(sqlite_url: str, tmp_path: Path) -> None:
    async with an_app(sqlite_url, tmp_path) as app:
        raised, path, _ = await claimed_by_all(app)
        sent = await send(app.client, round_id(raised), codes(raised)[0], a_sealed_answer())
        body = {"code": codes(raised)[0], "answer": an_answer()}
        tried = await app.client.post(f"{path}/preview", json=body)
        assert (sent.json()["code"], tried.json()["code"]) == ("token_needed", "token_needed")


async def test_tokens_are_for_their_round_and_for_what_was_sent(database_url: str, tmp_path: Path) -> None:
    async with an_app(database_url, tmp_path) as app:
        _, path, receipts = await claimed_by_all(app)
        app.clock.advance(days=-2)
        _, other, _ = await claimed_by_all(app)
        token = await token_of(app, path, receipts[0])
        given = an_answer(advice="as sent")
        proof = token.shown_for(TokenUse.ANSWER, given)
        for where, body in (
            (other, {**proof, "answer": given}),
            (path, {**proof, "answer": an_answer(advice="as changed")}),
            (path, {**proof, "answer": given, "receipt_tag": new_receipt().tag(uuid4())}),
            (path, {**proof, "answer": given, "x": base64url(b"x" * 32)}),
            (path, {**token.shown_for(TokenUse.PREVIEW, given), "receipt_tag": token.receipt_tag, "answer": given}),
        ):
            refused = await app.client.post(f"{where}/answers", json=body)
            assert (refused.status_code, refused.json()["code"]) == (403, "bad_token")
        assert (await answer(app, path, token, given)).status_code == 201


async def test_a_round_without_tokens_takes_none(sqlite_url: str, tmp_path: Path) -> None:
    async with an_app(sqlite_url, tmp_path) as app:
        raised = await raise_request(app.client)
        path = f"/v1/rounds/{round_id(raised)}"
        for response in (
            await claim(app, path, codes(raised)[0], new_receipt()),
            await app.client.post(f"{path}/form", json={"x": "A" * 43, "mac": "A" * 43}),
            await app.client.get(f"{path}/evaluations"),
        ):
            assert (response.status_code, response.json()["code"]) == (409, "not_blind")
        assert (await app.client.get(f"{path}/key")).status_code == 404
        assert raised["rounds"][0]["blind"] is None


async def test_the_evaluations_tell_nothing_of_who_claimed(database_url: str, tmp_path: Path) -> None:
    """As many as the largest round has, the same for everybody, and each with a proof that holds."""
    async with an_app(database_url, tmp_path) as app:
        seen = []
        for claims in range(PEOPLE + 1):
            raised, path = await raised_blind(app)
            receipts = [new_receipt() for _ in range(claims)]
            for code, receipt in zip(codes(raised), receipts, strict=False):
                assert (await claim(app, path, code, receipt)).status_code == 201
            app.clock.advance(days=2)
            first, second = [await app.client.get(f"{path}/evaluations") for _ in range(2)]
            app.clock.advance(days=-2)
            listed = first.json()["evaluations"]
            assert first.content == second.content
            assert len({one["blinded"] for one in listed}) == MOST_PEOPLE
            assert listed == sorted(listed, key=lambda one: read_base64url(one["blinded"], 32))
            for receipt in receipts:
                assert blind.blinded(receipt, UUID(round_id(raised))) in {one["blinded"] for one in listed}
            seen.append(len(first.content))
        assert len(set(seen)) == 1


async def test_a_team_link_has_as_many_tokens_as_people(database_url: str, tmp_path: Path) -> None:
    async with an_app(database_url, tmp_path) as app:
        raised = await raise_request(app.client, manager={"name": "Ada Ruiz"}, invitees=None)
        body = {"code": manager_code(raised), "nonce": nonce(), "people": PEOPLE, "mode": "blind"}
        opened = await app.client.post(f"/v1/manager/{raised['id']}/panels", json=body)
        assert opened.status_code == 201, opened.text
        panel = opened.json()
        path, code = f"/v1/rounds/{panel['round']['id']}", panel["links"][0]["code"]
        receipts = [new_receipt() for _ in range(PEOPLE)]
        for receipt in receipts:
            assert (await claim(app, path, code, receipt)).status_code == 201
        assert (await claim(app, path, code, new_receipt())).status_code == 409
        app.clock.advance(days=2)
        for index, receipt in enumerate(receipts):
            token = await token_of(app, path, receipt)
            assert (await answer(app, path, token, an_answer(advice=f"word {index}"))).status_code == 201
        app.clock.advance(days=9)
        await tick(app)
        (read,) = (await read_feedback(app.client, raised))["rounds"]
        assert len(read["answers"]) == PEOPLE
        assert read["participation"]["at_least"] == PEOPLE


async def test_too_little_time_is_refused(sqlite_url: str, tmp_path: Path) -> None:
    async with an_app(sqlite_url, tmp_path) as app:
        for closes_on, status in (("2026-11-23", 422), ("2026-11-24", 201)):
            body = {
                "candidate": {"name": "Ben Ode"},
                "company": "Acme",
                "role_title": "Technical writer",
                "invitees": [{"role": "interviewer"}] * PEOPLE,
                "anonymity": BLIND,
                "closes_on": closes_on,
            }
            response = await app.client.post("/v1/feedback-requests", json=body)
            assert response.status_code == status
            if status == 422:
                assert [error["pointer"] for error in response.json()["errors"]] == ["/closes_on"]


async def test_a_round_in_which_nobody_takes_part_stays_open_to_its_end(sqlite_url: str, tmp_path: Path) -> None:
    """To close at once would tell the candidate that nobody claimed."""
    async with an_app(sqlite_url, tmp_path) as app:
        await raised_blind(app)
        for _ in range(7):
            app.clock.advance(days=1)
            assert (await tick(app)).ended == {}
        app.clock.advance(days=1)
        assert (await tick(app)).ended == {RoundState.WITHHELD: 1}


async def test_a_wish_to_close_waits_for_a_day_of_answers(sqlite_url: str, tmp_path: Path) -> None:
    async with an_app(sqlite_url, tmp_path) as app:
        raised = await raise_request(app.client, manager={"name": "Ada Ruiz"}, invitees=None)
        code = manager_code(raised)
        body = {"code": code, "nonce": nonce(), "people": PEOPLE, "mode": "blind"}
        panel = (await app.client.post(f"/v1/manager/{raised['id']}/panels", json=body)).json()
        wish = {"code": code, "round_id": panel["round"]["id"]}
        assert (await app.client.post(f"/v1/manager/{raised['id']}/close", json=wish)).status_code == 200
        app.clock.at = datetime(2026, 11, 23, 11, 59, 59, tzinfo=UTC)
        assert (await tick(app)).ended == {}
        app.clock.advance(seconds=1)
        assert (await tick(app)).ended == {RoundState.WITHHELD: 1}


async def test_confirming_an_address_opens_no_claims_anew(sqlite_url: str, tmp_path: Path) -> None:
    async with an_app(sqlite_url, tmp_path) as app:
        candidate = {"name": "Ben Ode", "email": "ben@example.test"}
        raised, path = await raised_blind(app, candidate=candidate)
        app.clock.advance(days=3)
        await app.ctx.db.write(mail.start_after_confirmation, UUID(raised["id"]), app.clock.now().date())
        late = await claim(app, path, codes(raised)[0], new_receipt())
        assert (late.status_code, late.json()["code"]) == (410, "claims_over")
