"""What an accepted offer asks, and whom: put together from what the employer's system and the candidate have told."""

from collections.abc import Sequence
from datetime import date

from pydantic import TypeAdapter, ValidationError

from app.accounts.rules import ConnectionSettings
from app.applications.dossier import Dossier, Interviewer, InterviewerRole
from app.applications.rules import contact, is_shared_mailbox, last_interview, meetings, own_addresses, panel
from app.applications.schemas import OfferAccept
from app.core.errors import Gone
from app.core.text import Name, shortened
from app.requests.rules import Delivery
from app.requests.schemas import CandidateCreate, FeedbackRequestCreate, InviteeCreate, ManagerCreate
from app.vocabulary.codes import Role, Stage

_NAME: TypeAdapter[str] = TypeAdapter(Name)
LONGEST_NAME = 80
MASKED = "a confidential role"
_ROLES = {
    InterviewerRole.INTERVIEWER: Role.INTERVIEWER,
    InterviewerRole.HIRING_MANAGER: Role.HIRING_MANAGER,
    InterviewerRole.RECRUITER: Role.RECRUITER,
    InterviewerRole.SHADOW: Role.OTHER,
}


def over() -> Gone:
    """Return the one error of an offer that can't be accepted any more."""
    return Gone("offer_over", "This offer is over.")


def role_title(dossier: Dossier) -> str:
    """Return what the position is called: nothing of one that is confidential."""
    job = dossier.job
    if job is None or job.confidential:
        return MASKED
    return named(job.name) or MASKED


def met_on(dossier: Dossier, today: date) -> date | None:
    """Return the day of the last interview, if it has come: one that was planned when all was over never took place."""
    day = last_interview(dossier)
    return day if day is not None and day <= today else None


def met_nobody(dossier: Dossier) -> bool:
    """Tell whether no interview took place: then those who hire for the job are asked, if anybody is."""
    return not meetings(dossier)


def asked(dossier: Dossier, settings: ConnectionSettings) -> list[tuple[Interviewer, InviteeCreate]]:
    """Return who is asked, each as they were told of and as an invitee."""
    return [
        (person, InviteeCreate(role=_ROLES[person.role], name=named(person.name), email=person.email))
        for person in panel(dossier, settings)
    ]


def request_of(dossier: Dossier, settings: ConnectionSettings, body: OfferAccept, today: date) -> FeedbackRequestCreate:
    """Put together what the candidate asks, from what their employer-to-be has told."""
    address = contact(dossier.candidate) if dossier.candidate else None
    if dossier.candidate is None or address is None:
        raise over()
    people = asked(dossier, settings)
    return FeedbackRequestCreate(
        candidate=CandidateCreate(name=named(dossier.candidate.name) or "The candidate", email=address.value),
        company=settings.company,
        company_domain=settings.company_domain,
        role_title=role_title(dossier),
        stage=Stage.AFTER_DECISION,
        interviewed_on=met_on(dossier, today),
        delivery=Delivery.MAIL,
        manager=manager_of(dossier, [person for person, _ in people]),
        invitees=tuple(invitee for _, invitee in people),
        worries=body.worries,
        own_question=body.own_question,
    )


def manager_of(dossier: Dossier, people: Sequence[Interviewer]) -> ManagerCreate | None:
    """Return the hiring manager, who gets a link of their own, and is not asked twice."""
    left_out = {one.email for one in people} | own_addresses(dossier)
    for one in dossier.job.hiring_managers if dossier.job else ():
        if one.email and one.email not in left_out and not one.disabled and not is_shared_mailbox(one.email):
            return ManagerCreate(name=named(one.name), email=one.email)
    return None


def named(text: str | None) -> str | None:
    """Return a name of another system as ours may be; None where there is none that can be read."""
    try:
        return _NAME.validate_python(shortened(text or "", LONGEST_NAME))
    except ValidationError:
        return None
