"""HTML rendering: one Jinja environment, which escapes everything and fails on undefined names."""

import re
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any
from urllib.parse import quote

from fastapi import Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from app.core.text import isolated, runs_from_the_right, visible
from app.pages import assets
from app.pages.qr_code import qr_code
from app.pages.site import Site
from app.vocabulary.terms import term

ROUND_LENGTH = 128 * 1024
"""Pages for anonymous people are padded to a multiple of this length, because lengths tell who wrote what.

The form with the longest answer fits, and so does the check with its letter. A page takes more only with thousands of
characters that HTML escapes, such as quotation marks.
"""

_SAID = re.compile("“[^”]*”")


def page(
    site: Site,
    template: str,
    *,
    status: int = 200,
    headers: dict[str, str] | None = None,
    padded: bool = False,
    **facts: Any,
) -> Response:
    """Render a page. `padded` fills it up with spaces to a multiple of `ROUND_LENGTH`."""
    body = _templates.get_template(template).render(site=site, **facts).encode()
    if padded:
        body += b" " * (-len(body) % ROUND_LENGTH)
    return Response(body, status, headers, "text/html; charset=utf-8")


def download(content: str, name: str, media_type: str) -> Response:
    """Return a file as a download."""
    disposition = f'attachment; filename="{name}"'
    return Response(content, headers={"Content-Disposition": disposition}, media_type=f"{media_type}; charset=utf-8")


def day(value: date) -> str:
    """Format a day, such as 9 December 2026."""
    return f"{value.day} {value:%B %Y}"


def _bdi(text: str) -> str:
    """Isolate right-to-left text with <bdi>, so that it cannot reorder the sentence around it."""
    shown = visible(text)
    return Markup("<bdi>{}</bdi>").format(shown) if runs_from_the_right(shown) else shown


def have_to_answer(k: int, people: int) -> str:
    """Tell how many of `people` have to answer, such as "all 3 have to answer"."""
    if k < people:
        return f"{k} of the {people} have to answer"
    return "both have to answer" if k == 2 else f"all {k} have to answer"


def _clock(value: datetime) -> str:
    return f"{value:%H:%M} UTC"


def _moment(value: str) -> str:
    return _clock(datetime.fromisoformat(value))


def _said(text: str) -> Markup:
    """Mark up quotations. All text is escaped."""
    return Markup(_SAID.sub(lambda found: f'<span class="said">{found[0]}</span>', str(escape(text))))  # noqa: S704


def _label(code: StrEnum) -> str:
    return term(code).label


def _told(code: StrEnum) -> str:
    return term(code).candidate_text


def _ics(entry: str) -> str:
    """Return a calendar entry as the address of a link: to take it sends nothing, so nobody sees who does."""
    return f"data:text/calendar;charset=utf-8,{quote(entry)}"


def _mailto(note: Any) -> str:
    return f"mailto:?subject={quote(note.subject)}&body={quote(note.text)}"


_templates = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    auto_reload=False,
)
_templates.globals |= {
    "have_to_answer": have_to_answer,
    "asset": assets.address,
    "icon": assets.ICON,
    "integrity": assets.integrity,
}
_templates.filters |= {
    "bdi": _bdi,
    "clock": _clock,
    "day": day,
    "ics": _ics,
    "isolated": isolated,
    "label": _label,
    "mailto": _mailto,
    "moment": _moment,
    "qr_code": qr_code,
    "said": _said,
    "told": _told,
}
