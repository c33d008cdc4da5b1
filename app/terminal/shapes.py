"""What this client reads of the service's answers, and nothing else: the service may add fields, and may be wrong."""

from collections.abc import Sequence
from datetime import date, datetime

from pydantic import BaseModel, ConfigDict


class _Read(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Worry(_Read):
    """What the candidate fears."""

    text: str
    says: str | None


class Request(_Read):
    """Who asks, and about what."""

    candidate_name: str
    company: str
    role_title: str
    stage: str
    worries: list[Worry]
    own_question: str | None


class You(_Read):
    """What is known of whoever holds the link."""

    signature: str | None


class Text(_Read):
    """A choice or a warning, in words."""

    code: str
    text: str


class Anonymity(_Read):
    """The promise."""

    mode: str
    statement: str
    caveats: list[Text]


class Consent(_Read):
    """The words beside what an author decides."""

    invitation: str
    too_few: list[Text]
    understood: str | None
    decline: str
    how_it_works: str


class Blind(_Read):
    """The key and the days of a blind round."""

    public_key: str
    claim_until: date
    answers_from: date
    too_few: bool


class Form(_Read):
    """Everything that is asked, and promised."""

    request: Request
    you: You
    anonymity: Anonymity
    consent: Consent
    closes_on: date
    blind: Blind | None
    # A service of old has no such field: there, everything is asked.
    sections: list[str] | None = None

    def asks(self, section: str) -> bool:
        """Tell whether a part of an answer is asked for."""
        return self.sections is None or section in self.sections

    @property
    def signed(self) -> bool:
        """Whether the answer shows a name."""
        return self.anonymity.mode == "attributed"

    @property
    def name(self) -> str:
        """Return the name of whoever asks."""
        return self.request.candidate_name


class Message(_Read):
    """A hint on the wording."""

    message: str


class Missing(_Read):
    """What keeps an answer from being accepted."""

    pointer: str
    message: str


class Preview(_Read):
    """What would be read of an answer."""

    in_words: list[str]
    findings: list[Message]
    missing: list[Missing]


class Accepted(_Read):
    """An answer that is kept."""

    closes_on: date
    shows_at: datetime | None


class Claimed(_Read):
    """A claim that is kept."""

    public_key: str
    evaluated: str
    proof: str
    answers_from: date
    closes_on: date


class Evaluation(_Read):
    """One of all evaluations."""

    blinded: str
    evaluated: str
    proof: str


class Evaluations(_Read):
    """All of them."""

    public_key: str
    evaluations: list[Evaluation]


class Term(_Read):
    """A code and its label."""

    code: str
    label: str
    deprecated: str | None


class CodeList(_Read):
    """A closed list."""

    name: str
    codes: list[Term]


class Vocabulary(_Read):
    """All lists."""

    lists: list[CodeList]

    def choices(self, name: str) -> Sequence[tuple[str, str]]:
        """Return what of a list can still be chosen: codes and labels."""
        return [
            (term.code, term.label)
            for listed in self.lists
            if listed.name == name
            for term in listed.codes
            if term.deprecated is None
        ]


class Done(_Read):
    """Something that needs no more words."""

    status: str
