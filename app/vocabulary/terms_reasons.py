"""Texts of the codes of reasons and competencies."""

from collections.abc import Mapping

from app.vocabulary.codes import About, Circumstance, Competency, Rating, Reapply, Reason, ReasonGroup
from app.vocabulary.term import CodeList, Term, code_list

# Greenhouse: type of a rejection reason. Ashby: `archiveReason.reasonType`. Lever: type of an archive reason.
_REJECTED_BY_COMPANY = {"greenhouse": "We rejected them", "ashby": "RejectedByOrg", "lever": "non-hired"}
_UNSPECIFIED = {"greenhouse": "None specified", "ashby": "Other", "lever": "non-hired"}

_MATCH, _CIRCUMSTANCE, _EITHER = ReasonGroup.MATCH, ReasonGroup.CIRCUMSTANCE, ReasonGroup.EITHER


def _reason(
    code: Reason,
    group: ReasonGroup,
    label: str,
    candidate_text: str,
    crosswalk: Mapping[str, str] = _REJECTED_BY_COMPANY,
) -> Term:
    return Term(code, label, candidate_text, crosswalk=crosswalk, group=group)


_REASONS = (
    _reason(
        Reason.NOT_ABOUT_YOU,
        _CIRCUMSTANCE,
        "Not about them: internal choice, cancelled, frozen or already filled",
        "It was not about you. The circumstances of the job decided.",
        _UNSPECIFIED,
    ),
    _reason(
        Reason.CLOSER_MATCH_ELSEWHERE,
        _MATCH,
        "Another person matched more closely",
        "Another person matched this role more closely. That alone is no fault of yours.",
    ),
    _reason(
        Reason.REQUIRED_QUALIFICATION,
        _MATCH,
        "A required degree, licence or certificate",
        "The role requires a degree, licence or certificate that they did not find in your application.",
    ),
    _reason(
        Reason.SKILL_OR_KNOWLEDGE,
        _MATCH,
        "A skill or knowledge that this role needs",
        "The role needs a skill or some knowledge that they did not see enough of in you.",
    ),
    _reason(
        Reason.EXPERIENCE_LEVEL,
        _MATCH,
        "Amount or kind of experience, less or more",
        "They were looking for another amount, or another kind, of experience than yours.",
    ),
    _reason(
        Reason.INTERVIEW_ANSWERS,
        _MATCH,
        "How the interview went",
        "Some of your answers in the interview left them unsure.",
    ),
    _reason(
        Reason.EXERCISE_OR_TEST,
        _MATCH,
        "Work sample, test or assignment",
        "Your work sample, test or assignment counted against you.",
    ),
    _reason(
        Reason.APPLICATION_MATERIAL,
        _MATCH,
        "Resume, letter or portfolio",
        "Your resume, letter or portfolio left questions, or did not show what they were looking for.",
    ),
    _reason(
        Reason.REFERENCES_OR_CHECKS,
        _MATCH,
        "References or checks (in general words only: nobody is quoted)",
        "Something from your references or from a check counted.",
    ),
    _reason(
        Reason.MOTIVATION_OR_ROLE_UNDERSTANDING,
        _MATCH,
        "Interest in the role, or understanding of it",
        "They were not sure what draws you to this role, or how you see it.",
    ),
    _reason(
        Reason.WORKING_STYLE,
        _MATCH,
        "Way of working with others (give an example that you saw)",
        "They saw a difference between your way of working with others and what this team needs.",
    ),
    _reason(
        Reason.TERMS_OR_LOGISTICS,
        _CIRCUMSTANCE,
        "Pay, place, hours, start date, permit or language",
        "Pay, place, hours, start date, permit or language did not fit together with what you offered or wished.",
    ),
    _reason(
        Reason.CONTACT_OR_SCHEDULING,
        _CIRCUMSTANCE,
        "Could not reach or meet them",
        "They could not reach you, or find a time to meet you.",
    ),
    _reason(
        Reason.OTHER,
        _EITHER,
        "Something else (in your own words)",
        "Something else counted; you can read it in their own words where those are shown.",
        _UNSPECIFIED,
    ),
)

_COMPETENCIES = code_list(
    "competency",
    Competency,
    {
        Competency.ROLE_KNOWLEDGE: ("Knowledge of the field", "your knowledge of the field"),
        Competency.PROBLEM_SOLVING: ("Solving problems", "how you solve problems"),
        Competency.QUALITY_OF_WORK: ("Quality of work", "the quality of your work"),
        Competency.COMMUNICATION: ("Explaining and listening", "how you explain and listen"),
        Competency.COLLABORATION: ("Working with others", "how you work with others"),
        Competency.RELIABILITY_OWNERSHIP: ("Reliability and ownership", "your reliability and sense of ownership"),
        Competency.LEADERSHIP_INFLUENCE: ("Leading and convincing others", "how you lead and convince others"),
        Competency.LEARNING_ADAPTABILITY: ("Learning and adapting", "how you learn and adapt"),
        Competency.CUSTOMER_OR_DOMAIN: (
            "Understanding of customers or the domain",
            "your understanding of customers or of the domain",
        ),
        Competency.ROLE_MOTIVATION: ("Interest in this role", "your interest in this role"),
    },
)

_ABOUT = tuple(
    Term(About(term.code), term.label, term.candidate_text, term.since, term.deprecated, term.crosswalk, term.group)
    for term in (*_COMPETENCIES.terms, *_REASONS)
)

LISTS = (
    CodeList("reason", Reason, _REASONS),
    code_list(
        "reason_group",
        ReasonGroup,
        {
            ReasonGroup.MATCH: ("The match with the role", "It is about how you and the role matched."),
            ReasonGroup.CIRCUMSTANCE: ("The circumstances", "It is about the circumstances, not about your abilities."),
            ReasonGroup.EITHER: ("Either", "It may be about you or about the circumstances."),
        },
    ),
    code_list(
        "circumstance",
        Circumstance,
        {
            Circumstance.INTERNAL: (
                "Somebody inside was chosen",
                "The role went to somebody who already worked there.",
            ),
            Circumstance.CANCELLED: (
                "The role was cancelled",
                "The role was cancelled, whoever applied.",
            ),
            Circumstance.FROZEN: ("Hiring is on hold", "Hiring for the role was put on hold, whoever applied."),
            Circumstance.ALREADY_FILLED: ("It was already filled", "The role was already filled when your turn came."),
        },
    ),
    _COMPETENCIES,
    CodeList("about", About, _ABOUT),
    code_list(
        "rating",
        Rating,
        {
            Rating.CLEAR_GAP: ("Clear gap", "they saw a clear gap to what the role needs from you"),
            Rating.SOME_GAP: ("Some gap", "they saw some gap to what the role needs from you"),
            Rating.MET: ("Met", "you met what the role needs"),
            Rating.CLEAR_STRENGTH: ("Clear strength", "you showed a clear strength"),
            Rating.NOT_ASSESSED: ("Not assessed", "nobody looked at this in your case"),
        },
    ),
    code_list(
        "reapply",
        Reapply,
        {
            Reapply.ENCOURAGED: ("Yes, please do", "They encourage you to apply again."),
            Reapply.WELCOME: ("Welcome", "You are welcome to apply again."),
            Reapply.AFTER_SOME_TIME: ("After some time", "You are welcome to apply again after some time."),
            Reapply.FOR_OTHER_ROLES: ("For other roles", "You are welcome to apply for other roles there."),
            Reapply.NO: ("Not here, for now", "Not at this company for now"),
        },
    ),
)
