"""Code table: an ATS's words for statuses, roles and address types, and the codes that they mean.

Case and separators do not count. An interview status that is not in the table is `unclear`: Debrief can't know whether
the interview took place.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

from app.applications.dossier import (
    AddressType,
    ApplicationStatus,
    InterviewerRole,
    InterviewStatus,
    RejectKind,
    ResponseStatus,
)

E = TypeVar("E", bound=StrEnum)
N = TypeVar("N", bound=StrEnum | None)

_NOT_HELD = (
    # Cancelled, or somebody did not come.
    *("canceled", "declined", "deleted", "expired", "missed", "no_show", "candidate_no_show", "interviewer_no_show"),
    *("rejected", "removed", "skipped"),
    # Not scheduled yet.
    *("draft", "needs_scheduling", "not_scheduled", "on_hold", "pending", "postponed", "requested", "to_be_scheduled"),
    *("unscheduled", "waiting_on_candidate_availability", "waiting_on_candidate_booking"),
    "candidate_availability_submitted",
    # A take-home test: nobody meets the candidate.
    *("to_be_sent", "sent", "received"),
)
_ALSO: Mapping[type[StrEnum], Mapping[str, StrEnum]] = {
    ApplicationStatus: {},
    RejectKind: {},
    InterviewStatus: {
        **dict.fromkeys(_NOT_HELD, InterviewStatus.CANCELLED),
        **dict.fromkeys(("booked", "confirmed", "planned", "upcoming"), InterviewStatus.SCHEDULED),
        **dict.fromkeys(
            ("collect_feedback", "feedback_pending", "pending_feedback", "waiting_on_feedback"),
            InterviewStatus.AWAITING_FEEDBACK,
        ),
        **dict.fromkeys(("completed", "conducted", "done", "finished", "held"), InterviewStatus.COMPLETE),
        # The ATS itself says that it does not know.
        "unknown": InterviewStatus.UNCLEAR,
    },
    ResponseStatus: {
        **dict.fromkeys(("no", "rejected"), ResponseStatus.DECLINED),
        **dict.fromkeys(("none", "no_response", "not_responded", "pending"), ResponseStatus.NEEDS_ACTION),
        **dict.fromkeys(("yes", "confirmed"), ResponseStatus.ACCEPTED),
        "maybe": ResponseStatus.TENTATIVE,
    },
    InterviewerRole: dict.fromkeys(("observer", "shadower", "trainee"), InterviewerRole.SHADOW),
    AddressType: {
        **dict.fromkeys(("home", "private"), AddressType.PERSONAL),
        **dict.fromkeys(("business", "company", "office"), AddressType.WORK),
    },
}


def fold(word: str | None) -> str:
    """Return the letters and digits of a word in lower case: NO_SHOW, No-show and noShow are the same word."""
    return "".join(mark for mark in (word or "").casefold() if mark.isalnum())


def read(kind: type[E], word: str | None, otherwise: N) -> E | N:
    """Return the code that `word` means, or `otherwise` for an unknown word."""
    found = _TABLES[kind].get(fold(word))
    return kind(found) if found is not None else otherwise


def interview_status(word: str | None) -> InterviewStatus:
    """Return the status of an interview: `unknown` for an empty word, `unclear` for a word that is not in the table."""
    return read(InterviewStatus, word, InterviewStatus.UNCLEAR if fold(word) else InterviewStatus.UNKNOWN)


def is_known(kind: type[StrEnum], word: str) -> bool:
    """Return whether `word` is empty or in the table."""
    return not fold(word) or fold(word) in _TABLES[kind]


def _table(kind: type[StrEnum], also: Mapping[str, StrEnum]) -> dict[str, str]:
    return {fold(word): code.value for word, code in {**{one.value: one for one in kind}, **also}.items()}


_TABLES = {kind: _table(kind, also) for kind, also in _ALSO.items()}
