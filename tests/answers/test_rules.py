"""Released answers keep the substance, and nothing that identifies the author."""

import itertools
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.answers.rules import FROM_A_REFERENCE, from_json, released_form, to_json, with_agreement
from app.answers.schemas import ReleasedAnswer
from app.answers.wording import in_words
from app.vocabulary.answer import Answer
from app.vocabulary.codes import Mode, Source, Stage
from tests.vocabulary.builders import a_full_answer, a_sealed_answer, a_signed_answer, answers, open_questions_answer

WORRIES = ("That the gap in 2024 looks bad", "That my talk was too technical")
COARSE = {Source.PAPERS, Source.CONVERSATION, Source.TASK, Source.REFERENCE, Source.UNKNOWN}


def counting() -> Callable[[], UUID]:
    numbers = itertools.count(1)
    return lambda: UUID(int=next(numbers))


def released(answer: Answer, *, mode: Mode = Mode.SEALED, words: bool = True) -> ReleasedAnswer:
    return released_form(answer, mode=mode, words=words, worries=WORRIES, new_id=counting())


def concern(**over: Any) -> dict[str, Any]:
    return {"statement": "Your sample was for engineers", "source": "unknown", "asked": "never_asked", **over}


unsigned = st.sampled_from([Mode.SEALED, Mode.BLIND])
any_answer = st.tuples(st.sampled_from(Stage), unsigned).flatmap(
    lambda where: answers(stage=where[0], mode=where[1], worries=WORRIES)
)


@given(any_answer, unsigned, st.booleans())
def test_nothing_of_a_sealed_answer_tells_who_wrote_it(answer: Answer, mode: Mode, words: bool) -> None:
    shown = released(answer, mode=mode, words=words)
    assert shown.signature is None
    assert {each.source for each in shown.concerns} <= COARSE
    assert not {"if_too_few", "sharing"} & set(shown.model_dump())
    assert from_json(to_json(shown)) == shown
    ids = [shown.id, *(each.id for each in shown.concerns), *(each.id for each in shown.open_questions)]
    assert len(set(ids)) == len(ids)


def test_a_signature_is_shown_where_it_was_promised_and_nowhere_else() -> None:
    assert released(a_signed_answer(), mode=Mode.ATTRIBUTED).signature == "Ada Ruiz"
    assert released(a_signed_answer(), mode=Mode.SEALED).signature is None


def with_canaries(answer: Answer) -> tuple[Answer, set[str]]:
    """Put a text of its own into every text field, so that one that slips through can be named."""
    found: set[str] = set()

    def marked(value: Any, path: str) -> Any:
        if isinstance(value, dict):
            return {key: marked(each, f"{path}.{key}") for key, each in value.items()}
        if isinstance(value, list | tuple):
            return [marked(each, f"{path}.{index}") for index, each in enumerate(value)]
        if isinstance(value, str) and value and set(value) == {"x"}:
            found.add(f"canary {path}")
            return f"canary {path}"
        return value

    return Answer.model_validate(marked(answer.model_dump(mode="json"), "")), found


def test_codes_only_means_no_word_of_the_author() -> None:
    answer, canaries = with_canaries(a_full_answer("x"))
    assert len(canaries) == 3 + 5 * 2 + 3 + 3 + 1 + 2
    everything = to_json(released(answer, words=True))
    nothing = to_json(released(answer, words=False))
    assert {canary for canary in canaries if canary not in everything} == set()
    assert {canary for canary in canaries if canary in nothing} == set()
    assert "canary" not in "".join(in_words(released(answer, words=False), candidate_name="Ben Ode"))
    assert "communication" in nothing


def test_codes_only_hides_open_questions_but_not_what_they_are_about() -> None:
    answer = open_questions_answer(open_questions=[{"question": "Why the gap?", "about": "role_motivation"}])
    (asked,) = released(answer, words=False).open_questions
    assert (asked.question, asked.about) == (None, "role_motivation")


@given(any_answer)
def test_codes_only_keeps_nothing_but_the_candidates_own_texts(answer: Answer) -> None:
    shown = released(answer, words=False)
    assert {each.statement for each in shown.concerns} <= {None, FROM_A_REFERENCE, *WORRIES}
    assert not any(each.question or each.note for each in shown.concerns)
    assert not any(reason.detail for reason in shown.reasons)


@pytest.mark.parametrize(
    ("fine", "coarse"),
    [
        ("resume_or_profile", "papers"),
        ("letter_or_application", "papers"),
        ("portfolio_or_public_profile", "papers"),
        ("papers", "papers"),
        ("screening_call", "conversation"),
        ("interview_answer", "conversation"),
        ("interview_behaviour", "conversation"),
        ("conversation", "conversation"),
        ("exercise_or_test", "task"),
        ("task", "task"),
        ("reference", "reference"),
        ("background_check", "unknown"),
        ("prior_acquaintance", "unknown"),
        ("scheduling_or_mail", "unknown"),
        ("something_not_mentioned", "unknown"),
        ("unknown", "unknown"),
    ],
)
def test_sources_are_folded_without_names_and_kept_with_them(fine: str, coarse: str) -> None:
    answer = a_sealed_answer(concerns=[concern(source=fine)])
    assert [each.source for each in released(answer).concerns] == [coarse]
    assert [each.source for each in released(answer, mode=Mode.BLIND).concerns] == [coarse]
    assert [each.source for each in released(answer, mode=Mode.ATTRIBUTED).concerns] == [fine]


@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize("words", [True, False])
def test_a_reference_is_never_quoted(mode: Mode, words: bool) -> None:
    said = concern(
        statement="Dan said that you were late",
        source="reference",
        basis="reported_by_others",
        surfaced_at="after_references",
        confidence="low",
        question="Were you late at Dan's?",
    )
    shown = released(a_sealed_answer(concerns=[said]), mode=mode, words=words)
    assert "Dan" not in to_json(shown)
    (only,) = shown.concerns
    assert only.statement == FROM_A_REFERENCE
    assert (only.basis, only.surfaced_at, only.confidence) == (None, None, None)


