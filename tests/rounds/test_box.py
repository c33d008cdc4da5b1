"""Boxes: a code is spent once per nonce and as often as it has uses, and the box keeps no order of time."""

from collections import Counter
from collections.abc import MutableSequence
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from app.core import randomness
from app.rounds import box as boxes
from app.rounds.box import (
    Ballot,
    Box,
    Channel,
    Code,
    Holder,
    Spending,
    counted,
    marks_of,
    nonce_mark_of,
    redeem,
    retract,
    size_of,
    spend,
    spend_on_claim,
    spend_on_decline,
)
from app.rounds.packing import PackedBox, pack, unpack
from app.vocabulary.codes import DeclineReason

HASH = b"h" * 32
NONCES = [f"nonce-{index:02}-{'x' * 22}" for index in range(8)]
BODIES = [b"one answer", b"another answer"]


def a_code(**over: object) -> Code:
    return Code.model_validate({"code_hash": HASH, "role": "interviewer", "channel": Channel.HANDED_OVER, **over})


class Spend(RuleBasedStateMachine):
    """Any history of one code, beside the simplest model of it: which nonce was used for what."""

    def __init__(self) -> None:
        super().__init__()
        self.uses = 3
        self.code = a_code(uses=self.uses, uses_left=self.uses)
        self.ballots: list[bytes] = []
        self.used: dict[str, bytes] = {}
        self.worn: set[str] = set()

    def expected(self, nonce: str, what: bytes) -> Spending:
        if nonce in self.worn:
            return Spending.REFUSED
        if nonce in self.used:
            return Spending.REPEATED if self.used[nonce] == what else Spending.REFUSED
        return Spending.ACCEPTED if len(self.used) < self.uses else Spending.REFUSED

    @rule(nonce=st.sampled_from(NONCES), body=st.sampled_from(BODIES))
    def answer(self, nonce: str, body: bytes) -> None:
        expected = self.expected(nonce, body)
        before = self.code.model_copy(deep=True)
        assert spend(self.code, nonce, body) is expected
        if expected is Spending.ACCEPTED:
            self.used[nonce] = body
            self.ballots.append(body)
        else:
            assert self.code == before

    @rule(nonce=st.sampled_from(NONCES), reason=st.sampled_from(DeclineReason))
    def turn_down(self, nonce: str, reason: DeclineReason) -> None:
        expected = self.expected(nonce, b"decline:" + reason.encode())
        before = self.code.model_copy(deep=True)
        assert spend_on_decline(self.code, nonce, reason) is expected
        if expected is Spending.ACCEPTED:
            self.used[nonce] = b"decline:" + reason.encode()
        else:
            assert self.code == before

    @rule(nonce=st.sampled_from(NONCES))
    def take_back(self, nonce: str) -> None:
        if self.used.get(nonce, b"").startswith(b"decline:"):
            return  # Only signed answers are taken back; `answering` never retracts a decline.
        expected = (
            Spending.REPEATED if nonce in self.worn else Spending.ACCEPTED if nonce in self.used else Spending.REFUSED
        )
        assert retract(self.code, nonce) is expected
        if expected is Spending.ACCEPTED:
            self.ballots.remove(self.used.pop(nonce))
            self.worn.add(nonce)

    @invariant()
    def uses_add_up(self) -> None:
        assert 0 <= self.code.uses_left <= self.uses
        assert self.code.uses_left + len(self.used) == self.uses
        assert self.code.answered == len(self.ballots) <= self.uses

    @invariant()
    def nothing_is_in_the_order_of_time(self) -> None:
        assert self.code.marks == sorted(self.code.marks)
        assert self.code.declined == sorted(self.code.declined)
        assert self.code.retracted == sorted(self.code.retracted)


Spend.TestCase.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
TestSpend = Spend.TestCase


def test_the_same_answer_twice_without_a_nonce_is_two_answers() -> None:
    code = a_code(uses=2, uses_left=2)

    assert [spend(code, nonce, b"same") for nonce in NONCES[:3]] == [
        Spending.ACCEPTED,
        Spending.ACCEPTED,
        Spending.REFUSED,
    ]


def test_a_decline_is_not_an_answer_with_the_same_words() -> None:
    code = a_code(uses=2, uses_left=2)
    spend(code, NONCES[0], b"no_time")

    assert spend_on_decline(code, NONCES[0], "no_time") is Spending.REFUSED


