"""What can go wrong, said once: a stable code for machines, a sentence for the person who reads it."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class FieldError:
    """One fault in a body. `pointer` is a JSON pointer (RFC 6901); no member ever repeats what was sent."""

    pointer: str
    code: str
    message: str


class DomainError(Exception):
    """A use case said no. `code` is part of the API and never changes; the HTTP status is decided at the edge."""

    def __init__(self, code: str, detail: str, errors: Sequence[FieldError] = ()) -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail
        self.errors = tuple(errors)


class Malformed(DomainError):
    """The request can't be read at all."""


class Invalid(DomainError):
    """The body was read, but breaks a rule; `errors` says which and where."""

    def __init__(
        self,
        errors: Sequence[FieldError],
        code: str = "invalid_request",
        detail: str = "Some fields need another look. Nothing was stored.",
    ) -> None:
        super().__init__(code, detail, errors)


class Unauthenticated(DomainError):
    """The route needs a token, and none that it knows came."""


class Forbidden(DomainError):
    """What came as proof proves nothing here."""


class Unknown(DomainError):
    """There is no such thing, or it belongs to somebody else: the two look the same."""


class Conflict(DomainError):
    """The request is fine, but the state of things does not allow it."""


class Gone(DomainError):
    """It existed, and is over."""


class TooLarge(DomainError):
    """More bytes than this service reads."""


class TooManyRequests(DomainError):
    """Slow down. `retry_after` is in seconds; `limit`, where a caller is known by a key, is requests a minute."""

    def __init__(self, code: str, detail: str, retry_after: int, *, limit: int | None = None) -> None:
        super().__init__(code, detail)
        self.retry_after = retry_after
        self.limit = limit


class Unavailable(DomainError):
    """Something that this service stands on does not answer; the same request may work in a moment."""


class Unreadable(Unavailable):
    """One record or its key can't be opened. An operator has to help; all others go on."""


def one(pointer: str, code: str, message: str) -> Invalid:
    """Return the error of a body with a single fault."""
    return Invalid([FieldError(pointer, code, message)])


class CannotStart(Exception):
    """A command can't run here and now. The message is for its operator, and repeats no value of a setting."""


class ConfigurationError(CannotStart):
    """The settings can't be used. The message lists every problem for the operator, and repeats no value."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(["Debrief can't start with these settings:", *(f"  - {line}" for line in problems)]))
        self.problems = tuple(problems)
