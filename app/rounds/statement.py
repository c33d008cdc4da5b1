"""The statement: the promise that people read before they answer. Tests pin each sentence."""

from dataclasses import dataclass
from datetime import date

from app.core.text import isolated
from app.rounds.rules import CandidateHeldLinks, KBasis, Threshold
from app.vocabulary.codes import IfTooFew, Mode

INVITATION = "One honest sentence can spare {name} months of guessing. About a minute, no account."
TOGETHER = (
    "Debrief does not keep who wrote which answer. {name} reads all answers together, in random order, after "
    "{closes_on}{or_closed}, and only if at least {k} answers come, unless you "
    "choose otherwise below. {name} could still recognise you by a detail: say what {name} can do better, leave out"
    " where and when you saw it."
)
SEALED = "{operator} could watch while answers come in; you trust them not to."
BLIND = (
    "Not even the server operator can tell from stored data and logs which confirmed colleague wrote which text, "
    "provided you answer from a network that is not tied to you."
)
NAMED_BY_SYSTEM = (
    "You were named by {company}’s recruiting system. It does not learn whether you answer, decline, or what you say."
)
TWO_PEOPLE = (
    "Two people were asked. No name is shown, but your colleague can tell, and {name} can guess one in two, or "
    "better. If that is too close, answer as a team or decline."
)
SIGNED = (
    "You answer {name} by name, as if you replied to the note. This is not anonymous: {name} asked only you, and "
    "sees your answer in 15 minutes, signed {signature}. You see exactly what {name} will read before you send."
)
SIGNED_AS_NAMED = (
    "You answer {name} by name. This is not anonymous: {name} knows that only you were asked, and sees your answer in "
    "15 minutes, signed {signature}. You see exactly what {name} will read before you send."
)
SIGNED_BY_SEVERAL = (
    "You answer {name} by name, as if you replied to the note. This is not anonymous: {name} asked {people} people,"
    " and sees your answer in 15 minutes, signed {signature}. You see exactly what {name} will read before you "
    "send."
)
TEAM_SIGNATURE = "The hiring team at {company}"
TEAM = (
    "You answer for the hiring team. {name} sees 'The hiring team at {company}', in 15 minutes, and will take it as"
    " yours. Leave out who thought what."
)
PREFER_NOT = "Prefer not to? Decline, or call {name}."
HELD_ALL = (
    "{name} passed on the links and could have used some of them, so {k} answers may not be {k} people. Write what "
    "you would also say to {name} in person."
)
HELD_SOME = (
    "{name} passed on some of the links and could have used some of them, so {k} answers may not be {k} people. "
    "Write what you would also say to {name} in person."
)
HELD_NOT_COUNTED = "{name} passed on some of the links. Answers from those do not count towards the {k}."
TOO_FEW = {
    IfTooFew.WITHHOLD: "Only if at least {k} answers come; otherwise nobody reads it",
    IfTooFew.CODES_ONLY: "If fewer: only what I ticked, not my words",
    IfTooFew.RELEASE: "In any case; I know {name} may guess it is me",
}
UNDERSTOOD = "Yes, {name} may see this with my name"
DECLINE = "Yes, this closes my link. {name} learns only that someone declined, and this reason."
HOW_IT_WORKS = (
    "After the answers open, the key to the sealed record is destroyed. Your employer may be able to read company "
    "devices and networks: your own phone is safer."
)
TO_THE_CANDIDATE = "These answers are anonymous. Guessing authors harms the people who helped you."


@dataclass(frozen=True)
class Wording:
    """The facts in a statement.

    `manager` is set if a manager can make the round close on an earlier day. `named_by_system`: the ATS named the
    people asked.
    """

    name: str
    company: str
    people: int
    closes_on: date
    threshold: Threshold
    signature: str | None
    manager: str | None
    operator: str | None
    contact: str | None
    named_by_system: bool = False

    def fill(self, text: str) -> str:
        """Put the facts into `text`."""
        return text.format(
            name=isolated(self.name),
            company=isolated(self.company),
            people=self.people,
            closes_on=self.closes_on.isoformat(),
            k=self.threshold.k,
            signature=isolated(self.signature or "with your name"),
            or_closed=f", or after an earlier day that {isolated(self.manager)} sets" if self.manager else "",
            operator=f"Whoever runs this server ({self.operator})" if self.operator else "Whoever runs this server",
        )


def statement(wording: Wording) -> str:
    """Return the statement of a round."""
    if wording.threshold.mode is Mode.ATTRIBUTED:
        alone = SIGNED_AS_NAMED if wording.named_by_system else SIGNED
        return wording.fill(alone if wording.people == 1 else SIGNED_BY_SEVERAL)
    sentences = [TWO_PEOPLE] if wording.people == 2 else []
    sentences += [TOGETHER, BLIND if wording.threshold.mode is Mode.BLIND else SEALED]
    return " ".join(wording.fill(sentence) for sentence in sentences)


def caveats(wording: Wording) -> list[tuple[str, str]]:
    """Return the limits of this round's promise: a stable code and a sentence each."""
    threshold = wording.threshold
    found = [("named_by_recruiting_system", wording.fill(NAMED_BY_SYSTEM))] if wording.named_by_system else []
    if threshold.mode is Mode.ATTRIBUTED:
        return [*found, ("prefer_not", wording.fill(PREFER_NOT))]
    if threshold.basis is KBasis.INDEPENDENT:
        found.append(("some_links_not_counted", wording.fill(HELD_NOT_COUNTED)))
    elif threshold.candidate_held is CandidateHeldLinks.ALL:
        found.append(("links_passed_on_by_candidate", wording.fill(HELD_ALL)))
    elif threshold.candidate_held is CandidateHeldLinks.SOME:
        found.append(("some_links_passed_on_by_candidate", wording.fill(HELD_SOME)))
    return found


def too_few_choices(wording: Wording) -> list[tuple[IfTooFew, str]]:
    """Return the choices for the case that too few people answer. Signed rounds have none."""
    if wording.threshold.mode is Mode.ATTRIBUTED:
        return []
    return [(choice, wording.fill(text)) for choice, text in TOO_FEW.items()]


def how_it_works(wording: Wording) -> str:
    """Return the text that is folded under the statement."""
    return f"{HOW_IT_WORKS} {wording.contact}." if wording.contact else HOW_IT_WORKS
