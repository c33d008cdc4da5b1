"""The labels of the vocabulary that this client was installed with.

They are not fetched: a request more would tell who chooses reasons, and a server could give each person labels of their
own.
"""

from collections.abc import Sequence

from app.vocabulary.terms import LISTS


def choices(name: str) -> Sequence[tuple[str, str]]:
    """Return the codes and labels of a list, without deprecated ones."""
    return [
        (term.code.value, term.label)
        for listed in LISTS
        if listed.name == name
        for term in listed.terms
        if term.deprecated is None
    ]
