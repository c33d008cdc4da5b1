"""The story, step by step: what each person does and sees, with checks that the server keeps its promises."""

import csv
import io
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import httpx

from app.core import randomness
from app.core.clock import SystemClock
from app.demo import cast
from app.demo.feedback_text import feedback_in_words, words_of
from app.demo.page import Page
from app.demo.service import Service, pick

# Well-formed, but not issued.
WRONG_CODE = "0123456789ABCDEFGHJKMNPQRS"
NOBODY = "00000000-0000-4000-8000-000000000000"


@dataclass(frozen=True)
class Ids:
    """The ids and secrets of this story, with which a reader can continue it."""

    request: str
    token: str
    manager_code: str
    panel: str
    code: str

    @property
    def feedback(self) -> str:
        return f"/v1/feedback-requests/{self.request}/feedback"


def nonce() -> str:
    """Return a nonce as a browser makes it: by it the server recognises a repeated submission."""
    return randomness.new_id().hex


def tell(service: Service, page: Page, tick: Callable[[date], str]) -> Ids:
    """Play the story. `tick` runs the scheduler for a day. Raises Difference at the first unexpected response."""
    page.say(
        "“We have decided to go with another candidate.” Ben Ode, a technical writer for fourteen years, hears no more "
        "than that from Acme. Three conversations went well. What was it?",
        indent="",
    )
    raised = _ask(service, page)
    ids = _let_the_team_answer(service, page, raised)
    _scan(service, page, ids)
    before = _look(service, page, ids)
    _answer(service, page, ids)
    _look_again(service, page, ids, before)
    _pass_a_week(service, page, tick)
    _read(service, page, ids)
    _afterwards(service, page, ids)
    return ids


def pages_of(url: str, ids: Ids) -> list[tuple[str, str]]:
    """Return pairs of a description and an address to open in a browser."""
    return [
        ("Ben's own page, with what they answered", f"{url}/requests/{ids.request}#m={ids.token}"),
        ("Ada's link, which is never spent", f"{url}/q/{ids.request}#c={ids.manager_code}"),
        ("The team's link, now that it is over", f"{url}/r/{ids.panel}#c={ids.code}"),
    ]


def _ask(service: Service, page: Page) -> httpx.Response:
    page.step("Ben asks, without an account")
    raised = service.call("POST", "/v1/feedback-requests", 201, body=cast.REQUEST)
    page.did("POST /v1/feedback-requests", 201)
    page.say(
        f"He names the hiring manager, Ada Ruiz, and what he fears: “{cast.WORRY}.” He gets a token to come back with, "
        "and a note for his own mail:"
    )
    service.same("rounds of a new request", pick(raised, "rounds"), [])
    service.same("links to hand over", [link["role"] for link in pick(raised, "links")], ["manager"])
    note = pick(raised, "thank_you_note", "text")
    service.same("the link in the note", pick(raised, "links", 0, "url") in note, True)
    page.shown(_paragraphs(note))
    return raised


def _let_the_team_answer(service: Service, page: Page, raised: httpx.Response) -> Ids:
    page.step("Ada opens her link, and lets the team answer")
    request, code = pick(raised, "id"), pick(raised, "links", 0, "code")
    view = service.call("POST", f"/v1/manager/{request}/view", 200, body={"code": code})
    service.same("Ben's worry, as Ada sees it", pick(view, "worries", 0, "text"), cast.WORRY)
    panel = {"code": code, "nonce": nonce(), "people": 5}
    opened = service.call("POST", f"/v1/manager/{request}/panels", 201, body=panel)
    page.did(f"POST /v1/manager/{_short(request)}/panels", 201)
    page.say(
        "Between two meetings: how many are you? Five. One message to forward, one link for all. Debrief never learns "
        "who the five are."
    )
    service.same("uses of the team link", pick(opened, "links", 0, "uses"), 5)
    service.same("mode and k", [pick(opened, "round", "anonymity", one) for one in ("mode", "k")], ["sealed", 3])
    again = service.call("POST", f"/v1/manager/{request}/panels", 201, body=panel)
    service.same("the same panel, pressed twice", again.content, opened.content)
    page.shown(_paragraphs(pick(opened, "message")))
    return Ids(
        request=request,
        token=pick(raised, "manage_token"),
        manager_code=code,
        panel=pick(opened, "round", "id"),
        code=pick(opened, "links", 0, "code"),
    )


