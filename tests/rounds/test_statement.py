"""The statement, word for word: a change of these texts changes the promise to the people who answer."""

from datetime import date
from typing import Any

import pytest

from app.rounds import statement as words
from app.rounds.rules import CandidateHeldLinks, KBasis, Threshold
from app.rounds.statement import Wording
from app.vocabulary.codes import IfTooFew, Mode

THREE = (
    "Debrief does not keep who wrote which answer. Ben Ode reads all answers together, in random order, after "
    "2026-11-30 or sooner once everyone has replied, and only if at least 3 answers come, unless you choose "
    "otherwise below. Ben Ode could still recognise you by a detail: say what Ben Ode can do better, leave out "
    "where and when you saw it. Whoever runs this server (Example Ltd) could watch while answers come in; you trust"
    " them not to."
)
PANEL = (
    "Debrief does not keep who wrote which answer. Ben Ode reads all answers together, in random order, after "
    "2026-11-30 or sooner once everyone has replied or Ada Ruiz closes it, and only if at least 3 answers come, "
    "unless you choose otherwise below. Ben Ode could still recognise you by a detail: say what Ben Ode can do "
    "better, leave out where and when you saw it. Whoever runs this server (Example Ltd) could watch while answers "
    "come in; you trust them not to."
)
TWO = (
    "Two people were asked. No name is shown, but your colleague can tell, and Ben Ode can guess one in two, or "
    "better. If that is too close, answer as a team or decline. Debrief does not keep who wrote which answer. Ben "
    "Ode reads all answers together, in random order, after 2026-11-30 or sooner once everyone has replied, and "
    "only if at least 2 answers come, unless you choose otherwise below. Ben Ode could still recognise you by a "
    "detail: say what Ben Ode can do better, leave out where and when you saw it. Whoever runs this server (Example"
    " Ltd) could watch while answers come in; you trust them not to."
)
SIGNED = (
    "You answer Ben Ode by name, as if you replied to the note. This is not anonymous: Ben Ode asked only you, and "
    "sees your answer in 15 minutes, signed Ada Ruiz. You see exactly what Ben Ode will read before you send."
)
SIGNED_BY_SEVERAL = (
    "You answer Ben Ode by name, as if you replied to the note. This is not anonymous: Ben Ode asked 3 people, and "
    "sees your answer in 15 minutes, signed Ada Ruiz. You see exactly what Ben Ode will read before you send."
)
TEAM = (
    "You answer for the hiring team. Ben Ode sees 'The hiring team at Acme', in 15 minutes, and will take it as "
    "yours. Leave out who thought what."
)


def a_wording(mode: Mode = Mode.SEALED, k: int = 3, **over: Any) -> Wording:
    basis, held = over.pop("basis", KBasis.ALL), over.pop("held", CandidateHeldLinks.ALL)
    facts: dict[str, Any] = {
        "name": "Ben Ode",
        "company": "Acme",
        "people": 3,
        "closes_on": date(2026, 11, 30),
        "threshold": Threshold(mode, k, basis, held),
        "signature": None,
        "manager": None,
        "operator": "Example Ltd",
        "contact": None,
    }
    return Wording(**facts | over)


@pytest.mark.parametrize(
    ("wording", "text"),
    [
        (a_wording(), THREE),
        (a_wording(people=10), THREE),
        (a_wording(manager="Ada Ruiz", people=4), PANEL),
        (a_wording(k=2, people=2), TWO),
        (a_wording(Mode.ATTRIBUTED, 1, people=1, signature="Ada Ruiz"), SIGNED),
        (a_wording(Mode.ATTRIBUTED, 1, people=3, signature="Ada Ruiz"), SIGNED_BY_SEVERAL),
        (a_wording(operator=None), THREE.replace(" (Example Ltd)", "")),
        (a_wording(Mode.ATTRIBUTED, 1, people=1), SIGNED.replace("signed Ada Ruiz", "signed with your name")),
    ],
)
def test_statement(wording: Wording, text: str) -> None:
    assert words.statement(wording) == text


def test_the_statement_of_a_team_s_own_answer() -> None:
    assert a_wording(Mode.ATTRIBUTED, 1).fill(words.TEAM) == TEAM
    assert a_wording().fill(words.TEAM_SIGNATURE) == "The hiring team at Acme"


HELD_ALL = (
    "Ben Ode passed on the links and could have used some of them, so 3 answers may not be 3 people. Write what you "
    "would also say to Ben Ode in person."
)
HELD_SOME = HELD_ALL.replace("passed on the links", "passed on some of the links")
NOT_COUNTED = "Ben Ode passed on some of the links. Answers from those do not count towards the 3."
PREFER_NOT = "Prefer not to? Decline, or call Ben Ode."


@pytest.mark.parametrize(
    ("wording", "caveats"),
    [
        (a_wording(held=CandidateHeldLinks.ALL), [("links_passed_on_by_candidate", HELD_ALL)]),
        (a_wording(held=CandidateHeldLinks.SOME), [("some_links_passed_on_by_candidate", HELD_SOME)]),
        (a_wording(basis=KBasis.INDEPENDENT, held=CandidateHeldLinks.SOME), [("some_links_not_counted", NOT_COUNTED)]),
        (a_wording(held=CandidateHeldLinks.NONE), []),
        (a_wording(Mode.ATTRIBUTED, 1), [("prefer_not", PREFER_NOT)]),
    ],
)
def test_caveats(wording: Wording, caveats: list[tuple[str, str]]) -> None:
    assert words.caveats(wording) == caveats


def test_the_choices_for_too_few() -> None:
    assert words.too_few_choices(a_wording()) == [
        (IfTooFew.WITHHOLD, "Only if at least 3 answers come; otherwise nobody reads it"),
        (IfTooFew.CODES_ONLY, "If fewer: only what I ticked, not my words"),
        (IfTooFew.RELEASE, "In any case; I know Ben Ode may guess it is me"),
    ]
    assert words.too_few_choices(a_wording(Mode.ATTRIBUTED, 1)) == []


@pytest.mark.parametrize(
    ("template", "text"),
    [
        (words.INVITATION, "One honest sentence can spare Ben Ode months of guessing. About a minute, no account."),
        (words.DECLINE, "Yes, this closes my link. Ben Ode learns only that someone declined, and this reason."),
        (words.UNDERSTOOD, "Yes, Ben Ode may see this with my name"),
        (
            words.TO_THE_CANDIDATE,
            "These answers are anonymous. Guessing authors harms the people who helped you.",
        ),
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
    wording = a_wording(name="{k} {0}", manager="{name}", operator="{operator}")

    assert "{k} {0} reads all answers" in words.statement(wording)
    assert "or {name} closes it" in words.statement(wording)
