"""The flow of `debrief answer`: read the link, ask the questions, check, send."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import typer

from app.blinding import ristretto
from app.blinding.client import Refused
from app.core.clock import Clock, SystemClock
from app.terminal import blind_round, later, prompts
from app.terminal.blind_round import Stopped
from app.terminal.holders import CodeHolder, Holder, TokenHolder
from app.terminal.http_client import Declined, HttpClient, TooLarge, Unreachable
from app.terminal.link import Link, NotALink, read_link
from app.terminal.schemas import Accepted, Form
from app.terminal.short_form import fill_in
from app.terminal.words import choices

STANDARD_INPUT = "-"

Wait = Callable[[datetime, Clock], None]


@dataclass(frozen=True)
class Options:
    """Options of the command line. `understood`: send without further questions. `later`: at a random moment."""

    receipt: str | None = None
    answer: Path | None = None
    claim: bool = False
    understood: bool = False
    later: bool = False


def answer(link: str, options: Options, wait: Wait = later.wait_until) -> int:
    """Answer; return the exit code: 0 for done, 1 for not sent, 2 for a wrong link."""
    try:
        if options.receipt not in {None, STANDARD_INPUT}:
            raise Stopped("A receipt is read from standard input (--receipt -): other users of this machine see this.")
        if options.later and not (options.answer and options.receipt and options.understood):
            raise Stopped("--later needs --receipt -, --answer FILE and --understood: nobody is asked when it sends.")
        given = None if options.answer is None else _read_answer(options.answer)
        target = read_link(prompts.secret("Your link") if link == STANDARD_INPUT else link)
        with HttpClient(target.base_url, local=target.local) as client:
            _visit(client, target, options, given, wait)
    except Refused as error:
        prompts.warn(
            f"STOP. {str(error).capitalize()}. It could tell answers of this round apart. Do not answer here, not even "
            "with another program, and tell the others who were asked."
        )
        return 1
    except Declined as error:
        prompts.warn(error.detail)
        for pointer, message in error.faults:
            prompts.warn(f"{pointer}: {message}")
        return 1
    except (Stopped, Unreachable, TooLarge) as error:
        prompts.warn(str(error))
        return 1
    except NotALink as error:
        prompts.warn(str(error))
        return 2
    except typer.Abort:
        prompts.warn("Nothing was sent.")
        return 1
    return 0


def _visit(client: HttpClient, link: Link, options: Options, given: dict[str, Any] | None, wait: Wait) -> None:
    if link.commitment is None:
        if options.claim or options.receipt or options.later:
            raise Stopped("Only in a blind round are there claims and receipts, and its link says &k=…")
        holder = CodeHolder(client, link)
        _answer(holder, options, given, decline=holder)
        return
    if not ristretto.available():
        raise Stopped("A blind round needs the library libsodium, 1.0.18 or later, on this machine.")
    receipt = blind_round.read_typed(prompts.secret("Your receipt")) if options.receipt else None
    # This request comes first and carries no code: once answers are taken, the code must never come from the address
    # that will send the answer.
    found = blind_round.evaluations(client, link)
    if found is None:
        if link.code is None or options.later:
            raise Stopped("Answers are not taken yet. Until then, your own link is where you say that you take part.")
        holder = CodeHolder(client, link)
        form = holder.form()
        _introduce(form)
        if not (options.understood or receipt) and _wants_to_decline(holder, form):
            return
        blind_round.claim(holder, form, receipt, understood=options.understood)
        return
    if options.claim:
        raise Stopped("The days in which to take part are over. Nothing was sent.")
    if receipt is None:
        receipt = blind_round.read_typed(prompts.secret("Your receipt"))
    if options.later:
        through = prompts.day(found.closes_on)
        prompts.say(f"Waiting for a random moment through {through}. Leave this running; Ctrl-C sends nothing.")
        clock = SystemClock()
        wait(later.random_moment(clock.now(), found.closes_on), clock)
    _answer(TokenHolder(client, blind_round.token_of(receipt, link, found)), options, given)


def _answer(
    holder: Holder,
    options: Options,
    given: dict[str, Any] | None,
    *,
    decline: CodeHolder | None = None,
) -> None:
    form = holder.form()
    if form.blind is not None and decline is not None:
        raise Stopped("This round is blind: the link names a key (&k=…) that is missing here. Please copy it whole.")
    _introduce(form)
    interactive = given is None
    if interactive and decline is not None and _wants_to_decline(decline, form):
        return
    said = given or {}
    while True:
        if interactive:
            said = fill_in(form, said)
        ready = _preview(holder, form, said)
        if ready and (options.understood or prompts.agrees(_consent(form))):
            break
        if not interactive:
            raise Stopped("Nothing was sent.")
        if not prompts.agrees("Change it?"):
            raise Stopped("Nothing was sent. The link works as before.")
    _thank(holder, form, holder.send(said), ask=not options.understood)


def _introduce(form: Form) -> None:
    asked = form.request
    prompts.title(f"{form.name} asks what counted: {asked.role_title} at {asked.company}")
    prompts.say(form.consent.invitation, form.anonymity.statement, *(caveat.text for caveat in form.anonymity.caveats))
    prompts.say(form.consent.how_it_works)
    if form.blind is not None and form.blind.too_few:
        prompts.title(
            "Too few take part in this round for anything to be shown, unless their authors choose otherwise."
        )


def _wants_to_decline(holder: CodeHolder, form: Form) -> bool:
    if not prompts.agrees("Would you rather decline?"):
        return False
    reasons = [
        (code, label) for code, label in choices("decline_reason") if form.signed or code != "will_contact_directly"
    ]
    reason = prompts.choose("Why not?", reasons, needed=True)
    holder.preview(None)
    if not prompts.agrees(form.consent.decline):
        raise Stopped("Nothing was sent. The link works as before.")
    holder.decline(reason)
    prompts.title("You have declined. Thank you for saying so.")
    return True


def _preview(holder: Holder, form: Form, said: dict[str, Any]) -> bool:
    """Show the preview; return whether the answer can be sent."""
    preview = holder.preview(said)
    prompts.title(f"{form.name} will read:")
    prompts.quoted(*preview.in_words)
    for finding in preview.findings:
        prompts.say(f"A hint: {finding.message}")
    for missing in preview.missing:
        prompts.warn(f"{missing.pointer}: {missing.message}")
    return not preview.missing


def _consent(form: Form) -> str:
    return form.consent.understood or f"Send this to {form.name}?"


def _thank(holder: Holder, form: Form, accepted: Accepted, *, ask: bool) -> None:
    if accepted.shows_at is not None and isinstance(holder, CodeHolder):
        prompts.title(f"Thank you. {form.name} reads it at {accepted.shows_at:%H:%M} UTC.")
        if ask and _wants_to_take_back():
            holder.take_back()
            prompts.say("It is gone. The link works as before.")
        return
    prompts.title("Thank you. It is sealed.")
    opens = prompts.day(accepted.closes_on + timedelta(days=1))
    prompts.say(
        f"{form.name} reads all answers together on {opens}, if enough come. "
        f"Until then {form.name} isn’t told that somebody has answered."
    )
    if isinstance(holder, CodeHolder):
        prompts.say("With this receipt, shown once and kept nowhere, you find your answer again:")
        prompts.whole(str(holder.receipt))


def _wants_to_take_back() -> bool:
    try:
        return prompts.agrees("Until then you can take it back. Take it back?")
    except typer.Abort:
        # Ctrl-C at this question keeps the answer, which is already sent.
        return False


def _read_answer(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_bytes())
    except (OSError, ValueError):
        raise Stopped(f"{path} can't be read, or is no JSON.") from None
    if not isinstance(content, dict):
        raise Stopped(f"{path} holds no answer: a JSON object, as the API takes it.")
    return content
