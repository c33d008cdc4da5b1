"""Signed and sealed rounds, answered without a browser, on a real server."""

import json
from pathlib import Path
from typing import Any

import pytest

from app.rounds.rules import RoundState
from tests.faults.proxy import wire
from tests.support.app import OMAR, Running, codes, raise_request, read_feedback, round_id, send, tick
from tests.terminal.people import DEBRIEF_ANSWER, answer, lines, recording
from tests.vocabulary.builders import a_sealed_answer

WORRY = "You may think that I only write for engineers"
SEALED = {"reasons": [{"code": "interview_answers", "detail": "The plan stayed general."}], "if_too_few": "release"}


def _link(raised: dict[str, Any], index: int = 0) -> str:
    found: str = [link["url"] for link in raised["links"] if link["role"] != "manager"][index]
    return found


def _written(folder: Path, content: Any) -> str:
    path = folder / "answer.json"
    path.write_text(json.dumps(content))
    return str(path)


async def _released(site: Running, raised: dict[str, Any], *others: int) -> list[Any]:
    for index in others:
        assert (await send(site.client, round_id(raised), codes(raised)[index], a_sealed_answer())).status_code == 201
    assert (await tick(site, days=8)).ended == {RoundState.RELEASED: 1}
    (shown,) = (await read_feedback(site.client, raised))["rounds"]
    answers: list[Any] = shown["answers"]
    return answers


async def test_a_sealed_answer_typed_by_hand(site: Running, tmp_path: Path) -> None:
    raised = await raise_request(site.client, worries=[{"text": WORRY}], own_question="What should I read?")
    typed = lines(
        _link(raised),
        "n",  # Decline?
        "2",  # The worry counted.
        "2",  # From the conversation.
        "3",  # Never asked.
        "1 x",  # Not a number: asked again.
        "1, 6",  # Not about Ben; how the interview went.
        "2",  # Cancelled.
        "",
        "The plan stayed general.",
        "1",  # From outside.
        "",  # No doubt besides.
        "Something on planning.",
        "",  # When it may be read has no default: asked again.
        "9",  # No such choice: asked again.
        "3",  # In any case.
        "y",
    )

    session = await answer(typed=typed, folder=tmp_path, module=DEBRIEF_ANSWER)

    assert (session.code, session.err) == (0, "")
    for said in (
        "Ben Ode asks what counted: Technical writer at Acme",
        "One honest sentence can spare “Ben” months of guessing.",
        "and whoever runs this server (Example Careers) while answers come in.",
        f"Ben Ode worries: “{WORRY}” Did it count?",
        "Please choose by the numbers in front.",
        "Ben Ode will read:",
        "The plan stayed general.",
        "Send this to Ben Ode?",
        "Thank you. It is sealed.",
    ):
        assert said in session.said, said
    assert len(session.receipt) == 34
    mine = next(one for one in await _released(site, raised, 1, 2) if one["own_question_reply"])
    assert [(one["code"], one.get("detail")) for one in mine["reasons"]] == [
        ("not_about_you", None),
        ("interview_answers", "The plan stayed general."),
    ]
    assert mine["own_question_reply"] == "Something on planning."
    assert (mine["concerns"][0]["statement"], mine["concerns"][0]["asked"]) == (WORRY, "never_asked")


async def test_a_sealed_answer_from_a_file_in_requests_of_one_length(site: Running, port: int, tmp_path: Path) -> None:
    raised = await raise_request(site.client)
    with recording(port) as recorder:
        link = _link(raised).replace(f":{port}/", f":{recorder.port}/")

        session = await answer(
            "--answer", _written(tmp_path, SEALED), "--understood", typed=lines(link), folder=tmp_path
        )

        assert (session.code, session.err) == (0, "")
        requests = recorder.requests
    assert [seen.line.split("/")[-2].split()[0] for seen in requests] == ["form", "preview", "answers"]
    assert {len(seen.body) for seen in requests} == {32 * 1024}
    assert all("cookie" not in seen.headers and codes(raised)[0] not in seen.line for seen in requests)
    # Nothing that would be needed only by a browser, or tells the machine.
    assert {frozenset(seen.headers) for seen in requests} == {
        frozenset({"host", "accept", "accept-encoding", "connection", "user-agent", "content-type", "content-length"})
    }
    assert len(await _released(site, raised, 1, 2)) == 3


