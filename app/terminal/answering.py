"""`debrief answer`, from the link to the last word: what is asked, what would be read, and the press of Send."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer

from app.blinding import ristretto
from app.blinding.client import Refused
from app.terminal import claiming, talk
from app.terminal.claiming import Stopped
from app.terminal.holders import CodeHolder, Holder, TokenHolder
from app.terminal.link import Link, NotALink, read_link
from app.terminal.shapes import Accepted, Form, Vocabulary
from app.terminal.short_form import fill_in
from app.terminal.wire import Declined, TooLarge, Unreachable, Wire

STANDARD_INPUT = "-"


@dataclass(frozen=True)
class Wishes:
    """What was asked for on the command line. `understood`: nothing else is asked."""

    receipt: str | None = None
    answer: Path | None = None
    claim: bool = False
    understood: bool = False


def answer(link: str, wishes: Wishes) -> int:
    """Answer, and return the exit code: 0 for done, 1 for not done, 2 for what makes no sense."""
    try:
        if wishes.receipt not in {None, STANDARD_INPUT}:
            raise Stopped("A receipt is read from standard input (--receipt -): other users of this machine see this.")
        given = None if wishes.answer is None else _read_answer(wishes.answer)
        target = read_link(talk.secret("Your link") if link == STANDARD_INPUT else link)
        with Wire(target.base_url, local=target.local) as wire:
            _visit(wire, target, wishes, given)
    except Refused as error:
        talk.warn(
            f"STOP. {str(error).capitalize()}. It could tell answers of this round apart. Do not answer here, not even "
            "with another program, and tell the others who were asked."
        )
        return 1
    except Declined as error:
        talk.warn(error.detail)
        for pointer, message in error.faults:
            talk.warn(f"{pointer}: {message}")
        return 1
    except (Stopped, Unreachable, TooLarge) as error:
        talk.warn(str(error))
        return 1
    except NotALink as error:
        talk.warn(str(error))
        return 2
    except typer.Abort:
        talk.warn("Nothing was sent.")
        return 1
    return 0


def _visit(wire: Wire, link: Link, wishes: Wishes, given: dict[str, Any] | None) -> None:
    if link.commitment is None:
        if wishes.claim or wishes.receipt:
            raise Stopped("Only in a blind round are there claims and receipts, and its link says &k=…")
        holder = CodeHolder(wire, link)
        _answer(wire, holder, wishes, given, decline=holder)
        return
    if not ristretto.available():
        raise Stopped("A blind round needs the library libsodium, 1.0.18 or later, on this machine.")
    receipt = claiming.read_typed(talk.secret("Your receipt")) if wishes.receipt else None
    # First of all, and without a code: when answers are taken, no code may be sent from where the answer comes.
    found = claiming.evaluations(wire, link)
    if found is None:
        if link.code is None:
            raise Stopped("Answers are not taken yet. Until then, your own link is where you say that you take part.")
        holder = CodeHolder(wire, link)
        form = holder.form()
        _introduce(form)
        if not (wishes.understood or receipt) and _wants_to_decline(wire, holder, form):
            return
        claiming.claim(wire, link, form, receipt, understood=wishes.understood)
        return
    if wishes.claim:
        raise Stopped("The days in which to take part are over. Nothing was sent.")
    if receipt is None:
        receipt = claiming.read_typed(talk.secret("Your receipt"))
    _answer(wire, TokenHolder(wire, claiming.token_of(receipt, link, found)), wishes, given)


def _answer(
    wire: Wire, holder: Holder, wishes: Wishes, given: dict[str, Any] | None, *, decline: CodeHolder | None = None
) -> None:
    form = holder.form()
    if form.blind is not None and decline is not None:
        raise Stopped("This round is blind: the link names a key (&k=…) that is missing here. Please copy it whole.")
    _introduce(form)
    interactive = given is None
    if interactive and decline is not None and _wants_to_decline(wire, decline, form):
        return
    said = given or {}
    words = wire.get("/v1/vocabulary", Vocabulary) if interactive else None
    while True:
        if words is not None:
            said = fill_in(form, words, said)
        ready = _look(holder, form, said)
        if ready and (wishes.understood or talk.agrees(_consent(form))):
            break
        if words is None:
            raise Stopped("Nothing was sent.")
        if not talk.agrees("Change it?"):
            raise Stopped("Nothing was sent. The link works as before.")
    _thank(holder, form, holder.send(said), ask=not wishes.understood)


def _introduce(form: Form) -> None:
    asked = form.request
    talk.title(f"{form.name} asks what counted: {asked.role_title} at {asked.company}")
    talk.say(form.consent.invitation, form.anonymity.statement, *(caveat.text for caveat in form.anonymity.caveats))
    talk.say(form.consent.how_it_works)
    if form.blind is not None and form.blind.too_few:
        talk.title("Too few take part in this round for anything to be shown, unless their authors choose otherwise.")


def _wants_to_decline(wire: Wire, holder: CodeHolder, form: Form) -> bool:
    if not talk.agrees("Would you rather decline?"):
        return False
    reasons = [
        (code, label)
        for code, label in wire.get("/v1/vocabulary", Vocabulary).choices("decline_reason")
        if form.signed or code != "will_contact_directly"
    ]
    reason = talk.choose("Why not?", reasons, needed=True)
    if not talk.agrees(form.consent.decline):
        raise Stopped("Nothing was sent. The link works as before.")
    holder.decline(reason)
    talk.title("You have declined. Thank you for saying so.")
    return True


def _look(holder: Holder, form: Form, said: dict[str, Any]) -> bool:
    """Show what would be read, and return whether it can be sent."""
    preview = holder.preview(said)
    talk.title(f"{form.name} will read:")
    talk.quoted(*preview.in_words)
    for finding in preview.findings:
        talk.say(f"A hint: {finding.message}")
    for missing in preview.missing:
        talk.warn(f"{missing.pointer}: {missing.message}")
    return not preview.missing


def _consent(form: Form) -> str:
    return form.consent.understood or f"Send this to {form.name}?"


def _thank(holder: Holder, form: Form, accepted: Accepted, *, ask: bool) -> None:
    if accepted.shows_at is not None and isinstance(holder, CodeHolder):
        talk.title(f"Thank you. {form.name} reads it at {accepted.shows_at:%H:%M} UTC.")
        if ask and _regrets():
            holder.take_back()
            talk.say("It is gone. The link works as before.")
        return
    talk.title("Thank you. It is sealed.")
    talk.say(
        f"{form.name} reads all answers together after {accepted.closes_on}, or sooner once everyone has replied. "
        f"Until then {form.name} is not even told that somebody has answered."
    )
    if isinstance(holder, CodeHolder):
        talk.say("With this receipt, shown once and kept nowhere, you find your answer again:")
        talk.whole(str(holder.receipt))


def _regrets() -> bool:
    try:
        return talk.agrees("Until then you can take it back. Take it back?")
    except typer.Abort:
        # Whoever leaves here has sent what they wanted to send.
        return False


def _read_answer(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_bytes())
    except (OSError, ValueError):
        raise Stopped(f"{path} can't be read, or is no JSON.") from None
    if not isinstance(content, dict):
        raise Stopped(f"{path} holds no answer: a JSON object, as the API takes it.")
    return content