def _scan(service: Service, page: Page, ids: Ids) -> None:
    page.step("A mail scanner is faster than any of them")
    met: Counter[int] = Counter()
    for address in (f"/r/{ids.panel}", f"/q/{ids.request}"):
        for method in ("GET", "HEAD", "POST"):
            # Browsers do not send the fragment: a scanner's request carries no code, only form fields.
            form = {"code": "", "answer": "test"} if method == "POST" else None
            met[service.client.request(method, address, data=form).status_code] += 1
    round_ = f"/v1/rounds/{ids.panel}"
    dummy = {"reasons": [{"code": "other", "detail": "test"}]}
    for door, body in (
        ("answers", {"code": ids.code, "nonce": nonce(), "answer": {}}),
        ("answers", {"code": ids.code, "nonce": nonce(), "answer": dummy}),
        ("declines", {"code": ids.code, "nonce": nonce(), "reason": "no_time"}),
    ):
        met[service.call("POST", f"{round_}/{door}", 422, body=body).status_code] += 1
    service.same("failures under the scanner", [status for status in met if status >= 500], [])
    shown = service.call("GET", f"/r/{ids.panel}", 200)
    nobody = service.call("GET", f"/r/{NOBODY}", 200)
    service.same("the page behind a link, and behind none", shown.content, nobody.content)
    service.same("Ben on the page that a scanner sees", "Ben" in shown.text, False)
    page.did("GET, HEAD, POST to every address; empty and dummy forms with the real code", _statuses(met))
    page.did(
        f"GET /r/{_short(ids.panel)}", f"200, {len(shown.content)} bytes, the same for every address there could be"
    )
    page.say(
        "A link that dies when a machine opens it is the commonest fault of such links. Only a complete answer, or "
        "a confirmed decline, spends one of the five uses. Step 5 proves it."
    )


def _look(service: Service, page: Page, ids: Ids) -> httpx.Response:
    page.step("Ben looks, too early")
    before = service.call("GET", ids.feedback, 200, token=ids.token)
    service.same("state before anybody answered", pick(before, "state"), "collecting")
    page.did(f"GET /v1/feedback-requests/{_short(ids.request)}/feedback", f"200, {len(before.content)} bytes")
    page.shown([pick(before, "rounds", 0, "message")])
    return before


def _answer(service: Service, page: Page, ids: Ids) -> None:
    round_ = f"/v1/rounds/{ids.panel}"
    page.step("The team answers")
    form = service.call("POST", f"{round_}/form", 200, body={"code": ids.code.lower()})
    service.same("the form's worry", pick(form, "request", "worries", 0, "text"), cast.WORRY)
    page.say("Omar taps the link. Before he writes a word, he reads:")
    page.shown([pick(form, "anonymity", "statement")])
    page.say(f"His first draft: “{cast.DRAFT}” The preview answers:")
    preview = service.call("POST", f"{round_}/preview", 200, body={"code": ids.code, "answer": cast.draft()})
    findings = pick(preview, "findings")
    service.same(
        "findings in the draft",
        [found["code"] for found in findings],
        ["third_person", "empty_phrase", "first_person", "third_person"],
    )
    hints = {found["message"]: cast.DRAFT[slice(*found["span"])] for found in reversed(findings)}
    hints |= {missing["message"]: "(missing)" for missing in pick(preview, "missing")}
    page.pairs([(word, message) for message, word in hints.items()])
    better = service.call("POST", f"{round_}/preview", 200, body={"code": ids.code, "answer": cast.OMAR})
    service.same("findings in the better text", [pick(better, "findings"), pick(better, "missing")], [[], []])
    page.say(f"Now he writes: “{cast.OMAR['concerns'][0]['statement']}” Nothing left to improve. Send.")

    bodies: list[dict[str, Any]] = [{"code": ids.code, "nonce": nonce(), "answer": one} for one in cast.ANSWERS]
    first = service.call("POST", f"{round_}/answers", 201, body=bodies[0])
    service.same("what Omar's phone is told", pick(first, "status"), "sealed")
    repeated = service.call("POST", f"{round_}/answers", 200, body=bodies[0])
    service.same("the same answer, sent twice", repeated.content, first.content)
    for body in bodies[1:]:
        service.call("POST", f"{round_}/answers", 201, body=body)
    no = {"code": ids.code, "nonce": nonce(), "reason": "company_policy", "understood": True}
    service.call("POST", f"{round_}/declines", 201, body=no)
    sixth = service.call("POST", f"{round_}/answers", 409, body={**bodies[0], "nonce": nonce()})
    service.same("code of the sixth", pick(sixth, "code"), "already_answered")
    wrong = service.call("POST", f"{round_}/form", 404, body={"code": WRONG_CODE})
    service.same("code of a wrong link", pick(wrong, "code"), "unknown_link")
    page.did("Omar sends", "201, sealed")
    page.did("on a bad line, his phone sends it again", "200, the same bytes, counted once")
    page.did("Lin, Cleo and Noor send", "201, 201, 201")
    page.did("Sam declines: company policy", "201")
    page.did("somebody tries a sixth time", f"409, {pick(sixth, 'detail')}")
    page.did("somebody guesses a code", f"404, {pick(wrong, 'detail')}")


