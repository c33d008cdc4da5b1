"""What whoever holds a link, or a token, can do in a round: each request with the proof that goes with it."""

from dataclasses import dataclass, field
from typing import Any, Protocol

from app.blinding.client import Token
from app.blinding.messages import TokenUse
from app.blinding.receipt import Receipt, new_receipt
from app.core import randomness
from app.terminal.link import Link
from app.terminal.shapes import Accepted, Done, Form, Preview
from app.terminal.wire import Wire

Answer = dict[str, Any]


class Holder(Protocol):
    """Somebody who may answer."""

    def form(self) -> Form: ...

    def preview(self, answer: Answer) -> Preview: ...

    def send(self, answer: Answer) -> Accepted: ...


@dataclass(frozen=True)
class CodeHolder:
    """By the code of a link: in signed and in sealed rounds.

    `nonce` and `receipt` are made once, so that sending again is a repetition.
    """

    wire: Wire
    link: Link
    nonce: str = field(default_factory=lambda: randomness.token_bytes(16).hex())
    receipt: Receipt = field(default_factory=new_receipt)

    def form(self) -> Form:
        return self.wire.post(self._at("form"), Form, code=self.link.code)

    def preview(self, answer: Answer) -> Preview:
        return self.wire.post(self._at("preview"), Preview, code=self.link.code, answer=answer)

    def send(self, answer: Answer) -> Accepted:
        # A signed answer carries its consent; a sealed one, what its author's receipt leads to.
        proof: dict[str, Any] = {"understood": True} if "signature" in answer else {"receipt_tag": self.receipt.tag}
        return self.wire.post(
            self._at("answers"), Accepted, code=self.link.code, nonce=self.nonce, answer=answer, **proof
        )

    def decline(self, reason: str) -> None:
        """Close the link without an answer."""
        self.wire.post(
            self._at("declines"), Done, code=self.link.code, nonce=self.nonce, reason=reason, understood=True
        )

    def take_back(self) -> None:
        """Take a signed answer back before it shows."""
        self.wire.post(self._at("retractions"), Done, code=self.link.code, nonce=self.nonce)

    def _at(self, door: str) -> str:
        return f"/v1/rounds/{self.link.round_id}/{door}"


@dataclass(frozen=True)
class TokenHolder:
    """By a token: in blind rounds. The code of the link goes nowhere near."""

    wire: Wire
    token: Token

    def form(self) -> Form:
        return self.wire.post(self._at("form"), Form, **self.token.shown_for(TokenUse.FORM))

    def preview(self, answer: Answer) -> Preview:
        proof = self.token.shown_for(TokenUse.PREVIEW, answer)
        return self.wire.post(self._at("preview"), Preview, **proof, answer=answer)

    def send(self, answer: Answer) -> Accepted:
        proof = self.token.shown_for(TokenUse.ANSWER, answer)
        return self.wire.post(self._at("answers"), Accepted, **proof, answer=answer)

    def _at(self, door: str) -> str:
        return f"/v1/rounds/{self.token.round_id}/{door}"
