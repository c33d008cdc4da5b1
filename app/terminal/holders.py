"""Requests of the terminal client, each with the code or token that proves the right to answer."""

from dataclasses import dataclass, field
from typing import Any, Protocol

from app.blinding.client import Token
from app.blinding.messages import TokenUse
from app.blinding.receipt import Receipt, new_receipt
from app.core import randomness
from app.terminal.http_client import HttpClient
from app.terminal.link import Link
from app.terminal.schemas import Accepted, Done, Form, Preview

Answer = dict[str, Any]


class Holder(Protocol):
    """A person who may answer: by a code or by a token."""

    def form(self) -> Form: ...

    def preview(self, answer: Answer) -> Preview: ...

    def send(self, answer: Answer) -> Accepted: ...


@dataclass(frozen=True)
class CodeHolder:
    """The holder of a link's code, in signed and sealed rounds.

    `nonce` and `receipt` are made once, so that the server recognises a second sending as a repetition.
    """

    client: HttpClient
    link: Link
    nonce: str = field(default_factory=lambda: randomness.token_bytes(16).hex())
    receipt: Receipt = field(default_factory=new_receipt)

    def form(self) -> Form:
        return self.client.post(self._at("form"), Form, code=self.link.code)

    def preview(self, answer: Answer | None) -> Preview:
        """Check an answer; or send as much before a decline or a claim, so that nobody on the way sees which it is."""
        return self.client.post(self._at("preview"), Preview, code=self.link.code, answer=answer)

    def send(self, answer: Answer) -> Accepted:
        # A signed answer carries the author's consent, a sealed one the tag of the author's receipt.
        tag = self.receipt.tag(self.link.round_id)
        proof: dict[str, Any] = {"understood": True} if "signature" in answer else {"receipt_tag": tag}
        return self.client.post(
            self._at("answers"), Accepted, code=self.link.code, nonce=self.nonce, answer=answer, **proof
        )

    def decline(self, reason: str) -> None:
        """Close the link without an answer."""
        self.client.post(
            self._at("declines"), Done, code=self.link.code, nonce=self.nonce, reason=reason, understood=True
        )

    def take_back(self) -> None:
        """Take a signed answer back before it shows."""
        self.client.post(self._at("retractions"), Done, code=self.link.code, nonce=self.nonce)

    def _at(self, action: str) -> str:
        return f"/v1/rounds/{self.link.round_id}/{action}"


@dataclass(frozen=True)
class TokenHolder:
    """The holder of a token, in blind rounds. No request carries the code of the link."""

    client: HttpClient
    token: Token

    def form(self) -> Form:
        return self.client.post(self._at("form"), Form, **self.token.shown_for(TokenUse.FORM))

    def preview(self, answer: Answer) -> Preview:
        proof = self.token.shown_for(TokenUse.PREVIEW, answer)
        return self.client.post(self._at("preview"), Preview, **proof, answer=answer)

    def send(self, answer: Answer) -> Accepted:
        proof = self.token.shown_for(TokenUse.ANSWER, answer)
        return self.client.post(self._at("answers"), Accepted, **proof, answer=answer)

    def _at(self, action: str) -> str:
        return f"/v1/rounds/{self.token.round_id}/{action}"
