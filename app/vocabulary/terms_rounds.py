"""Texts of the codes of rounds, of the hired person, and of the author's choices."""

from app.vocabulary.codes import (
    Band,
    CouldDoJob,
    DeclineReason,
    Experience,
    IfTooFew,
    Mode,
    Role,
    SelectionResult,
    Sharing,
    Stage,
    Standing,
)
from app.vocabulary.term import code_list

LISTS = (
    code_list(
        "stage",
        Stage,
        {
            Stage.AFTER_INTERVIEW: ("After the interview, before the decision", "after your interview"),
            Stage.AFTER_REFERENCES: ("After the references were called", "after your references were called"),
            Stage.AFTER_DECISION: ("After the decision", "after the decision about your application"),
        },
    ),
    code_list(
        "mode",
        Mode,
        {
            Mode.ATTRIBUTED: ("Signed", "You see who wrote it."),
            Mode.SEALED: ("Without names", "You see all answers together, without names."),
            Mode.BLIND: (
                "Without names, in two visits",
                "You see all answers together, without names.",
            ),
        },
    ),
    code_list(
        "role",
        Role,
        {
            Role.INTERVIEWER: ("Interviewer", "somebody who interviewed you"),
            Role.RECRUITER: ("Recruiter", "a recruiter who was in touch with you"),
            Role.REFERENCE: ("Reference", "one of your references"),
            Role.HIRING_MANAGER: ("Hiring manager", "the hiring manager of the role you applied for"),
            Role.OTHER: ("Somebody else who met them", "somebody else who met you"),
        },
    ),
    code_list(
        "decline_reason",
        DeclineReason,
        {
            DeclineReason.WILL_CONTACT_DIRECTLY: (
                "I would rather call or write",
                "Somebody will call or write to you instead.",
            ),
            DeclineReason.NO_TIME: ("No time", "Somebody you asked had no time."),
            DeclineReason.COMPANY_POLICY: ("Company policy", "Somebody you asked may not answer, by company policy."),
            DeclineReason.NOT_ON_PANEL: ("I was not involved", "Somebody you asked was not involved."),
            DeclineReason.DO_NOT_REMEMBER: (
                "I do not remember enough",
                "Somebody you asked does not remember enough to be fair to you.",
            ),
            DeclineReason.CONFLICT: ("Conflict of interest", "Somebody you asked has a conflict of interest."),
            DeclineReason.OTHER: ("Another reason", "Somebody you asked declined for another reason."),
        },
    ),
    code_list(
        "if_too_few",
        IfTooFew,
        {
            IfTooFew.WITHHOLD: ("Otherwise nobody reads it", "You read it only if enough people answer."),
            IfTooFew.CODES_ONLY: (
                "If fewer: only what I ticked, not my words",
                "If too few answer, you read what was ticked, not the words.",
            ),
            IfTooFew.RELEASE: ("In any case", "You read it in any case."),
        },
    ),
    code_list(
        "sharing",
        Sharing,
        {
            Sharing.CANDIDATE_ONLY: ("Only they read it", "Only you read it."),
            Sharing.MANAGER: ("The hiring manager may read it too", "The hiring manager may read it too, beside you."),
        },
    ),
    code_list(
        "could_do_job",
        CouldDoJob,
        {
            CouldDoJob.YES: ("Yes", "They think that you could do this job."),
            CouldDoJob.WITH_SUPPORT: ("With support", "They think that you could do this job with some support."),
            CouldDoJob.NOT_YET: ("Not yet", "They think that this job would come too early for you."),
            CouldDoJob.CANNOT_SAY: ("Cannot say", "They cannot say whether you could do this job."),
        },
    ),
    code_list(
        "selection_result",
        SelectionResult,
        {
            SelectionResult.EXTERNAL: (
                "Somebody from outside",
                "Like you, the person who got the job came from outside.",
            ),
            SelectionResult.INTERNAL: (
                "Somebody from inside",
                "The person who got the job already worked there, unlike you.",
            ),
            SelectionResult.REFERRAL: (
                "Somebody who was recommended",
                "The person who got the job was recommended by somebody; that is open to you too.",
            ),
            SelectionResult.NOBODY_HIRED: ("Nobody", "Nobody got the job, neither you nor anybody else."),
            SelectionResult.STILL_OPEN: (
                "Still open",
                "Nobody has got the job yet; the search that you were part of goes on.",
            ),
            SelectionResult.PREFER_NOT_SAY: (
                "Prefer not to say",
                "Who got the job is not something they can tell you.",
            ),
        },
    ),
    code_list(
        "experience_vs_you",
        Experience,
        {
            Experience.LESS: ("Less experience", "The person who got the job had less experience than you."),
            Experience.SIMILAR: (
                "Similar experience",
                "The person who got the job had about as much experience as you.",
            ),
            Experience.MORE: ("More experience", "The person who got the job had more experience than you."),
            Experience.DIFFERENT_KIND: (
                "Experience of another kind",
                "The person who got the job had another kind of experience than you.",
            ),
        },
    ),
    code_list(
        "band",
        Band,
        {
            Band.UP_TO_5: ("1 to 5", "1 to 5 people, with you"),
            Band.UP_TO_20: ("6 to 20", "6 to 20 people, with you"),
            Band.UP_TO_100: ("21 to 100", "21 to 100 people, with you"),
            Band.OVER_100: ("More than 100", "more than 100 people, with you"),
        },
    ),
    code_list(
        "standing",
        Standing,
        {
            Standing.FINALIST: ("Among the last few", "You were among the last few."),
            Standing.UPPER_HALF: ("Upper half", "You were in the upper half of those who applied."),
            Standing.LOWER_HALF: ("Lower half", "You were in the lower half of those who applied."),
            Standing.NOT_RANKED: ("Not ranked", "You were not ranked; nobody was."),
        },
    ),
)
