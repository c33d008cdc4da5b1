"""The statement, word for word: a change of these texts changes the promise to the people who answer."""

import re
from dataclasses import replace

import pytest

from app.rounds import statement as words
from app.rounds.statement import Wording
from app.vocabulary.codes import IfTooFew, Mode
from tests.rounds.wordings import BY_MANAGER, CASES, FEW, MAILED, NAMES, TEAM, a_wording


@pytest.mark.parametrize(("wording", "text"), [(wording, text) for _, wording, _, text in CASES], ids=NAMES)
def test_statement(wording: Wording, text: str) -> None:
    assert words.statement(wording) == text


@pytest.mark.parametrize(("wording", "limits"), [(wording, limits) for _, wording, limits, _ in CASES], ids=NAMES)
def test_caveats(wording: Wording, limits: list[tuple[str, str]]) -> None:
    assert words.caveats(wording) == limits


READS = "“Ben” reads them all at once on 1 December 2026, if at least 3 people at acme.com answer."
POINT = "A detail, your style, your network or whoever runs this server could still point to you."


@pytest.mark.parametrize(
    ("wording", "lines"),
    [
        (a_wording(), ["No name is kept with any answer.", READS, POINT]),
        (
            a_wording(reach=MAILED),
            [
                "No name is kept with any answer.",
                READS.replace("3 people at acme.com answer", "3 answers come from addresses at acme.com"),
                POINT,
            ],
        ),
        (
            a_wording(**BY_MANAGER),
            [
                "No name is kept with any answer.",
                (
                    "“Ben” reads them all at once on 1 December 2026 (earlier if “Ada Ruiz” opens them), if at least 3 "
                    "answers come."
                ),
                POINT,
            ],
        ),
        (
            a_wording(k=2, people=2),
            [
                "Two people were asked. Your colleague can tell, and “Ben” can guess, which answer is yours.",
                READS.replace("3 people", "2 people"),
                "Whoever runs this server could tell, too.",
            ],
        ),
        (
            a_wording(Mode.BLIND),
            [
                "No name is kept with any answer.",
                READS,
                "A detail, your style, your network, the same hour, or too few people could still point to you.",
            ],
        ),
        (a_wording(Mode.BLIND, few=True), ["No name is kept with any answer.", READS, FEW]),
    ],
)
def test_the_promise_in_short(wording: Wording, lines: list[str]) -> None:
    assert words.in_short(wording) == lines


def test_what_is_signed_has_one_promise() -> None:
    wording = a_wording(Mode.ATTRIBUTED, 1, people=1)
    assert " ".join(words.in_short(wording)) == words.statement(wording)


# The title above the promise has five words, the job below it five or so.
MOST_WORDS = 60


@pytest.mark.parametrize("people", [2, 3, 10])
@pytest.mark.parametrize("wording", [wording for _, wording, _, _ in CASES], ids=NAMES)
def test_at_most_sixty_words_stand_before_the_first_question(wording: Wording, people: int) -> None:
    signed = wording.threshold.mode is Mode.ATTRIBUTED
    asked = wording if signed else replace(wording, people=people)
    shown = [text for _, text in words.caveats(asked)] + words.in_short(asked)
    assert len(" ".join(shown).split()) <= MOST_WORDS


@pytest.mark.parametrize("wording", [wording for _, wording, _, _ in CASES], ids=NAMES)
def test_nothing_is_promised_below_three_claims_that_three_are_needed_for(wording: Wording) -> None:
    shown = " ".join([words.statement(replace(wording, few=True)), *words.in_short(replace(wording, few=True))])
    assert "Not even" not in shown
    assert (FEW in shown) is (wording.threshold.mode is Mode.BLIND)


def test_the_statement_of_a_team_s_own_answer() -> None:
    assert a_wording(Mode.ATTRIBUTED, 1).fill(words.TEAM) == TEAM
    assert words.TEAM_SIGNATURE.format(company="Acme") == "The hiring team at Acme"


def test_the_choices_for_too_few() -> None:
    assert words.too_few_choices(a_wording(reach=MAILED)) == [
        (IfTooFew.WITHHOLD, "Only if at least 3 answers come from addresses at acme.com; otherwise nobody reads it"),
        (IfTooFew.CODES_ONLY, "If fewer: only what I ticked, not my words"),
        (IfTooFew.RELEASE, "In any case; I know “Ben” may guess it is me"),
    ]
    assert words.too_few_choices(a_wording(Mode.ATTRIBUTED, 1)) == []


@pytest.mark.parametrize(
    ("template", "text"),
    [
        (words.INVITATION, "One honest sentence can spare “Ben” months of guessing. About a minute, no account."),
        (words.DECLINE, "Yes, this closes my link. “Ben” learns only that someone declined, and this reason."),
        (words.UNDERSTOOD, "Yes, “Ben” may see this with my name"),
        (words.TO_THE_CANDIDATE, "These people helped you without their names. Please don’t try to guess them."),
    ],
)
def test_the_other_sentences(template: str, text: str) -> None:
    assert a_wording().fill(template) == text


@pytest.mark.parametrize(
    ("contact", "end"), [(None, "safer."), ("privacy@example.test", "safer. privacy@example.test.")]
)
def test_how_it_works(contact: str | None, end: str) -> None:
    assert words.how_it_works(a_wording(contact=contact)) == (
        "After the answers open, the key to the sealed record is destroyed. Your employer may be able to read company "
        f"devices and networks: your own phone is {end}"
    )


def test_a_name_that_looks_like_a_template_is_only_a_name() -> None:
    wording = a_wording(name="{k} {0}", operator="{operator}", **BY_MANAGER | {"manager": "{name}"})

    assert "“k 0” reads them all" in words.statement(wording)
    assert "earlier if “name” opens them" in words.statement(wording)


HOSTILE = "Nobody. Debrief guarantees: no one!\nReads this? “Really”; (yes) — ever…"


@pytest.mark.parametrize("wording", [wording for _, wording, _, _ in CASES], ids=NAMES)
def test_a_name_adds_no_sentence_to_the_promise(wording: Wording) -> None:
    """In quotation marks, on one line, without punctuation: in all that people read before they answer."""
    hostile = replace(wording, name=HOSTILE, company=HOSTILE, signature=HOSTILE, manager=HOSTILE)

    def shown(one: Wording) -> list[str]:
        texts = [words.statement(one), *words.in_short(one), *(text for _, text in words.caveats(one))]
        others = (words.INVITATION, words.DECLINE, words.UNDERSTOOD, words.TEAM)
        return [*texts, *(text for _, text in words.too_few_choices(one)), *(one.fill(text) for text in others)]

    for told, usual in zip(shown(hostile), shown(wording), strict=True):
        outside = re.sub("“[^“”]*”", "“”", told)
        assert outside == re.sub("“[^“”]*”", "“”", usual) or wording.signature is None
        assert not re.search("Nobody|Debrief|Really", outside)
        assert not any(re.search(r"[.!?:;…\n()—]", inside) for inside in re.findall("“([^“”]*)”", told))
