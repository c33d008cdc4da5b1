"""The message that a hiring manager forwards to the team: to copy from the page, or as a mail to their own address."""

from datetime import date

from app.core.text import isolated, written
from app.requests.manager_schemas import PanelLink


def panel_question(*, candidate: str, position: str, promise: str) -> str:
    """Return the sentences that ask the team. The caller has made the names harmless for where the text goes."""
    return (
        f"{candidate}, whom we met for the position as {position}, asks what counted. It takes about a minute, without "
        f"an account. {promise} You can also decline."
    )


def claim_notice(last_day: str) -> str:
    """Return the sentence about the two visits of a blind round; `last_day` of claims, written out."""
    return (
        f"Please open the link by {last_day} to say that you take part; answers are written in the days after that. If "
        "at least three take part, not even those who run the server can tell which is whose."
    )


def panel_message(
    *, candidate: str, role_title: str, promise: str, links: list[PanelLink], claim_until: date | None
) -> str:
    """Return the message for the manager to copy."""
    question = panel_question(candidate=isolated(candidate), position=isolated(role_title), promise=promise)
    if claim_until is not None:
        question += f" {claim_notice(written(claim_until))}"
    if len(links) == 1:
        where = f"This link is the same for all of us:\n\n{links[0].url}"
    else:
        listed = "\n".join(f"{index}. {link.url}" for index, link in enumerate(links, 1))
        where = f"Each of us takes one of these links (it works once):\n\n{listed}"
    return f"Hello,\n\n{question}\n\n{where}\n\nThank you!\n"
