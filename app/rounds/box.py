"""What a box holds, and the rules by which a code is spent. Nothing here knows of databases, keys or clocks.

Everything that says "this code was used" lives inside the box: in a table of its own it would link people to answers.
"""

from collections.abc import Callable, MutableSequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any, NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from app.core.tokens import keyed_hash

KIB = 1024
Shuffle = Callable[[MutableSequence[Any]], None]

# Each retraction leaves a mark, and the record has a fixed size: after so many a link is used up.
MOST_RETRACTIONS = 20


class Channel(StrEnum):
    """How a code reached its person.

    `mailed` was sent to an address that the employer has given out; `mailed_elsewhere` to one that may be anybody's,
    the candidate's too.
    """

    HANDED_OVER = "handed_over"
    MAILED = "mailed"
    MAILED_ELSEWHERE = "mailed_elsewhere"
    ATS = "ats"

    @property
    def is_independent(self) -> bool:
        """Whether the candidate can't have used the code in somebody's place."""
        return self in (Channel.MAILED, Channel.ATS)


class Spending(StrEnum):
    """What came of the wish to spend a use of a code."""

    ACCEPTED = "accepted"
    REPEATED = "repeated"
    REFUSED = "refused"


class Code(BaseModel):
    """One link. `declined` has the reasons of the uses spent by a decline, `marks` those of all uses spent: sorted, not
    in order of time. In a blind round a use is spent by a claim: `claims` has the blinded elements.
    """

    model_config = ConfigDict(ser_json_bytes="base64", val_json_bytes="base64")

    code_hash: bytes
    uses: int = 1
    uses_left: int = 1
    role: str
    channel: Channel
    name: str | None = None
    address: str | None = None
    # Factories: a list given as the default would be copied deeply for each code of each box that is opened.
    declined: list[str] = Field(default_factory=list)
    marks: list[tuple[bytes, bytes]] = Field(default_factory=list)
    retracted: list[bytes] = Field(default_factory=list)
    claims: list[bytes] = Field(default_factory=list)
    postponed_to: date | None = None

    @property
    def answered(self) -> int:
        """Uses spent by an answer."""
        return self.uses - self.uses_left - len(self.declined)


class Ballot(NamedTuple):
    """An answer while it is sealed. `tag` is what its author's receipt leads to, if they wished for one; else empty."""

    body: bytes
    tag: bytes = b""


@dataclass(slots=True)
class Box:
    """The codes of a round, sorted by hash, and its ballots, in no order.

    `spent` has the tokens of a blind round that were redeemed, each with the proof that came with its answer: sorted.
    Nothing in here leads from a token to a code: that is what blinding is for.
    """

    codes: list[Code]
    ballots: list[Ballot] = field(default_factory=list)
    spent: list[tuple[bytes, bytes]] = field(default_factory=list)

    def find(self, code_hash: bytes) -> Code | None:
        """Return the code with this hash."""
        return next((code for code in self.codes if code.code_hash == code_hash), None)

    @property
    def everyone_acted(self) -> bool:
        """Whether each use of each code was spent. One that was revoked never is: who takes back all invitations but
        one must not see, by the round being over, that this one person has acted.
        """
        return all(code.uses and code.uses_left == 0 for code in self.codes)

    @property
    def claims(self) -> int:
        """How many tokens of a blind round were given out."""
        return sum(len(code.claims) for code in self.codes)

    @property
    def everyone_redeemed(self) -> bool:
        """Whether each token that was given out came back with an answer."""
        return len(self.spent) == self.claims


def counted(box: Box, answered: int, *, independent_only: bool) -> int:
    """Return how many of `answered` answers count towards the threshold.

    Nobody knows whose an answer is: so as many are taken off as could have come through links that don't count.
    """
    uncounted = sum(code.answered for code in box.codes if not code.channel.is_independent)
    return max(0, answered - uncounted) if independent_only else answered


