"""The codes of the vocabulary: closed lists, so that old answers still render in ten years.

A code may be deprecated (see `term.py`), but never deleted or renamed, since stored answers use it.
"""

from enum import StrEnum

VOCABULARY_VERSION = "2026-11"


class Stage(StrEnum):
    """When a round asks. Before the decision it asks for questions, afterwards for reasons."""

    AFTER_INTERVIEW = "after_interview"
    AFTER_REFERENCES = "after_references"
    AFTER_DECISION = "after_decision"


class Mode(StrEnum):
    """How anonymous a round is. Fixed when the round is made."""

    ATTRIBUTED = "attributed"
    SEALED = "sealed"
    BLIND = "blind"


class Role(StrEnum):
    """The capacity in which a person is asked."""

    INTERVIEWER = "interviewer"
    RECRUITER = "recruiter"
    REFERENCE = "reference"
    HIRING_MANAGER = "hiring_manager"
    OTHER = "other"


class Reason(StrEnum):
    """What made the candidate less competitive, in the order shown. Flat, since nested lists lead people to "other"."""

    NOT_ABOUT_YOU = "not_about_you"
    CLOSER_MATCH_ELSEWHERE = "closer_match_elsewhere"
    REQUIRED_QUALIFICATION = "required_qualification"
    SKILL_OR_KNOWLEDGE = "skill_or_knowledge"
    EXPERIENCE_LEVEL = "experience_level"
    INTERVIEW_ANSWERS = "interview_answers"
    EXERCISE_OR_TEST = "exercise_or_test"
    APPLICATION_MATERIAL = "application_material"
    REFERENCES_OR_CHECKS = "references_or_checks"
    MOTIVATION_OR_ROLE_UNDERSTANDING = "motivation_or_role_understanding"
    WORKING_STYLE = "working_style"
    TERMS_OR_LOGISTICS = "terms_or_logistics"
    CONTACT_OR_SCHEDULING = "contact_or_scheduling"
    OTHER = "other"


class ReasonGroup(StrEnum):
    """Whether a reason is about the match or about the circumstances."""

    MATCH = "match"
    CIRCUMSTANCE = "circumstance"
    EITHER = "either"


class Circumstance(StrEnum):
    """The circumstance behind the reason `not_about_you`."""

    INTERNAL = "internal"
    CANCELLED = "cancelled"
    FROZEN = "frozen"
    ALREADY_FILLED = "already_filled"


class Competency(StrEnum):
    """The subject of a strength, a rating or a comparison."""

    ROLE_KNOWLEDGE = "role_knowledge"
    PROBLEM_SOLVING = "problem_solving"
    QUALITY_OF_WORK = "quality_of_work"
    COMMUNICATION = "communication"
    COLLABORATION = "collaboration"
    RELIABILITY_OWNERSHIP = "reliability_ownership"
    LEADERSHIP_INFLUENCE = "leadership_influence"
    LEARNING_ADAPTABILITY = "learning_adaptability"
    CUSTOMER_OR_DOMAIN = "customer_or_domain"
    ROLE_MOTIVATION = "role_motivation"


class About(StrEnum):
    """The subject of a concern: a competency or a reason.

    One list, because a union of two enums would report faults at pointers that no client has sent.
    """

    ROLE_KNOWLEDGE = Competency.ROLE_KNOWLEDGE
    PROBLEM_SOLVING = Competency.PROBLEM_SOLVING
    QUALITY_OF_WORK = Competency.QUALITY_OF_WORK
    COMMUNICATION = Competency.COMMUNICATION
    COLLABORATION = Competency.COLLABORATION
    RELIABILITY_OWNERSHIP = Competency.RELIABILITY_OWNERSHIP
    LEADERSHIP_INFLUENCE = Competency.LEADERSHIP_INFLUENCE
    LEARNING_ADAPTABILITY = Competency.LEARNING_ADAPTABILITY
    CUSTOMER_OR_DOMAIN = Competency.CUSTOMER_OR_DOMAIN
    ROLE_MOTIVATION = Competency.ROLE_MOTIVATION
    NOT_ABOUT_YOU = Reason.NOT_ABOUT_YOU
    CLOSER_MATCH_ELSEWHERE = Reason.CLOSER_MATCH_ELSEWHERE
    REQUIRED_QUALIFICATION = Reason.REQUIRED_QUALIFICATION
    SKILL_OR_KNOWLEDGE = Reason.SKILL_OR_KNOWLEDGE
    EXPERIENCE_LEVEL = Reason.EXPERIENCE_LEVEL
    INTERVIEW_ANSWERS = Reason.INTERVIEW_ANSWERS
    EXERCISE_OR_TEST = Reason.EXERCISE_OR_TEST
    APPLICATION_MATERIAL = Reason.APPLICATION_MATERIAL
    REFERENCES_OR_CHECKS = Reason.REFERENCES_OR_CHECKS
    MOTIVATION_OR_ROLE_UNDERSTANDING = Reason.MOTIVATION_OR_ROLE_UNDERSTANDING
    WORKING_STYLE = Reason.WORKING_STYLE
    TERMS_OR_LOGISTICS = Reason.TERMS_OR_LOGISTICS
    CONTACT_OR_SCHEDULING = Reason.CONTACT_OR_SCHEDULING
    OTHER = Reason.OTHER


