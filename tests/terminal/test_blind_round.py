"""Blind rounds without a browser: a claim, days later an answer, and no server that cheats gets anything."""

import json
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from app.blinding import client, voprf
from app.blinding.commitment import commitment_of
from app.blinding.encoding import base64url, read_base64url
from app.blinding.receipt import new_receipt
from app.rounds.rules import RoundState
from tests.rounds.blind_people import claim, raised_blind
from tests.support.app import Running, codes, read_feedback, round_id, tick
from tests.terminal.people import answer, lines, recording
from tests.terminal.servers import Asked, Told, serving

pytestmark = pytest.mark.usefixtures("libsodium")

ADVICE = "Bring a sample, für alle 😀"
ANSWER = {"reasons": [{"code": "interview_answers"}], "if_too_few": "release", "advice": ADVICE}


def _links(raised: dict[str, Any]) -> list[str]:
    return [link["url"] for link in raised["links"] if link["role"] != "manager"]


def _without_code(link: str) -> str:
    before, _, key = link.partition("#")
    return f"{before}#{key.partition('&')[2]}"


def _written(folder: Path) -> str:
    path = folder / "answer.json"
    path.write_text(json.dumps(ANSWER))
    return str(path)


async def _claimed_by_others(site: Running, raised: dict[str, Any], path: str) -> None:
    for code in codes(raised)[1:]:
        assert (await claim(site, path, code, new_receipt())).status_code == 201


async def test_a_round_is_claimed_and_answered_by_hand(site: Running, tmp_path: Path) -> None:
    raised, path = await raised_blind(site)
    await _claimed_by_others(site, raised, path)

    claimed = await answer(typed=lines(_links(raised)[0], "n", "y"), folder=tmp_path)

    assert (claimed.code, claimed.err) == (0, "")
    assert "Until 21 November 2026 you say that you take part." in claimed.said
    assert raised["rounds"][0]["blind"]["words"] in claimed.said
    assert f"    {_without_code(_links(raised)[0])}\n" in claimed.out
    site.clock.advance(days=2)

    typed = lines(_without_code(_links(raised)[0]), claimed.receipt.lower(), "6", "", "", "", "3", "y")
    sent = await answer(typed=typed, folder=tmp_path)

    assert (sent.code, sent.err) == (0, "")
    assert "Not even the server operator can tell" in sent.said
    assert "Thank you. It is sealed." in sent.said
    site.clock.advance(days=6)
    assert (await tick(site)).ended == {RoundState.RELEASED: 1}
    (shown,) = (await read_feedback(site.client, raised))["rounds"]
    assert [one["reasons"][0]["code"] for one in shown["answers"]] == ["interview_answers"]


async def test_a_round_is_claimed_and_answered_by_a_script(site: Running, port: int, tmp_path: Path) -> None:
    raised, path = await raised_blind(site)
    await _claimed_by_others(site, raised, path)
    with recording(port) as recorder:
        link = _links(raised)[0].replace(f":{port}/", f":{recorder.port}/")

        claimed = await answer("--claim", "--understood", typed=lines(link), folder=tmp_path)

        assert (claimed.code, claimed.err) == (0, "")
        claims = recorder.requests
    assert [seen.line.split()[1].rpartition("/")[2] for seen in claims] == [
        "evaluations",
        *("form", "preview", "claims"),
    ]
    assert {len(seen.body) for seen in claims[1:]} == {32 * 1024}
    # Nothing that is derived from the receipt is sent with the code, but what hides it.
    assert set(claims[-1].json) == {"code", "blinded", "understood", "pad"}
    site.clock.advance(days=2)
    with recording(port) as recorder:
        # With the code still in it, as it stands in somebody's mail.
        link = _links(raised)[0].replace(f":{port}/", f":{recorder.port}/")
        arguments = ("--receipt", "-", "--answer", _written(tmp_path), "--understood")

        sent = [await answer(*arguments, typed=lines(link, claimed.receipt), folder=tmp_path) for _ in range(2)]

        assert [(session.code, session.err) for session in sent] == [(0, ""), (0, "")]
        answers = recorder.requests
    assert {len(seen.body) for seen in claims + answers} == {0, 32 * 1024}
    (first, again) = [seen for seen in answers if "/answers" in seen.line]
    assert first.body == again.body
    assert set(first.json) == {"x", "mac", "receipt_tag", "answer", "pad"}
    for secret in (codes(raised)[0], claimed.receipt, claimed.receipt.replace("-", "")):
        assert all(secret.encode() not in seen.body and secret not in seen.line for seen in answers)
    assert all(claims[-1].json["blinded"].encode() not in seen.body for seen in answers)
    site.clock.advance(days=6)
    await tick(site)
    (shown,) = (await read_feedback(site.client, raised))["rounds"]
    assert [one["advice"] for one in shown["answers"]] == [ADVICE]


