"""Rules for offers: a case for each reason, the panel, the address to write to, and the due time."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from app.accounts.rules import ConnectionSettings
from app.applications.dossier import (
    Address,
    AddressType,
    Application,
    ApplicationStatus,
    Candidate,
    Dossier,
    Interview,
    Interviewer,
    InterviewerRole,
    InterviewStatus,
    Job,
    RejectKind,
    ResponseStatus,
    moment,
)
from app.applications.rules import (
    MAX_PANEL,
    Decision,
    OfferState,
    Reason,
    contact_address,
    decide,
    interviewer_addresses,
    is_shared_mailbox,
    last_interview,
    offer_due_at,
    panel,
)

REJECTED_AT = datetime(2026, 11, 20, 12, tzinfo=UTC)
BEN, OMAR, LIN, ADA = "ben@example.test", "omar@acme.test", "lin@acme.test", "ada@acme.test"


def person(email: str | None = OMAR, **over: Any) -> Interviewer:
    """Return an interviewer."""
    return Interviewer(email=email, **over)


def interview(*people: Interviewer, remote_id: str = "i-1", day: int = 1, **over: Any) -> Interview:
    """Return an interview on a day in November."""
    end = datetime(2026, 11, day, 15, tzinfo=UTC)
    return Interview(remote_id=remote_id, end_at=end, interviewers=people or (person(),), **over)


def candidate(*addresses: Address, **over: Any) -> Candidate:
    """Return the candidate Ben."""
    return Candidate(remote_id="c-1", addresses=addresses or (Address(value=BEN),), **over)


def application(status: ApplicationStatus = ApplicationStatus.REJECTED, **over: Any) -> Application:
    """Return a rejected application."""
    return Application(status=status, **{"rejected_at": REJECTED_AT, **over})


def dossier(**over: Any) -> Dossier:
    """Return the dossier of Ben, rejected after an interview with Omar."""
    parts: dict[str, Any] = {
        "candidate": candidate(),
        "job": Job(remote_id="j-1", hiring_managers=(person(ADA),)),
        "application": application(),
        "interviews": (interview(),),
    }
    return Dossier(**{**parts, **over})


def settings(**over: Any) -> ConnectionSettings:
    """Return the settings of Acme."""
    return ConnectionSettings(**{"company": "Acme", "company_domain": "acme.test", **over})


def test_rejection_leads_to_an_offer_after_the_hold() -> None:
    assert decide(dossier(), settings()) == Decision(OfferState.WAITING, None, REJECTED_AT + timedelta(hours=72))


NONE, HELD = OfferState.NONE, OfferState.HELD
CASES: list[tuple[dict[str, Any], dict[str, Any], OfferState, Reason]] = [
    ({"application": None}, {}, NONE, Reason.NOT_REJECTED),
    ({"application": application(ApplicationStatus.ACTIVE)}, {}, NONE, Reason.NOT_REJECTED),
    ({"application": application(ApplicationStatus.HIRED)}, {}, NONE, Reason.NOT_REJECTED),
    ({"application": application(ApplicationStatus.WITHDRAWN)}, {}, NONE, Reason.NOT_REJECTED),
    ({"application": application(is_prospect=True)}, {}, NONE, Reason.PROSPECT),
    ({"application": application(reject_kind=RejectKind.CANDIDATE)}, {}, NONE, Reason.WITHDREW),
    ({}, {"stages": ("Onsite",)}, NONE, Reason.STAGE_NOT_REACHED),
    (
        {"application": application(stage_id="7", stage_name="Phone")},
        {"stages": ("Onsite", "8")},
        NONE,
        Reason.STAGE_NOT_REACHED,
    ),
    ({"candidate": candidate(can_email=False)}, {}, NONE, Reason.NO_MAIL_WISHED),
    # `can_email=False` counts before a missing address.
    ({"candidate": Candidate(remote_id="c", can_email=False)}, {}, NONE, Reason.NO_MAIL_WISHED),
    ({"candidate": None}, {}, NONE, Reason.AWAITING_CONTACT),
    ({"candidate": Candidate(remote_id="c")}, {}, NONE, Reason.AWAITING_CONTACT),
    ({"interviews": ()}, {}, NONE, Reason.NOBODY_MET),
    ({"interviews": (interview(person(None)),)}, {}, NONE, Reason.NOBODY_MET),
    ({"interviews": (interview(status=InterviewStatus.CANCELLED),)}, {}, NONE, Reason.NOBODY_MET),
    ({"interviews": (), "job": None}, {"offer_without_interview": True}, NONE, Reason.NOBODY_MET),
    # The only interviewer was a shadow.
    ({"interviews": (interview(person(role=InterviewerRole.SHADOW)),)}, {}, NONE, Reason.NOBODY_MET),
    ({"application": application(reject_kind=RejectKind.UNKNOWN)}, {}, HELD, Reason.UNCLEAR_REJECTION),
    ({"application": application(reject_kind=RejectKind.OTHER)}, {}, HELD, Reason.UNCLEAR_REJECTION),
    ({"application": application(is_internal=True)}, {}, HELD, Reason.INTERNAL_APPLICANT),
    ({"interviews": (interview(status=InterviewStatus.UNCLEAR),)}, {}, HELD, Reason.UNCLEAR_INTERVIEW),
    ({"candidate": candidate(is_private=True)}, {}, HELD, Reason.PRIVATE_CANDIDATE),
    ({"job": Job(remote_id="j", confidential=True)}, {}, HELD, Reason.CONFIDENTIAL_JOB),
    ({"interviews": (interview(person(BEN), person()),)}, {}, HELD, Reason.INTERNAL_APPLICANT),
    ({"candidate": candidate(Address(value=BEN, type=AddressType.WORK))}, {}, HELD, Reason.WORK_ADDRESS),
    ({"candidate": candidate(Address(value="ben@acme.test"))}, {}, HELD, Reason.WORK_ADDRESS),
    (
        {"candidate": candidate(Address(value="ben@mail.acme.test", type=AddressType.PERSONAL))},
        {},
        HELD,
        Reason.WORK_ADDRESS,
    ),
]


@pytest.mark.parametrize(("over", "wishes", "state", "reason"), CASES)
def test_reasons_against_an_offer(
    over: dict[str, Any], wishes: dict[str, Any], state: OfferState, reason: Reason
) -> None:
    assert decide(dossier(**over), settings(**wishes)) == Decision(state, reason)


def test_every_reason_that_decide_returns_has_a_case() -> None:
    elsewhere = {Reason.REINSTATED, Reason.POSSIBLE_MERGE, Reason.LONG_AGO}
    assert {reason for *_, reason in CASES} == set(Reason) - elsewhere


@pytest.mark.parametrize(
    ("over", "wishes"),
    [
        ({"application": application(stage_name="Onsite")}, {"stages": ("Onsite",)}),
        ({"application": application(stage_id="8")}, {"stages": ("Onsite", "8")}),
        ({"interviews": ()}, {"offer_without_interview": True}),
        ({"candidate": candidate(Address(value="ben@notacme.test"))}, {}),
        ({"candidate": candidate(Address(value="ben@acme.test"))}, {"company_domain": None}),
        # With both a personal and a work address, the personal one gets the mail.
        (
            {
                "candidate": candidate(
                    Address(value="ben@acme.test", type=AddressType.WORK, is_primary=True),
                    Address(value=BEN, type=AddressType.PERSONAL),
                )
            },
            {},
        ),
        ({"job": None}, {}),
    ],
)
def test_facts_that_do_not_prevent_an_offer(over: dict[str, Any], wishes: dict[str, Any]) -> None:
    assert decide(dossier(**over), settings(**wishes)).state is OfferState.WAITING


@pytest.mark.parametrize(
    ("over", "hours", "expected"),
    [
        ({}, 72, REJECTED_AT + timedelta(hours=72)),
        ({}, 0, REJECTED_AT),
        # A candidate whom the ATS has told already need not wait.
        ({"candidate_notified_at": REJECTED_AT + timedelta(hours=1)}, 72, REJECTED_AT + timedelta(hours=1)),
        # A candidate whom the ATS tells after the hold waits until then.
        ({"candidate_notified_at": REJECTED_AT + timedelta(days=9)}, 72, REJECTED_AT + timedelta(days=9)),
        ({"rejected_at": None, "updated": moment(REJECTED_AT)}, 1, REJECTED_AT + timedelta(hours=1)),
    ],
)
def test_offer_is_due_after_notification_or_hold(over: dict[str, Any], hours: int, expected: datetime) -> None:
    assert offer_due_at(dossier(application=application(**over)), settings(hold_hours=hours)) == expected


def test_offer_due_at_needs_an_application() -> None:
    with pytest.raises(ValueError, match="nothing is known"):
        offer_due_at(Dossier(), settings())


WORK, OTHER, PERSONAL = AddressType.WORK, AddressType.OTHER, AddressType.PERSONAL


@pytest.mark.parametrize(
    ("addresses", "expected"),
    [
        ([], None),
        ([("w", WORK, False)], "w"),
        ([("w", WORK, True), ("o", OTHER, False)], "o"),
        ([("w", WORK, True), ("o", OTHER, True), ("p", PERSONAL, False)], "p"),
        ([("p", PERSONAL, False), ("q", PERSONAL, True)], "q"),
        ([("p", PERSONAL, False), ("q", PERSONAL, False)], "p"),
    ],
)
def test_contact_address_prefers_personal_addresses(
    addresses: list[tuple[str, AddressType, bool]], expected: str | None
) -> None:
    told = tuple(Address(value=f"{name}@x.test", type=kind, is_primary=first) for name, kind, first in addresses)
    found = contact_address(Candidate(remote_id="c", addresses=told))
    assert (found.value if found else None) == (f"{expected}@x.test" if expected else None)


@pytest.mark.parametrize(
    ("people", "asked"),
    [
        ([person(OMAR), person(LIN)], [OMAR, LIN]),
        ([person(OMAR), person(OMAR)], [OMAR]),
        ([person(None)], []),
        ([person(OMAR, disabled=True)], []),
        ([person(OMAR, role=InterviewerRole.SHADOW)], []),
        ([person(OMAR, response_status=ResponseStatus.DECLINED)], []),
        ([person(OMAR, response_status=ResponseStatus.NEEDS_ACTION)], [OMAR]),
        ([person(OMAR, role=InterviewerRole.HIRING_MANAGER)], [OMAR]),
        ([person("panel@acme.test"), person("interviews+writer@acme.test")], []),
        ([person(BEN)], []),
        ([person(OMAR), person(OMAR.replace("@", "+hiring@"))], [OMAR]),
        ([person(BEN.replace("@", "+work@"))], []),
        ([person("external@agency.test")], ["external@agency.test"]),
        # A shadow of one interview who held another is asked.
        ([person(OMAR, role=InterviewerRole.SHADOW), person(OMAR)], [OMAR]),
    ],
)
def test_panel_holds_askable_interviewers_once(people: list[Interviewer], asked: list[str]) -> None:
    found = panel(dossier(interviews=(interview(*people),)), settings())
    assert [one.email for one in found] == asked


def test_panel_holds_at_most_ten_people_of_the_latest_interviews() -> None:
    met = tuple(interview(person(f"p{day}@acme.test"), remote_id=f"i-{day}", day=day) for day in range(1, 15))
    found = [one.email for one in panel(dossier(interviews=met), settings())]
    assert found == [f"p{day}@acme.test" for day in range(14, 14 - MAX_PANEL, -1)]


def test_interview_without_a_time_sorts_first() -> None:
    met = (interview(person(LIN), remote_id="i-1"), Interview(remote_id="i-2", interviewers=(person(OMAR),)))
    assert [one.email for one in panel(dossier(interviews=met), settings())] == [LIN, OMAR]


def test_hiring_manager_is_asked_only_if_no_interview_took_place() -> None:
    wishes = settings(offer_without_interview=True)
    assert [one.email for one in panel(dossier(), wishes)] == [OMAR]
    (asked,) = panel(dossier(interviews=(interview(status=InterviewStatus.CANCELLED),)), wishes)
    assert (asked.email, asked.role) == (ADA, InterviewerRole.HIRING_MANAGER)
    assert panel(dossier(interviews=()), settings()) == []


def test_interviewer_addresses_leave_out_people_whose_interviews_were_all_cancelled() -> None:
    both = (
        interview(person(OMAR), person(LIN), status=InterviewStatus.CANCELLED),
        interview(person(OMAR), remote_id="i-2"),
    )
    assert interviewer_addresses(dossier(interviews=both), settings()) == {OMAR}
    assert interviewer_addresses(dossier(interviews=both), settings(offer_without_interview=True)) == {OMAR, ADA}


def test_last_interview_is_the_last_one_that_took_place() -> None:
    met = (interview(day=3), interview(remote_id="i-2", day=9, status=InterviewStatus.CANCELLED))
    assert last_interview(dossier(interviews=met)) == date(2026, 11, 3)
    assert last_interview(dossier(interviews=())) is None


@pytest.mark.parametrize(
    ("address", "shared"),
    [
        ("panel@acme.test", True),
        ("jobs+writer@acme.test", True),
        ("omar@team.acme.test", False),
        ("panelli@acme.test", False),
    ],
)
def test_shared_mailboxes_are_recognised(address: str, shared: bool) -> None:
    assert is_shared_mailbox(address) is shared


@pytest.mark.parametrize(
    ("hours", "status", "counts"),
    [
        (-3, InterviewStatus.SCHEDULED, True),
        (0, InterviewStatus.SCHEDULED, True),
        (3, InterviewStatus.SCHEDULED, False),
        (3, InterviewStatus.UNKNOWN, False),
        (3, InterviewStatus.COMPLETE, True),
        (3, InterviewStatus.AWAITING_FEEDBACK, True),
        (-3, InterviewStatus.CANCELLED, False),
    ],
)
def test_interview_planned_after_the_rejection_did_not_take_place(
    hours: int, status: InterviewStatus, *, counts: bool
) -> None:
    begins = REJECTED_AT + timedelta(hours=hours)
    planned = Interview(remote_id="late", start_at=begins, interviewers=(person(LIN),), status=status)
    told = dossier(interviews=(interview(), planned))
    assert (LIN in {one.email for one in panel(told, settings())}) is counts
    assert (LIN in interviewer_addresses(told, settings())) is counts
    # Without a rejection the interview will take place.
    going_on = dossier(interviews=(interview(), planned), application=application(ApplicationStatus.ACTIVE))
    assert (LIN in interviewer_addresses(going_on, settings())) is (status is not InterviewStatus.CANCELLED)
