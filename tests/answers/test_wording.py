"""The paragraphs of an answer: complete, in the second person, and true to the released fields."""

from itertools import count
from typing import Any
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from app.answers.rules import FROM_A_REFERENCE, released_form
from app.answers.wording import in_words
from app.vocabulary.answer import Answer
from app.vocabulary.codes import Mode, Stage
from tests.vocabulary.builders import a_full_answer, a_sealed_answer, a_signed_answer, answers, open_questions_answer

WORRIES = ("That the gap in 2024 looks bad", "That my talk was too technical")


def paragraphs(answer: Answer, *, mode: Mode = Mode.SEALED, words: bool = True) -> list[str]:
    numbers = count(1)
    shown = released_form(answer, mode=mode, words=words, worries=WORRIES, new_id=lambda: UUID(int=next(numbers)))
    return in_words(shown, candidate_name="Ben Ode")


@given(
    st.tuples(st.sampled_from(Stage), st.sampled_from(Mode)).flatmap(
        lambda where: st.tuples(st.just(where[1]), answers(stage=where[0], mode=where[1], worries=WORRIES))
    ),
    st.booleans(),
)
def test_every_legal_answer_can_be_read(case: tuple[Mode, Answer], words: bool) -> None:
    mode, answer = case
    read = paragraphs(answer, mode=mode, words=words)
    assert read[0].startswith("Ben Ode, ")
    assert all(paragraph.strip() for paragraph in read)
    text = "\n".join(read)
    if words:
        for said in (answer.advice, answer.own_question_reply, *(r.detail for r in answer.reasons or ())):
            assert said is None or said in text
    assert "None" not in "\n".join(paragraphs(answer, mode=mode, words=False))


def test_the_shortest_answer() -> None:
    assert paragraphs(a_sealed_answer()) == [
        "Ben Ode, this is what counted.",
        "It was not about you. The circumstances of the job decided.",
    ]


def test_a_doubt_that_was_never_asked_about() -> None:
    doubt: dict[str, Any] = {
        "statement": "You seem to write for engineers only.",
        "source": "screening_call",
        "asked": "never_asked",
        "about": "communication",
    }
    assert paragraphs(a_sealed_answer(concerns=[doubt]))[-1] == (
        "A doubt about you: “You seem to write for engineers only.” It is about how you explain and listen. "
        "It came from a conversation with you. You were never asked about it."
    )


def test_worries_confirmed_and_dispelled() -> None:
    answer = a_sealed_answer(worry_replies=[{"worry": 0, "played": "some"}, {"worry": 1, "played": "none"}])
    assert paragraphs(answer)[-2:] == [
        f"You feared: “{WORRIES[0]}” That counted. It counted among other things in your case.",
        "Your second worry: what you feared did not count.",
    ]


def test_before_the_decision_there_are_questions_and_no_verdict() -> None:
    assert paragraphs(open_questions_answer()) == [
        "Ben Ode, nothing is open: there is no question that you need to clear up."
    ]
    asked = open_questions_answer(
        open_questions=[{"question": "Who reads your texts?"}], worry_replies=[{"worry": 0, "played": "decisive"}]
    )
    assert paragraphs(asked) == [
        "Ben Ode, this is what you could still clear up.",
        "A question to you: “Who reads your texts?”",
        f"You fear: “{WORRIES[0]}” That is on their mind.",
    ]


def test_fixed_sentences() -> None:
    no = a_signed_answer(
        reapply="no", concerns=[{"statement": "Dan says so", "source": "reference", "asked": "unknown"}]
    )
    read = paragraphs(no, mode=Mode.ATTRIBUTED)
    assert "Applying again? Not at this company for now." in read
    assert read[-1] == "Signed: Ada Ruiz"
    assert any(paragraph.startswith(FROM_A_REFERENCE) for paragraph in read)
    assert "Dan" not in "".join(read)
    assert "came from" not in "".join(read)


def test_codes_only_says_so() -> None:
    assert paragraphs(a_full_answer(), words=False)[0].endswith("You see what was ticked, not the words.")
    assert "xx" not in "".join(paragraphs(a_full_answer(), words=False))
