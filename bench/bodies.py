"""Request bodies: a plausible answer, padded as our own pages pad every request."""

import json
from collections.abc import Sequence

from app.core import randomness
from bench.load import request
from bench.stock import Link

PADDED = 32 * 1024

_ANSWER = {
    "reasons": [
        {
            "code": "closer_match_elsewhere",
            "detail": "Somebody else had run a documentation team through two releases.",
        },
        {
            "code": "interview_answers",
            "detail": "The answers about planning stayed general; an example would have helped.",
        },
    ],
    "concerns": [
        {
            "statement": "We were not sure that you would enjoy editing what others wrote.",
            "source": "conversation",
            "asked": "never_asked",
            "weight": "contributing",
        }
    ],
    "worry_replies": [{"worry": 0, "played": "some", "note": "It came up once, and did not decide anything."}],
    "strengths": [{"competency": "communication", "note": "Your portfolio explains hard things in plain words."}],
    "hired_profile": {"selection_result": "external", "experience_vs_you": "more"},
    "advice": "Bring one document that you took from a first talk with engineers to its release.",
    "reapply": "encouraged",
    "if_too_few": "codes_only",
}


def submissions(links: Sequence[Link]) -> list[bytes]:
    """Return a complete answer for each link."""
    return [request(f"/v1/rounds/{link.round_id}/answers", body(link, submission())) for link in links]


def forms(links: Sequence[Link]) -> list[bytes]:
    """Return a request for the form of each link."""
    return [request(f"/v1/rounds/{link.round_id}/form", body(link, {})) for link in links]


def submission() -> dict[str, object]:
    """Return the fields of a submission except its code."""
    return {"nonce": randomness.token_bytes(16).hex(), "answer": _ANSWER}


def body(link: Link, fields: dict[str, object]) -> bytes:
    """Return the padded JSON of a link's code and `fields`."""
    fields = {"code": link.code, **fields, "pad": ""}
    fields["pad"] = "0" * (PADDED - len(json.dumps(fields)))
    return json.dumps(fields).encode()
