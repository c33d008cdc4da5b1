"""What to try next: complete commands, with the real addresses, codes and tokens of the story that was just played."""

import json
from typing import Any

from app.demo.checking import Service, pick
from app.demo.page import Page
from app.demo.story import Ids, nonce

# JSON and shell both take a line break here; a line of 250 characters nobody reads.
_BETWEEN = ",\n       "
_READABLE = " | python3 -m json.tool"


def invite(service: Service, page: Page, url: str, ids: Ids) -> None:
    """Ask one more person, as Ben, so that there is a link left to answer; then print the commands."""
    cleo = {"stage": "after_decision", "invitees": [{"role": "recruiter", "name": "Cleo Brandt"}]}
    asked = service.call("POST", f"/v1/feedback-requests/{ids.request}/rounds", 201, body=cleo, token=ids.token)
    service.same("mode where one person is asked", pick(asked, "round", "anonymity", "mode"), "attributed")
    round_ = f"{url}/v1/rounds/{pick(asked, 'round', 'id')}"
    code = pick(asked, "links", 0, "code")
    answer = {
        "reasons": [{"code": "not_about_you", "circumstance": "internal"}],
        "advice": "Show one text for beginners.",
        "signature": "Cleo Brandt",
    }
    own = {
        "candidate": {"name": "Dan"},
        "company": "Acme",
        "role_title": "Editor",
        "invitees": [{"name": "Omar"}, {"name": "Lin"}, {"name": "Cleo"}],
    }
    page.command("What Ben reads", get(f"{url}{ids.feedback}", ids.token) + _READABLE)
    page.command("The same for a spreadsheet", get(f"{url}{ids.feedback}.csv", ids.token))
    page.command(
        "Ada's link, which is never spent",
        post(f"{url}/v1/manager/{ids.request}/view", {"code": ids.manager_code}) + _READABLE,
    )
    page.command(
        "Ben asks Cleo alone, too; one person signs. Be Cleo: what does she see?",
        post(f"{round_}/form", {"code": code}) + _READABLE,
    )
    page.command(
        "Answer as Cleo (Ben reads it 15 minutes later; sent twice, it counts once)",
        post(f"{round_}/answers", {"code": code, "nonce": nonce(), "understood": True, "answer": answer}),
    )
    page.command("A request of your own", post(f"{url}/v1/feedback-requests", own) + _READABLE)
    page.command("Every route", f"curl -s {url}/openapi.json{_READABLE}")


def get(url: str, token: str) -> str:
    """Return the command that reads `url`."""
    return f"curl -s {url} \\\n  -H 'Authorization: Bearer {token}'"


def post(url: str, body: dict[str, Any]) -> str:
    """Return the command that sends `body`; no text of ours holds an apostrophe, which would end the shell's quotes."""
    fields = [f'"{field}": {json.dumps(value, ensure_ascii=False)}' for field, value in body.items()]
    return f"curl -s {url} \\\n  -H 'Content-Type: application/json' \\\n  -d '{{{_BETWEEN.join(fields)}}}'"
