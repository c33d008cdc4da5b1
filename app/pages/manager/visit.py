"""Somebody who holds the manager's link, and the frame of every screen that they see."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from fastapi import Response

from app.pages.forms import NONE, Fields, nonce_of
from app.pages.questions import Questions, of_team
from app.pages.rendering import page
from app.pages.site import Place
from app.requests.manager_schemas import ManagerView
from app.sealing.keystore import FoundKey
from app.vocabulary.codes import Stage

BACK = ("open", "Back to the four ways")
_HELD = ("do", "pad", "code", "nonce")


@dataclass(frozen=True)
class Visit:
    """The manager, and what they have typed so far. `nonce` is that of the page; each act makes its own of it."""

    here: Place
    key: FoundKey
    code_hash: bytes
    nonce: str
    fields: Fields
    view: ManagerView

    def held(self, act: str) -> dict[str, str]:
        """Return what a submission begins with. The code is never spent, so that one page may do several things."""
        return held(self.fields, self.nonce, act)

    @property
    def stage(self) -> Stage:
        """Return the stage that the form is about: reasons, unless it was opened to ask something first."""
        return stage_of(self.fields)

    @property
    def asked(self) -> Questions:
        return of_team(self.view, self.stage)

    @property
    def today(self) -> date:
        return self.here.ctx.clock.now().date()


def held(fields: Fields, nonce: str, act: str) -> dict[str, str]:
    """Return what a submission begins with, made of the nonce of its page."""
    return {"code": fields.one("code"), "nonce": f"{nonce}-{act}"}


def stage_of(fields: Fields) -> Stage:
    """Return the stage that a form is about."""
    return Stage.AFTER_INTERVIEW if fields.one("stage") == Stage.AFTER_INTERVIEW else Stage.AFTER_DECISION


def screen(visit: Visit, template: str, *, shown: Sequence[str] = (), **facts: Any) -> Response:
    """Return a screen; `shown` are the fields that it shows itself, all others travel with it unseen."""
    carried = visit.fields.others((*_HELD, *shown))
    base: dict[str, Any] = {
        "view": visit.view,
        "name": visit.view.candidate_name,
        "typed": visit.fields,
        "nonce": visit.nonce,
        "carried": carried,
        "problems": NONE,
    }
    return page(visit.here.site, template, padded=True, **base | facts)


def done(
    visit: Visit,
    heading: str,
    *lines: str,
    actions: Sequence[tuple[str, str]] = (BACK,),
    status: int = 200,
    shows_at: Any = None,
) -> Response:
    """Return what was done, and where to go from there."""
    carried = [*visit.fields.others(("do", "pad", "nonce")), ("nonce", visit.nonce)]
    return page(
        visit.here.site,
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
    """Return the nonce of the page, short enough for each act to add its own name."""
    nonce = nonce_of(fields)
    return nonce if re.fullmatch(r"[A-Za-z0-9_-]{22,36}", nonce) else nonce_of(Fields())
