"""The codes of what happens after an answer was read: replies, what they changed, feedback that came another way."""

from enum import StrEnum


class ClarificationKind(StrEnum):
    """What the candidate's one reply to a concern does."""

    CONFIRM = "confirm"
    CLARIFY = "clarify"
    CORRECT_FACT = "correct_fact"
    ADD_EVIDENCE = "add_evidence"
    DISAGREE = "disagree"


class Effect(StrEnum):
    """What a clarification changed. `reopened` is the manager's alone, signed, with a next step."""

    NO_CHANGE = "no_change"
    RECORD_CORRECTED = "record_corrected"
    WOULD_HAVE_MATTERED = "would_have_mattered"
    NOTED_FOR_FUTURE = "noted_for_future"
    REOPENED = "reopened"


class EffectBy(StrEnum):
    """Who recorded an effect."""

    AUTHOR = "author"
    PANEL = "panel"
    MANAGER = "manager"


class OpenQuestionEffect(StrEnum):
    """What a reply to an open question changed, before the decision."""

    CLEARED_UP = "cleared_up"
    STILL_OPEN = "still_open"
    NOTED = "noted"


class NoteChannel(StrEnum):
    """How feedback reached the candidate when it did not come through Debrief."""

    MAIL = "mail"
    PHONE = "phone"
    IN_PERSON = "in_person"
    REFERENCE = "reference"
