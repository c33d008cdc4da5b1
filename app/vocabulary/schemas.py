"""The vocabulary as it travels."""

from app.core.schemas import Output
from app.vocabulary.codes import ReasonGroup


class TermShown(Output):
    """One code: what each side reads, since when, until when, and what other systems call it."""

    code: str
    label: str
    candidate_text: str
    since: str
    deprecated: str | None
    crosswalk: dict[str, str]
    group: ReasonGroup | None


class CodeListShown(Output):
    """One closed list, in the order in which it is shown."""

    name: str
    codes: list[TermShown]


class VocabularyShown(Output):
    """All lists of one version, in English."""

    version: str
    language: str
    lists: list[CodeListShown]
