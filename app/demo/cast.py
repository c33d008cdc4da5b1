"""The cast of the story, and what they write. Everyone liked Ben; nobody asked about the one doubt."""

from typing import Any

WORRY = "You may think that I change jobs too often"

REQUEST: dict[str, Any] = {
    "candidate": {"name": "Ben Ode"},
    "company": "Acme",
    "role_title": "Technical writer",
    "manager": {"name": "Ada Ruiz"},
    "worries": [{"text": WORRY}],
}

# A second request, delivered by mail to the recruiter alone, who therefore signs.
BEN_AT = "ben@example.test"
CLEO_AT = "cleo@acme.example"
MAILED: dict[str, Any] = {
    "candidate": {"name": "Ben Ode", "email": BEN_AT},
    "company": "Acme",
    "company_domain": "acme.example",
    "role_title": "Technical writer",
    "delivery": "mail",
    "invitees": [{"role": "recruiter", "name": "Cleo Brandt", "email": CLEO_AT}],
}

DRAFT = "The candidate was a good fit, but I think he only wants to write for engineers."

_INTERNAL = {"code": "not_about_you", "circumstance": "internal"}

OMAR: dict[str, Any] = {
    "reasons": [
        {**_INTERNAL, "detail": "We had promised somebody in the company the next step up. You were a finalist."}
    ],
    "concerns": [
        {
            "statement": "We were not sure that you would want to write for readers who are not technical.",
            "about": "communication",
            "source": "resume_or_profile",
            "asked": "never_asked",
            "weight": "minor",
            "question": "Whom would you like to write for next?",
        }
    ],
    "strengths": [{"competency": "quality_of_work", "note": "The clearest sample that anybody handed in."}],
    "worry_replies": [{"worry": 0, "played": "none"}],
    "if_too_few": "withhold",
}

LIN: dict[str, Any] = {
    "reasons": [_INTERNAL],
    "concerns": [
        {
            "statement": "Whether you can write for a general audience stayed open: all your samples are for experts.",
            "about": "communication",
            "source": "portfolio_or_public_profile",
            "asked": "never_asked",
            "weight": "noted_only",
            "question": "Have you written for people who are new to a subject?",
        }
    ],
    "could_do_job": "yes",
    "if_too_few": "codes_only",
}

CLEO: dict[str, Any] = {
    "reasons": [{**_INTERNAL, "detail": "Everyone who met you liked you. That made it harder, not easier."}],
    "worry_replies": [{"worry": 0, "played": "none", "note": "Nobody brought it up."}],
    "hired_profile": {"selection_result": "internal", "experience_vs_you": "similar"},
    "reapply": "encouraged",
    "if_too_few": "release",
}

NOOR: dict[str, Any] = {
    "reasons": [_INTERNAL],
    "strengths": [{"competency": "collaboration", "note": "You asked how the team works, and listened."}],
    "advice": "Put one text for beginners into your portfolio.",
    "could_do_job": "yes",
    "if_too_few": "withhold",
}

ANSWERS = (OMAR, LIN, CLEO, NOOR)

# The server never learns these names: none may appear in any response to Ben.
TEAM = ("Omar", "Lin", "Cleo", "Noor", "Sam")


def draft() -> dict[str, Any]:
    """Return Omar's first draft."""
    concern = {"statement": DRAFT, "source": "unknown", "asked": "never_asked"}
    return {"reasons": OMAR["reasons"], "concerns": [concern]}


def substance(answer: dict[str, Any]) -> list[Any]:
    """Return the parts of an answer that must reach the candidate unchanged, from its sent or released form."""
    concerns = [[one["statement"], one["about"], one["asked"], one["question"]] for one in answer.get("concerns", ())]
    reasons = [[one["code"], one.get("circumstance"), one.get("detail")] for one in answer["reasons"]]
    replies = [[one["worry"], one["played"], one.get("note")] for one in answer.get("worry_replies", ())]
    strengths = [[one["competency"], one.get("note")] for one in answer.get("strengths", ())]
    hired = (answer.get("hired_profile") or {}).get("selection_result")
    plain = [answer.get(field) for field in ("advice", "reapply", "could_do_job")]
    return [reasons, concerns, replies, strengths, hired, *plain]
