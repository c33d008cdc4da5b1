"""One-time links as people paste them: server, round, and the secrets behind the `#`."""

import re
from dataclasses import dataclass, field
from urllib.parse import SplitResult, parse_qsl, urlsplit
from uuid import UUID

from app.blinding.encoding import read_base64url
from app.core.tokens import read_code

# Mail filters encode `#` like this, sometimes more than once.
_MANGLED = re.compile(r"%(25)*23")
_PATH = re.compile(r"(?P<before>.*)/r/(?P<round>[0-9a-fA-F-]{36})/?")
_THIS_MACHINE = ("localhost", "127.0.0.1", "::1")
_COMMITMENT_BYTES = 16


class NotALink(ValueError):
    """The text is not a link to a round. The message says why, and repeats no part of it."""


@dataclass(frozen=True)
class Link:
    """A parsed link. `commitment` commits to the key of a blind round; a link for everybody has no code."""

    base_url: str
    round_id: UUID
    code: str | None = field(default=None, repr=False)
    commitment: str | None = None

    @property
    def local(self) -> bool:
        """Whether the server runs on this machine."""
        return urlsplit(self.base_url).hostname in _THIS_MACHINE

    @property
    def for_all(self) -> str:
        """Return the same link without its code."""
        return f"{self.base_url}/r/{self.round_id}#k={self.commitment}"


def read_link(typed: str) -> Link:
    """Parse a link as typed or pasted. Raises NotALink."""
    try:
        parts = urlsplit(_MANGLED.sub("#", typed.strip(), count=1))
    except ValueError:
        raise NotALink("This is no link.") from None
    path = _PATH.fullmatch(parts.path)
    if parts.scheme not in {"http", "https"} or not parts.hostname or path is None:
        raise NotALink("This is no link to a round. It looks like https://…/r/…#c=…")
    if "@" in parts.netloc:
        raise NotALink("This link hides where it leads. Please ask for it again.")
    try:
        link = _link(parts, path)
    except ValueError:
        raise NotALink("A part of this link is missing or wrong. Please copy it whole.") from None
    if parts.scheme == "http" and not link.local:
        raise NotALink("This link begins with http://: everybody on the way could read your answer.")
    return link


def _link(parts: SplitResult, path: re.Match[str]) -> Link:
    secrets = dict(parse_qsl(parts.fragment, strict_parsing=True))
    code, commitment = None, secrets.get("k")
    if "c" in secrets and (code := read_code(secrets["c"])) is None:
        raise ValueError
    if commitment is not None:
        read_base64url(commitment, _COMMITMENT_BYTES)
    elif code is None:
        raise ValueError
    return Link(f"{parts.scheme}://{parts.netloc}{path['before']}", UUID(path["round"]), code, commitment)