def test_a_reference_is_not_quoted_in_the_candidates_words_either() -> None:
    answer = a_sealed_answer(
        concerns=[concern(statement=WORRIES[0], source="reference")], worry_replies=[{"worry": 0, "played": "some"}]
    )
    worry, reference = released(answer).concerns
    assert (worry.statement, worry.source, worry.worry) == (WORRIES[0], Source.UNKNOWN, 0)
    assert (reference.statement, reference.source, reference.worry) == (FROM_A_REFERENCE, Source.REFERENCE, None)


@pytest.mark.parametrize(
    ("moment", "shown"),
    [("after_references", None), ("at_decision", "at_decision"), ("before_decision", "before_decision")],
)
def test_the_moment_of_the_references_is_as_good_as_a_name(moment: str, shown: str | None) -> None:
    answer = a_sealed_answer(concerns=[concern(surfaced_at=moment)])
    assert released(answer).concerns[0].surfaced_at == shown
    assert released(answer, mode=Mode.ATTRIBUTED).concerns[0].surfaced_at == moment


@pytest.mark.parametrize(
    ("played", "weight"), [("decisive", "decisive"), ("some", "contributing"), ("none", None), ("unknown", None)]
)
def test_a_worry_that_counted_becomes_a_concern(played: str, weight: str | None) -> None:
    answer = a_sealed_answer(worry_replies=[{"worry": 1, "played": played, "note": "A little"}])
    for words in (True, False):
        shown = released(answer, words=words)
        expected = [] if weight is None else [(WORRIES[1], 1, weight, "A little" if words else None)]
        assert [(each.statement, each.worry, each.weight, each.note) for each in shown.concerns] == expected
        assert [reply.played for reply in shown.worry_replies] == [played]


@pytest.mark.parametrize("spelling", [WORRIES[0], WORRIES[0].upper() + ".", "  ".join(WORRIES[0].split())])
def test_a_worry_said_again_as_a_concern_is_one_concern(spelling: str) -> None:
    answer = a_sealed_answer(
        concerns=[concern(statement=spelling, source="resume_or_profile")],
        worry_replies=[{"worry": 0, "played": "decisive", "note": "Two years"}],
    )
    (only,) = released(answer).concerns
    assert (only.worry, only.source, only.weight, only.note) == (0, "papers", "decisive", "Two years")
    (ticked,) = released(answer, words=False).concerns
    assert (ticked.statement, ticked.worry, ticked.note) == (WORRIES[0], 0, None)


def test_the_candidates_words_are_not_shown_where_only_ticks_are_and_none_was_made() -> None:
    answer = a_sealed_answer(concerns=[concern(statement=WORRIES[0])])
    assert [(each.statement, each.worry) for each in released(answer).concerns] == [(WORRIES[0], 0)]
    assert [(each.statement, each.worry) for each in released(answer, words=False).concerns] == [(None, None)]


def test_a_reply_to_a_worry_that_does_not_exist_makes_no_concern() -> None:
    answer = a_sealed_answer(worry_replies=[{"worry": 7, "played": "decisive"}, {"worry": -1, "played": "some"}])
    assert released(answer).concerns == ()


def _sharing(topics: list[str | None]) -> list[ReleasedAnswer]:
    return [released(a_sealed_answer(concerns=[] if topic is None else [concern(about=topic)] * 2)) for topic in topics]


C, P = "communication", "problem_solving"


@pytest.mark.parametrize(
    ("topics", "expected"),
    [
        ([C, None, None], ["one"]),
        ([C, C, None], ["most", "most"]),
        ([C, C, None, None], ["some", "some"]),
        ([C, C, C, None], ["most"] * 3),
        ([C, P, None], ["one", "one"]),
        ([C, C, P, P, P], ["some", "some", "most", "most", "most"]),
    ],
)
def test_agreement_is_coarse(topics: list[str | None], expected: list[str]) -> None:
    agreed = with_agreement(_sharing(topics), k=3, mode=Mode.SEALED)
    assert [each.concerns[0].agreement for each in agreed if each.concerns] == expected


@pytest.mark.parametrize(("count", "k", "mode"), [(2, 3, Mode.SEALED), (1, 2, Mode.BLIND), (3, 2, Mode.ATTRIBUTED)])
def test_below_k_and_with_names_nobody_is_counted(count: int, k: int, mode: Mode) -> None:
    above = with_agreement(_sharing([C, C, C]), k=2, mode=Mode.SEALED)
    agreed = with_agreement(above[:count], k=k, mode=mode)
    assert {each.agreement for answer in agreed for each in answer.concerns} == {None}


def test_worries_are_a_topic_and_words_are_none() -> None:
    ticked = released(a_sealed_answer(worry_replies=[{"worry": 0, "played": "some"}]))
    said = released(a_sealed_answer(concerns=[concern(statement=WORRIES[0], about=C)]))
    bare = released(a_sealed_answer(concerns=[concern()]))
    agreed = with_agreement([ticked, said, bare, bare], k=3, mode=Mode.SEALED)
    assert [each.concerns[0].agreement for each in agreed] == ["some", "some", None, None]


@given(st.lists(any_answer, min_size=1, max_size=5), st.integers(2, 5))
def test_agreement_changes_nothing_else(given_answers: list[Answer], k: int) -> None:
    before = [released(answer) for answer in given_answers]
    after = with_agreement(before, k=k, mode=Mode.SEALED)
    assert with_agreement(after, k=99, mode=Mode.SEALED) == before