def test_a_link_cannot_be_used_and_taken_back_for_ever() -> None:
    # Each retraction leaves a mark, and the record has a fixed size.
    code = a_code()
    for index in range(boxes.MOST_RETRACTIONS):
        assert spend(code, f"nonce-{index:06}", b"body") is Spending.ACCEPTED
        assert retract(code, f"nonce-{index:06}") is Spending.ACCEPTED

    assert spend(code, "one more", b"body") is Spending.REFUSED
    assert code.uses_left == 1


def test_marks_are_keyed_by_the_nonce() -> None:
    """With the key and one snapshot, a digest of the body alone would tie every ballot to its code."""
    assert marks_of(HASH, "one", b"body")[1] != marks_of(HASH, "other", b"body")[1]
    assert marks_of(HASH, "one", b"body")[1] != marks_of(b"g" * 32, "one", b"body")[1]
    assert marks_of(HASH, "one", b"body")[0] == nonce_mark_of(HASH, "one")
    assert nonce_mark_of(HASH, "one") != nonce_mark_of(b"g" * 32, "one")


def test_the_nonce_itself_is_not_kept() -> None:
    code = a_code()
    spend(code, NONCES[0], b"a telling body")

    packed = pack(Box([code]), randomness.shuffle)

    assert NONCES[0].encode() not in packed
    assert b"a telling body" not in packed


_CODES = st.builds(
    Code,
    code_hash=st.binary(min_size=32, max_size=32),
    uses=st.just(10),
    uses_left=st.integers(0, 10),
    role=st.sampled_from(["interviewer", "recruiter"]),
    channel=st.sampled_from(Channel),
    name=st.none() | st.text(st.characters(exclude_categories=["Cs"]), max_size=80),
    address=st.none() | st.text(max_size=40).filter(str.isascii),
    declined=st.lists(st.sampled_from(list(DeclineReason)).map(str), max_size=3),
    marks=st.lists(st.tuples(st.binary(max_size=32), st.binary(max_size=32)), max_size=3),
    retracted=st.lists(st.binary(max_size=32), max_size=3),
    claims=st.lists(st.binary(max_size=32), max_size=3),
)


@given(
    st.lists(_CODES, min_size=1, max_size=4, unique_by=lambda code: code.code_hash),
    st.lists(st.builds(Ballot, st.binary(max_size=50), st.just(b"") | st.binary(min_size=32, max_size=32))),
    st.lists(st.tuples(st.binary(min_size=32, max_size=32), st.binary(max_size=32)), max_size=10),
)
def test_packed_box_is_unpacked_unchanged(
    codes: list[Code], ballots: list[Ballot], spent: list[tuple[bytes, bytes]]
) -> None:
    known = {code.code_hash: code.model_copy(deep=True) for code in codes}

    opened = unpack(pack(Box(list(codes), list(ballots), list(spent)), randomness.shuffle))

    assert [code.code_hash for code in opened.codes] == sorted(known)
    assert all(code == known[code.code_hash] for code in opened.codes)
    assert Counter(opened.ballots) == Counter(ballots)
    assert opened.spent == spent


def test_part_of_a_box_is_read_without_the_rest() -> None:
    """The bytes of all other parts are nonsense here, of the same lengths."""
    one, other = a_code(code_hash=b"1" * 32, name="Omar"), a_code(code_hash=b"2" * 32)
    spend(one, NONCES[0], b"body")
    spend(other, NONCES[1], b"body")
    packed = pack(Box([one, other], [Ballot(b"words", b"t" * 32)], [(b"x" * 32, b"y" * 32)]), randomness.shuffle)
    nonsense = bytearray(packed)
    at, places = 0, []
    while at < len(packed):
        end = at + 4 + int.from_bytes(packed[at : at + 4], "big")
        places.append((at + 4, end))
        at = end
    for start, end in [places[2], *places[3:]]:
        nonsense[start:end] = b"?" * (end - start)
    box = PackedBox(memoryview(bytes(nonsense)), len(packed))
    assert box.holder(b"1" * 32) == Holder.model_validate(one.model_dump(include=set(Holder.model_fields)))
    assert box.holder(b"3" * 32) is box.code(b"3" * 32) is None
    assert box.code(b"1" * 32) == one
    with pytest.raises(ValueError, match="JSON"):
        box.code(b"2" * 32)


