"""The employer's view of an offer: the same until its closing day, whatever happens."""

from datetime import date
from uuid import uuid4

import pytest

from app.applications.employer_view import FeedbackState, Status, status_of
from app.applications.models import ApplicationRow
from app.applications.rules import OfferState, Uptake
from app.requests.models import RequestRow
from app.requests.rules import RequestState

OFFERED_ON, CLOSES_ON = date(2026, 11, 20), date(2026, 12, 18)
OPENED_ON = date(2026, 11, 22)


def a_row(uptake: Uptake | None, offer: OfferState = OfferState.OFFERED, *, shares: bool = False) -> ApplicationRow:
    return ApplicationRow(
        id=uuid4(),
        offer=offer,
        uptake=uptake,
        offered_on=OFFERED_ON if offer is OfferState.OFFERED else None,
        closes_on=CLOSES_ON if offer is OfferState.OFFERED else None,
        shares_state=shares,
    )


def a_request(state: RequestState = RequestState.OPEN) -> RequestRow:
    return RequestRow(id=uuid4(), state=state, created_on=OPENED_ON)


@pytest.mark.parametrize("uptake", Uptake)
def test_until_it_is_over_every_offer_looks_the_same(uptake: Uptake) -> None:
    row = a_row(uptake)
    same = Status(FeedbackState.OFFERED, OFFERED_ON, None, CLOSES_ON)
    for request in (None, a_request(), a_request(RequestState.WITHDRAWN)):
        assert status_of(row, request, date(2026, 12, 17)) == same
    assert status_of(row, None, CLOSES_ON) == Status(FeedbackState.CLOSED, OFFERED_ON, None, CLOSES_ON)


@pytest.mark.parametrize(
    ("offer", "state"),
    [
        (OfferState.NONE, FeedbackState.NOT_OFFERED),
        (OfferState.WAITING, FeedbackState.HELD),
        (OfferState.HELD, FeedbackState.HELD),
    ],
)
@pytest.mark.parametrize("uptake", [None, *Uptake])
def test_before_its_offer_an_application_looks_the_same_whatever_the_uptake(
    uptake: Uptake | None, offer: OfferState, state: FeedbackState
) -> None:
    """Also if the candidate got the code early, whatever they did with it."""
    assert status_of(a_row(uptake, offer), None, OFFERED_ON) == Status(state)


@pytest.mark.parametrize(
    ("uptake", "request_", "state", "opened_on"),
    [
        (Uptake.OPEN, None, FeedbackState.OFFERED, None),
        (Uptake.DECLINED, None, FeedbackState.DECLINED, None),
        (Uptake.ACCEPTED, RequestState.OPEN, FeedbackState.COLLECTING, OPENED_ON),
        (Uptake.ACCEPTED, RequestState.WITHDRAWN, FeedbackState.WITHDRAWN, OPENED_ON),
        (Uptake.PAUSED, RequestState.PAUSED, FeedbackState.OFFERED, None),
    ],
)
def test_candidate_may_share_more_with_the_employer(
    uptake: Uptake, request_: RequestState | None, state: FeedbackState, opened_on: date | None
) -> None:
    request = None if request_ is None else a_request(request_)
    assert status_of(a_row(uptake, shares=True), request, OPENED_ON) == Status(state, OFFERED_ON, opened_on, CLOSES_ON)
    # On its closing day it is closed, whatever happened.
    assert status_of(a_row(uptake, shares=True), request, CLOSES_ON).state is FeedbackState.CLOSED