def _look_again(service: Service, page: Page, ids: Ids, before: httpx.Response) -> None:
    page.step("Ben looks again, after five people have acted")
    after = service.call("GET", ids.feedback, 200, token=ids.token)
    service.same("what Ben gets, before and after the answers", after.content, before.content)
    service.same("its headers", _stable(after), _stable(before))
    page.did(f"GET /v1/feedback-requests/{_short(ids.request)}/feedback", f"200, the same {len(after.content)} bytes")
    page.say("Nothing tells him who has answered, or that anybody has. That is why they dare.")


def _pass_a_week(service: Service, page: Page, tick: Callable[[date], str]) -> None:
    page.step("A week passes")
    after = SystemClock().now().date() + timedelta(days=8)
    told = tick(after)
    service.same("what the tick did", told, "1 released")
    page.did(f"debrief tick --at {after}", told)
    page.say(
        "The answers open on the day that was said, never at the last answer: that would tell whose it was. A second "
        "process ticks on the day after the last one (--at, for development)."
    )


def _read(service: Service, page: Page, ids: Ids) -> None:
    page.step("Ben reads")
    read = service.call("GET", ids.feedback, 200, token=ids.token)
    service.same("state after the tick", pick(read, "state"), "released")
    round_ = pick(read, "rounds", 0)
    answers = pick(read, "rounds", 0, "answers")
    service.same(
        "what was said, in whatever order",
        sorted(str(cast.substance(one)) for one in answers),
        sorted(str(cast.substance(one)) for one in cast.ANSWERS),
    )
    concerns = [concern for one in answers for concern in one["concerns"]]
    facts = [[one["source"], one["asked"], one["agreement"]] for one in concerns]
    service.same("source, asked and agreement of each doubt", facts, [["papers", "never_asked", "some"]] * 2)
    hidden = dict.fromkeys(("asked", "answered", "declined", "silent", "claims"))
    only_this = hidden | {"at_least": 3}
    service.same("what he learns of who took part", pick(read, "rounds", 0, "participation"), only_this)
    service.same("names of the team", [name for name in cast.TEAM if name in read.text], [])
    vocabulary = service.call("GET", "/v1/vocabulary", 200)
    page.shown([f"At least {only_this['at_least']} people answered. {round_['message']}", ""])
    page.shown(feedback_in_words(round_, [cast.WORRY], words_of(pick(vocabulary))))


def _afterwards(service: Service, page: Page, ids: Ids) -> None:
    page.step("Afterwards")
    table = service.call("GET", f"{ids.feedback}.csv", 200, token=ids.token)
    lines = list(csv.DictReader(io.StringIO(table.text.removeprefix("\ufeff"))))
    doubts = [line["asked"] for line in lines if line["kind"] == "concern"]
    service.same("doubts in the table", doubts, ["never_asked"] * 2)
    page.did(f"GET /v1/feedback-requests/{_short(ids.request)}/feedback.csv", f"200, {len(lines)} lines")
    round_ = f"/v1/rounds/{ids.panel}/form"
    over = service.call("POST", round_, 410, body={"code": ids.code})
    service.same("code of the old link", pick(over, "code"), "round_over")
    anybody = service.call("POST", round_, 410, body={"code": WRONG_CODE})
    service.same("the old link, and a wrong one", anybody.content, over.content)
    page.did("the team link, once more", f"410, {pick(over, 'detail')}")


def _short(identifier: str) -> str:
    return f"{identifier[:8]}…"


def _paragraphs(text: str) -> list[str]:
    return [line for line in text.splitlines() if line]


def _statuses(met: Counter[int]) -> str:
    return ", ".join(f"{count} x {status}" for status, count in sorted(met.items()))


def _stable(response: httpx.Response) -> dict[str, str]:
    return {name: value for name, value in response.headers.items() if name != "date"}
