"""A visit to the page behind a one-time link: its holder, what they typed, and the pages that they see."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from fastapi import Response

from app.core.days import open_day
from app.core.text import isolated
from app.pages import short_form
from app.pages.forms import NONE, Fields, Problems
from app.pages.questions import Questions, offered
from app.pages.rendering import page
from app.pages.short_form import Paragraph
from app.pages.site import PageContext
from app.rounds.answer_schemas import AnswerFormBlindRound
from app.rounds.ics import answers_open, last_day
from app.rounds.statement import DECLINE
from app.sealing.keystore import FoundKey
from app.vocabulary.codes import DeclineReason

_HELD = ("do", "pad", "code", "nonce")


@dataclass(frozen=True)
class Visit:
    """An invitee who has proved by a code that they hold a link, and their form."""

    page_ctx: PageContext
    key: FoundKey
    code_hash: bytes
    nonce: str
    fields: Fields
    questions: Questions
    blind: AnswerFormBlindRound | None
    closes_on: date

    @property
    def credentials(self) -> dict[str, str]:
        """Return the fields that every submission contains."""
        return {"code": self.fields.one("code"), "nonce": self.nonce}

    @property
    def today(self) -> date:
        """The earliest day that has not ended everywhere."""
        return open_day(self.page_ctx.ctx.clock.now())


def show_form(
    visit: Visit,
    found: Problems = NONE,
    *,
    status: int | None = None,
    title: str = "Please look at this once more",
    unfolded: str = "",
    notice: str = "",
) -> Response:
    """Show the form with the typed fields and the problems found: 422 if there are any, unless `status` differs."""
    works_through = visit.blind.claim_until if visit.blind else visit.closes_on
    facts = short_form.template_facts(visit.questions, visit.fields, nonce=visit.nonce, problems=found, notice=notice)
    return page(
        visit.page_ctx.site,
        "answer.html" if visit.blind is None else _page_for_codes(visit.blind, visit.today),
        status=status or (422 if found else 200),
        padded=True,
        problems_title=title,
        unfolded=unfolded,
        works_through=works_through,
        remind=last_day(works_through),
        decline_reasons=_decline_reasons(visit.questions),
        blind=visit.blind,
        **facts,
    )


def _page_for_codes(round_: AnswerFormBlindRound, today: date) -> str:
    """Return the template for a link: the claim during the days of claims, afterwards the form that takes a receipt."""
    return "blind_claim.html" if today <= round_.claim_until else "blind_receipt.html"


def show_check(visit: Visit, letter: Sequence[Paragraph]) -> Response:
    """Show word for word what the candidate will read, with hints beside each text."""
    return show_screen(visit, "check.html", asked=visit.questions, letter=letter)


def show_decline_check(visit: Visit) -> Response:
    """Show what a decline means before it is sent."""
    reason = DeclineReason(visit.fields.one("reason"))
    text = DECLINE.format(first=isolated(visit.questions.first)).partition(". ")[2]
    return show_screen(visit, "check_decline.html", asked=visit.questions, reason=reason, text=text)


def show_done(
    visit: Visit,
    heading: str,
    *lines: str,
    actions: Sequence[tuple[str, str]] = (),
    status: int = 200,
    **facts: Any,
) -> Response:
    """Show the page after an act: a heading, lines, and the buttons of `actions`, pairs of a name and a label.

    `opens` is the day on which the candidate reads the answers; it comes with a calendar entry.
    """
    carried = [*visit.fields.others(("do", "pad", "nonce")), ("nonce", visit.nonce)]
    done = done_facts(heading, lines, actions=actions, **facts)
    return show_screen(visit, "finished.html", status=status, carried=carried, **done)


def done_facts(
    heading: str,
    lines: Sequence[str],
    *,
    actions: Sequence[tuple[str, str]] = (),
    shows_at: datetime | None = None,
    opens: date | None = None,
) -> dict[str, Any]:
    """Return the variables of the page after an act."""
    return {
        "heading": heading,
        "lines": lines,
        "actions": actions,
        "shows_at": shows_at,
        "entry": None if opens is None else answers_open(opens),
        "opens": opens,
    }


def opens_on(closes_on: date) -> date:
    """Return the day on which the answers open: the day after the last one."""
    return closes_on + timedelta(days=1)


def show_screen(visit: Visit, template: str, *, status: int = 200, **facts: Any) -> Response:
    """Render a screen that carries along, as hidden fields, all that was typed."""
    base: dict[str, Any] = {"typed": visit.fields, "nonce": visit.nonce, "carried": visit.fields.others(_HELD)}
    return page(visit.page_ctx.site, template, status=status, padded=True, **base | facts)


def _decline_reasons(asked: Questions) -> list[Any]:
    codes = offered("decline_reason")
    return [code for code in codes if asked.signed or code is not DeclineReason.WILL_CONTACT_DIRECTLY]
