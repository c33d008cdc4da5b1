"""Released feedback as text: all answers together, with the candidate texts of the vocabulary."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

Words = dict[tuple[str, str], str]


def words_of(vocabulary: dict[str, Any]) -> Words:
    """Return the candidate text of each code, by list and code."""
    return {
        (listed["name"], term["code"]): term["candidate_text"]
        for listed in vocabulary["lists"]
        for term in listed["codes"]
    }


def feedback_in_words(round_: dict[str, Any], worries: list[str], words: Words) -> Iterator[str]:
    """Yield the paragraphs of a released round, grouped by subject."""
    answers = round_["answers"]
    yield "What counted"
    yield from _reasons(answers, words)
    for concern in _all(answers, "concerns"):
        yield f"  Open doubt: “{concern['statement']}”"
        facts = [("source", concern["source"]), ("asked", concern["asked"]), ("agreement", concern["agreement"])]
        yield "    " + " ".join(words[fact] for fact in facts)
        yield f"    What they could have asked: “{concern['question']}”"
    for index, worry in enumerate(worries):
        replies = [reply for reply in _all(answers, "worry_replies") if reply["worry"] == index]
        played = Counter(words["played", reply["played"]] for reply in replies)
        notes = [f"“{reply['note']}”" for reply in replies if reply["note"]]
        yield f"What you feared: “{worry}”"
        yield "  " + " ".join([f"{text} ({_answers(count)})" for text, count in played.items()] + notes)
    yield "What spoke for you"
    for strength in _all(answers, "strengths"):
        yield f"  {words['competency', strength['competency']].capitalize()}: “{strength['note']}”"
    could = Counter(words["could_do_job", one["could_do_job"]] for one in answers if one["could_do_job"])
    for text, count in could.items():
        yield f"  {text} ({_answers(count)})"
    yield "Who got the job"
    for hired in (one["hired_profile"] for one in answers if one["hired_profile"]):
        told = [("selection_result", hired["selection_result"]), ("experience_vs_you", hired["experience_vs_you"])]
        yield "  " + " ".join(words[fact] for fact in told)
    yield "From here on"
    for answer in answers:
        if answer["advice"]:
            yield f"  One thing that you could do differently: “{answer['advice']}”"
        if answer["reapply"]:
            yield f"  {words['reapply', answer['reapply']]}"


def _reasons(answers: list[dict[str, Any]], words: Words) -> Iterator[str]:
    given = _all(answers, "reasons")
    for (code, circumstance), count in Counter((one["code"], one["circumstance"]) for one in given).items():
        why = words["circumstance", circumstance] if circumstance else ""
        yield f"  {words['reason', code]} {why} ({_answers(count)})"
        yield from (
            f"    “{one['detail']}”"
            for one in given
            if (one["code"], one["circumstance"]) == (code, circumstance) and one["detail"]
        )


def _all(answers: list[dict[str, Any]], field: str) -> list[dict[str, Any]]:
    return [one for answer in answers for one in answer[field]]


def _answers(count: int) -> str:
    return "1 answer" if count == 1 else f"{count} answers"
