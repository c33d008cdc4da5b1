"""Texts of the codes of concerns and of the dialogue."""

from app.vocabulary.codes import (
    Agreement,
    Asked,
    Basis,
    Confidence,
    Nature,
    Played,
    Source,
    SurfacedAt,
    Weight,
)
from app.vocabulary.dialogue_codes import ClarificationKind, Effect, EffectBy, NoteChannel, OpenQuestionEffect
from app.vocabulary.term import code_list

LISTS = (
    code_list(
        "source",
        Source,
        {
            Source.RESUME_OR_PROFILE: ("Resume or profile", "It came from your resume or profile."),
            Source.LETTER_OR_APPLICATION: ("Letter or application", "It came from your letter or application form."),
            Source.SCREENING_CALL: ("First call", "It came from your first call."),
            Source.INTERVIEW_ANSWER: (
                "An answer in the interview",
                "It came from an answer of yours in the interview.",
            ),
            Source.INTERVIEW_BEHAVIOUR: (
                "Something seen in the interview",
                "It came from something that they saw you do in the interview.",
            ),
            Source.EXERCISE_OR_TEST: ("Exercise or test", "It came from your exercise or test."),
            Source.PORTFOLIO_OR_PUBLIC_PROFILE: (
                "Portfolio or public profile",
                "It came from your portfolio or public profile.",
            ),
            Source.REFERENCE: ("A reference", "It came from your references."),
            Source.BACKGROUND_CHECK: ("A background check", "It came from a background check about you."),
            Source.PRIOR_ACQUAINTANCE: (
                "Knew them before",
                "It came from somebody who knew you before.",
            ),
            Source.SCHEDULING_OR_MAIL: (
                "Mails and scheduling",
                "It came from your mails, or from making appointments.",
            ),
            Source.SOMETHING_NOT_MENTIONED: (
                "Something not mentioned",
                "It came from something that you did not mention.",
            ),
            Source.UNKNOWN: ("Not sure", "You are not told where it came from."),
            Source.PAPERS: ("Papers", "It came from your papers: resume, letter, portfolio or profile."),
            Source.CONVERSATION: ("Conversation", "It came from a conversation with you."),
            Source.TASK: ("Task", "It came from a task that you did."),
        },
    ),
    code_list(
        "asked",
        Asked,
        {
            Asked.ASKED_DIRECTLY: ("Asked directly", "They remember asking you about it directly."),
            Asked.TOUCHED_ON: ("Touched on", "It was touched on when they spoke with you."),
            Asked.NEVER_ASKED: ("Never asked", "You were never asked about it."),
            Asked.UNKNOWN: ("Not sure", "They are not sure whether you were asked about it."),
        },
    ),
    code_list(
        "basis",
        Basis,
        {
            Basis.OBSERVED: ("Seen", "It was seen, not guessed, when they met you or your work."),
            Basis.STATED_BY_CANDIDATE: ("They said so", "It is what they heard you say."),
            Basis.REPORTED_BY_OTHERS: ("Heard from others", "It is what they heard from others about you."),
            Basis.INFERRED: ("Concluded", "It is a conclusion that they drew; you may see it differently."),
        },
    ),
    code_list(
        "surfaced_at",
        SurfacedAt,
        {
            SurfacedAt.BEFORE_DECISION: (
                "Before the decision",
                "It came up before they decided about your application.",
            ),
            SurfacedAt.AT_DECISION: ("At the decision", "It came up when they decided about your application."),
            SurfacedAt.AFTER_REFERENCES: ("After the references", "It came up after your references were called."),
            SurfacedAt.AFTER_DECISION: ("After the decision", "It came up after your application was decided."),
        },
    ),
    code_list(
        "nature",
        Nature,
        {
            Nature.CAN_BE_CLARIFIED: ("Can be cleared up", "You could clear it up."),
            Nature.CAN_BE_DEVELOPED: ("Can be learned", "You could work on it."),
            Nature.FIXED_REQUIREMENT: (
                "A fixed requirement",
                "It is a fixed requirement that you could not have changed.",
            ),
        },
    ),
    code_list(
        "weight",
        Weight,
        {
            Weight.DECISIVE: ("It decided", "It weighed most in your case."),
            Weight.CONTRIBUTING: ("It counted", "It counted among other things in your case."),
            Weight.MINOR: ("It counted a little", "It counted a little in your case."),
            Weight.NOTED_ONLY: ("Only noted", "It was noted, and did not count in your case."),
        },
    ),
    code_list(
        "confidence",
        Confidence,
        {
            Confidence.HIGH: ("Quite sure", "They are quite sure that this is true of you."),
            Confidence.MEDIUM: ("Fairly sure", "They are fairly sure that this is true of you."),
            Confidence.LOW: ("Not sure", "They are not sure that this is true of you."),
        },
    ),
    code_list(
        "agreement",
        Agreement,
        {
            Agreement.ONE: ("One", "One of the people who answered you said this."),
            Agreement.SOME: ("Some", "Some of the people who answered you said this."),
            Agreement.MOST: ("Most", "Most of the people who answered you said this."),
        },
    ),
    code_list(
        "played",
        Played,
        {
            Played.DECISIVE: ("It decided", "What you feared weighed most."),
            Played.SOME: ("It counted", "What you feared counted among other things."),
            Played.NONE: ("It did not count", "What you feared did not count."),
            Played.UNKNOWN: ("Cannot say", "They cannot say whether what you feared counted."),
        },
    ),
    code_list(
        "clarification_kind",
        ClarificationKind,
        {
            ClarificationKind.CONFIRM: ("They agree", "You agree with it."),
            ClarificationKind.WILL_IMPROVE: (
                "They agree, and are working on it",
                "You agree with it, and are working on it.",
            ),
            ClarificationKind.CLARIFY: ("They explain", "You explain how it is meant."),
            ClarificationKind.CORRECT_FACT: ("They correct a fact", "You correct a fact."),
            ClarificationKind.ADD_EVIDENCE: ("They add evidence", "You add something that shows it."),
            ClarificationKind.DISAGREE: ("They see it differently", "You see it differently."),
        },
    ),
    code_list(
        "effect",
        Effect,
        {
            Effect.NO_CHANGE: ("Nothing changes", "They read your reply; their view has not changed."),
            Effect.RECORD_CORRECTED: ("The record is corrected", "They corrected what they have on record about you."),
            Effect.WOULD_HAVE_MATTERED: (
                "It would have mattered",
                "Had they known this about you, it would have mattered.",
            ),
            Effect.NOTED_FOR_FUTURE: ("Noted for next time", "They noted your reply for the next time."),
            Effect.REOPENED: ("We would like to talk again", "They would like to talk with you again."),
        },
    ),
    code_list(
        "effect_by",
        EffectBy,
        {
            EffectBy.AUTHOR: ("Whoever wrote it", "Said by whoever wrote this to you."),
            EffectBy.PANEL: ("One of the panel", "Said by one of the people you asked."),
            EffectBy.MANAGER: ("The hiring manager", "Said by the hiring manager to you."),
        },
    ),
    code_list(
        "open_question_effect",
        OpenQuestionEffect,
        {
            OpenQuestionEffect.CLEARED_UP: ("Cleared up", "Your reply cleared it up."),
            OpenQuestionEffect.STILL_OPEN: ("Still open", "They read your reply; the question is still open."),
            OpenQuestionEffect.NOTED: ("Noted", "They took note of your reply."),
        },
    ),
    code_list(
        "note_channel",
        NoteChannel,
        {
            NoteChannel.MAIL: ("By mail", "It reached you by mail."),
            NoteChannel.PHONE: ("By phone", "You heard it on the phone."),
            NoteChannel.IN_PERSON: ("In person", "You were told in person."),
            NoteChannel.REFERENCE: ("Through a reference", "One of your references told you."),
        },
    ),
)