async def test_a_decline_looks_like_an_answer(site: Running, port: int, tmp_path: Path) -> None:
    raised = await raise_request(site.client)
    with recording(port) as recorder:
        link = _link(raised).replace(f":{port}/", f":{recorder.port}/")

        session = await answer(typed=lines(link, "y", "2", "y"), folder=tmp_path)

        assert (session.code, session.err) == (0, "")
        requests = recorder.requests
    assert [seen.line.split("/")[-2].split()[0] for seen in requests] == ["form", "preview", "declines"]
    assert {len(seen.body) for seen in requests} == {32 * 1024}


async def test_the_longest_answer_by_hand_asks_for_nothing_more(site: Running, port: int, tmp_path: Path) -> None:
    raised = await raise_request(site.client, worries=[{"text": WORRY}])
    with recording(port) as recorder:
        link = _link(raised).replace(f":{port}/", f":{recorder.port}/")
        typed = ("n", "2", "2", "3", "6", "x" * 600, "1", "y" * 280, "1", "1", "3", "y")

        session = await answer(typed=lines(link, *typed), folder=tmp_path)

        assert (session.code, session.err) == (0, "")
        requests = recorder.requests
    assert [seen.line.split("/")[-2].split()[0] for seen in requests] == ["form", "preview", "answers"]
    assert {len(seen.body) for seen in requests} == {32 * 1024}


async def test_a_lost_answer_is_sent_again_and_counts_once(site: Running, port: int, tmp_path: Path) -> None:
    raised = await raise_request(site.client)
    with wire(port) as broken:
        broken.broken_at = b"/answers "
        link = _link(raised).replace(f":{port}/", f":{broken.port}/")

        session = await answer(
            "--answer", _written(tmp_path, SEALED), "--understood", typed=lines(link), folder=tmp_path
        )

        assert broken.breaks == 1
    assert (session.code, session.err) == (0, "")
    assert len(await _released(site, raised, 1, 2)) == 3


async def test_a_signed_answer_and_its_regret(site: Running, tmp_path: Path) -> None:
    raised = await raise_request(site.client, invitees=[OMAR])
    typed = ("n", "4", "More years than I have.", "", "", "", "y")

    taken_back = await answer("-", typed=lines(_link(raised), *typed, "y"), folder=tmp_path)
    kept = await answer("-", typed=lines(_link(raised), *typed), folder=tmp_path)

    for session in (taken_back, kept):
        assert session.code == 0, session.err
        assert "This is not anonymous: “Ben” asked only you" in session.said
        assert "Yes, “Ben” may see this with my name" in session.said
        assert "Ben Ode reads it at 12:15 UTC" in session.said
    assert "It is gone. The link works as before." in taken_back.said
    assert "It is gone" not in kept.said
    site.clock.advance(minutes=16)
    (shown,) = (await read_feedback(site.client, raised))["rounds"]
    assert [one["signature"] for one in shown["answers"]] == ["Omar Haddad"]


async def test_before_the_decision_questions_are_asked(site: Running, tmp_path: Path) -> None:
    raised = await raise_request(site.client, invitees=[OMAR], stage="after_interview")

    session = await answer(typed=lines(_link(raised), "n", "Would you move to Bremen?", "", "", "y"), folder=tmp_path)

    assert session.code == 0, session.err
    assert "Would you move to Bremen?" in session.said
    assert "What made Ben Ode less competitive?" not in session.said