class Rating(StrEnum):
    """A rating of a competency. The number of steps is even, so that there is no neutral middle."""

    CLEAR_GAP = "clear_gap"
    SOME_GAP = "some_gap"
    MET = "met"
    CLEAR_STRENGTH = "clear_strength"
    NOT_ASSESSED = "not_assessed"


class Reapply(StrEnum):
    """Whether another application makes sense."""

    ENCOURAGED = "encouraged"
    WELCOME = "welcome"
    AFTER_SOME_TIME = "after_some_time"
    FOR_OTHER_ROLES = "for_other_roles"
    NO = "no"


class Source(StrEnum):
    """The source of a belief. A sealed round only shows the coarse codes at the end, `reference` or `unknown`."""

    RESUME_OR_PROFILE = "resume_or_profile"
    LETTER_OR_APPLICATION = "letter_or_application"
    SCREENING_CALL = "screening_call"
    INTERVIEW_ANSWER = "interview_answer"
    INTERVIEW_BEHAVIOUR = "interview_behaviour"
    EXERCISE_OR_TEST = "exercise_or_test"
    PORTFOLIO_OR_PUBLIC_PROFILE = "portfolio_or_public_profile"
    REFERENCE = "reference"
    BACKGROUND_CHECK = "background_check"
    PRIOR_ACQUAINTANCE = "prior_acquaintance"
    SCHEDULING_OR_MAIL = "scheduling_or_mail"
    SOMETHING_NOT_MENTIONED = "something_not_mentioned"
    UNKNOWN = "unknown"
    PAPERS = "papers"
    CONVERSATION = "conversation"
    TASK = "task"


class Asked(StrEnum):
    """Whether anybody asked the candidate about a belief."""

    ASKED_DIRECTLY = "asked_directly"
    TOUCHED_ON = "touched_on"
    NEVER_ASKED = "never_asked"
    UNKNOWN = "unknown"


class Basis(StrEnum):
    """The evidence for a belief."""

    OBSERVED = "observed"
    STATED_BY_CANDIDATE = "stated_by_candidate"
    REPORTED_BY_OTHERS = "reported_by_others"
    INFERRED = "inferred"


class SurfacedAt(StrEnum):
    """When a belief came up."""

    BEFORE_DECISION = "before_decision"
    AT_DECISION = "at_decision"
    AFTER_REFERENCES = "after_references"
    AFTER_DECISION = "after_decision"


class Nature(StrEnum):
    """What the candidate can do about a belief."""

    CAN_BE_CLARIFIED = "can_be_clarified"
    CAN_BE_DEVELOPED = "can_be_developed"
    FIXED_REQUIREMENT = "fixed_requirement"


class Weight(StrEnum):
    """How much a belief counted in the decision."""

    DECISIVE = "decisive"
    CONTRIBUTING = "contributing"
    MINOR = "minor"
    NOTED_ONLY = "noted_only"


class Confidence(StrEnum):
    """How sure the author is that a belief is true."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class Agreement(StrEnum):
    """How many people in a round share a concern. Coarse, since an exact count of three people identifies one."""

    ONE = "one"
    SOME = "some"
    MOST = "most"


class SelectionResult(StrEnum):
    """Who got the job, as far as that person's privacy allows."""

    EXTERNAL = "external"
    INTERNAL = "internal"
    REFERRAL = "referral"
    NOBODY_HIRED = "nobody_hired"
    STILL_OPEN = "still_open"
    PREFER_NOT_SAY = "prefer_not_say"


class Experience(StrEnum):
    """The hired person's experience beside the candidate's."""

    LESS = "less"
    SIMILAR = "similar"
    MORE = "more"
    DIFFERENT_KIND = "different_kind"


class Band(StrEnum):
    """How many people applied, or were interviewed."""

    UP_TO_5 = "1_5"
    UP_TO_20 = "6_20"
    UP_TO_100 = "21_100"
    OVER_100 = "over_100"


class Standing(StrEnum):
    """How far up the candidate came."""

    FINALIST = "finalist"
    UPPER_HALF = "upper_half"
    LOWER_HALF = "lower_half"
    NOT_RANKED = "not_ranked"


class DeclineReason(StrEnum):
    """Why a person declines. `will_contact_directly` is for signed rounds only, since it identifies its author."""

    WILL_CONTACT_DIRECTLY = "will_contact_directly"
    NO_TIME = "no_time"
    COMPANY_POLICY = "company_policy"
    NOT_ON_PANEL = "not_on_panel"
    DO_NOT_REMEMBER = "do_not_remember"
    CONFLICT = "conflict"
    OTHER = "other"


class IfTooFew(StrEnum):
    """The author's choice for their answer if fewer than k answers come. It has no default."""

    WITHHOLD = "withhold"
    CODES_ONLY = "codes_only"
    RELEASE = "release"


class Sharing(StrEnum):
    """Whether the hiring manager may read the answer too."""

    CANDIDATE_ONLY = "candidate_only"
    MANAGER = "manager"


class CouldDoJob(StrEnum):
    """Whether the candidate could do the job."""

    YES = "yes"
    WITH_SUPPORT = "with_support"
    NOT_YET = "not_yet"
    CANNOT_SAY = "cannot_say"


class Played(StrEnum):
    """Whether the candidate's own worry counted."""

    DECISIVE = "decisive"
    SOME = "some"
    NONE = "none"
    UNKNOWN = "unknown"
