"""The short form in the terminal: the questions of the page, in its order, with the labels of the vocabulary."""

from collections.abc import Mapping
from typing import Any

from app.terminal import prompts
from app.terminal.schemas import Form, Request
from app.terminal.words import choices

_MOST_QUESTIONS = 3
# The same as on the page: a finer source often identifies one person.
_SOURCES = ("papers", "conversation", "task", "reference", "something_not_mentioned", "unknown")
_COUNTED = ("decisive", "some")

Said = Mapping[str, Any]


def fill_in(form: Form, before: Said) -> dict[str, Any]:
    """Ask all questions and return the answer; `before` is the earlier answer, whose values are the defaults."""
    asked, name = form.request, form.name
    replies, concerns = _worries(form, before) if form.asks("worry_replies") else ([], [])
    answer: dict[str, Any] = {"worry_replies": replies}
    if asked.stage == "after_interview":
        # An empty list is kept: it means that nothing is open.
        return {"open_questions": _open_questions(name, before)} | _without_empty(answer) | _ending(form, before)
    answer["reasons"] = _reasons(name, before)
    if form.asks("hired_profile"):
        winner = prompts.choose(
            "Who got the job?",
            choices("selection_result"),
            before.get("hired_profile", {}).get("selection_result", ""),
        )
        answer["hired_profile"] = _without_empty({"selection_result": winner})
    if form.asks("concerns"):
        answer["concerns"] = concerns + _doubt(asked, before)
    if asked.own_question and form.asks("own_question_reply"):
        prompts.title(f"{name} asks: {asked.own_question}")
        answer["own_question_reply"] = prompts.ask("Your reply, or Enter", before.get("own_question_reply", ""))
    return _without_empty(answer) | _ending(form, before)


def _without_empty(answer: dict[str, Any]) -> dict[str, Any]:
    """Leave out questions that were not answered."""
    return {field: value for field, value in answer.items() if value}


def _worries(form: Form, before: Said) -> tuple[list[dict[str, Any]], list[dict[str, str]]]:
    """Return the replies to the worries, and a concern for each that counted and whose two questions were answered."""
    replies: list[dict[str, Any]] = []
    concerns: list[dict[str, str]] = []
    played = {reply["worry"]: reply["played"] for reply in before.get("worry_replies", ())}
    follows = form.asks("concerns") and form.request.stage != "after_interview"
    for index, worry in enumerate(form.request.worries):
        question = f"{form.name} worries: “{worry.text}” Did it count?"
        if worry.says:
            question += f" {form.name} says: {worry.says}"
        chosen = prompts.choose(question, choices("played"), played.get(index, ""))
        if not chosen:
            continue
        replies.append({"worry": index, "played": chosen})
        if follows and chosen in _COUNTED:
            answered = _without_empty(_source_and_asked(form.name, _earlier(before, worry.text), needed=False))
            if answered:
                concerns.append({"statement": worry.text, "source": "unknown", "asked": "unknown", **answered})
    return replies, concerns


def _earlier(before: Said, statement: str) -> Said:
    return next((given for given in before.get("concerns", ()) if given["statement"] == statement), {})


def _source_and_asked(name: str, earlier: Said, *, needed: bool) -> dict[str, str]:
    offered = [(code, label) for code, label in choices("source") if code in _SOURCES]
    source = prompts.choose("Where did it come from?", offered, earlier.get("source", ""), needed=needed)
    was_asked = prompts.choose(f"Was {name} asked about it?", choices("asked"), earlier.get("asked", ""), needed=needed)
    return {"source": source, "asked": was_asked}


def _open_questions(name: str, before: Said) -> list[dict[str, str]]:
    prompts.title(f"Is there anything that you would still like {name} to clear up? Enter if there is nothing (more).")
    questions: list[dict[str, str]] = []
    earlier = [given["question"] for given in before.get("open_questions", ())]
    while len(questions) < _MOST_QUESTIONS:
        typed = prompts.ask(
            f"One question, to {name}", earlier[len(questions)] if len(questions) < len(earlier) else ""
        )
        if not typed:
            break
        questions.append({"question": typed})
    return questions


def _reasons(name: str, before: Said) -> list[dict[str, str]]:
    earlier = {given["code"]: given for given in before.get("reasons", ())}
    chosen = prompts.choose_some(
        f"What made {name} less competitive?", choices("reason"), list(earlier), needed=True, most=3
    )
    labels = dict(choices("reason"))
    reasons = []
    for code in chosen:
        given = earlier.get(code, {})
        reason = {"code": code}
        if code == "not_about_you":
            reason["circumstance"] = prompts.choose(
                "What was it?", choices("circumstance"), given.get("circumstance", "")
            )
        optional = "" if code == "other" else ", or Enter"
        reason["detail"] = prompts.ask(f"{labels[code]}: in a few words{optional}", given.get("detail", ""))
        reasons.append(_without_empty(reason))
    return reasons


def _doubt(asked: Request, before: Said) -> list[dict[str, str]]:
    name, worries = asked.candidate_name, [worry.text for worry in asked.worries]
    earlier: Said = next((given for given in before.get("concerns", ()) if given["statement"] not in worries), {})
    prompts.title(
        f"One doubt about {name} that stayed open: one sentence, to {name}. A hyphen alone if there was none."
    )
    statement = prompts.ask("The doubt, or Enter", earlier.get("statement", ""))
    if statement in {"", "-"}:
        return []
    return [{"statement": statement, **_source_and_asked(name, earlier, needed=True)}]


def _ending(form: Form, before: Said) -> dict[str, str]:
    name = form.name
    if form.consent.too_few:
        choices = [(choice.code, choice.text) for choice in form.consent.too_few]
        # Deliberately without a default.
        return {
            "if_too_few": prompts.choose(
                f"When may {name} read this?", choices, before.get("if_too_few", ""), needed=True
            )
        }
    return {"signature": prompts.ask("Signed", before.get("signature") or form.you.signature or "")}
