"""What an employer sees of one offer: the same until the day that was fixed with it, whatever happens."""

from datetime import date
from uuid import uuid4

import pytest

from app.applications.models import ApplicationRow
from app.applications.rules import OfferState
from app.applications.status import FeedbackState, Status, status_of
from app.requests.models import RequestRow
from app.requests.rules import RequestState

OFFERED_ON, CLOSES_ON = date(2026, 11, 20), date(2026, 12, 18)
OPENED_ON = date(2026, 11, 22)


def a_row(offer: OfferState, *, offered: bool = True, shares: bool = False) -> ApplicationRow:
    return ApplicationRow(
        id=uuid4(),
        offer=offer,
        offered_on=OFFERED_ON if offered else None,
        closes_on=CLOSES_ON if offered else None,
        shares_state=shares,
    )


def a_request(state: RequestState = RequestState.OPEN) -> RequestRow:
    return RequestRow(id=uuid4(), state=state, created_on=OPENED_ON)


@pytest.mark.parametrize("offer", [one for one in OfferState if one not in ("none", "waiting", "held")])
def test_until_it_is_over_every_offer_looks_the_same(offer: OfferState) -> None:
    row = a_row(offer)
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
def test_before_an_offer(offer: OfferState, state: FeedbackState) -> None:
    assert status_of(a_row(offer, offered=False), None, OFFERED_ON) == Status(state)


@pytest.mark.parametrize(
    ("offer", "request_", "state", "opened_on"),
    [
        (OfferState.OFFERED, None, FeedbackState.OFFERED, None),
        (OfferState.DECLINED, None, FeedbackState.DECLINED, None),
        (OfferState.ACCEPTED, RequestState.OPEN, FeedbackState.COLLECTING, OPENED_ON),
        (OfferState.ACCEPTED, RequestState.WITHDRAWN, FeedbackState.WITHDRAWN, OPENED_ON),
        (OfferState.PAUSED, RequestState.PAUSED, FeedbackState.OFFERED, None),
    ],
)
def test_a_candidate_may_let_the_employer_see_more(
    offer: OfferState, request_: RequestState | None, state: FeedbackState, opened_on: date | None
) -> None:
    request = None if request_ is None else a_request(request_)
    assert status_of(a_row(offer, shares=True), request, OPENED_ON) == Status(state, OFFERED_ON, opened_on, CLOSES_ON)
    # On the day that was fixed it is over, whatever came of it.
    assert status_of(a_row(offer, shares=True), request, CLOSES_ON).state is FeedbackState.CLOSED
