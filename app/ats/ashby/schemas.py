"""Ashby records. Fields that have no name here are dropped.

Ashby also sends the candidate's IP address and browser, custom fields and files. None of them has a name here.
"""

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from app.ats.strict_json import Mail, Text
from app.core.schemas import AtMost

# An id becomes part of a URL path, so it has no slash.
RemoteId = Annotated[str, StringConstraints(pattern=r"^[^/]{1,255}$")]


def _listed(value: Any) -> Any:
    return [] if value is None else value


class Part(BaseModel):
    """Base of all Ashby records."""

    model_config = ConfigDict(extra="ignore", frozen=True, populate_by_name=True)


class Email(Part):
    """An e-mail address."""

    value: Mail
    type: Text | None = None
    is_primary: bool | None = Field(default=None, alias="isPrimary")


class CandidatePart(Part):
    """A candidate."""

    id: RemoteId
    name: Text | None = None
    email: Email | None = Field(default=None, alias="primaryEmailAddress")
    others: Annotated[list[Email], BeforeValidator(_listed), AtMost(50)] = Field(
        default_factory=list, alias="emailAddresses"
    )


class Stage(Part):
    """A stage of an application."""

    id: RemoteId
    title: Text | None = None


class ArchiveReason(Part):
    """Who ended an application; its wording is not read."""

    reason_type: Text | None = Field(default=None, alias="reasonType")


class JobPart(Part):
    """A job."""

    id: RemoteId
    title: Text | None = None
    confidential: bool | None = None
    updated_at: Text | None = Field(default=None, alias="updatedAt")


class Teammate(Part):
    """A member of the hiring team, who need not have met the candidate."""

    user_id: RemoteId | None = Field(default=None, alias="userId")
    first_name: Text | None = Field(default=None, alias="firstName")
    last_name: Text | None = Field(default=None, alias="lastName")
    email: Mail | None = None
    role: Text | None = None


class ApplicationPart(Part):
    """An application, from a webhook or from the API."""

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
    """An interviewer."""

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
    """An interview schedule."""

    id: RemoteId
    status: Text | None = None
    application_id: RemoteId = Field(alias="applicationId")
    updated_at: Text | None = Field(default=None, alias="updatedAt")
    meetings: Annotated[list[Meeting], BeforeValidator(_listed), AtMost(100)] = Field(
        default_factory=list, alias="interviewEvents"
    )


class Identified(Part):
    """A record of which only the id is read."""

    id: RemoteId


class Definition(Part):
    """An interview kind."""

    is_debrief: bool | None = Field(default=None, alias="isDebrief")


class Data(Part):
    """The data of a message. A ping names the event of its webhook."""

    application: ApplicationPart | None = None
    schedule: Schedule | None = Field(default=None, alias="interviewSchedule")
    candidate: Identified | None = None
    deleted: Identified | None = Field(default=None, alias="deletedCandidate")
    merged: Identified | None = Field(default=None, alias="mergedCandidate")
    pinged: Annotated[str, StringConstraints(max_length=64)] | None = Field(default=None, alias="webhookActionType")


class Message(Part):
    """The envelope of all messages."""

    action_id: RemoteId | None = Field(default=None, alias="webhookActionId")
    action: Annotated[str, StringConstraints(min_length=1, max_length=64)]
    data: Any = None