async def test_what_is_changed_starts_from_what_was_said(site: Running, tmp_path: Path) -> None:
    raised = await raise_request(site.client)
    first = ("n", "14", "Too short.", "2", "-", "3")
    # The preview says what is missing; then only that is typed again, and Enter keeps the rest.
    again = ("y", "", "It was the sample, in every single part of it.", "", "-", "", "y")

    session = await answer(typed=lines(_link(raised), *first, *again), folder=tmp_path)

    assert session.code == 0, session.err
    assert "/answer/reasons/0/detail: Please write at least 20 characters." in session.err
    (mine,) = [one for one in await _released(site, raised, 1, 2) if one["reasons"][0]["code"] == "other"]
    assert mine["reasons"][0]["detail"] == "It was the sample, in every single part of it."
    assert mine["hired_profile"]["selection_result"] == "internal"


async def test_a_decline(site: Running, tmp_path: Path) -> None:
    raised = await raise_request(site.client)

    session = await answer(typed=lines(_link(raised), "y", "2", "y"), folder=tmp_path)

    assert session.code == 0, session.err
    assert "I would rather call or write" not in session.said
    assert "Yes, this closes my link. “Ben” learns only that someone declined, and this reason." in session.said
    response = await send(site.client, round_id(raised), codes(raised)[0], a_sealed_answer())
    assert response.json()["code"] == "already_answered"


@pytest.mark.parametrize(
    "typed",
    [
        (),
        ("n",),
        ("y",),
        ("y", "2", "n"),
        ("n", "6", "The plan stayed general.", "", "", "1"),
        ("n", "6", "The plan stayed general.", "", "", "1", "n", "n"),
    ],
)
async def test_nothing_is_sent_without_the_last_yes(site: Running, typed: tuple[str, ...], tmp_path: Path) -> None:
    raised = await raise_request(site.client)

    session = await answer(typed=lines(_link(raised), *typed), folder=tmp_path)

    assert session.code == 1
    assert "Nothing was sent." in session.err
    response = await send(site.client, round_id(raised), codes(raised)[0], a_sealed_answer())
    assert response.status_code == 201


async def test_a_used_or_wrong_link_is_told_in_the_words_of_the_service(site: Running, tmp_path: Path) -> None:
    raised = await raise_request(site.client)
    assert (await send(site.client, round_id(raised), codes(raised)[0], a_sealed_answer())).status_code == 201
    file = ("--answer", _written(tmp_path, SEALED), "--understood")

    used = await answer(*file, typed=lines(_link(raised)), folder=tmp_path)
    wrong = await answer(*file, typed=lines(_link(raised)[:-26] + "0" * 26), folder=tmp_path)

    assert (used.code, wrong.code) == (1, 1)
    assert "This link was used already." in used.err
    assert wrong.err.strip()
    assert codes(raised)[0] not in used.out + used.err


@pytest.mark.parametrize("content", [[], "text", {"reasons": []}, {"nonsense": 1}, SEALED | {"signature": "Omar"}])
async def test_a_file_that_is_no_answer_is_not_sent(site: Running, content: Any, tmp_path: Path) -> None:
    raised = await raise_request(site.client)

    session = await answer(
        "--answer", _written(tmp_path, content), "--understood", typed=lines(_link(raised)), folder=tmp_path
    )

    assert session.code == 1
    assert session.err
    assert (await send(site.client, round_id(raised), codes(raised)[0], a_sealed_answer())).status_code == 201


async def test_arguments_are_said_to_be_seen(tmp_path: Path) -> None:
    helped = await answer("--help", folder=tmp_path, module=DEBRIEF_ANSWER)
    by_argument = await answer("--receipt", "7M2X-9QKD-4TW8-R0VH-BN3Y-E5GJ-6CPS", folder=tmp_path)
    no_link = await answer("https://debrief.test/", folder=tmp_path)

    assert "Arguments can be seen by other users of this machine" in helped.said
    assert by_argument.code == 1
    assert "A receipt is read from standard input" in by_argument.err
    assert "7M2X" not in by_argument.err
    assert no_link.code == 2
    # It needs no settings, and makes no data of its own.
    assert list(tmp_path.iterdir()) == []
