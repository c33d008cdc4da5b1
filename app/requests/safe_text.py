"""Text for mails: names made harmless.

A mail carries the candidate's name, company and role, made harmless: anybody can raise a request, and must not be able
to send a message or a link of their own through Debrief.
"""

import re
import unicodedata

from app.core.text import isolated, line, shortened

LONGEST = 60
_ADDRESS = re.compile(r"\S*://\S*|\bwww\.\S*|\S*@\S*", re.IGNORECASE)
# Full stops of other scripts are read as dots in names of hosts (UTS 46).
_DOT = re.compile(r"(?<=\w)[.\u3002\uff0e\uff61](?=\w)")


def harmless(text: str) -> str:
    """Return a name, company or role for a mail: short, on one line, without links and without bidirectional tricks."""
    shown = line("".join(" " if unicodedata.category(one) in {"Co", "Cn"} else one for one in text))
    shown = shortened(_DOT.sub(" ", _ADDRESS.sub(" ", shown)), LONGEST)
    return isolated(shown) or "…"
