"""What of Ashby's messages is read: whatever is not named here is dropped before anybody can keep it.

Ashby sends network address and browser of the candidate, fields of the employer's own, files: none has a name here.
"""

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from app.ats.strict_json import Mail, Text
from app.core.schemas import AtMost

# Ids become parts of addresses: none has a slash.
RemoteId = Annotated[str, StringConstraints(pattern=r"^[^/]{1,255}$")]


def _listed(value: Any) -> Any:
    return [] if value is None else value


class Part(BaseModel):
    """A part of a message."""

    model_config = ConfigDict(extra="ignore", frozen=True, populate_by_name=True)


class Email(Part):
    """Where somebody is written to."""

    value: Mail
    type: Text | None = None
    is_primary: bool | None = Field(default=None, alias="isPrimary")


class CandidatePart(Part):
    """Who applied."""

    id: RemoteId
    name: Text | None = None
    email: Email | None = Field(default=None, alias="primaryEmailAddress")
    others: Annotated[list[Email], BeforeValidator(_listed), AtMost(50)] = Field(
        default_factory=list, alias="emailAddresses"
    )


class Stage(Part):
    """How far an application came."""

    id: RemoteId
    title: Text | None = None


class ArchiveReason(Part):
    """Why it ended: by whom, never in whose words."""

    reason_type: Text | None = Field(default=None, alias="reasonType")


class JobPart(Part):
    """What was applied for."""

    id: RemoteId
    title: Text | None = None
    confidential: bool | None = None
    updated_at: Text | None = Field(default=None, alias="updatedAt")


class Teammate(Part):
    """Who hires for a job; not who met the candidate."""

    user_id: RemoteId | None = Field(default=None, alias="userId")
    first_name: Text | None = Field(default=None, alias="firstName")
    last_name: Text | None = Field(default=None, alias="lastName")
    email: Mail | None = None
    role: Text | None = None


class ApplicationPart(Part):
    """An application, in a message or as looked at."""

    id: RemoteId
    status: Text | None = None
    updated_at: Text | None = Field(default=None, alias="updatedAt")
    archived_at: Text | None = Field(default=None, alias="archivedAt")
    candidate: CandidatePart | None = None
    stage: Stage | None = Field(default=None, alias="currentInterviewStage")
    archive_reason: ArchiveReason | None = Field(default=None, alias="archiveReason")
    job: JobPart | None = None
    team: Annotated[list[Teammate], BeforeValidator(_listed), AtMost(500)] = Field(
        default_factory=list, alias="hiringTeam"
    )


class User(Part):
    """Who met a candidate."""

    id: RemoteId | None = None
    first_name: Text | None = Field(default=None, alias="firstName")
    last_name: Text | None = Field(default=None, alias="lastName")
    email: Mail | None = None
    is_enabled: bool | None = Field(default=None, alias="isEnabled")
    training_role: Text | None = Field(default=None, alias="trainingRole")


class Meeting(Part):
    """One meeting of a schedule."""

    id: RemoteId
    interview_id: RemoteId | None = Field(default=None, alias="interviewId")
    start: Text | None = Field(default=None, alias="startTime")
    end: Text | None = Field(default=None, alias="endTime")
    interviewers: Annotated[list[User], BeforeValidator(_listed), AtMost(100)] = Field(default_factory=list)


class Schedule(Part):
    """What was agreed on with a candidate."""

    id: RemoteId
    status: Text | None = None
    application_id: RemoteId = Field(alias="applicationId")
    updated_at: Text | None = Field(default=None, alias="updatedAt")
    meetings: Annotated[list[Meeting], BeforeValidator(_listed), AtMost(100)] = Field(
        default_factory=list, alias="interviewEvents"
    )


class Identified(Part):
    """Something of which only the id is read."""

    id: RemoteId


class Definition(Part):
    """A kind of meeting."""

    is_debrief: bool | None = Field(default=None, alias="isDebrief")


class Data(Part):
    """What a message carries; of a ping, for which event it was sent."""

    application: ApplicationPart | None = None
    schedule: Schedule | None = Field(default=None, alias="interviewSchedule")
    candidate: Identified | None = None
    deleted: Identified | None = Field(default=None, alias="deletedCandidate")
    merged: Identified | None = Field(default=None, alias="mergedCandidate")
    pinged: Annotated[str, StringConstraints(max_length=64)] | None = Field(default=None, alias="webhookActionType")


class Message(Part):
    """The envelope that all messages come in."""

    action_id: RemoteId | None = Field(default=None, alias="webhookActionId")
    action: Annotated[str, StringConstraints(min_length=1, max_length=64)]
    data: Any = None
