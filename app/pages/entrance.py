"""Entrance pages of secret links: they take the secret, change nothing, and are the same bytes for every URL."""

from dataclasses import dataclass

from fastapi import Response

from app.core.errors import DomainError
from app.pages.forms import NONE, Fields, Problems
from app.pages.rendering import page
from app.pages.site import Site


@dataclass(frozen=True)
class Entrance:
    """The texts of one kind of entrance, and the name of the field that takes the secret."""

    heading: str
    lead: str
    secret: str
    label: str
    hint: str
    anonymous: bool
    button: str = "Open"
    receipts: bool = False
    # Whether people without the secret can have it mailed to the address that is known.
    mails: bool = False
    below: str = "Opening changes nothing. A link is used up only by a complete answer, or when you decline."


ANSWER = Entrance(
    heading="You were asked for one honest sentence",
    lead="Somebody whom you met in an interview would like to know what counted. It takes about a minute.",
    secret="code",  # noqa: S106  # The name of a field.
    label="The code from your link",
    hint="Paste the whole link, or only the 26 letters and digits after “#c=”.",
    anonymous=True,
    receipts=True,
)
MANAGER = Entrance(
    heading="A candidate asks what counted",
    lead="You can answer for your team in a minute, let the team answer without names, or decline.",
    secret="code",  # noqa: S106  # The name of a field.
    label="The code from your link",
    hint="Paste the whole link, or only the 26 letters and digits after “#c=”.",
    anonymous=True,
)
REQUEST = Entrance(
    heading="Your request",
    lead="Open the link that you kept when you asked, or paste its last part here.",
    secret="token",  # noqa: S106  # The name of a field.
    label="The key from your link",
    hint="Paste the whole link, or only what stands after “#m=”. It begins with dm_.",
    anonymous=False,
)

OFFER = Entrance(
    heading="You are offered a debrief",
    lead="A company to which you applied would like you to know what counted. See what would happen, and decide.",
    secret="code",  # noqa: S106  # The name of a field.
    label="The code from your mail",
    hint="Paste the whole link, or only the 26 letters and digits after “#c=”.",
    anonymous=True,
    mails=True,
    below="Opening changes nothing: nobody is asked before you say so.",
)

CONFIRM = Entrance(
    heading="Is this your address?",
    lead=(
        "Press the button if it was you who asked for feedback. Only then does Debrief write to anybody. If it was not "
        "you, close this page: nobody will be written to."
    ),
    secret="code",  # noqa: S106  # The name of a field.
    label="The code from the mail",
    hint="Paste the whole link, or only the 26 letters and digits after “#c=”.",
    anonymous=False,
    button="Yes, this is my address",
)


def enter(
    site: Site, entrance: Entrance, fields: Fields | None = None, problems: Problems = NONE, *, status: int = 404
) -> Response:
    """Return the page that takes the secret; with `problems` after a submission that failed."""
    submitted = fields is not None
    return page(
        site,
        "enter.html",
        status=status if submitted else 200,
        padded=submitted and entrance.anonymous,
        typed=fields or Fields(),
        problems=problems,
        heading=entrance.heading,
        lead=entrance.lead,
        secret=entrance.secret,
        label=entrance.label,
        hint=entrance.hint,
        anonymous=entrance.anonymous,
        button=entrance.button,
        receipts=entrance.receipts,
        mails=entrance.mails,
        below=entrance.below,
    )


def wrong_secret(site: Site, entrance: Entrance, fields: Fields, error: DomainError) -> Response:
    """Return the page for a secret that opens nothing. It is the same whatever the reason."""
    problems = Problems([(entrance.secret, error.detail)], {entrance.secret: error.detail})
    return enter(site, entrance, fields, problems)


def link_over(site: Site, error: DomainError) -> Response:
    """Return the page for a link that has expired or is paused. It is the same whatever the code."""
    paused = error.code == "round_paused"
    kept = "If it goes on, your link works again." if paused else "What was sent in time is kept as promised."
    lines = (error.detail, f"Nothing more is needed from you. {kept}")
    return page(
        site,
        "done.html",
        status=410,
        padded=True,
        heading="This is paused" if paused else "This is over",
        lines=lines,
        actions=(),
        shows_at=None,
    )
