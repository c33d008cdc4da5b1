"""A visit to the manager's link, and the frame of its screens."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from fastapi import Response

from app.pages.forms import NONE, Fields, nonce_of
from app.pages.questions import Questions, of_team
from app.pages.rendering import page
from app.pages.site import PageContext
from app.requests.manager_schemas import ManagerView
from app.sealing.keystore import FoundKey
from app.vocabulary.codes import Stage

BACK = ("open", "Back to the four ways")
_HELD = ("do", "pad", "code", "nonce")


@dataclass(frozen=True)
class Visit:
    """A manager who has proved by a code that they hold the link, and their form.

    `nonce` belongs to the page; each act derives its own from it.
    """

    page_ctx: PageContext
    key: FoundKey
    code_hash: bytes
    nonce: str
    fields: Fields
    view: ManagerView

    def credentials(self, act: str) -> dict[str, str]:
        """Return code and nonce of a submission. The code is never spent, so that one page may do several things."""
        return credentials(self.fields, self.nonce, act)

    @property
    def stage(self) -> Stage:
        """Return the stage of the form: after the decision, unless it was opened to ask something first."""
        return stage_of(self.fields)

    @property
    def questions(self) -> Questions:
        return of_team(self.view, self.stage)

    @property
    def today(self) -> date:
        return self.page_ctx.ctx.clock.now().date()


def credentials(fields: Fields, nonce: str, act: str) -> dict[str, str]:
    """Return code and nonce of a submission; `act` makes the page's nonce its own."""
    return {"code": fields.one("code"), "nonce": f"{nonce}-{act}"}


def stage_of(fields: Fields) -> Stage:
    """Return the stage of a form."""
    return Stage.AFTER_INTERVIEW if fields.one("stage") == Stage.AFTER_INTERVIEW else Stage.AFTER_DECISION


def screen(visit: Visit, template: str, *, shown: Sequence[str] = (), **facts: Any) -> Response:
    """Render a screen. It shows the fields `shown` and carries all others as hidden fields."""
    carried = visit.fields.others((*_HELD, *shown))
    base: dict[str, Any] = {
        "view": visit.view,
        "name": visit.view.candidate_name,
        "typed": visit.fields,
        "nonce": visit.nonce,
        "carried": carried,
        "problems": NONE,
    }
    return page(visit.page_ctx.site, template, padded=True, **base | facts)


def done(
    visit: Visit,
    heading: str,
    *lines: str,
    actions: Sequence[tuple[str, str]] = (BACK,),
    status: int = 200,
    shows_at: Any = None,
) -> Response:
    """Render a confirmation with buttons for what to do next."""
    carried = [*visit.fields.others(("do", "pad", "nonce")), ("nonce", visit.nonce)]
    return page(
        visit.page_ctx.site,
        "done.html",
        padded=True,
        status=status,
        heading=heading,
        lines=lines,
        actions=actions,
        carried=carried,
        shows_at=shows_at,
    )


def page_nonce(fields: Fields) -> str:
    """Return the page's nonce, short enough for each act to append its name."""
    nonce = nonce_of(fields)
    return nonce if re.fullmatch(r"[A-Za-z0-9_-]{22,36}", nonce) else nonce_of(Fields())
