"""Schemas of the responses that this client reads. It ignores other fields, so that the server may add some."""

from datetime import date, datetime

from pydantic import BaseModel, ConfigDict


class _Read(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Worry(_Read):
    """A worry of the candidate."""

    text: str
    says: str | None


class Request(_Read):
    """The candidate's request."""

    candidate_name: str
    company: str
    role_title: str
    stage: str
    worries: list[Worry]
    own_question: str | None


class You(_Read):
    """The invitee who holds the link."""

    signature: str | None


class Text(_Read):
    """A choice or a caveat, with its text."""

    code: str
    text: str


class Anonymity(_Read):
    """The anonymity statement of the round."""

    mode: str
    statement: str
    caveats: list[Text]


class Consent(_Read):
    """The texts beside the author's decisions."""

    invitation: str
    too_few: list[Text]
    understood: str | None
    decline: str
    how_it_works: str


class Blind(_Read):
    """The key and the days of a blind round."""

    public_key: str
    claim_until: date
    answers_open_at: datetime
    too_few: bool


class Form(_Read):
    """The form: the questions, and the promise."""

    request: Request
    you: You
    anonymity: Anonymity
    consent: Consent
    closes_on: date
    blind: Blind | None
    # Older servers have no such field, and ask every section.
    sections: list[str] | None = None

    def asks(self, section: str) -> bool:
        """Tell whether the form asks for a section of the answer."""
        return self.sections is None or section in self.sections

    @property
    def signed(self) -> bool:
        """Whether the answer shows a name."""
        return self.anonymity.mode == "attributed"

    @property
    def name(self) -> str:
        """Return the candidate's name."""
        return self.request.candidate_name


class Message(_Read):
    """A hint on the wording."""

    message: str


class Missing(_Read):
    """A field that is missing for an answer to be accepted."""

    pointer: str
    message: str


class Preview(_Read):
    """The preview of an answer."""

    in_words: list[str]
    findings: list[Message]
    missing: list[Missing]


class Accepted(_Read):
    """An accepted answer."""

    closes_on: date
    shows_at: datetime | None


class Claimed(_Read):
    """An accepted claim."""

    public_key: str
    evaluated: str
    proof: str
    answers_open_at: datetime
    closes_on: date


class Evaluation(_Read):
    """The evaluation of one claim."""

    blinded: str
    evaluated: str
    proof: str


class Evaluations(_Read):
    """The evaluations of all claims of a round."""

    public_key: str
    evaluations: list[Evaluation]
    closes_on: date


class Done(_Read):
    """A response that is only a status."""

    status: str
