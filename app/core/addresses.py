"""Mail addresses and host names: one rule for every form, ATS and recipient.

An address is valid as in an HTML form, in lower case, with its host in ASCII (IDNA, RFC 5891). Display names, angle
brackets and punctuation around it are trimmed. Local parts beyond ASCII are refused: every server on the way would have
to support SMTPUTF8 (RFC 6531).
"""

import re
from typing import Annotated
from urllib.parse import unquote

import idna
from pydantic import AfterValidator, StringConstraints, WithJsonSchema
from pydantic_core import PydanticCustomError

from app.core.text import Clean, line

_DOMAIN = re.compile(r"([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])")
# Not "=?", which begins an encoded word (RFC 2047): header parsers would decode it to another address.
_LOCAL = re.compile(r"(?!.*=\?)[a-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}")
# From RFC 5321 and RFC 1035. A much longer text is no address, and costs time to encode.
_LONGEST, _LONGEST_DOMAIN, _LONGEST_TYPED = 254, 253, 1000
_IN_ANGLES = re.compile(r"<([^<>]*)>[\s,;.]*$")
_GMAIL = frozenset({"gmail.com", "googlemail.com"})
_AROUND = ' ,;<>()[]"“”„«»'


def read_domain(text: str) -> str | None:
    """Return a host name in ASCII and lower case, or None if it is invalid."""
    found = line(text).lower()
    if not found.isascii():
        if len(found) > _LONGEST_DOMAIN:
            return None
        try:
            found = idna.encode(found, uts46=True).decode("ascii")
        except UnicodeError:
            return None
    return found if len(found) <= _LONGEST_DOMAIN and _DOMAIN.fullmatch(found) else None


def read_address(text: str | None) -> str | None:
    """Return the address in a text, without decoration, or None if there is no valid one."""
    if text is None or len(text) > _LONGEST_TYPED:
        return None
    found = _undecorated(line(text))
    local, _, host = found.rpartition("@")
    local, domain = local.lower(), read_domain(host)
    if domain is None or not local.isascii() or not _LOCAL.fullmatch(local):
        return None
    address = f"{local}@{domain}"
    return address if len(address) <= _LONGEST else None


def mailbox_of(address: str) -> str:
    """Return one spelling for all addresses of a mailbox: without a `+tag` (RFC 5233), and at Gmail without dots."""
    local, _, domain = address.rpartition("@")
    local = local.partition("+")[0] or local
    if domain in _GMAIL:
        # Google reads a.b@googlemail.com as ab@gmail.com.
        return f"{local.replace('.', '')}@gmail.com"
    return f"{local}@{domain}"


def _undecorated(text: str) -> str:
    """Trim a display name, angle brackets, quotes, `mailto:` and the punctuation of lists and sentences."""
    angled = _IN_ANGLES.search(text)
    text = (angled[1] if angled else text).strip(_AROUND).rstrip(".:" + _AROUND)
    if len(text) > 1 and text[0] == text[-1] == "'":
        text = text[1:-1]
    if text[:7].lower() == "mailto:":
        text = unquote(text[7:].partition("?")[0]).strip(_AROUND)
    return text


def _address(text: str) -> str:
    found = read_address(text)
    if found is None:
        raise PydanticCustomError("invalid_format", "This is not an address that can be written to.")
    return found


def _domain(text: str) -> str:
    found = read_domain(text)
    if found is None:
        raise PydanticCustomError("invalid_format", "This is not the name of a host.")
    return found


Email = Annotated[
    str,
    StringConstraints(max_length=_LONGEST_TYPED),
    AfterValidator(_address),
    WithJsonSchema({"type": "string", "description": "A mail address.", "maxLength": _LONGEST_TYPED}),
    Clean,
]
"""A valid mail address, as `read_address` returns it. Whether it exists, only a mail can show."""

Domain = Annotated[
    str,
    StringConstraints(max_length=_LONGEST_DOMAIN),
    AfterValidator(_domain),
    WithJsonSchema({"type": "string", "description": "The name of a host.", "maxLength": _LONGEST_DOMAIN}),
    Clean,
]
"""A host name (RFC 1123), in ASCII and lower case."""
