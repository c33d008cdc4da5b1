"""Hints on the wording of an answer, for its author. A hint never blocks an answer, and none is stored.

Every pattern is an alternation, or bounds each repetition, so that matching takes linear time.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from app.vocabulary import lint_words
from app.vocabulary.answer import SHORTEST_OTHER, Answer


@dataclass(frozen=True)
class Finding:
    """One hint. `span` is the start and the exclusive end of the passage, in characters of the text at `pointer`."""

    pointer: str
    code: str
    message: str
    span: tuple[int, int]


MESSAGES = {
    "third_person": "Write to the person: “you” instead of “the candidate”, “he” or “she”.",
    "empty_phrase": "This tells the reader nothing. What exactly did you see or miss?",
    "too_short": "A few words more would help: what was it about, and what would have been better?",
    "personality_without_observation": "Say what you saw or heard rather than what kind of person this is.",
    "protected_characteristic": "This touches on something that must not count. Please leave it out.",
    "names_a_person": "This names somebody. Leave names out, so that nobody is recognised.",
    "first_person": "This can show who you are. Say it without “I” and without the moment.",
    "contact_data": "Please leave addresses, numbers and profiles out.",
}
"""The hint that the author reads, by code."""


def _phrases(phrases: Iterable[str]) -> re.Pattern[str]:
    """Match any of the phrases as whole words, in any case. The longest match wins."""
    spelled = [
        re.escape(phrase.removesuffix("*")) + (r"\w{0,20}" if phrase.endswith("*") else "")
        for phrase in sorted(phrases, key=len, reverse=True)
    ]
    # Accept both apostrophes, and line breaks within a phrase.
    body = "|".join(spelled).replace("'", "['’]").replace(r"\ ", r"\s")
    return re.compile(rf"(?<!\w)(?:{body})(?!\w)", re.IGNORECASE)


_THIRD_PERSON = re.compile(
    # "The candidate who was hired" is another person.
    _phrases(lint_words.THIRD_PERSON).pattern
    + r"|(?<!\w)the\scandidate(?!\w)(?!\s(?:who|we|they|that|hired|chosen|with)\b)"
    # Matches telegram style at the start of a sentence, but not "another candidate had".
    r"|(?<!\w)(?<!\w\s)candidate\s(?:was|is|has|had|did|didn['’]t|does|seems|seemed|lacks|lacked)(?!\w)",
    re.IGNORECASE,
)
_EMPTY = _phrases(lint_words.EMPTY)
_PERSONALITY = re.compile(
    _phrases(lint_words.PERSONALITY).pattern
    + r"|(?<!\w)(?:you|you['’]re)\s"
    + r"(?:(?:are|were|seem|seemed|appeared|sounded|looked|felt|came\sacross\sas|come\sacross\sas)\s)?"
    + r"(?:(?:not|a\sbit|a\slittle|too|very|rather|quite|somewhat|so)\s){0,3}(?:"
    + "|".join(lint_words.PERSONALITY_OF_YOU)
    + r")(?!\w)",
    re.IGNORECASE,
)
_OBSERVATION = re.compile(_phrases(lint_words.OBSERVATION).pattern + '|["“”„«]', re.IGNORECASE)
_PROTECTED = _phrases(lint_words.PROTECTED)
_FIRST_PERSON = _phrases(lint_words.FIRST_PERSON)
_CONTACT = re.compile(
    r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}\.[\w.-]{1,63}"
    r"|(?<!\w)(?:www\.)?(?:linkedin|xing|facebook|instagram|calendly)\.com/[^\s]{0,100}|(?<!\w)(?:t|wa)\.me/[^\s]{1,40}"
    r"|(?<![\w+])(?:\+\d|\(0|0\d)[\d /()-]{5,18}\d(?!\w)"
    r"|(?<![\w-])\(?\d{3}\)?[-. ]\d{3}[-. ]\d{4}(?![\w-])",
    re.IGNORECASE,
)
_DATE = re.compile(r"\d{1,2}[-/ ]\d{1,2}[-/ ]\d{4}")
_SENTENCE_ENDS = frozenset('.!?:;\n“„"(')


def lint(answer: Answer, *, names: Sequence[str]) -> list[Finding]:
    """Return hints on every text of an answer, in the order of the form.

    `names` must only have names that the author knows: a hint must not reveal who else was asked. A signed answer gets
    no hint about "I", which identifies nobody there.
    """
    found: list[Finding] = []
    named = _names(names)
    for pointer, text, least in _texts(answer):
        found += _findings(pointer, text, least, named, signed=answer.signature is not None)
    return found


def _texts(answer: Answer) -> Iterator[tuple[str, str, int]]:
    """Yield each text of the author: its pointer, the text, and the length below which it is too short."""
    spots: list[tuple[str, str | None, int]] = []
    for index, reason in enumerate(answer.reasons or ()):
        spots.append((f"/answer/reasons/{index}/detail", reason.detail, SHORTEST_OTHER))
    for index, concern in enumerate(answer.concerns or ()):
        spots.append((f"/answer/concerns/{index}/statement", concern.statement, SHORTEST_OTHER))
        spots.append((f"/answer/concerns/{index}/question", concern.question, 0))
    for index, reply in enumerate(answer.worry_replies or ()):
        spots.append((f"/answer/worry_replies/{index}/note", reply.note, 0))
    for index, strength in enumerate(answer.strengths or ()):
        spots.append((f"/answer/strengths/{index}/note", strength.note, 0))
    if answer.hired_profile is not None:
        spots.append(("/answer/hired_profile/stage_you_reached", answer.hired_profile.stage_you_reached, 0))
    spots.append(("/answer/advice", answer.advice, SHORTEST_OTHER))
    spots.append(("/answer/own_question_reply", answer.own_question_reply, 0))
    for index, asked in enumerate(answer.open_questions or ()):
        spots.append((f"/answer/open_questions/{index}/question", asked.question, 0))
    return ((pointer, text, least) for pointer, text, least in spots if text is not None)


def _findings(pointer: str, text: str, least: int, named: re.Pattern[str] | None, *, signed: bool) -> Iterator[Finding]:
    def finding(code: str, start: int, end: int) -> Finding:
        return Finding(pointer, code, MESSAGES[code], (start, end))

    whole = text.strip(" .!?-–—_*,;:()").casefold().replace("’", "'")
    # "Yes" and "No" are good replies to a question, which has no least length.
    if least and (whole in lint_words.EMPTY_AS_A_WHOLE or not any(map(str.isalnum, whole))):
        yield finding("empty_phrase", 0, len(text))
        return
    spans = [("empty_phrase", match.span()) for match in _EMPTY.finditer(text)]
    spans += [("third_person", match.span()) for match in _THIRD_PERSON.finditer(text)]
    if not _OBSERVATION.search(text):
        spans += [("personality_without_observation", match.span()) for match in _PERSONALITY.finditer(text)]
    spans += [("protected_characteristic", match.span()) for match in _PROTECTED.finditer(text)]
    spans += [("names_a_person", span) for span in _named_spans(text, named)]
    if not signed:
        spans += [("first_person", match.span()) for match in _FIRST_PERSON.finditer(text)]
    spans += [("contact_data", match.span()) for match in _CONTACT.finditer(text) if not _DATE.fullmatch(match.group())]
    if len(text) < least and not spans:
        spans.append(("too_short", (0, len(text))))
    for code, (start, end) in sorted(spans, key=lambda item: item[1]):
        yield finding(code, start, end)


def _names(names: Sequence[str]) -> re.Pattern[str] | None:
    """Match full names in any case, then their parts as written: "Lin" is a person, "lin" is not."""
    full: set[str] = set()
    parts: set[str] = set()
    for name in names:
        clean = " ".join(unicodedata.normalize("NFC", name).split())
        if clean and clean.upper() == clean.lower():
            # Scripts without capitals mostly have no spaces around names either.
            full.add(re.escape(clean))
            continue
        if " " in clean:
            full.add(rf"(?<!\w)(?i:{re.escape(clean)})(?!\w)")
        for part in clean.split():
            # Skip particles ("van", "de"), initials, and names of months.
            if len(part) >= 2 and part[0].isupper() and part[-1] != "." and part.casefold() not in lint_words.MONTHS:
                parts.add(rf"(?<!\w){re.escape(part)}(?!\w)")
    ordered = [*sorted(full, key=len, reverse=True), *sorted(parts, key=len, reverse=True)]
    return re.compile("|".join(ordered)) if ordered else None


def _named_spans(text: str, named: re.Pattern[str] | None) -> Iterator[tuple[int, int]]:
    for match in named.finditer(text) if named else ():
        if match.group().casefold() in lint_words.NAMES_LIKE_WORDS and _opens_a_sentence(text, match.start()):
            continue
        yield match.span()


def _opens_a_sentence(text: str, start: int) -> bool:
    before = text[max(0, start - 8) : start].rstrip(" ")
    return not before or before[-1] in _SENTENCE_ENDS
