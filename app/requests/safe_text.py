"""How a mail puts what it is about: names made harmless, days written out.

Of the candidate's own text a mail carries name, company and role, made harmless: whoever can raise a request must not
be able to have Debrief deliver a message, or a link, of their own.
"""

import re
import unicodedata
from datetime import date

from app.core.text import isolated, line, shortened

LONGEST = 60
_ADDRESS = re.compile(r"\S*://\S*|\bwww\.\S*|\S*@\S*", re.IGNORECASE)
# Full stops of other scripts are read as dots in names of hosts (UTS 46).
_DOT = re.compile(r"(?<=\w)[.\u3002\uff0e\uff61](?=\w)")


def harmless(text: str) -> str:
    """Return a name, company or role as a mail may carry it: short, on one line, nothing that becomes a link, and
    nothing that turns around the sentence it stands in.
    """
    shown = line("".join(" " if unicodedata.category(one) in {"Co", "Cn"} else one for one in text))
    shown = shortened(_DOT.sub(" ", _ADDRESS.sub(" ", shown)), LONGEST)
    return isolated(shown) or "…"


def day(on: date) -> str:
    """Return a day as people write it: 3 March 2026."""
    return f"{on.day} {on:%B %Y}"