def size_of(people: int) -> int:
    """Return the bytes reserved for a round of `people`: fixed at creation, whatever will be written.

    18 KiB each (an answer has at most 16 KiB) and 4 KiB, rounded up to 64 KiB.
    """
    return -(-(people * 18 + 4) // 64) * 64 * KIB


def spend(code: Code, nonce: str, body: bytes) -> Spending:
    """Spend one use of `code` for `body`, or recognise a repetition.

    The marks are keyed by the nonce, which only its author knows: with a plain digest of the body in their place, a
    single snapshot of an open box would match every ballot to its code.
    """
    nonce_mark, retry_mark = marks_of(code.code_hash, nonce, body)
    if nonce_mark in code.retracted:
        return Spending.REFUSED
    for known_nonce, known_body in code.marks:
        if known_nonce == nonce_mark:
            return Spending.REPEATED if known_body == retry_mark else Spending.REFUSED
    if code.uses_left == 0 or len(code.retracted) >= MOST_RETRACTIONS:
        return Spending.REFUSED
    code.uses_left -= 1
    code.marks.append((nonce_mark, retry_mark))
    code.marks.sort()
    return Spending.ACCEPTED


def was_spent(code: Code | None, nonce: str, body: bytes) -> bool:
    """Tell whether a use of `code` was spent with exactly this nonce and body."""
    return code is not None and marks_of(code.code_hash, nonce, body) in code.marks


def retract(code: Code, nonce: str) -> Spending:
    """Give the use of `code` that was spent with `nonce` back. The nonce is worn out: a late retry must not return."""
    nonce_mark = nonce_mark_of(code.code_hash, nonce)
    if nonce_mark in code.retracted:
        return Spending.REPEATED
    kept = [mark for mark in code.marks if mark[0] != nonce_mark]
    if len(kept) == len(code.marks):
        return Spending.REFUSED
    code.marks = kept
    code.retracted = sorted([*code.retracted, nonce_mark])
    code.uses_left += 1
    return Spending.ACCEPTED


def revoke(code: Code) -> None:
    """Take the uses of `code` that are left away. It then looks like one that was used, and counts for nothing."""
    code.uses -= code.uses_left
    code.uses_left = 0


def restore(code: Code) -> None:
    """Give a code for one person that was revoked its use back."""
    if code.uses == 0:
        code.uses = code.uses_left = 1


def decline_body(reason: str) -> bytes:
    """Return the body of a decline."""
    return b"decline:" + reason.encode()


def spend_on_decline(code: Code, nonce: str, reason: str) -> Spending:
    """Spend one use of `code` without an answer."""
    spending = spend(code, nonce, decline_body(reason))
    if spending is Spending.ACCEPTED:
        code.declined = sorted([*code.declined, reason])
    return spending


def spend_on_claim(code: Code, blinded: bytes) -> Spending:
    """Spend one use of `code` on a token, or recognise a repetition: the same element gets the same evaluation."""
    if blinded in code.claims:
        return Spending.REPEATED
    if code.uses_left == 0:
        return Spending.REFUSED
    code.uses_left -= 1
    code.claims = sorted([*code.claims, blinded])
    return Spending.ACCEPTED


def redeem(box: Box, token: bytes, proof: bytes) -> Spending:
    """Spend `token`, whose right to answer was checked; `proof` is that of the one answer that it may bring."""
    for known_token, known_proof in box.spent:
        if known_token == token:
            return Spending.REPEATED if known_proof == proof else Spending.REFUSED
    box.spent = sorted([*box.spent, (token, proof)])
    return Spending.ACCEPTED


def nonce_mark_of(code_hash: bytes, nonce: str) -> bytes:
    """Return the mark by which a use is recognised."""
    return keyed_hash(nonce.encode(), code_hash)


def marks_of(code_hash: bytes, nonce: str, body: bytes) -> tuple[bytes, bytes]:
    """Return the marks of a use: which it was, and with what."""
    return nonce_mark_of(code_hash, nonce), keyed_hash(nonce.encode(), code_hash, body)


class _Head(BaseModel):
    """What comes before the ballots."""

    model_config = ConfigDict(ser_json_bytes="base64", val_json_bytes="base64")

    codes: list[Code]
    spent: list[tuple[bytes, bytes]] = Field(default_factory=list)


def pack(box: Box, shuffle: Shuffle) -> bytes:
    """Return `box` as bytes: a head as JSON, then tag and body of each ballot, shuffled; each after its length."""
    box.codes.sort(key=lambda code: code.code_hash)
    shuffle(box.ballots)
    head = _Head.model_construct(codes=box.codes, spent=box.spent)
    parts = [head.model_dump_json(exclude_defaults=True).encode()]
    for ballot in box.ballots:
        parts += [ballot.tag, ballot.body]
    return b"".join(piece for part in parts for piece in (len(part).to_bytes(4, "big"), part))


def unpack(data: bytes) -> Box:
    """Return the box that `pack` wrote."""
    parts = []
    position = 0
    while position < len(data):
        end = position + 4 + int.from_bytes(data[position : position + 4], "big")
        parts.append(data[position + 4 : end])
        position = end
    head = _Head.model_validate_json(parts[0])
    ballots = [Ballot(body, tag) for tag, body in zip(parts[1::2], parts[2::2], strict=True)]
    return Box(head.codes, ballots, head.spent)
