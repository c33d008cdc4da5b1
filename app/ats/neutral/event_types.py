"""Event types of the neutral contract."""

from collections.abc import Mapping

from app.applications.dossier import ApplicationStatus, InterviewStatus
from app.ats.codes import fold

PING = "ping"
# The application status that each type implies.
APPLICATION: Mapping[str, ApplicationStatus] = {
    "application.created": ApplicationStatus.ACTIVE,
    "application.stage_changed": ApplicationStatus.ACTIVE,
    "application.rejected": ApplicationStatus.REJECTED,
    "application.unrejected": ApplicationStatus.ACTIVE,
    "application.withdrawn": ApplicationStatus.WITHDRAWN,
    "application.hired": ApplicationStatus.HIRED,
    "application.unhired": ApplicationStatus.ACTIVE,
}
# The interview status that each type implies; None: the interview's own status counts.
INTERVIEW: Mapping[str, InterviewStatus | None] = {
    "interview.scheduled": None,
    "interview.updated": None,
    "interview.cancelled": InterviewStatus.CANCELLED,
    "interview.completed": InterviewStatus.COMPLETE,
}
_OTHERS = (
    *("application.deleted", "candidate.updated", "candidate.merged", "candidate.deleted", "candidate.anonymized"),
    *("job.updated", "job.closed", "user.disabled"),
)
ALL = (*APPLICATION, *INTERVIEW, *_OTHERS, PING)
_READ = {fold(one): one for one in ALL} | {
    "interviewcanceled": "interview.cancelled",
    "candidateanonymised": "candidate.anonymized",
}


def read(text: str) -> str | None:
    """Return the event type that `text` names, ignoring case, separators and spelling variants; None for an unknown
    one.
    """
    return _READ.get(fold(text))