async def test_a_claim_is_repeated_by_its_receipt(site: Running, tmp_path: Path) -> None:
    raised, path = await raised_blind(site)
    receipt = new_receipt()
    assert (await claim(site, path, codes(raised)[0], receipt)).status_code == 201
    arguments = ("--claim", "--receipt", "-", "--understood")

    again = await answer(*arguments, typed=lines(_links(raised)[0], str(receipt)), folder=tmp_path)
    other = await answer(*arguments, typed=lines(_links(raised)[0], str(new_receipt())), folder=tmp_path)

    assert (again.code, again.err) == (0, "")
    # Whoever brought it has it: it is not shown again.
    assert str(receipt) not in again.out
    assert other.code == 1
    assert "This link was used already." in other.err


async def test_a_link_with_another_key_stops_before_anything_is_spent(site: Running, tmp_path: Path) -> None:
    raised, path = await raised_blind(site)
    tampered = _without_code(_links(raised)[0]).partition("&k=")[0].partition("#")[0]
    link = f"{tampered}#c={codes(raised)[0]}&k={commitment_of(bytes(32))}"

    session = await answer("--claim", "--understood", typed=lines(link), folder=tmp_path)

    assert session.code == 1
    assert session.err.startswith("STOP. The key of this server is not the one in the link.")
    assert (await claim(site, path, codes(raised)[0], new_receipt())).status_code == 201


async def test_it_says_when_nothing_can_be_done(site: Running, tmp_path: Path) -> None:
    raised, path = await raised_blind(site)
    mine, everybody = _links(raised)[0], _without_code(_links(raised)[0])
    await _claimed_by_others(site, raised, path)

    too_early = await answer(typed=lines(everybody, str(new_receipt())), folder=tmp_path)
    left = await answer(typed=lines(mine, "n", "n"), folder=tmp_path)
    site.clock.advance(days=2)
    too_late = await answer("--claim", "--understood", typed=lines(mine), folder=tmp_path)
    not_mine = await answer(typed=lines(everybody, str(new_receipt())), folder=tmp_path)
    mistyped = await answer(typed=lines(everybody, "7M2X-9QKD-4TW8-R0VH-BN3Y-E5GJ-6CPT"), folder=tmp_path)

    assert {session.code for session in (too_early, left, too_late, not_mine, mistyped)} == {1}
    assert "Answers are not taken yet." in too_early.err
    assert "Nothing was spent. The link works as before." in left.err
    assert "The days in which to take part are over. Nothing was sent." in too_late.err
    assert "Nobody takes part in this round with this receipt." in not_mine.err
    assert "This is no receipt" in mistyped.err


async def test_too_few_is_said_before_anybody_writes(site: Running, tmp_path: Path) -> None:
    raised, path = await raised_blind(site)
    receipt = new_receipt()
    assert (await claim(site, path, codes(raised)[0], receipt)).status_code == 201
    site.clock.advance(days=2)

    session = await answer(typed=lines(_without_code(_links(raised)[0]), str(receipt)), folder=tmp_path)

    assert "Too few take part in this round for anything to be shown" in session.said
    assert session.said.index("Too few take part") < session.said.index("What made Ben Ode less competitive?")


ROUND = UUID("6f1d3a52-7c0e-4e0b-9c56-0a4d8f3b2e17")
CODE = "7M2X9QKD4TW8R0VHBN3YE5GJ6C"
SEED = bytes(32)


