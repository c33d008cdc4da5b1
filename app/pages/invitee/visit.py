"""A visit to the page behind a one-time link: its holder, what they typed, and the pages that they see."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from fastapi import Response

from app.core.days import open_day
from app.core.text import as_name, first_name
from app.pages import short_form
from app.pages.forms import NONE, Fields, Problems
from app.pages.invitee import blind
from app.pages.questions import Questions, offered
from app.pages.rendering import page
from app.pages.short_form import NO_PREVIEW, PreviewShown
from app.pages.site import PageContext
from app.rounds.answer_schemas import AnswerFormBlindRound
from app.rounds.statement import DECLINE
from app.sealing.keystore import FoundKey
from app.vocabulary.codes import DeclineReason


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
    shown_preview: PreviewShown = NO_PREVIEW,
    unfolded: str = "",
    notice: str = "",
) -> Response:
    """Show the form with the typed fields and the problems found: 422 if there are any, unless `status` differs."""
    facts = short_form.template_facts(
        visit.questions, visit.fields, nonce=visit.nonce, problems=found, shown_preview=shown_preview, notice=notice
    )
    return page(
        visit.page_ctx.site,
        "answer.html" if visit.blind is None else blind.page_for_codes(visit.blind, visit.today),
        status=status or (422 if found else 200),
        padded=True,
        problems_title=title,
        unfolded=unfolded,
        decline_reasons=_decline_reasons(visit.questions),
        decline_text=DECLINE.format(first=as_name(first_name(visit.questions.name))),
        blind=visit.blind,
        **facts,
    )


def show_done(
    visit: Visit,
    heading: str,
    *lines: str,
    actions: Sequence[tuple[str, str]] = (),
    status: int = 200,
    **facts: Any,
) -> Response:
    """Show the page after an act: a heading, lines, and the buttons of `actions`, pairs of a name and a label."""
    carried = [*visit.fields.others(("do", "pad", "nonce")), ("nonce", visit.nonce)]
    return page(
        visit.page_ctx.site,
        "done.html",
        status=status,
        padded=True,
        **{"heading": heading, "lines": lines, "actions": actions, "carried": carried, "shows_at": None} | facts,
    )


def _decline_reasons(asked: Questions) -> list[Any]:
    codes = offered("decline_reason")
    return [code for code in codes if asked.signed or code is not DeclineReason.WILL_CONTACT_DIRECTLY]
