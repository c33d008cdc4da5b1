"""Domain errors: each has a stable code for machines and a sentence for people. No HTTP here."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class FieldError:
    """One fault in a body. `pointer` is a JSON pointer (RFC 6901). No member repeats what was sent."""

    pointer: str
    code: str
    message: str


class DomainError(Exception):
    """A use case refuses. `code` is part of the API and never changes; `core/problems.py` chooses the HTTP status."""

    def __init__(self, code: str, detail: str, errors: Sequence[FieldError] = ()) -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail
        self.errors = tuple(errors)


class Malformed(DomainError):
    """The request cannot be parsed."""


class Invalid(DomainError):
    """The body breaks a rule; `errors` says which and where."""

    def __init__(
        self,
        errors: Sequence[FieldError],
        code: str = "invalid_request",
        detail: str = "Some fields need another look. Nothing was stored.",
    ) -> None:
        super().__init__(code, detail, errors)


class Unauthenticated(DomainError):
    """The route needs a token, and the request has none that is valid."""


class Forbidden(DomainError):
    """The credential is valid, but does not allow this."""


class Unknown(DomainError):
    """The thing does not exist, or belongs to somebody else: both get the same answer."""


class Conflict(DomainError):
    """The request is valid, but the present state does not allow it."""


class Gone(DomainError):
    """The thing existed, and is over."""


class TooLarge(DomainError):
    """The body is larger than the limit."""


class TooManyRequests(DomainError):
    """The caller has to wait `retry_after` seconds. `limit`, for callers with a key, is in requests a minute."""

    def __init__(self, code: str, detail: str, retry_after: int, *, limit: int | None = None) -> None:
        super().__init__(code, detail)
        self.retry_after = retry_after
        self.limit = limit


class Unavailable(DomainError):
    """The database or the key store does not answer. The same request may work in a moment."""


class Unreadable(Unavailable):
    """One record cannot be decrypted. The operator has to help; other records are not affected."""


def one(pointer: str, code: str, message: str) -> Invalid:
    """Return the error for a body with a single fault."""
    return Invalid([FieldError(pointer, code, message)])


class CannotStart(Exception):
    """A command cannot start. The message is for the operator, and repeats no value of a setting."""


class ConfigurationError(CannotStart):
    """The settings are invalid. The message lists every problem for the operator, and repeats no value."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(["Debrief can't start with these settings:", *(f"  - {line}" for line in problems)]))
        self.problems = tuple(problems)
