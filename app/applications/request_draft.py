"""Draft of the feedback request of an accepted offer, from the dossier and the candidate's own questions."""

from collections.abc import Sequence
from datetime import date

from pydantic import TypeAdapter, ValidationError

from app.accounts.rules import ConnectionSettings
from app.applications.dossier import Dossier, Interviewer, InterviewerRole
from app.applications.rules import contact_address, is_shared_mailbox, last_interview, meetings, own_addresses, panel
from app.applications.schemas import OfferAccept
from app.core.addresses import mailbox_of
from app.core.errors import Gone
from app.core.text import Name, shortened
from app.requests.rules import Delivery
from app.requests.schemas import CandidateCreate, FeedbackRequestCreate, InviteeCreate, ManagerCreate
from app.vocabulary.codes import Role, Stage

_NAME: TypeAdapter[str] = TypeAdapter(Name)
MAX_NAME_LENGTH = 80
MASKED_TITLE = "a confidential role"
_ROLES = {
    InterviewerRole.INTERVIEWER: Role.INTERVIEWER,
    InterviewerRole.HIRING_MANAGER: Role.HIRING_MANAGER,
    InterviewerRole.RECRUITER: Role.RECRUITER,
    InterviewerRole.SHADOW: Role.OTHER,
}


def offer_over() -> Gone:
    """Return the error for every offer that can no longer be accepted, whatever the cause."""
    return Gone("offer_over", "This offer is over.")


def role_title(dossier: Dossier) -> str:
    """Return the title of the job, or a neutral one if the job is confidential or has none."""
    job = dossier.job
    if job is None or job.confidential:
        return MASKED_TITLE
    return clean_name(job.name) or MASKED_TITLE


def last_met_on(dossier: Dossier, today: date) -> date | None:
    """Return the day of the last interview; None if that is in the future: it was planned, and did not take place."""
    day = last_interview(dossier)
    return day if day is not None and day <= today else None


def has_no_interview(dossier: Dossier) -> bool:
    """Tell whether no interview took place: then the hiring managers are asked, if the employer allows it."""
    return not meetings(dossier)


def find_invitees(dossier: Dossier, settings: ConnectionSettings) -> list[tuple[Interviewer, InviteeCreate]]:
    """Return the people to ask: each as the ATS named them, and as an invitee of the request."""
    return [
        (person, InviteeCreate(role=_ROLES[person.role], name=clean_name(person.name), email=person.email))
        for person in panel(dossier, settings)
    ]


def build_request(
    dossier: Dossier, settings: ConnectionSettings, body: OfferAccept, today: date
) -> FeedbackRequestCreate:
    """Build the request from the dossier, the settings of the connection and the candidate's acceptance."""
    address = contact_address(dossier.candidate) if dossier.candidate else None
    if dossier.candidate is None or address is None:
        raise offer_over()
    people = find_invitees(dossier, settings)
    return FeedbackRequestCreate(
        candidate=CandidateCreate(name=clean_name(dossier.candidate.name) or "The candidate", email=address.value),
        company=settings.company,
        company_domain=settings.company_domain,
        role_title=role_title(dossier),
        stage=Stage.AFTER_DECISION,
        interviewed_on=last_met_on(dossier, today),
        delivery=Delivery.MAIL,
        manager=find_manager(dossier, [person for person, _ in people]),
        invitees=tuple(invitee for _, invitee in people),
        worries=body.worries,
        own_question=body.own_question,
    )


def find_manager(dossier: Dossier, people: Sequence[Interviewer]) -> ManagerCreate | None:
    """Return the hiring manager to write to; None if there is none who is not asked as an interviewer already."""
    named = [one.email for one in people if one.email]
    left_out = {mailbox_of(address) for address in [*named, *own_addresses(dossier)]}
    for one in dossier.job.hiring_managers if dossier.job else ():
        if (
            one.email
            and mailbox_of(one.email) not in left_out
            and not one.disabled
            and not is_shared_mailbox(one.email)
        ):
            return ManagerCreate(name=clean_name(one.name), email=one.email)
    return None


def clean_name(text: str | None) -> str | None:
    """Return a name from the ATS, shortened and checked; None if it is empty or not usable."""
    try:
        return _NAME.validate_python(shortened(text or "", MAX_NAME_LENGTH))
    except ValidationError:
        return None
