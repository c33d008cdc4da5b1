"""Every valid content fits into the fixed size of its record."""

import pytest

from app.core import randomness
from app.rounds.box import (
    MOST_RETRACTIONS,
    Ballot,
    Box,
    Channel,
    Code,
    redeem,
    retract,
    size_of,
    spend,
    spend_on_claim,
    spend_on_decline,
)
from app.rounds.packing import pack
from app.vocabulary.answer import LARGEST_ANSWER
from app.vocabulary.codes import DeclineReason, Role

LONGEST_NAME = "😀" * 80
QUOTES = '"' * 80
LONGEST_ADDRESS = f"{'x' * 64}@{'y' * 180}.example"
LONGEST_REASON = max(DeclineReason, key=len)
LARGEST = b"x" * LARGEST_ANSWER


def a_code(uses: int, name: str) -> Code:
    return Code(
        code_hash=randomness.token_bytes(32),
        uses=uses,
        uses_left=uses,
        role=max(Role, key=len),
        channel=Channel.HANDED_OVER,
        name=name,
        address=LONGEST_ADDRESS,
    )


def wear_out(code: Code) -> None:
    for index in range(MOST_RETRACTIONS):
        spend(code, f"taken back {index}", LARGEST)
        retract(code, f"taken back {index}")


@pytest.mark.parametrize("people", range(1, 11))
@pytest.mark.parametrize("name", [LONGEST_NAME, QUOTES])
def test_the_largest_round_of_single_links(people: int, name: str) -> None:
    codes = [a_code(1, name) for _ in range(people)]
    for code in codes:
        spend(code, "n" * 64, LARGEST)

    assert len(pack(Box(codes, [Ballot(LARGEST, b"t" * 32)] * people), randomness.shuffle)) <= size_of(people)


@pytest.mark.parametrize("people", range(2, 11))
def test_the_largest_round_of_a_team_link(people: int) -> None:
    code = a_code(people, LONGEST_NAME)
    for index in range(people):
        spend(code, f"nonce {index}", LARGEST)

    assert len(pack(Box([code], [Ballot(LARGEST, b"t" * 32)] * people), randomness.shuffle)) <= size_of(people)


@pytest.mark.parametrize("people", range(2, 11))
def test_the_largest_blind_round(people: int) -> None:
    codes = [a_code(1, LONGEST_NAME) for _ in range(people)]
    box = Box(codes, [Ballot(LARGEST, b"t" * 32)] * people)
    for code in codes:
        spend_on_claim(code, randomness.token_bytes(32))
        redeem(box.spent, randomness.token_bytes(32), randomness.token_bytes(32))

    assert len(pack(box, randomness.shuffle)) <= size_of(people)


@pytest.mark.parametrize("people", range(1, 11))
def test_the_largest_round_of_declines_and_retractions(people: int) -> None:
    codes = [a_code(1, LONGEST_NAME) for _ in range(people)]
    for code in codes:
        wear_out(code)
        spend_on_decline(code, "n" * 64, LONGEST_REASON)

    assert len(pack(Box(codes), randomness.shuffle)) <= size_of(people)


def test_a_manager_s_record_with_everything_that_a_link_allows() -> None:
    code = a_code(100, LONGEST_NAME)
    for index in range(80):
        spend_on_decline(code, f"nonce {index}", LONGEST_REASON)
    for index in range(MOST_RETRACTIONS):
        spend(code, f"taken back {index}", LARGEST)
        retract(code, f"taken back {index}")

    # `app.requests.manager_box` gives it 16 KiB, and 100 acts.
    assert len(code.model_dump_json(exclude_defaults=True)) + 20 * 130 <= 16 * 1024
