"""The questions of the short form, built from a round or from the manager's link."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from app.accounts.rules import Section
from app.core.text import as_name, first_name, isolated
from app.requests.manager_schemas import ManagerView
from app.rounds.answer_schemas import AnswerForm
from app.rounds.schemas import CandidateWorry, CodedText
from app.rounds.statement import INVITATION
from app.vocabulary.codes import Asked, Mode, Played, Reason, Source, Stage
from app.vocabulary.terms import LISTS

SHORT_SOURCES = (
    Source.PAPERS,
    Source.CONVERSATION,
    Source.TASK,
    Source.REFERENCE,
    Source.SOMETHING_NOT_MENTIONED,
    Source.UNKNOWN,
)
"""The sources that the form offers. A finer one often identifies a person; sealed rounds merge it into these anyway."""

MOST_CONCERNS = 2
"""How many doubts the form takes, one in sight and one to unfold. With three worries that counted they are five."""

_OFFERED = {listed.name: tuple(term.code for term in listed.terms if term.deprecated is None) for listed in LISTS}
_REASON_GROUPS = (
    ("the_job", (Reason.NOT_ABOUT_YOU, Reason.TERMS_OR_LOGISTICS, Reason.CONTACT_OR_SCHEDULING)),
    (
        "Fit",
        (
            Reason.CLOSER_MATCH_ELSEWHERE,
            Reason.REQUIRED_QUALIFICATION,
            Reason.SKILL_OR_KNOWLEDGE,
            Reason.EXPERIENCE_LEVEL,
            Reason.APPLICATION_MATERIAL,
        ),
    ),
    (
        "The interview",
        (
            Reason.INTERVIEW_ANSWERS,
            Reason.EXERCISE_OR_TEST,
            Reason.MOTIVATION_OR_ROLE_UNDERSTANDING,
            Reason.WORKING_STYLE,
        ),
    ),
    ("Other", (Reason.REFERENCES_OR_CHECKS, Reason.OTHER)),
)
# Short, so that people take in fourteen chips at a glance. The vocabulary has the full sentences.
SHORT_LABELS = {
    Reason.NOT_ABOUT_YOU: "The job changed, or went to somebody inside",
    Reason.CLOSER_MATCH_ELSEWHERE: "Somebody matched more closely",
    Reason.REQUIRED_QUALIFICATION: "Degree, licence or certificate",
    Reason.SKILL_OR_KNOWLEDGE: "A skill or knowledge",
    Reason.EXPERIENCE_LEVEL: "Amount or kind of experience",
    Reason.EXERCISE_OR_TEST: "Work sample or test",
    Reason.REFERENCES_OR_CHECKS: "References or checks",
    Reason.MOTIVATION_OR_ROLE_UNDERSTANDING: "Interest in the role, or view of it",
    Reason.WORKING_STYLE: "Way of working with others",
    Reason.TERMS_OR_LOGISTICS: "Pay, place, hours, permit",
    Reason.OTHER: "Something else",
}


def offered(name: str) -> tuple[StrEnum, ...]:
    """Return the codes of a vocabulary list that are not deprecated."""
    return _OFFERED[name]


def grouped_reasons(asked: "Questions") -> list[tuple[str, list[StrEnum]]]:
    """Return the reasons in four groups with their headings. A code that no group names stands in the last."""
    named = {code for _, codes in _REASON_GROUPS for code in codes}
    groups: list[tuple[str, list[StrEnum]]] = [
        (
            f"Not about {isolated(asked.first)}" if title == "the_job" else title,
            [code for code in offered("reason") if code in codes],
        )
        for title, codes in _REASON_GROUPS
    ]
    groups[-1][1][:0] = [code for code in offered("reason") if code not in named]
    return groups


@dataclass(frozen=True)
class Questions:
    """What one short form asks: about whom, which questions, and under which promise."""

    name: str
    company: str
    role_title: str
    interviewed_on: date | None
    stage: Stage
    mode: Mode
    worries: Sequence[CandidateWorry]
    own_question: str | None
    signature: str
    invitation: str
    in_short: Sequence[str]
    statement: str
    caveats: Sequence[CodedText]
    how_it_works: str
    too_few: Sequence[CodedText]
    understood: str
    closes_on: date | None
    sections: frozenset[Section] = field(default_factory=lambda: frozenset(Section))

    def asks(self, section: str) -> bool:
        """Tell whether the form asks for a section; an employer may leave some out."""
        return section in self.sections

    @property
    def first(self) -> str:
        """Return the first name, for use after the first mention."""
        names = [part for part in self.name.split() if not part.endswith(".")]
        return names[0] if names else self.name

    @property
    def before_decision(self) -> bool:
        return self.stage is Stage.AFTER_INTERVIEW

    @property
    def signed(self) -> bool:
        return self.mode is Mode.ATTRIBUTED

    def reason_label(self, reason: Reason) -> str:
        """Return the short label of a reason."""
        if reason is Reason.CONTACT_OR_SCHEDULING:
            return f"Could not reach or meet {isolated(self.first)}"
        return SHORT_LABELS.get(reason, "")

    def played_label(self, played: Played) -> str:
        """Return the short label for a reply to a worry before the decision, or nothing after it."""
        early = {Played.DECISIVE: "Yes, very much", Played.SOME: "A little", Played.NONE: "No"}
        return early.get(played, "") if self.before_decision else ""

    def asked_label(self, asked: Asked) -> str:
        """Return the short label for whether anybody asked the candidate."""
        return {
            Asked.ASKED_DIRECTLY: "Yes, directly",
            Asked.TOUCHED_ON: "Touched on",
            Asked.NEVER_ASKED: "Never asked",
            Asked.UNKNOWN: "Not sure",
        }[asked]


def of_round(form: AnswerForm) -> Questions:
    """Return the questions of a round."""
    asked = form.request
    return Questions(
        name=asked.candidate_name,
        company=asked.company,
        role_title=asked.role_title,
        interviewed_on=asked.interviewed_on,
        stage=asked.stage,
        mode=form.anonymity.mode,
        worries=asked.worries if Section.WORRY_REPLIES in form.sections else (),
        own_question=asked.own_question if Section.OWN_QUESTION_REPLY in form.sections else None,
        signature=form.you.signature or "",
        invitation=form.consent.invitation,
        in_short=form.anonymity.in_short,
        statement=form.anonymity.statement,
        caveats=form.anonymity.caveats,
        how_it_works=form.consent.how_it_works,
        too_few=form.consent.too_few,
        understood=form.consent.understood or "",
        closes_on=form.closes_on,
        sections=frozenset(form.sections),
    )


def of_team(view: ManagerView, stage: Stage) -> Questions:
    """Return the questions for a manager who answers for the team."""
    return Questions(
        name=view.candidate_name,
        company=view.company,
        role_title=view.role_title,
        interviewed_on=view.interviewed_on,
        stage=stage,
        mode=Mode.ATTRIBUTED,
        worries=view.worries if Section.WORRY_REPLIES in view.sections else (),
        own_question=view.own_question if Section.OWN_QUESTION_REPLY in view.sections else None,
        signature=view.signature,
        invitation=INVITATION.format(first=as_name(first_name(view.candidate_name))),
        in_short=(view.team_statement,),
        statement=view.team_statement,
        caveats=(),
        how_it_works="",
        too_few=(),
        understood=view.team_understood,
        closes_on=None,
        sections=frozenset(view.sections),
    )
