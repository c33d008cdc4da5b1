"""Hints on wording: they find bad sentences, leave good ones alone, and take linear time."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.vocabulary.answer import Answer
from app.vocabulary.codes import Mode, Stage
from app.vocabulary.lint import MESSAGES, lint
from tests.vocabulary.builders import a_sealed_answer, a_signed_answer, answers, open_questions_answer

NAMES = ("Ada Ruiz", "Omar Haddad", "Lin Mei", "Mark May", "李梅", "Jan van Dyk")


def about(text: str, names: tuple[str, ...] = NAMES) -> list[tuple[str, str]]:
    answer = a_sealed_answer(advice=text)
    read = answer.advice or ""
    return [(finding.code, read[slice(*finding.span)]) for finding in lint(answer, names=names)]


@pytest.mark.parametrize(
    ("text", "code", "spot"),
    [
        ("The candidate showed little interest in the docs.", "third_person", "The candidate"),
        ("We liked the sample, but she never asked about users.", "third_person", "she"),
        ("Candidate was well prepared for everything.", "third_person", "Candidate was"),
        ("N/A", "empty_phrase", "N/A"),
        ("none", "empty_phrase", "none"),
        ("...", "empty_phrase", "\u2026"),
        ("Not a good fit for this team at the moment.", "empty_phrase", "good fit"),
        ("Please see mail of last week for the details.", "empty_phrase", "see mail"),
        ("Be more concrete.", "too_short", "Be more concrete."),
        ("You were arrogant and not prepared.", "personality_without_observation", "arrogant"),
        ("You seemed a bit shy for a role with customers.", "personality_without_observation", "You seemed a bit shy"),
        ("You’re too quiet for a team like this one.", "personality_without_observation", "You're too quiet"),
        ("At your age this role would be a step back.", "protected_characteristic", "At your age"),
        ("The travel is hard to combine with your children.", "protected_characteristic", "your children"),
        ("Your accent made the demo hard to follow.", "protected_characteristic", "Your accent"),
        ("A wheelchair would be a problem on our stairs.", "protected_characteristic", "wheelchair"),
        ("The pregnancy would have come at a bad time.", "protected_characteristic", "pregnancy"),
        ("We were looking for a native speaker this time.", "protected_characteristic", "native speaker"),
        ("Trade unions are a delicate subject with us.", "protected_characteristic", "Trade unions"),
        ("Your faith could clash with work on Saturdays.", "protected_characteristic", "Your faith"),
        ("Sick leave in the last year raised questions.", "protected_characteristic", "Sick leave"),
        ("Openly gay writers would not feel at home here.", "protected_characteristic", "gay"),
        ("Talk to Omar about the sample that you sent.", "names_a_person", "Omar"),
        ("Please ask ada ruiz about the sample that you sent.", "names_a_person", "ada ruiz"),
        ("The task that Mark had given you was done in part.", "names_a_person", "Mark"),
        ("Your talk with李梅was too short to tell much.", "names_a_person", "李梅"),
        ("When I asked you about users, the reply was vague.", "first_person", "When I"),
        ("In our call the structure was not clear enough.", "first_person", "our call"),
        ("As the recruiter one sees many such letters.", "first_person", "As the recruiter"),
        ("Write to ada@acme.example for more on this point.", "contact_data", "ada@acme.example"),
        ("Better call +44 20 7946 0000 to talk it over.", "contact_data", "+44 20 7946 0000"),
        ("The profile linkedin.com/in/ben-ode looks outdated.", "contact_data", "linkedin.com/in/ben-ode"),
        ("Better call 555-123-4567 in the morning hours.", "contact_data", "555-123-4567"),
    ],
)
def test_what_is_found(text: str, code: str, spot: str) -> None:
    assert about(text) == [(code, spot)]


@pytest.mark.parametrize(
    "text",
    [
        "You answered the question about releases with a list of tools; an example of one release would have helped.",
        "Your sample explained the API well, but it assumed that the reader knows OAuth.",
        "Another candidate had already run a migration of this size.",
        "The candidate who was hired had written medical device manuals before.",
        "You interrupted two people during the exercise, which came across as rude.",
        "The passive voice makes your instructions hard to follow.",
        "Name the difficult trade-off first, then the negative results.",
        "A race condition in the sample code was not explained.",
        "Say how the button is disabled and who may enable it.",
        "Show one project with health care or insurance data.",
        "Gender-neutral wording in your guide was a real plus.",
        "The European Union rules on accessibility were new to you.",
        "Use one accent colour instead of five in the diagrams.",
        "Your resume lists 2019-2023 twice; the dates 2026-11-10 and 10-11-2026 differ.",
        "In May the team will need somebody who can start at once.",
        "Will you be able to travel? That was not clear from the letter.",
        "Mark the required fields in your sample form.",
        "The salary of 60 000 to 70 000 was below what you asked for.",
        "They were looking for 5 years of experience with XML, and your resume shows 2.",
        "Linear text without headings takes long to read.",
        "Bring a sample of a page that you rewrote, and say what changed for its readers.",
        "Prepare an answer to “tell me about yourself” that ends with this role.",
        "The permit would have taken longer than the start date allowed.",
        "How would you plan the first release notes for a product that you do not know?",
        "You would need to show that a confident tone can go with doubts about a feature.",
        "There was a blind spot: nobody could tell how you measure whether a page works.",
        "Nothing about your work spoke against you; the budget was cut.",
        "The exercise took you four hours; the other people needed two.",
        "Fit the examples to the role: two of three were about marketing.",
        "Your German was fine; the role needs written French as well.",
        "This role reports into hardware, where a certificate in safety is required by law.",
    ],
)
def test_good_sentences_are_left_alone(text: str) -> None:
    assert about(text) == []


def test_observation_excuses_a_word_about_the_person() -> None:
    assert about("You were rude to colleagues.") != []
    assert about("You were rude when the test failed: you said that it was stupid.") == []


def test_without_names_none_is_found() -> None:
    assert about("Talk to Omar about the sample that you sent.", ()) == []
    assert about("Talk to Omar about the sample that you sent.", ("", "  ", "o")) == []


def test_a_short_reply_is_a_reply() -> None:
    assert lint(a_sealed_answer(own_question_reply="Yes."), names=NAMES) == []


def test_in_a_signed_answer_i_gives_nobody_away() -> None:
    text = "When I asked you about users, the reply was vague."
    assert lint(a_signed_answer(advice=text), names=()) == []


def test_every_text_is_read() -> None:
    said = "She would know"
    answer = Answer.model_validate(
        {
            "reasons": [{"code": "not_about_you", "detail": said}],
            "concerns": [{"statement": said, "source": "unknown", "asked": "unknown", "question": said}],
            "worry_replies": [{"worry": 0, "played": "some", "note": said}],
            "strengths": [{"competency": "communication", "note": said}],
            "hired_profile": {"stage_you_reached": said},
            "advice": said,
            "own_question_reply": said,
            "open_questions": [{"question": said}],
        }
    )
    assert [finding.pointer.removeprefix("/answer/") for finding in lint(answer, names=())] == [
        "reasons/0/detail",
        "concerns/0/statement",
        "concerns/0/question",
        "worry_replies/0/note",
        "strengths/0/note",
        "hired_profile/stage_you_reached",
        "advice",
        "own_question_reply",
        "open_questions/0/question",
    ]
    assert lint(open_questions_answer(), names=NAMES) == []


@given(
    st.tuples(st.sampled_from(Stage), st.sampled_from(Mode)).flatmap(
        lambda where: answers(stage=where[0], mode=where[1], worries=("That I am slow",))
    ),
    st.lists(st.text(max_size=20), max_size=5),
)
def test_lint_never_breaks_and_points_into_the_text(answer: Answer, names: list[str]) -> None:
    for finding in lint(answer, names=names):
        start, end = finding.span
        assert 0 <= start < end <= 600
        assert finding.message == MESSAGES[finding.code]


PIECES = ("a", "0", "+", "@", ".", " ", "-", "(", "I", "you are too ", "you were a bit ", "the candidate ", "Ada ",
          "linkedin.com/", "n/a ", "0 ", "a.", "your ", "'")  # fmt: skip


def _seconds(text: str) -> float:
    # Longer than any answer may be, past the limits of the fields: only the patterns are tried.
    answer = a_sealed_answer(advice="x").model_copy(update={"advice": text})
    best = 9.9
    for _ in range(3):
        began = time.process_time()
        lint(answer, names=NAMES)
        best = min(best, time.process_time() - began)
    return best


@pytest.mark.parametrize("piece", PIECES)
@pytest.mark.parametrize("tail", ["", "!", "@"])
def test_eight_times_the_text_takes_about_eight_times_the_time(piece: str, tail: str) -> None:
    short = _seconds(piece * (6_000 // len(piece)) + tail)
    long = _seconds(piece * (48_000 // len(piece)) + tail)
    assert long < max(24 * short, 0.05)