class Cheat:
    """A server that knows everybody again: it shows the key of the round, and evaluates with one for each person."""

    def __init__(self, form: dict[str, Any]) -> None:
        self.keys = voprf.round_key_pair(SEED, ROUND)
        self.form = form | {"blind": form["blind"] | {"public_key": base64url(self.keys.public)}}
        self.seen: list[str] = []
        self.claimed: list[str] = []
        # What it says its key was.
        self.said = self.keys.public

    def serve(self, asked: Asked) -> Told:
        self.seen.append(asked.path.rpartition("/")[2])
        match self.seen[-1]:
            case "form":
                return _told(200, self.form)
            case "preview":
                return _told(200, {"in_words": [], "findings": [], "missing": []})
            case "claims":
                blinded = json.loads(asked.body)["blinded"]
                self.claimed.append(blinded)
                days = {"answers_from": "2026-11-22", "answers_open_at": "2026-11-22T12:00:00Z"}
                days |= {"closes_on": "2026-11-27", "closes_at": "2026-11-28T12:00:00Z"}
                return _told(201, {"status": "claimed", **self._evaluation(blinded), **days})
            case "evaluations" if self.claimed:
                listed = [{"blinded": one, **self._evaluation(one)} for one in self.claimed]
                return _told(
                    200, {"public_key": base64url(self.said), "evaluations": listed, "closes_on": "2026-11-30"}
                )
            case _:
                return _told(409, {"code": "claims_open", "detail": "Not yet."})

    def _evaluation(self, blinded: str) -> dict[str, str]:
        own = voprf.round_key_pair(SEED, UUID(int=len(self.claimed)))
        # It claims the key that everybody knows, or it shows its own.
        keys = voprf.KeyPair(own.secret, self.said)
        evaluated, proof = voprf.evaluate_and_prove(keys, read_base64url(blinded, 32))
        return {"public_key": base64url(self.said), "evaluated": base64url(evaluated), "proof": base64url(proof)}


def _told(status: int, content: Any) -> Told:
    return Told(status, json.dumps(content).encode())


@pytest.mark.parametrize("shows", ["the key of the round", "its own"])
async def test_a_key_for_each_person_is_refused(site: Running, shows: str, tmp_path: Path) -> None:
    raised, path = await raised_blind(site)
    form = (await site.client.post(f"{path}/form", json={"code": codes(raised)[0]})).json()
    cheat = Cheat(form)
    if shows == "its own":
        cheat.said = voprf.round_key_pair(SEED, UUID(int=1)).public
    receipt = new_receipt()
    with serving(cheat.serve) as url:
        key = commitment_of(cheat.keys.public)
        claimed = await answer(
            *("--claim", "--receipt", "-", "--understood"),
            typed=lines(f"{url}/r/{ROUND}#c={CODE}&k={key}", str(receipt)),
            folder=tmp_path,
        )
        assert cheat.claimed == [client.blinded(receipt, ROUND)]
        # Whoever goes on all the same, with a receipt that they have kept, is stopped again.
        written = _written(tmp_path)
        arguments = ("--receipt", "-", "--answer", written, "--understood")
        sent = await answer(*arguments, typed=lines(f"{url}/r/{ROUND}#k={key}", str(receipt)), folder=tmp_path)

    for session in (claimed, sent):
        assert session.code == 1
        assert session.err.startswith("STOP.")
        assert "Do not answer here" in " ".join(session.err.split())
    assert cheat.seen == ["evaluations", "form", "preview", "claims", "evaluations"]


async def test_it_does_not_claim_what_is_not_blind(site: Running, tmp_path: Path) -> None:
    raised, _ = await raised_blind(site)
    link = f"{_links(raised)[0].partition('#')[0]}#c={codes(raised)[0]}"

    session = await answer("--claim", "--understood", typed=lines(link), folder=tmp_path)
    answered = await answer("--answer", _written(tmp_path), "--understood", typed=lines(link), folder=tmp_path)

    assert (session.code, answered.code) == (1, 1)
    assert "its link says &k=" in session.err
    assert "the link names a key (&k=…) that is missing here" in " ".join(answered.err.split())
    assert round_id(raised) not in session.err
