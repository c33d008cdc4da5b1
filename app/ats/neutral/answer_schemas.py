"""What our own contract answers to an applicant tracking system."""

from typing import Annotated, Literal

from app.applications.dossier import ApplicationStatus
from app.applications.rules import Reason
from app.ats.neutral.fields import Known
from app.core.schemas import Output


class AtsSnapshotAccepted(Output):
    """What became of a snapshot."""

    application_id: str
    """Debrief's id of the application."""
    offer_url: str
    """Where the candidate finds the offer. It holds no secret, so that it may stand in the rejection mail."""
    outcome: Literal["accepted", "duplicate"]
    """`duplicate` if nothing changed."""
    dropped_fields: list[str]
    """The names of the fields that were not kept, never their content."""


class AtsEventAccepted(Output):
    """What became of an event. `type` among `dropped_fields`: its type is none that is known here."""

    event_id: str
    """The id of the event."""
    outcome: Literal["accepted", "duplicate", "stale", "ignored"]
    """What Debrief did with the event."""
    application_id: str | None
    """Debrief's id of the application; null if the event has none."""
    dropped_fields: list[str]
    """The names of the fields that were not kept, never their content."""
    request_id: str
    """The id of this call, for support."""


class CandidateMerged(Output):
    """A merge that is done."""

    into_remote_id: str
    """The id of the record that remains after a merge."""
    applications: int
    """How many applications moved to the remaining candidate."""


class CandidateErasure(Output):
    """An erasure: its id is the same however often it is asked for."""

    erasure_id: str
    """The id of the erasure: the same however often it is asked for."""


class AtsListedApplication(Output):
    """One application, as an administrator needs to see it. `reason`: why nothing is offered, or what it waits for."""

    remote_id: str
    """The id in your system."""
    status: Annotated[str, Known.of(ApplicationStatus)] | None
    """Where the application stands, as your system said."""
    offer: Literal["not_offered", "held", "waiting", "offered"]
    """Whether the candidate got an offer."""
    reason: Annotated[str, Known.of(Reason)] | None
    """Why there is no offer, or what it waits for."""


class AtsApplications(Output):
    """A page of applications."""

    data: list[AtsListedApplication]
    """The applications of this page."""
    next_cursor: str | None
    """Pass this as `cursor` to get the next page; null on the last page."""
