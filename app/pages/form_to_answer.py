"""From the fields of the short form to the structured answer, and back from its faults to the fields."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from app.core.text import isolated
from app.pages.forms import Fields
from app.pages.questions import MOST_CONCERNS, Questions, offered
from app.vocabulary.codes import Asked, Played, Reason, Source

MOST_QUESTIONS = 3
MOST_STRENGTHS = 3
_COUNTED = {Played.DECISIVE, Played.SOME}
_MORE = ("about", "basis", "surfaced_at", "nature", "weight", "confidence", "question")


@dataclass(frozen=True)
class Draft:
    """An answer as JSON would have it, and which field stands behind each pointer."""

    answer: dict[str, Any] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    needed: dict[str, str] = field(default_factory=dict)

    def put(self, key: str, value: Any, name: str) -> None:
        """Set a part of the answer; a fault in it, or its absence, is shown beside the field `name`."""
        self.names[f"/answer/{key}"] = name
        if value:
            self.answer[key] = value

    def point(self, pointer: str, *names: str) -> None:
        """Say that the members of the part at `pointer` have fields of their own: its name and theirs, with a dot."""
        for name in names:
            self.names[f"/answer/{pointer}/{name.rpartition('.')[2]}"] = name


def draft(fields: Fields, asked: Questions, *, unfinished: bool) -> Draft:
    """Return the answer in `fields`. Gaps in an `unfinished` one, only looked at, read "not sure"."""
    made = Draft(names={"/understood": "understood"})
    if asked.before_decision:
        _open_questions(made, fields)
    else:
        _reasons(made, fields)
        _concerns(made, fields, asked, unfinished=unfinished)
        _more(made, fields)
    _worry_replies(made, fields, asked, unfinished=unfinished)
    if asked.signed:
        made.put("signature", fields.one("signature"), "signature")
    else:
        made.put("if_too_few", fields.one("if_too_few"), "if_too_few")
    return made


def _open_questions(made: Draft, fields: Fields) -> None:
    questions: list[Mapping[str, str]] = []
    for index in range(MOST_QUESTIONS):
        given = _given(fields, f"question.{index}", "question", "about")
        if "question" in given:
            made.point(f"open_questions/{len(questions)}", *_names(f"question.{index}", "question", "about"))
            questions.append(given)
    made.put("open_questions", questions, "question.0.question")
    if not questions and fields.one("nothing_open"):
        made.answer["open_questions"] = []


def _reasons(made: Draft, fields: Fields) -> None:
    reasons: list[dict[str, str]] = []
    for code in fields.all("reasons"):
        reason = {"code": code, **({"detail": detail} if (detail := fields.one(f"detail.{code}")) else {})}
        if code == Reason.NOT_ABOUT_YOU and (circumstance := fields.one("circumstance")):
            reason["circumstance"] = circumstance
        made.names[f"/answer/reasons/{len(reasons)}/detail"] = f"detail.{code}"
        reasons.append(reason)
    made.put("reasons", reasons, "reasons")


def _concerns(made: Draft, fields: Fields, asked: Questions, *, unfinished: bool) -> None:
    concerns: list[dict[str, str]] = []
    for index in range(MOST_CONCERNS):
        name = f"concern.{index}"
        given = _given(fields, name, "statement", "source", "asked", *_MORE)
        if "statement" not in given and index == 0 and {"source", "asked"} & given.keys():
            # Where it came from was said, but not what: then it is the worry that counted.
            given |= _counted_worry(fields, asked)
        if "statement" not in given:
            continue
        if unfinished:
            given = {"source": Source.UNKNOWN, "asked": Asked.UNKNOWN, **given}
        made.point(f"concerns/{len(concerns)}", *_names(name, "statement", "source", "asked", *_MORE))
        made.needed[f"{name}.source"] = "Say where the doubt came from, or choose “Not sure”."
        made.needed[f"{name}.asked"] = f"Say whether {isolated(asked.name)} was asked about it, or choose “Not sure”."
        concerns.append(given)
    made.put("concerns", concerns, "concern.0.statement")


def _counted_worry(fields: Fields, asked: Questions) -> dict[str, str]:
    for index, worry in enumerate(asked.worries):
        if fields.one(f"worry.{index}.played") in _COUNTED:
            return {"statement": worry.text}
    return {}


def _worry_replies(made: Draft, fields: Fields, asked: Questions, *, unfinished: bool) -> None:
    replies: list[dict[str, Any]] = []
    for index in range(len(asked.worries)):
        given = _given(fields, f"worry.{index}", "played", "note")
        if "played" in given or (given and not unfinished):
            made.point(f"worry_replies/{len(replies)}", *_names(f"worry.{index}", "played", "note"))
            made.needed[f"worry.{index}.played"] = "Say whether it counted, or choose “Cannot say”."
            replies.append({"worry": index, **given})
    made.put("worry_replies", replies, "worry.0.played")


def _more(made: Draft, fields: Fields) -> None:
    strengths: list[dict[str, str]] = []
    for index in range(MOST_STRENGTHS):
        given = _given(fields, f"strength.{index}", "competency", "note")
        if given:
            made.point(f"strengths/{len(strengths)}", *_names(f"strength.{index}", "competency", "note"))
            made.needed[f"strength.{index}.competency"] = "Choose what the example is about."
            strengths.append(given)
    made.put("strengths", strengths, "strength.0.competency")
    ratings = _given(fields, "rating", *offered("competency"))
    made.point("ratings", *_names("rating", *offered("competency")))
    made.put("ratings", ratings, "rating")
    _hired_profile(made, fields)
    for name in ("could_do_job", "advice", "reapply", "own_question_reply", "sharing"):
        made.put(name, fields.one(name), name)


def _hired_profile(made: Draft, fields: Fields) -> None:
    names = (
        "selection_result",
        "experience_vs_you",
        "decisive_difference",
        "field_size",
        "interviewed",
        "stage_you_reached",
        "standing",
    )
    profile: dict[str, Any] = _given(fields, "hired", *names)
    if closer := fields.all("hired.closer_match_in"):
        profile["closer_match_in"] = closer
    made.point("hired_profile", *_names("hired", "closer_match_in", *names))
    made.put("hired_profile", profile, "hired.selection_result")


def _names(name: str, *parts: str) -> list[str]:
    return [f"{name}.{part}" for part in parts]


def _given(fields: Fields, name: str, *parts: str) -> dict[str, str]:
    return {part: value for part in parts if (value := fields.one(f"{name}.{part}"))}
