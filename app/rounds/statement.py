"""The statement: the promise that people read before they answer. Tests pin each sentence.

The candidate typed the names in it: they stand in quotation marks, without punctuation (`core.text.as_name`).
"""

from dataclasses import dataclass, field
from datetime import date

from app.core.text import as_name, first_name, isolated, written
from app.rounds.rules import CandidateHeldLinks, KBasis, OpenedBy, Threshold
from app.rounds.schemas import Reach
from app.vocabulary.codes import IfTooFew, Mode

INVITATION = "One honest sentence can spare {first} months of guessing. About a minute, no account."

NO_NAME = "No name is kept with any answer."
READS = "{name} reads them all at once on {day}{or_opened}, if {enough}."
CAN_POINT = (
    "What can still point to you: a detail or your style, the network you use, and whoever runs this server{operator} "
    "while answers come in."
)
TWO_PEOPLE = (
    "Two people were asked. No name is shown, but your colleague can tell, and {name} can guess one in two, or better. "
    "If that is too close, decline."
)
CAN_POINT_BLIND = "What can still point to you: a detail or your style."
BLIND = (
    "Not even the server operator can tell from stored data and logs which confirmed colleague wrote which text, "
    "provided at least three take part, and you answer from a network that is not tied to you, at another hour than "
    "your first visit."
)
FEW = "Fewer than three take part: whoever runs this server could tell, or guess, that it is you."
IN_PERSON = "Write what you would also say to {first} in person."

SHORT_READS = "{first} reads them all at once on {day}{or_opened}, if {enough}."
SHORT_CAN_POINT = "A detail, your style, your network or whoever runs this server could still point to you."
SHORT_TWO_PEOPLE = "Two people were asked. Your colleague can tell, and {first} can guess, which answer is yours."
SHORT_TWO_PEOPLE_OPERATOR = "Whoever runs this server could tell, too."
SHORT_BLIND = "A detail, your style, your network, the same hour, or too few people could still point to you."

# What the round needs before anything is read. Only somebody who vouches makes an address a person.
ANSWERS = "at least {k} answers come"
ANSWERS_AT_DOMAIN = "at least {k} answers come from addresses at {domain}"
PEOPLE_AT_DOMAIN = "at least {k} people at {domain} answer"
OF_YOU = "at least {k} of you answer"
OR_OPENED = " (earlier if {manager} opens them)"

NAMED_BY_SYSTEM = "{company}’s recruiting system named you. It does not learn whether you answer, or what."
HANDED_OVER = "{first} could have some of these links, so {k} answers may not be {k} people."
CHOSE_ADDRESSES = "{first} chose these addresses and could read some, so {k} answers may not be {k} people."
SAYS_DOMAIN = "{first} chose these addresses, and says that {domain} is the company’s."
THROUGH_MANAGER = "This link came through the hiring manager."
THROUGH_DOMAIN = "This link came through an address at {domain}, which {first} says is the company’s."
THROUGH_CANDIDATE = "{first} could have this link too, so {k} answers may not be {k} people."
IF_NOT_THE_COMPANY = "If {domain} is not the company’s, {k} answers may not be {k} people."
MANAGER_LINK = "It came through the hiring manager’s link, which {first} could have opened first."

SIGNED = (
    "You answer {name} by name, as if you replied to the note.",
    "This is not anonymous: {first} asked only you, and sees your answer in 15 minutes, signed {signature}.",
    "You see exactly what {first} will read before you send.",
)
SIGNED_AS_NAMED = (
    "You answer {name} by name.",
    (
        "This is not anonymous: {first} knows that only you were asked, and sees your answer in 15 minutes, signed "
        "{signature}."
    ),
    "You see exactly what {first} will read before you send.",
)
SIGNED_BY_SEVERAL = (
    "You answer {name} by name, as if you replied to the note.",
    "This is not anonymous: {first} asked {people} people, and sees your answer in 15 minutes, signed {signature}.",
    "You see exactly what {first} will read before you send.",
)
PREFER_NOT = "Prefer not to? Decline, or call {first}."
TEAM_SIGNATURE = "The hiring team at {company}"
TEAM = (
    "You answer for the hiring team. {name} sees “The hiring team at {bare_company}”, in 15 minutes, and will take it "
    "as yours. Leave out who thought what."
)

TOO_FEW = {
    IfTooFew.WITHHOLD: "Only if {enough}; otherwise nobody reads it",
    IfTooFew.CODES_ONLY: "If fewer: only what I ticked, not my words",
    IfTooFew.RELEASE: "In any case; I know {first} may guess it is me",
}
UNDERSTOOD = "Yes, {first} may see this with my name"
DECLINE = "Yes, this closes my link. {first} learns only that someone declined, and this reason."
HOW_IT_WORKS = (
    "After the answers open, the key to the sealed record is destroyed. Your employer may be able to read company "
    "devices and networks: your own phone is safer."
)
TO_THE_CANDIDATE = "These people helped you without their names. Please don’t try to guess them."

# With fewer tokens than this, an operator could guess whose an answer is.
FEWEST_HIDDEN = 3


