"""What a browser sends, read into the same inputs as the API's: the rules stand there, once."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import parse_qsl
from uuid import UUID

from fastapi import Request
from pydantic import BaseModel, ValidationError

from app.core import randomness
from app.core.errors import FieldError, Invalid, Malformed
from app.core.field_errors import field_errors

M = TypeVar("M", bound=BaseModel)

_FORM = "application/x-www-form-urlencoded"
_MOST_FIELDS = 500
_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)
_NOTHING = UUID(int=0)


class Fields:
    """What was typed and ticked. A field that is not there reads as empty."""

    def __init__(self, pairs: Iterable[tuple[str, str]] = ()) -> None:
        self._values: dict[str, list[str]] = {}
        for name, value in pairs:
            self._values.setdefault(name, []).append(value)

    def one(self, name: str) -> str:
        """Return a text without the spaces around it."""
        return self._values.get(name, [""])[0].strip()

    def all(self, name: str) -> list[str]:
        """Return what was ticked under one name."""
        return self._values.get(name, [])

    def has(self, name: str, value: str) -> bool:
        """Tell whether `value` was ticked."""
        return value in self.all(name)

    def any(self, name: str) -> bool:
        """Tell whether anything was filled in under a name, or the names that go on from it after a dot."""
        return any(other == name or other.startswith(f"{name}.") for other, _ in self.others(()))

    def others(self, known: Sequence[str]) -> list[tuple[str, str]]:
        """Return all that was filled in but what stands under `known` names."""
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
    """What needs another look, in the order of the form, and beside which field."""

    summary: Sequence[tuple[str, str]] = ()
    beside: Mapping[str, str] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.summary)


NONE = Problems()


async def read_fields(request: Request) -> Fields:
    """Read the body of a form. Raises Malformed, also for a form that another site has made its visitor send.

    There is nothing that such a form could use, since a browser adds no secret by itself here; but nobody has a use for
    it either. Our own policy makes browsers send `Origin: null` with a plain form, so that alone says nothing.
    """
    if _is_foreign(request):
        raise Malformed("cross_origin_form", "This form was sent from another site. Nothing was stored.")
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _FORM:
        raise Malformed("not_a_form", "This page reads forms only. Nothing was stored.")
    try:
        text = (await request.body()).decode()
        return Fields(parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=_MOST_FIELDS))
    except ValueError:
        raise Malformed("malformed_form", "The form can't be read. Nothing was stored.") from None


def _is_foreign(request: Request) -> bool:
    fetch_site = request.headers.get("sec-fetch-site")
    if fetch_site is not None:
        return fetch_site not in {"same-origin", "none"}
    origin = request.headers.get("origin", "null")
    # Compared with what the operator has set: proxies change Host, and visitors make it up.
    return origin not in {"null", request.app.state.context.base_url}


def id_in(rest: str) -> UUID:
    """Return the id with which a path begins, whatever a mail program has made of the rest; else one of nothing."""
    found = _ID.match(rest)
    return UUID(found[0]) if found else _NOTHING


def nonce_of(fields: Fields) -> str:
    """Return the nonce that came with a form; where no script has made one, a fresh one to be kept in the page."""
    return fields.one("nonce") or randomness.token_bytes(16).hex()


def read(model: type[M], data: Mapping[str, Any]) -> M:
    """Read `data` as the API would read it as JSON. Raises Invalid."""
    try:
        return model.model_validate(data)
    except ValidationError as error:
        faults = [{**fault, "loc": ("body", *fault["loc"])} for fault in error.errors(include_url=False)]
        raise Invalid(field_errors(faults, data)) from None


def problems(
    errors: Iterable[FieldError], names: Mapping[str, str], needed: Mapping[str, str] | None = None
) -> Problems:
    """Put errors beside their fields: `names` says what the field at a pointer, or at the nearest above, is called.

    `needed` says in the words of the page what is missing where a field was left empty.
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