@pytest.mark.parametrize("ballots", [0, 1, 10])
def test_padding_reads_as_ballots_that_nobody_has(ballots: int) -> None:
    tags = [bytes([number]) * 32 for number in range(1, ballots + 1)]
    packed = pack(Box([a_code()], [Ballot(b"words", tag) for tag in tags]), randomness.shuffle)
    box = PackedBox(memoryview(packed + bytes(1000)), len(packed))
    assert all(box.has_ballot(tag) for tag in tags)
    assert not box.has_ballot(b"t" * 32)
    assert len(box.unpack().ballots) == ballots


def test_packing_hands_the_ballots_to_the_shuffle() -> None:
    def turn_round(items: MutableSequence[Ballot]) -> None:
        items.reverse()

    ballots = [Ballot(b"1"), Ballot(b"2", b"t" * 32), Ballot(b"3")]
    assert unpack(pack(Box([a_code()], list(ballots)), turn_round)).ballots == ballots[::-1]


def test_the_shuffle_of_the_house_makes_every_order_equally_likely() -> None:
    orders: Counter[tuple[int, ...]] = Counter()
    for _ in range(3000):
        items = [1, 2, 3]
        randomness.shuffle(items)
        orders[tuple(items)] += 1

    assert len(orders) == 6
    assert all(380 < count < 620 for count in orders.values())


def test_a_code_is_found_by_its_hash() -> None:
    one, other = a_code(code_hash=b"1" * 32), a_code(code_hash=b"2" * 32, uses=2, uses_left=2)
    box = Box([one, other])

    assert box.find(b"2" * 32) is other
    assert box.find(b"3" * 32) is None


@pytest.mark.parametrize(
    ("people", "kib"),
    [(1, 64), (2, 64), (3, 64), (4, 128), (5, 128), (6, 128), (7, 192), (8, 192), (9, 192), (10, 192)],
)
def test_sizes(people: int, kib: int) -> None:
    assert size_of(people) == kib * 1024


def test_an_unpacked_box_packs_to_the_same_length_whatever_the_order() -> None:
    ballots = [Ballot(bytes([index]) * index) for index in range(10)]
    lengths = set()
    for seed in range(5):
        box = Box([a_code()], list(ballots))
        lengths.add(len(pack(box, Random(seed).shuffle)))

    assert len(lengths) == 1


def test_a_claim_spends_a_use_once_however_often_it_is_repeated() -> None:
    code = a_code(uses=2, uses_left=2)

    assert spend_on_claim(code, b"b") is Spending.ACCEPTED
    assert spend_on_claim(code, b"b") is Spending.REPEATED
    assert spend_on_claim(code, b"a") is Spending.ACCEPTED
    assert spend_on_claim(code, b"c") is Spending.REFUSED
    assert (code.claims, code.uses_left) == ([b"a", b"b"], 0)


def test_a_token_brings_one_answer() -> None:
    box = Box([a_code(claims=[b"1", b"2"])])

    assert redeem(box.spent, b"y", b"one") is Spending.ACCEPTED
    assert redeem(box.spent, b"y", b"one") is Spending.REPEATED
    assert redeem(box.spent, b"y", b"other") is Spending.REFUSED
    assert redeem(box.spent, b"x", b"one") is Spending.ACCEPTED
    assert box.spent == [(b"x", b"one"), (b"y", b"one")]


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 2)), max_size=6), st.integers(0, 12))
def test_counted_answers_never_exceed_those_of_independent_people(people: list[tuple[bool, int]], gone: int) -> None:
    """`gone` answers were taken back; nobody knows by whom, so each may have been one that counted."""
    codes = [
        a_code(uses=2, uses_left=2 - used, channel=Channel.MAILED if independent else Channel.HANDED_OVER)
        for independent, used in people
    ]
    answered = max(0, sum(used for _, used in people) - gone)
    independent = sum(used for is_independent, used in people if is_independent)

    assert counted(Box(codes), answered, independent_only=False) == answered
    assert counted(Box(codes), answered, independent_only=True) == max(0, independent - gone)
