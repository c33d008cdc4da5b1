"""Request bodies of the neutral contract. Fields that have no name here are dropped.

Codes are plain texts here, since an ATS may send codes that Debrief does not know; `mapping` interprets them.
"""

from typing import Annotated, Literal

from pydantic import (
    Field,
    StringConstraints,
)

from app.ats.neutral import event_types
from app.ats.neutral.fields import (
    MOST_INTERVIEWERS,
    MOST_INTERVIEWS,
    AddressCode,
    ApplicationCode,
    Code,
    DayOrMoment,
    InterviewCode,
    Known,
    Lenient,
    Moment,
    RejectCode,
    RemoteId,
    ResponseCode,
    RoleCode,
    Words,
)
from app.core.addresses import Email
from app.core.schemas import AtMost, Input
from app.core.text import Clean, OneLine


class AtsAddress(Lenient):
    """An address of a candidate."""

    value: Email | None = None
    """The e-mail address."""
    email_address_type: AddressCode | None = None
    """What kind of address it is. `personal` is preferred to others."""
    is_primary: bool | None = None
    """Whether the candidate prefers this address."""


class AtsCandidate(Lenient):
    """A candidate."""

    remote_id: RemoteId
    """The id in your system."""
    name: Words | None = None
    """The full name."""
    first_name: Words | None = None
    """The first name, where there is no full name."""
    last_name: Words | None = None
    """The last name, where there is no full name."""
    email_addresses: Annotated[list[AtsAddress], AtMost(20)] | None = None
    """The candidate's addresses. The offer goes to one of them."""
    can_email: bool | None = None
    """Whether the candidate may be written to. `false` prevents an offer."""
    is_private: bool | None = None
    """Whether the candidate is hidden in your system. `true` prevents an offer."""
    locale: Code | None = None
    """The candidate's language, such as `en`."""
    remote_updated_at: Moment | None = None
    """When your system last changed this record. An older record does not overwrite a newer one."""


class AtsPerson(Lenient):
    """A person at the employer."""

    remote_id: RemoteId | None = None
    """The id of the person in your system."""
    name: Words | None = None
    """The full name."""
    first_name: Words | None = None
    """The first name, where there is no full name."""
    last_name: Words | None = None
    """The last name, where there is no full name."""
    email: Email | None = None
    """An e-mail address."""
    disabled: bool | None = None
    """Whether the person has left. They are not asked."""
    response_status: ResponseCode | None = None
    """Whether the person accepted the meeting. `declined` means that they are not asked."""
    role: RoleCode | None = None
    """The person's part in the meeting. A `shadow` is not asked."""


class AtsJob(Lenient):
    """A job."""

    remote_id: RemoteId
    """The id in your system."""
    name: Words | None = None
    """The title of the job."""
    confidential: bool | None = None
    """Whether the job is confidential. `true` prevents an offer."""
    hiring_managers: Annotated[list[AtsPerson], AtMost(30)] | None = None
    """The hiring managers of the job."""
    remote_updated_at: Moment | None = None
    """When your system last changed this record. An older record does not overwrite a newer one."""


class AtsStage(Lenient):
    """A stage of an application or an interview."""

    remote_id: RemoteId | None = None
    """The id of the stage in your system."""
    name: Words | None = None
    """The name of the stage."""


class AtsRejectReason(Lenient):
    """Who ended an application. Debrief does not accept the text of a reason: reasons must come from people."""

    kind: RejectCode | None = None
    """Whether the company or the candidate ended the application."""


class AtsApplication(Lenient):
    """The state of an application."""

    remote_id: RemoteId | None = None
    """The id of the application in your system."""
    status: ApplicationCode | None = None
    """Where the application stands. `rejected` leads to an offer."""
    rejected_at: Moment | None = None
    """When the application was rejected."""
    candidate_notified_at: Moment | None = None
    """When your system told the candidate of the rejection. The offer then need not wait."""
    is_prospect: bool | None = None
    """Whether the person never applied. Prospects get no offer."""
    current_stage: AtsStage | None = None
    """The stage that the application has reached."""
    reject_reason: AtsRejectReason | None = None
    """Who ended the application."""
    remote_updated_at: Moment | None = None
    """When your system last changed this record. An older record does not overwrite a newer one."""


class AtsInterviewPart(Lenient):
    """An interview. If it lasts all day, `start_at` and `end_at` may be days."""

    job_interview_stage: AtsStage | None = None
    """The stage to which the interview belongs."""
    start_at: DayOrMoment | None = None
    """When it begins; a day if it lasts all day."""
    end_at: DayOrMoment | None = None
    """When it ends; a day if it lasts all day."""
    all_day: bool | None = None
    """Whether it lasts all day."""
    status: InterviewCode | None = None
    """The status of the interview, such as `complete` or `canceled`."""
    interviewers: Annotated[list[AtsPerson], AtMost(MOST_INTERVIEWERS, shown=False)] | None = None
    """The people who met the candidate."""
    remote_updated_at: Moment | None = None
    """When your system last changed this record. An older record does not overwrite a newer one."""


class AtsInterview(AtsInterviewPart):
    """An interview with its id."""

    remote_id: RemoteId
    """The id in your system."""


class AtsInterviewSnapshot(AtsInterviewPart):
    """An interview with the id of its application."""

    application_remote_id: RemoteId
    """The id of the application in your system."""


class AtsSnapshot(Lenient):
    """A snapshot of one application. Missing fields keep their value."""

    candidate: AtsCandidate | None = None
    """The candidate."""
    job: AtsJob | None = None
    """The job."""
    application: AtsApplication | None = None
    """How the application stands."""
    interviews: Annotated[list[AtsInterview], AtMost(MOST_INTERVIEWS, shown=False)] | None = None
    """The interviews of the application."""
    interviews_complete: bool | None = None
    """Whether `interviews` is the whole list. Debrief then drops all other interviews."""


class AtsEventData(AtsSnapshot):
    """The data of an event."""

    user: AtsPerson | None = None
    """The person who left the employer."""
    into_remote_id: RemoteId | None = None
    """The id of the record that remains after a merge."""


class AtsEvent(Lenient):
    """An event."""

    id: Annotated[str, StringConstraints(min_length=1, max_length=128), OneLine, Clean]
    """The id of the event. A repeated id is not processed again."""
    type: Annotated[
        str,
        StringConstraints(min_length=1, max_length=64),
        Clean,
        Known(event_types.ALL, lambda text: event_types.read(text) is not None),
    ]
    """The type of the event, such as `application.updated`."""
    api_version: Code | None = None
    """The version of your contract; it is not used."""
    occurred_at: Moment
    """When it happened in your system."""
    data: AtsEventData = AtsEventData()
    """What the event is about."""


class CandidateMergeCreate(Input):
    """The target of a merge."""

    into_remote_id: RemoteId
    """The id of the record that remains after a merge."""


class CandidateErasureCreate(Input):
    """An erasure. Both modes erase everything that identifies the candidate."""

    mode: Literal["delete", "anonymize"] = "delete"
    """Whether your system deletes or anonymises the record. Debrief erases the person in both cases."""
    fields: Annotated[list[Code], AtMost(50)] = Field(default_factory=list)
    """The fields that your system anonymised. Debrief does not need them."""
