"""Form bodies: parsing, validation by the API's own schemas, and errors beside fields."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import parse_qsl
from uuid import UUID

from fastapi import Request
from pydantic import BaseModel, ValidationError

from app.accounts.rules import TokenKind
from app.core import randomness
from app.core.errors import FieldError, Invalid, Malformed
from app.core.field_errors import field_errors
from app.core.tokens import read_code, read_token

M = TypeVar("M", bound=BaseModel)

_FORM = "application/x-www-form-urlencoded"
_MOST_FIELDS = 500
_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)
_NO_ID = UUID(int=0)


class Fields:
    """The values of a submitted form. A missing field reads as empty."""

    def __init__(self, pairs: Iterable[tuple[str, str]] = ()) -> None:
        self._values: dict[str, list[str]] = {}
        for name, value in pairs:
            self._values.setdefault(name, []).append(value)

    def one(self, name: str) -> str:
        """Return the first value of a field, stripped."""
        return self._values.get(name, [""])[0].strip()

    def all(self, name: str) -> list[str]:
        """Return all values of a field."""
        return self._values.get(name, [])

    def has(self, name: str, value: str) -> bool:
        """Tell whether `value` was ticked."""
        return value in self.all(name)

    def any(self, name: str) -> bool:
        """Tell whether a field, or any field whose name continues it after a dot, was filled in."""
        return any(other == name or other.startswith(f"{name}.") for other, _ in self.others(()))

    def others(self, known: Sequence[str]) -> list[tuple[str, str]]:
        """Return all filled-in fields except the `known` ones and those whose names continue them after a dot."""
        prefixes = tuple(f"{name}." for name in known)
        return [
            (name, value)
            for name, values in self._values.items()
            if name not in known and not name.startswith(prefixes)
            for value in values
            if value.strip()
        ]

    def replaced(self, name: str, value: str) -> "Fields":
        """Return a copy in which one field has another value."""
        return Fields([*self.others((name,)), (name, value)])


@dataclass(frozen=True)
class Problems:
    """Error messages: pairs of field and message in the order of the form, and the message beside each field."""

    summary: Sequence[tuple[str, str]] = ()
    beside: Mapping[str, str] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.summary)


NONE = Problems()


async def read_fields(request: Request) -> Fields:
    """Parse the body of a form. Raises Malformed, also for forms sent from another site.

    A cross-site form could do no harm, since there are no cookies; nobody needs one either. Our own referrer policy
    makes browsers send `Origin: null` with plain forms, so a null origin is accepted.
    """
    if _is_foreign(request):
        raise Malformed("cross_origin_form", "This form was sent from another site. Nothing was stored.")
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _FORM:
        raise Malformed("not_a_form", "This page reads forms only. Nothing was stored.")
    try:
        text = (await request.body()).decode()
        pairs = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=_MOST_FIELDS)
    except ValueError:
        raise Malformed("malformed_form", "The form can't be read. Nothing was stored.") from None
    return Fields((name, _secret_in(name, value)) for name, value in pairs)


def _secret_in(name: str, pasted: str) -> str:
    """Reduce a pasted link to its secret, so that the pages carry nothing else on. Other fields stay as they are."""
    match name:
        case "code":
            return read_code(pasted) or pasted
        case "token":
            return read_token(pasted, TokenKind.MANAGE) or pasted
        case _:
            return pasted


def _is_foreign(request: Request) -> bool:
    fetch_site = request.headers.get("sec-fetch-site")
    if fetch_site is not None:
        return fetch_site not in {"same-origin", "none"}
    origin = request.headers.get("origin", "null")
    # Compare with the configured base URL: proxies change Host, and clients can invent it.
    return origin not in {"null", request.app.state.context.base_url}


def id_in(rest: str) -> UUID:
    """Return the id that a path begins with, ignoring what a mail program appended; else the id 0."""
    found = _ID.match(rest)
    return UUID(found[0]) if found else _NO_ID


def nonce_of(fields: Fields) -> str:
    """Return the nonce of a form; if no script made one, a fresh one for the page to keep."""
    return fields.one("nonce") or randomness.token_bytes(16).hex()


def read(model: type[M], data: Mapping[str, Any]) -> M:
    """Validate `data` as the API would. Raises Invalid."""
    try:
        return model.model_validate(data)
    except ValidationError as error:
        faults = [{**fault, "loc": ("body", *fault["loc"])} for fault in error.errors(include_url=False)]
        raise Invalid(field_errors(faults, data)) from None


def problems(
    errors: Iterable[FieldError], names: Mapping[str, str], needed: Mapping[str, str] | None = None
) -> Problems:
    """Assign errors to form fields. `names` maps pointers to fields; the nearest parent pointer counts.

    `needed` has the page's own message for a field that was left empty.
    """
    summary: list[tuple[str, str]] = []
    beside: dict[str, str] = {}
    for error in errors:
        name = _nearest(error.pointer, names)
        message = (needed or {}).get(name, error.message) if error.code == "required" else error.message
        if (name, message) not in summary:
            summary.append((name, message))
        if name:
            beside.setdefault(name, message)
    return Problems(summary, beside)


def _nearest(pointer: str, names: Mapping[str, str]) -> str:
    while pointer:
        if pointer in names:
            return names[pointer]
        pointer = pointer.rpartition("/")[0]
    return names.get("", "")
