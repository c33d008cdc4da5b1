"""Response bodies of the neutral contract."""

from typing import Annotated, Literal

from app.applications.dossier import ApplicationStatus
from app.applications.rules import Reason
from app.ats.neutral.fields import Known
from app.core.schemas import Output


class AtsSnapshotAccepted(Output):
    """The result of a snapshot."""

    application_id: str
    """Debrief's id of the application."""
    offer_url: str
    """The address of the offer page. It contains no secret, so it may be part of the rejection mail."""
    outcome: Literal["accepted", "duplicate"]
    """`duplicate` if nothing changed."""
    dropped_fields: list[str]
    """The names of the fields that Debrief did not store, never their content."""


class AtsEventAccepted(Output):
    """The result of an event. `dropped_fields` contains `type` if the type is unknown."""

    event_id: str
    """The id of the event."""
    outcome: Literal["accepted", "duplicate", "stale", "ignored"]
    """The action that Debrief took."""
    application_id: str | None
    """Debrief's id of the application; null if the event has none."""
    dropped_fields: list[str]
    """The names of the fields that Debrief did not store, never their content."""
    request_id: str
    """The id of this call, for support."""


class CandidateMerged(Output):
    """The result of a merge."""

    into_remote_id: str
    """The id of the record that remains after a merge."""
    applications: int
    """How many applications moved to the remaining candidate."""


class CandidateErasure(Output):
    """An erasure. Its id is the same for repeated calls."""

    erasure_id: str
    """The id of the erasure. It is the same for repeated calls."""


class AtsListedApplication(Output):
    """One application, as its administrator sees it."""

    remote_id: str
    """The id in your system."""
    status: Annotated[str, Known.of(ApplicationStatus)] | None
    """The status of the application in your system."""
    offer: Literal["not_offered", "held", "waiting", "offered"]
    """Whether the candidate got an offer."""
    reason: Annotated[str, Known.of(Reason)] | None
    """Why there is no offer, or why it is held."""


class AtsApplications(Output):
    """A page of applications."""

    data: list[AtsListedApplication]
    """The applications of this page."""
    next_cursor: str | None
    """Pass this as `cursor` to get the next page; null on the last page."""
