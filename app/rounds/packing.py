"""The bytes of a round's box, and how to read only the part that a request needs.

A length precedes each part. First come the people, a part that no act of theirs changes; then each code by itself, the
spent tokens in a fixed number of slots, and the ballots. A form, a refusal and a repetition read the same parts however
many people have answered. Otherwise their time would tell how many.
"""

from collections.abc import Iterator
from hmac import compare_digest

from pydantic import TypeAdapter

from app.rounds.box import Ballot, Box, Code, Holder, Shuffle
from app.rounds.rules import MOST_PEOPLE

_LENGTH_BYTES = 4
_TOKEN_BYTES = 32
_HOLDERS = TypeAdapter(list[Holder])
_CODES = TypeAdapter(list[Code])


def pack(box: Box, shuffle: Shuffle) -> bytes:
    """Serialize `box`: the people, each code, the spent tokens, then tag and body of each ballot, shuffled."""
    box.codes.sort(key=lambda code: code.code_hash)
    shuffle(box.ballots)
    parts = [_HOLDERS.dump_json(list(box.codes), exclude_none=True)]
    parts += [code.model_dump_json(exclude_defaults=True).encode() for code in box.codes]
    slots = [token + proof for token, proof in box.spent]
    parts += slots + [b""] * (MOST_PEOPLE - len(slots))
    for ballot in box.ballots:
        parts += [ballot.tag, ballot.body]
    return b"".join(piece for part in parts for piece in (len(part).to_bytes(_LENGTH_BYTES, "big"), part))


def unpack(data: bytes) -> Box:
    """Parse what `pack` wrote, whole."""
    return PackedBox(memoryview(data), len(data)).unpack()


class PackedBox:
    """A box as `pack` wrote it, with its padding: `length` is the number of bytes before that."""

    def __init__(self, padded: memoryview, length: int) -> None:
        self._padded = padded
        self._length = length
        first, self._after_holders = self._part(0)
        self.holders = _HOLDERS.validate_json(bytes(first))

    def holder(self, code_hash: bytes) -> Holder | None:
        """Return the person with this code."""
        return next((one for one in self.holders if one.code_hash == code_hash), None)

    def code(self, code_hash: bytes) -> Code | None:
        """Return a copy of the code with this hash. Reads no other."""
        for holder, part in zip(self.holders, self._codes(), strict=True):
            if holder.code_hash == code_hash:
                return Code.model_validate_json(bytes(part))
        return None

    def codes(self) -> list[Code]:
        """Return copies of all codes."""
        return _CODES.validate_json(b"[" + b",".join(self._codes()) + b"]")

    def spent(self) -> list[tuple[bytes, bytes]]:
        """Return a copy of the spent tokens, each with its proof. Reads all slots, filled or not."""
        at, found = self._after(self._after_holders, len(self.holders)), []
        for _ in range(MOST_PEOPLE):
            slot, at = self._part(at)
            found.append((bytes(slot[:_TOKEN_BYTES]), bytes(slot[_TOKEN_BYTES:])))
        return [(token, proof) for token, proof in found if token]

    def has_ballot(self, tag: bytes) -> bool:
        """Tell whether there is a ballot with this tag. Reads as many as there could be: the padding reads as empty."""
        at, found = self._after(self._after_holders, len(self.holders) + MOST_PEOPLE), False
        for _ in range(MOST_PEOPLE):
            known, at = self._part(at)
            _, at = self._part(at)
            found |= compare_digest(bytes(known), tag)
        return found

    def unpack(self) -> Box:
        """Return all of it."""
        return Box(self.codes(), list(self._ballots()), self.spent())

    def _ballots(self) -> Iterator[Ballot]:
        at = self._after(self._after_holders, len(self.holders) + MOST_PEOPLE)
        while at < self._length:
            tag, at = self._part(at)
            body, at = self._part(at)
            yield Ballot(bytes(body), bytes(tag))

    def _codes(self) -> list[memoryview]:
        at, parts = self._after_holders, []
        for _ in self.holders:
            part, at = self._part(at)
            parts.append(part)
        return parts

    def _after(self, at: int, parts: int) -> int:
        """Return the place after so many parts."""
        for _ in range(parts):
            _, at = self._part(at)
        return at

    def _part(self, at: int) -> tuple[memoryview, int]:
        """Return the part that begins at this place, and the place after it."""
        start = at + _LENGTH_BYTES
        end = start + int.from_bytes(self._padded[at:start], "big")
        return self._padded[start:end], end
