"""The types of events of our own contract."""

from collections.abc import Mapping

from app.applications.dossier import ApplicationStatus, InterviewStatus
from app.ats.codes import fold

PING = "ping"
# What each says of an application.
APPLICATION: Mapping[str, ApplicationStatus] = {
    "application.created": ApplicationStatus.ACTIVE,
    "application.stage_changed": ApplicationStatus.ACTIVE,
    "application.rejected": ApplicationStatus.REJECTED,
    "application.unrejected": ApplicationStatus.ACTIVE,
    "application.withdrawn": ApplicationStatus.WITHDRAWN,
    "application.hired": ApplicationStatus.HIRED,
    "application.unhired": ApplicationStatus.ACTIVE,
}
# What each says of an interview; None: what the event itself says.
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
    """Return the type that a text names, whatever its case, separators and spelling; None for no known one."""
    return _READ.get(fold(text))
