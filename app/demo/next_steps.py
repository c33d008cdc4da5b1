"""Commands to try after the story, with its real addresses, codes and tokens."""

import json
from typing import Any

from app.demo.mail_story import Mailed
from app.demo.page import Page
from app.demo.story import Ids, nonce

# JSON and the shell both accept a line break here, and nobody reads a line of 250 characters.
_BETWEEN = ",\n       "
_READABLE = " | python3 -m json.tool"


def print_commands(page: Page, url: str, ids: Ids, mailed: Mailed) -> None:
    """Print the commands. Only Cleo's link is still to be answered."""
    round_ = f"{url}/v1/rounds/{mailed.round}"
    answer = {
        "reasons": [{"code": "not_about_you", "circumstance": "internal"}],
        "advice": "Show one text for beginners.",
        "signature": "Cleo Brandt",
    }
    heard = {"channel": "phone", "reasons": [{"code": "not_about_you"}], "text": "Ada called: apply again in spring."}
    own = {
        "candidate": {"name": "Dan"},
        "company": "Acme",
        "role_title": "Editor",
        "invitees": [{"name": "Omar"}, {"name": "Lin"}, {"name": "Cleo"}],
    }
    page.command("What Ben reads", get(f"{url}{ids.feedback}", ids.token) + _READABLE)
    page.command("The same for a spreadsheet", get(f"{url}{ids.feedback}.csv", ids.token))
    page.command(
        "What Ada's link shows", post(f"{url}/v1/manager/{ids.request}/view", {"code": ids.manager_code}) + _READABLE
    )
    page.command("Be Cleo: what does she see?", post(f"{round_}/form", {"code": mailed.code}) + _READABLE)
    page.command(
        "Answer as Cleo (Ben reads it 15 minutes later; sent twice, it counts once)",
        post(f"{round_}/answers", {"code": mailed.code, "nonce": nonce(), "understood": True, "answer": answer}),
    )
    page.command(
        "Ben heard something on the phone, too: he keeps it beside the answers",
        post(f"{url}/v1/feedback-requests/{ids.request}/own-notes", heard, ids.token) + _READABLE,
    )
    page.command("A request of your own", post(f"{url}/v1/feedback-requests", own) + _READABLE)
    page.command("Every route", f"curl -s {url}/openapi.json{_READABLE}")


def get(url: str, token: str) -> str:
    """Return a curl command that gets `url`."""
    return f"curl -s {url} \\\n{_bearer_header(token)}"


def post(url: str, body: dict[str, Any], token: str = "") -> str:
    """Return a curl command that posts `body`. Its texts must not contain apostrophes, which end the shell's quotes."""
    fields = [f'"{field}": {json.dumps(value, ensure_ascii=False)}' for field, value in body.items()]
    header = f"{_bearer_header(token)} \\\n" if token else ""
    return f"curl -s {url} \\\n{header}  -H 'Content-Type: application/json' \\\n  -d '{{{_BETWEEN.join(fields)}}}'"


def _bearer_header(token: str) -> str:
    return f"  -H 'Authorization: Bearer {token}'"
