"""What can be fetched before a round opens, by whoever holds the request and all of its links, without spending one."""

import re
from typing import Any

import httpx

from tests.support.app import Running, as_candidate, manager_code, nonce
from tests.vocabulary.builders import a_sealed_answer

Seen = tuple[int, tuple[tuple[bytes, bytes], ...], bytes]
Everything = dict[str, Seen]


async def everything(app: Running, raised: dict[str, Any], rounds: dict[str, list[str]]) -> Everything:
    """Fetch whatever can be fetched without spending a link: status, headers and body of each."""
    request = f"/v1/feedback-requests/{raised['id']}"
    token = as_candidate(raised)
    manager = {"code": manager_code(raised)}
    answer = a_sealed_answer().model_dump(mode="json", exclude_none=True)
    found = {
        "request": await app.client.get(request, headers=token),
        "feedback": await app.client.get(f"{request}/feedback", headers=token),
        "csv": await app.client.get(f"{request}/feedback.csv", headers=token),
        "conditional": await app.client.get(f"{request}/feedback", headers={**token, "If-None-Match": "*"}),
        "manager": await app.client.post(f"/v1/manager/{raised['id']}/view", json=manager),
        "not mine": await app.client.get(f"{request}/feedback"),
        "ready": await app.client.get("/readyz"),
        "alive": await app.client.get("/livez"),
        "contract": await app.client.get("/openapi.json"),
        "metrics": await app.client.get("/metrics"),
        "vocabulary": await app.client.get("/v1/vocabulary"),
        "request page": await press(app, f"/requests/{raised['id']}", token=raised["manage_token"]),
        "request table": await press(app, f"/requests/{raised['id']}", token=raised["manage_token"], do="table"),
        "manager page": await press(app, f"/q/{raised['id']}", code=manager_code(raised)),
    }
    for path, links in rounds.items():
        for number, code in enumerate(links):
            where = f"{path} {number}"
            wrong = {"code": code, "nonce": nonce(), "answer": {"reasons": []}}
            unsure = {"code": code, "nonce": nonce(), "reason": "no_time", "understood": False}
            page = path.removeprefix("/v1").replace("/rounds/", "/r/")
            found |= {
                f"{where} form": await app.client.post(f"{path}/form", json={"code": code}),
                f"{where} preview": await app.client.post(f"{path}/preview", json={"code": code, "answer": answer}),
                f"{where} retraction": await app.client.post(
                    f"{path}/retractions", json={"code": code, "nonce": "n" * 22}
                ),
                f"{where} wrong answer": await app.client.post(f"{path}/answers", json=wrong),
                f"{where} wrong decline": await app.client.post(f"{path}/declines", json=unsure),
                f"{where} page": await app.client.get(page),
                f"{where} form on page": await press(app, page, code=code),
                f"{where} preview on page": await press(app, page, code=code, do="preview", reasons="not_about_you"),
                f"{where} unfinished on page": await press(app, page, code=code, do="send", reasons="not_about_you"),
                f"{where} unsure on page": await press(app, page, code=code, do="decline"),
            }
    return {name: seen(response) for name, response in found.items()}


async def press(app: Running, page: str, **fields: str) -> httpx.Response:
    """Press a button of a page, as a browser without scripts."""
    return await app.client.post(page, data={"nonce": "n" * 32, "do": "open", **fields})


def seen(response: httpx.Response) -> Seen:
    """Return status, headers and body, without what is random or tells the time."""
    headers = tuple((name, value) for name, value in response.headers.raw if name.lower() != b"date")
    body = response.content
    if b'"candidate_reads"' in body:
        # A preview makes ids as a release would: fresh ones each time.
        body = b"".join(part for part in body.split(b'"') if len(part) != 36)
    # A date field ends with today.
    body = re.sub(rb' max="\d{4}-\d\d-\d\d"', b"", body)
    return response.status_code, headers, body
