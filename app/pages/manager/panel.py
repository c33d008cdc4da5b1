"""The form that opens a panel: how many people, one link or several, and the message to forward."""

from typing import Any

from fastapi import Response

from app.core.errors import Conflict, Invalid
from app.core.text import isolated
from app.pages import short_form
from app.pages.forms import NONE, Problems, problems, read
from app.pages.manager.visit import Visit, screen
from app.requests import panel as team_panel
from app.requests.manager_schemas import PanelCreate, PanelOpened
from app.requests.schemas import MailDraft


def form(visit: Visit, found: Problems = NONE, *, status: int = 0) -> Response:
    """Return the form: how many people, and how the message reaches them."""
    return screen(
        visit,
        "manager_panel.html",
        shown=("people", "shape", "work_address"),
        status=status or (422 if found else 200),
        problems=found,
        sends_mail=visit.page_ctx.ctx.sends_mail,
    )


async def open_panel(visit: Visit) -> Response:
    """Open the panel, and return the message to forward."""
    names = {"/people": "people", "/shape": "shape", "/work_address": "work_address"}
    people = visit.fields.one("people")
    data: dict[str, Any] = visit.credentials("p") | {"shape": visit.fields.one("shape") or "team"}
    if people:
        data["people"] = int(people) if people.isdecimal() and len(people) < 4 else people
    if address := visit.fields.one("work_address"):
        data["work_address"] = address
    try:
        opened = PanelOpened.model_validate_json(
            await team_panel.open_panel(visit.page_ctx.ctx, visit.key.owner, read(PanelCreate, data))
        )
    except Invalid as error:
        return form(visit, problems(error.errors, names, {"people": "Say how many of you there are."}))
    except Conflict as error:
        return form(visit, short_form.conflict_problem(error), status=409)
    return screen(visit, "manager_opened.html", opened=opened, note=note(visit, opened))


def note(visit: Visit, opened: PanelOpened) -> MailDraft:
    """Return the message to forward, as a mail."""
    return MailDraft(subject=f"{isolated(visit.view.candidate_name)} asks what counted", text=opened.message or "")