@dataclass(frozen=True)
class Wording:
    """The facts in a statement.

    `manager` is set if a manager can open the answers early. `few`: so few take part in a blind round that the operator
    could guess.
    """

    name: str
    company: str
    people: int
    reads_on: date
    threshold: Threshold
    signature: str | None
    operator: str | None
    contact: str | None
    opened_by: OpenedBy = OpenedBy.CANDIDATE
    reach: Reach = field(default_factory=Reach)
    manager: str | None = None
    few: bool = False

    def fill(self, text: str) -> str:
        """Put the facts into `text`."""
        facts = {
            "name": as_name(self.name),
            "first": as_name(first_name(self.name)),
            "company": as_name(self.company),
            "bare_company": as_name(self.company)[1:-1],
            "people": self.people,
            "k": self.threshold.k,
            "day": written(self.reads_on),
            "domain": self.reach.domain,
            "signature": as_name(self.signature) if self.signature else "with your name",
            "manager": as_name(self.manager) if self.manager else "the hiring manager",
            "operator": f" ({isolated(self.operator)})" if self.operator else "",
        }
        facts["or_opened"] = OR_OPENED.format(**facts) if self.opened_by is OpenedBy.MANAGER else ""
        return text.format(enough=_enough(self).format(**facts), **facts)

    @property
    def counts_domain(self) -> bool:
        """Whether only answers through links that were mailed to the domain count."""
        held, basis = self.threshold.candidate_held, self.threshold.basis
        return self.reach.domain is not None and (held is CandidateHeldLinks.NONE or basis is KBasis.INDEPENDENT)


def statement(wording: Wording) -> str:
    """Return the statement of a round."""
    if wording.threshold.mode is Mode.ATTRIBUTED:
        return " ".join(in_short(wording))
    sentences = [TWO_PEOPLE] if wording.people == 2 else []
    sentences += [NO_NAME, READS]
    if wording.threshold.mode is Mode.BLIND:
        sentences += [CAN_POINT_BLIND, FEW if wording.few else BLIND]
    else:
        sentences.append(CAN_POINT)
    return " ".join(wording.fill(sentence) for sentence in [*sentences, *_advice(wording)])


def in_short(wording: Wording) -> list[str]:
    """Return the lines that people read before the first question."""
    if wording.threshold.mode is Mode.ATTRIBUTED:
        alone = SIGNED_AS_NAMED if wording.opened_by is OpenedBy.CONNECTION else SIGNED
        lines = [*(alone if wording.people == 1 else SIGNED_BY_SEVERAL), PREFER_NOT]
    elif wording.people == 2:
        lines = [SHORT_TWO_PEOPLE, SHORT_READS, SHORT_TWO_PEOPLE_OPERATOR]
    elif wording.threshold.mode is Mode.BLIND:
        lines = [NO_NAME, SHORT_READS, FEW if wording.few else SHORT_BLIND]
    else:
        lines = [NO_NAME, SHORT_READS, SHORT_CAN_POINT]
    return [wording.fill(line) for line in lines]


def caveats(wording: Wording) -> list[tuple[str, str]]:
    """Return what stands in front of the promise of this round: a stable code and a sentence each."""
    if wording.opened_by is OpenedBy.CONNECTION:
        return [("named_by_recruiting_system", wording.fill(NAMED_BY_SYSTEM))]
    if wording.threshold.mode is Mode.ATTRIBUTED:
        return []
    found = _forwarded(wording) if wording.opened_by is OpenedBy.MANAGER else _chosen_by_candidate(wording)
    return [(code, wording.fill(text)) for code, text in found]


def too_few_choices(wording: Wording) -> list[tuple[IfTooFew, str]]:
    """Return the choices for the case that too few people answer. Signed rounds have none."""
    if wording.threshold.mode is Mode.ATTRIBUTED:
        return []
    return [(choice, wording.fill(text)) for choice, text in TOO_FEW.items()]


def how_it_works(wording: Wording) -> str:
    """Return the text that is folded under the statement."""
    return f"{HOW_IT_WORKS} {wording.contact}." if wording.contact else HOW_IT_WORKS


def _enough(wording: Wording) -> str:
    if wording.opened_by is OpenedBy.CONNECTION:
        return OF_YOU
    # Whom a manager forwarded a link to, nobody knows.
    if wording.opened_by is OpenedBy.MANAGER or not wording.counts_domain:
        return ANSWERS
    return PEOPLE_AT_DOMAIN if wording.reach.vouched else ANSWERS_AT_DOMAIN


def _chosen_by_candidate(wording: Wording) -> list[tuple[str, str]]:
    if not wording.reach.mailed:
        return [("links_handed_over", HANDED_OVER)]
    if not wording.counts_domain:
        return [("addresses_chosen_by_candidate", CHOSE_ADDRESSES)]
    return [] if wording.reach.vouched else [("domain_named_by_candidate", SAYS_DOMAIN)]


def _forwarded(wording: Wording) -> list[tuple[str, str]]:
    if wording.threshold.candidate_held is not CandidateHeldLinks.NONE:
        return [("links_through_candidate", THROUGH_CANDIDATE)]
    if wording.reach.vouched:
        return [("links_through_manager", THROUGH_MANAGER)]
    return [("links_through_named_domain", THROUGH_DOMAIN)]


def _advice(wording: Wording) -> list[str]:
    """Return what follows from the caveat: what it means, and what to write then."""
    following = {
        "links_handed_over": [IN_PERSON],
        "addresses_chosen_by_candidate": [IN_PERSON],
        "domain_named_by_candidate": [IF_NOT_THE_COMPANY, IN_PERSON],
        "links_through_candidate": [MANAGER_LINK, IN_PERSON],
        "links_through_named_domain": [IF_NOT_THE_COMPANY, IN_PERSON],
    }
    return [sentence for code, _ in caveats(wording) for sentence in following.get(code, [])]
