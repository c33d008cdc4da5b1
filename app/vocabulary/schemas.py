"""Schemas of the vocabulary."""

from app.core.schemas import Output
from app.vocabulary.codes import ReasonGroup


class VocabularyTerm(Output):
    """One code, with its texts for author and candidate."""

    code: str
    """The code."""
    label: str
    """The text that the author chooses."""
    candidate_text: str
    """The text that the candidate reads."""
    since: str
    """The version of the vocabulary that brought the code."""
    deprecated: str | None
    """The version from which the code should not be used; null for none."""
    crosswalk: dict[str, str]
    """What other vocabularies call it, by their names."""
    group: ReasonGroup | None
    """Whether a reason is about the match or about the process; null for other codes."""


class VocabularyList(Output):
    """A closed list of codes, in the order in which it is shown."""

    name: str
    """The name of the list."""
    codes: list[VocabularyTerm]
    """The codes, in the order in which they are shown."""


class Vocabulary(Output):
    """All lists of one version, in English."""

    version: str
    """The version of the vocabulary."""
    language: str
    """The language of the texts."""
    lists: list[VocabularyList]
    """The closed lists of codes."""
