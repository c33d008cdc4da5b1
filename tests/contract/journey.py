"""The story of one request, told through a client generated from the contract, outside of our own environment.

`python journey.py ask URL`, and when the round is released, `python journey.py read URL ID TOKEN`; each prints one line
of JSON. The client's package, `debrief_client`, is wherever the test has put it.
"""

import json
import sys
from typing import Any, TypeVar
from uuid import UUID

from debrief_client import AuthenticatedClient, Client
from debrief_client.api.answering import send_answer, show_form
from debrief_client.api.requests import raise_request, read_feedback
from debrief_client.models import (
    Answer,
    AnswerAccepted,
    AnswerCreate,
    AnswerForm,
    FeedbackRequestCreate,
    FeedbackRequestRaised,
    LinkProof,
)

T = TypeVar("T")


def expect(kind: type[T], found: object) -> T:
    """Return what was answered, if it is no problem."""
    if not isinstance(found, kind):
        raise SystemExit(f"{kind.__name__} expected, not {found}")
    return found


def ask(url: str) -> dict[str, Any]:
    """Raise a request; see the form and answer, with both codes."""
    with Client(base_url=url) as client:
        wanted = FeedbackRequestCreate.from_dict(
            {
                "candidate": {"name": "Ben Ode"},
                "company": "Acme",
                "role_title": "Technical writer",
                "invitees": [{"name": "Omar Haddad"}, {"name": "Lin Mei"}],
            }
        )
        raised = expect(FeedbackRequestRaised, raise_request.sync(client=client, body=wanted))
        round_id = raised.rounds[0].id
        for number, link in enumerate(raised.links):
            form = expect(
                AnswerForm, show_form.sync(round_id, client=client, body=LinkProof(proof="code", code=link.code))
            )
            if form.request.candidate_name != "Ben Ode":
                raise SystemExit("the form is somebody else's")
            answer = Answer.from_dict({"reasons": [{"code": "not_about_you"}], "if_too_few": "release"})
            sent = AnswerCreate(
                proof="code", code=link.code, nonce=f"a-nonce-of-a-generated-client-{number}", answer=answer
            )
            expect(AnswerAccepted, send_answer.sync(round_id, client=client, body=sent))
        refused = show_form.sync(round_id, client=client, body=LinkProof(proof="code", code="0000-0000-0000"))
    return {"id": str(raised.id), "token": raised.manage_token, "refused": getattr(refused, "code", None)}


def read(url: str, request_id: str, token: str) -> dict[str, Any]:
    """Read what was released, as the candidate."""
    with AuthenticatedClient(base_url=url, token=token) as client:
        feedback = read_feedback.sync(UUID(request_id), client=client)
    answers = [answer for one in feedback.rounds for answer in one.answers]
    return {"reasons": [[reason.code for reason in answer.reasons] for answer in answers]}


if __name__ == "__main__":
    step, *arguments = sys.argv[1:]
    sys.stdout.write(json.dumps(ask(*arguments) if step == "ask" else read(*arguments)) + "\n")
