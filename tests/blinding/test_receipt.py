"""Receipts can be copied by hand, detect typing errors, and derive secrets for each round."""

from itertools import combinations, pairwise
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.blinding import ristretto
from app.blinding.receipt import Receipt, new_receipt, read_receipt
from app.core.tokens import CROCKFORD

FIXED = Receipt("7M2X9QKD4TW8R0VHBN3YE5GJ6C")
ROUND = UUID("6f1d3a52-7c0e-4e0b-9c56-0a4d8f3b2e17")
RECEIPTS = st.text(CROCKFORD, min_size=26, max_size=26).map(Receipt)
# A check of ten bits lets one slip in 1,024 pass.
MISSED = 2**-10


def test_a_receipt_is_printed_in_groups_of_four() -> None:
    # The same is expected of the browser's client.
    assert str(FIXED) == "7M2X-9QKD-4TW8-R0VH-BN3Y-E5GJ-6CPS"


@given(RECEIPTS)
def test_printed_receipt_is_read_back(receipt: Receipt) -> None:
    assert read_receipt(str(receipt)) == receipt


@given(RECEIPTS, st.lists(st.tuples(st.integers(0, 28), st.sampled_from(" -")), max_size=12), st.booleans())
def test_a_receipt_is_read_as_it_was_meant(receipt: Receipt, extras: list[tuple[int, str]], lower: bool) -> None:
    typed = str(receipt).replace("-", "")
    for place, extra in sorted(extras, reverse=True):
        typed = typed[:place] + extra + typed[place:]

    assert read_receipt(typed.lower() if lower else typed) == receipt


@given(RECEIPTS, st.sampled_from(["0O", "0o", "1I", "1i", "1L", "1l"]))
def test_look_alikes_are_read_as_meant(receipt: Receipt, pair: str) -> None:
    assert read_receipt(str(receipt).replace(pair[0], pair[1])) == receipt


@given(RECEIPTS, st.integers(1, 3))
def test_a_receipt_that_lost_or_won_characters_is_none(receipt: Receipt, count: int) -> None:
    typed = str(receipt).replace("-", "")

    # 26 characters are a code, whoever typed it here.
    for wrong in (typed[:-count], typed[count:], typed + "0" * count, receipt.secret, ""):
        assert read_receipt(wrong) is None


@pytest.mark.parametrize("character", ["U", "u", "Ä", "٣", "!", "\n", "\x00", "ß"])
def test_malformed_receipt_is_none(character: str) -> None:
    assert read_receipt(str(FIXED)[:-1] + character) is None


@given(st.text(max_size=40))
def test_read_receipt_is_valid(typed: str) -> None:
    receipt = read_receipt(typed)

    assert receipt is None or read_receipt(str(receipt)) == receipt


def test_most_mistyped_characters_are_noticed() -> None:
    typed = str(FIXED).replace("-", "")
    slips = [
        typed[:place] + other + typed[place + 1 :]
        for place in range(len(typed))
        for other in CROCKFORD
        if other != typed[place]
    ]

    assert len(slips) == 28 * 31
    assert sum(read_receipt(slip) is not None for slip in slips) <= 4 * MISSED * len(slips)


def test_most_exchanged_characters_are_noticed() -> None:
    read = [new_receipt() for _ in range(40)]
    slips = []
    for receipt in read:
        typed = str(receipt).replace("-", "")
        for one, other in [*pairwise(range(28)), *combinations(range(0, 28, 4), 2)]:
            if typed[one] != typed[other]:
                exchanged = list(typed)
                exchanged[one], exchanged[other] = exchanged[other], exchanged[one]
                slips.append("".join(exchanged))

    assert len(slips) > 1500
    # About 1.8 are expected; more than ten come once in 50,000 runs.
    assert sum(read_receipt(slip) is not None for slip in slips) <= 10


def test_a_fresh_receipt_has_130_bits() -> None:
    made = [new_receipt().secret for _ in range(1000)]

    assert len(set(made)) == len(made)
    assert all({secret[place] for secret in made} == set(CROCKFORD) for place in range(26))


def test_a_receipt_is_not_printed_by_accident() -> None:
    assert FIXED.secret not in repr(FIXED)


@pytest.mark.usefixtures("libsodium")
def test_derived_secrets_never_change() -> None:
    """Receipts are kept for years, and read by two programs: these bytes are a contract."""
    assert FIXED.tag(ROUND) == "Bdd8kEKsz5F9iCk-4ZwQTVEvAAPzBjlZ-zXojKqyo0s"
    assert FIXED.token(ROUND).hex() == "afcd8e9f856f60fe0a5de5787bdefc373042495b934eb417160b66de67deaa00"
    assert FIXED.blinding(ROUND).hex() == "56b568105c26691af8ccb79eafe5431f89d17bb8dfd0c30cad2296a6aa10280e"


@given(RECEIPTS, st.uuids(), st.uuids())
@pytest.mark.usefixtures("libsodium")
def test_each_round_gets_secrets_of_its_own(receipt: Receipt, one: UUID, other: UUID) -> None:
    derived = [receipt.tag(one), receipt.token(one), receipt.blinding(one)]
    derived += [receipt.tag(other), receipt.token(other), receipt.blinding(other)] if one != other else []

    assert len(set(derived)) == len(derived)
    assert int.from_bytes(receipt.blinding(one), "little") < ristretto.ORDER
