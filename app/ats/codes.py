"""Codes as systems spell them: read without regard to case and separators, in either spelling, with what else they say.

An interview whose state is not a word of this table is `unclear`: nobody knows whether it took place.
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
    # Called off, or nobody came.
    *("canceled", "declined", "deleted", "expired", "missed", "no_show", "candidate_no_show", "interviewer_no_show"),
    *("rejected", "removed", "skipped"),
    # Not agreed on yet.
    *("draft", "needs_scheduling", "not_scheduled", "on_hold", "pending", "postponed", "requested", "to_be_scheduled"),
    *("unscheduled", "waiting_on_candidate_availability", "waiting_on_candidate_booking"),
    "candidate_availability_submitted",
    # A test to take home: it is sent and comes back, and nobody meets anybody.
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
        # Said in so many words, and no less unclear.
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
    """Return a word in small letters and figures alone: NO_SHOW, No-show and noShow are one."""
    return "".join(mark for mark in (word or "").casefold() if mark.isalnum())


def read(kind: type[E], word: str | None, otherwise: N) -> E | N:
    """Return the code that a word means, or `otherwise` where it means none."""
    found = _TABLES[kind].get(fold(word))
    return kind(found) if found is not None else otherwise


def interview_status(word: str | None) -> InterviewStatus:
    """Return how an interview stands: `unknown` where nothing is said, `unclear` where the word is not known."""
    return read(InterviewStatus, word, InterviewStatus.UNCLEAR if fold(word) else InterviewStatus.UNKNOWN)


def is_known(kind: type[StrEnum], word: str) -> bool:
    """Tell whether a word means something here."""
    return not fold(word) or fold(word) in _TABLES[kind]


def _table(kind: type[StrEnum], also: Mapping[str, StrEnum]) -> dict[str, str]:
    return {fold(word): code.value for word, code in {**{one.value: one for one in kind}, **also}.items()}


_TABLES = {kind: _table(kind, also) for kind, also in _ALSO.items()}
