"""Codes of the dialogue after a release: clarifications, their effects, and feedback from other channels."""

from enum import StrEnum


class ClarificationKind(StrEnum):
    """The kind of the candidate's one reply to a concern."""

    CONFIRM = "confirm"
    WILL_IMPROVE = "will_improve"
    CLARIFY = "clarify"
    CORRECT_FACT = "correct_fact"
    ADD_EVIDENCE = "add_evidence"
    DISAGREE = "disagree"


class Effect(StrEnum):
    """The effect of a clarification. Only the manager can choose `reopened`, signed and with a next step."""

    NO_CHANGE = "no_change"
    RECORD_CORRECTED = "record_corrected"
    WOULD_HAVE_MATTERED = "would_have_mattered"
    NOTED_FOR_FUTURE = "noted_for_future"
    REOPENED = "reopened"


class EffectBy(StrEnum):
    """The person who recorded an effect."""

    AUTHOR = "author"
    PANEL = "panel"
    MANAGER = "manager"


class OpenQuestionEffect(StrEnum):
    """The effect of a reply to an open question, before the decision."""

    CLEARED_UP = "cleared_up"
    STILL_OPEN = "still_open"
    NOTED = "noted"


class NoteChannel(StrEnum):
    """The channel of feedback that reached the candidate outside of Debrief."""

    MAIL = "mail"
    PHONE = "phone"
    IN_PERSON = "in_person"
    REFERENCE = "reference"
