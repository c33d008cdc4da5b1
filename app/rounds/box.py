"""The content of a round's box: codes, ballots, and the rules for spending a code. No database, key or clock.

Every trace of a used code is inside the box: in a table of its own it would link people to answers.
"""

from collections.abc import Callable, MutableSequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from app.core.tokens import keyed_hash

KIB = 1024
Shuffle = Callable[[MutableSequence[Any]], None]

# Each retraction leaves a mark, and the box has a fixed size. After this many, a link is used up.
MOST_RETRACTIONS = 20


class Channel(StrEnum):
    """How a code reached its person.

    `mailed`: Debrief sent it to an address at the employer. `mailed_elsewhere`: to another address, which may be the
    candidate's own. `ats`: to an address that the ATS reported.
    """

    HANDED_OVER = "handed_over"
    MAILED = "mailed"
    MAILED_ELSEWHERE = "mailed_elsewhere"
    ATS = "ats"

    @property
    def is_independent(self) -> bool:
        """Whether the candidate cannot have used the code themselves."""
        return self in (Channel.MAILED, Channel.ATS)


class Spending(StrEnum):
    """The result of spending a use of a code."""

    ACCEPTED = "accepted"
    REPEATED = "repeated"
    REFUSED = "refused"


class Holder(BaseModel):
    """The person whom a code was made for, as known when the round was opened. Nothing that they do changes it."""

    model_config = ConfigDict(ser_json_bytes="base64", val_json_bytes="base64")

    code_hash: bytes
    role: str
    channel: Channel
    name: str | None = None
    address: str | None = None


class Code(Holder):
    """The code of one link.

    `declined` has the reason of each use spent on a decline. `marks` has a mark of each use spent. In a blind round,
    a claim spends a use, and `claims` has its blinded element. All lists are sorted, so that they tell no order.
    """

    uses: int = 1
    uses_left: int = 1
    # Factories: pydantic would copy a default list deeply for each code of each opened box.
    declined: list[str] = Field(default_factory=list)
    marks: list[tuple[bytes, bytes]] = Field(default_factory=list)
    retracted: list[bytes] = Field(default_factory=list)
    claims: list[bytes] = Field(default_factory=list)

    @property
    def answered(self) -> int:
        """How many uses were spent on an answer."""
        return self.uses - self.uses_left - len(self.declined)


class Ballot(NamedTuple):
    """A sealed answer. `tag` leads from the author's receipt to it; without a receipt it is random."""

    body: bytes
    tag: bytes = b""


@dataclass(slots=True)
class Box:
    """The codes of a round, sorted by hash, and its ballots, shuffled.

    `spent` has each redeemed token of a blind round with the proof that came with its answer, sorted. Nothing in the
    box leads from a token to a code, since the server only saw the blinded token.
    """

    codes: list[Code]
    ballots: list[Ballot] = field(default_factory=list)
    spent: list[tuple[bytes, bytes]] = field(default_factory=list)

    def find(self, code_hash: bytes) -> Code | None:
        """Return the code with this hash."""
        return next((code for code in self.codes if code.code_hash == code_hash), None)

    @property
    def claims(self) -> int:
        """How many tokens of a blind round were claimed."""
        return sum(len(code.claims) for code in self.codes)


def counted(box: Box, answered: int, *, independent_only: bool) -> int:
    """Return how many of `answered` answers count towards the threshold.

    The box does not say who wrote which answer. So subtract all answers that came through links that do not count.
    """
    uncounted = sum(code.answered for code in box.codes if not code.channel.is_independent)
    return max(0, answered - uncounted) if independent_only else answered


def size_of(people: int) -> int:
    """Return the size of the box of a round of `people`, in bytes. It never changes, so it reveals nothing.

    18 KiB for each person (an answer has at most 16 KiB) and 4 KiB, rounded up to a multiple of 64 KiB.
    """
    return -(-(people * 18 + 4) // 64) * 64 * KIB


def spend(code: Code, nonce: str, body: bytes) -> Spending:
    """Spend one use of `code` on `body`, or recognise a repetition.

    The marks are hashes keyed by the nonce, which only the author knows. With plain digests of the body, one snapshot
    of an open box would match every ballot to its code.
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
    """Tell whether a use of `code` was spent with this nonce on this body."""
    return code is not None and marks_of(code.code_hash, nonce, body) in code.marks


def retract(code: Code, nonce: str) -> Spending:
    """Give back the use of `code` that was spent with `nonce`. From now on even a late retry with it is refused."""
    return retract_use(code, nonce_mark_of(code.code_hash, nonce))


def retract_use(code: Code, nonce_mark: bytes) -> Spending:
    """Do the same for the use that has this mark."""
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
    """Remove the remaining uses of `code`. It then answers like a used one."""
    code.uses -= code.uses_left
    code.uses_left = 0


def restore(code: Code) -> None:
    """Give a revoked code for one person its use back."""
    if code.uses == 0:
        code.uses = code.uses_left = 1


def decline_body(reason: str) -> bytes:
    """Return the body of a decline."""
    return b"decline:" + reason.encode()


def spend_on_decline(code: Code, nonce: str, reason: str) -> Spending:
    """Spend one use of `code` on a decline."""
    spending = spend(code, nonce, decline_body(reason))
    if spending is Spending.ACCEPTED:
        code.declined = sorted([*code.declined, reason])
    return spending


def spend_on_claim(code: Code, blinded: bytes) -> Spending:
    """Spend one use of `code` on a token, or recognise a repetition by the same blinded element."""
    if blinded in code.claims:
        return Spending.REPEATED
    if code.uses_left == 0:
        return Spending.REFUSED
    code.uses_left -= 1
    code.claims = sorted([*code.claims, blinded])
    return Spending.ACCEPTED


def redeem(spent: list[tuple[bytes, bytes]], token: bytes, proof: bytes) -> Spending:
    """Spend `token` on the one answer that `proof` covers, or recognise a repetition. Keeps `spent` sorted.

    The caller has checked that the proof is valid for this round.
    """
    for known_token, known_proof in spent:
        if known_token == token:
            return Spending.REPEATED if known_proof == proof else Spending.REFUSED
    spent.append((token, proof))
    spent.sort()
    return Spending.ACCEPTED


def nonce_mark_of(code_hash: bytes, nonce: str) -> bytes:
    """Return the mark that identifies a use of a code."""
    return keyed_hash(nonce.encode(), code_hash)


def marks_of(code_hash: bytes, nonce: str, body: bytes) -> tuple[bytes, bytes]:
    """Return both marks of a use: one of the nonce, one of nonce and body."""
    return nonce_mark_of(code_hash, nonce), keyed_hash(nonce.encode(), code_hash, body)
