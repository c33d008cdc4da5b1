"""Typed text: in NFC, without control or invisible characters, never cut silently. Also names and days."""

import re
import unicodedata
from datetime import date
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, StringConstraints
from pydantic_core import PydanticCustomError

# Unicode's Cc except the line feed. NUL is refused and not stripped: PostgreSQL cannot store it, and no keyboard sends
# it by accident.
_CONTROL = re.compile(r"[\x01-\x09\x0b-\x1f\x7f-\x9f]")
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_SURROGATE = re.compile(r"[\ud800-\udfff]")
# Unicode's Default_Ignorable_Code_Point, and interlinear annotations: invisible characters. Among them are the bidi
# controls, which reorder the text around them.
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
_SELECTOR = re.compile("[\u180b-\u180d\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef]")
# Flags of regions: a black flag, a code in invisible letters, and an end mark.
_FLAG = re.compile("\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{1,8}\U000e007f")
_JOINERS = frozenset("\u200c\u200d")
_VIRAMA = 9
# Unicode's bidirectional classes that can reorder their surroundings: letters and digits that run from the right.
_FROM_THE_RIGHT = frozenset({"R", "AL", "AN"})
# An escape of JSON: a surrogate pair, half of one or NUL (the group), or any other. Or half of a pair encoded as three
# bytes, which is not valid UTF-8.
_ESCAPE = re.compile(
    rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(u[dD][89a-fA-F][0-9a-fA-F]{2}|u0000)|.)"
    rb"|(\xed[\xa0-\xbf][\x80-\xbf])",
    re.DOTALL,
)
# Not punctuation of sentences: hyphens, apostrophes, and the joiners that spelling needs.
_OF_NAMES = frozenset("-\u2010'\u2019&+") | _JOINERS
_TITLES = frozenset({"dr", "mr", "mrs", "ms", "mx", "prof", "sir"})
_ISOLATE, _POP_ISOLATE = "\u2068", "\u2069"


def visible(text: str) -> str:
    """Drop invisible characters, except those that spelling needs: joiners in words and emoji, variants, flags."""
    if not _INVISIBLE.search(text):
        return text
    flags = {at for found in _FLAG.finditer(text) for at in range(*found.span())}
    kept = ""
    for at, mark in enumerate(text):
        if at in flags or not _INVISIBLE.match(mark) or _is_needed(mark, kept, text[at + 1 : at + 2]):
            kept += mark
    return kept


def line(text: str) -> str:
    """Return a text of an ATS as one line: in NFC, without characters that are invisible or cannot be stored."""
    if not text.isascii():
        text = unicodedata.normalize("NFC", visible(unicodedata.normalize("NFC", _SURROGATE.sub("", text))))
    return " ".join(_CONTROL.sub(" ", text.replace("\x00", "")).split())


def shortened(text: str, most: int) -> str:
    """Return a text as one line of at most `most` characters, with an ellipsis if it was cut."""
    shown = line(text)
    return shown if len(shown) <= most else f"{line(shown[: most - 1])}…"


def without_unstorable(body: bytes) -> bytes:
    """Drop half an emoji and NUL from JSON: no text can hold them, and ATSs that cut texts send them."""
    if b"\\u" not in body and b"\xed" not in body:
        return body
    return _ESCAPE.sub(lambda found: b"" if found.lastindex else found[0], body)


def runs_from_the_right(text: str) -> bool:
    """Tell whether a text has right-to-left characters, which would reorder the sentence around it."""
    return not text.isascii() and any(unicodedata.bidirectional(mark) in _FROM_THE_RIGHT for mark in text)


def isolated(text: str) -> str:
    """Return typed text for use in a sentence: isolated, so that it cannot reorder its surroundings (UAX #9)."""
    shown = visible(text)
    return f"{_ISOLATE}{shown}{_POP_ISOLATE}" if runs_from_the_right(shown) else shown


def as_name(text: str) -> str:
    """Return a typed name for use in a promise: letters, digits and spaces in quotation marks, isolated.

    Without sentence punctuation nobody can add a sentence of their own to the promise.
    """
    return f"“{isolated(_without_punctuation(text))}”"


def first_name(text: str) -> str:
    """Return the first name of a person: their first word, unless it is a title, an initial or the only one."""
    words = line(text).split()
    if len(words) < 2 or len(words[0]) < 2 or words[0].endswith(".") or words[0].lower() in _TITLES:
        return text
    return words[0]


def written(day: date) -> str:
    """Return a day as people write it: 9 December 2026."""
    return f"{day.day} {day:%B %Y}"


def _without_punctuation(text: str) -> str:
    kept = (mark if unicodedata.category(mark)[0] in "LMN" or mark in _OF_NAMES else " " for mark in line(text))
    return " ".join("".join(kept).split())


def _is_needed(mark: str, before: str, after: str) -> bool:
    last = before[-1:]
    if _SELECTOR.match(mark):
        return bool(last) and not (last.isspace() or (last.isascii() and last.isalpha()) or _INVISIBLE.match(last))
    if mark not in _JOINERS or not last:
        return False
    if unicodedata.combining(last) == _VIRAMA or (_is_letter(last) and _is_letter(after)):
        return True
    return mark == "\u200d" and _is_emoji(before.rstrip("\ufe0f")[-1:]) and _is_emoji(after)


def _is_letter(mark: str) -> bool:
    """Tell whether this is a letter, or a mark on one, of a script that uses joiners; Latin does not."""
    return not mark.isascii() and unicodedata.category(mark)[0] in "LM" and not _INVISIBLE.match(mark)


def _is_emoji(mark: str) -> bool:
    return bool(mark) and (unicodedata.category(mark) in {"So", "Sk"} or mark in "↔↕") and not mark.isascii()


def _clean(value: object) -> object:
    if not isinstance(value, str):
        return value
    if "\x00" in value or _SURROGATE.search(value):
        raise PydanticCustomError("forbidden_character", "This text has a character that can't be stored.")
    value = value.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\u2029", "\n")
    value = _CONTROL.sub("", value.replace("\t", " "))
    if not value.isascii():
        # NFC before and after, so that cleaning twice changes nothing more: NFC can change the letters beside a joiner,
        # and a dropped character may have separated two that NFC combines.
        value = unicodedata.normalize("NFC", visible(unicodedata.normalize("NFC", value)))
    return value.strip()


def _day(value: object) -> object:
    # Otherwise pydantic reads numbers, and texts that look like numbers, as seconds since 1970.
    if isinstance(value, str) and not _DAY.fullmatch(value):
        raise PydanticCustomError("invalid_date", "A day is written like 2026-11-30.")
    if not isinstance(value, str | date):
        raise PydanticCustomError("wrong_type", "A day is written like 2026-11-30.")
    return value


def _https_only(value: object) -> object:
    if isinstance(value, str) and not value.startswith("https://"):
        raise PydanticCustomError("https_only", "A link must begin with https://.")
    return value


def _one_line(value: str) -> str:
    if "\n" in value:
        raise PydanticCustomError("one_line", "This text must be on one line.")
    return value


def _named(value: str) -> str:
    if not any(mark.isalnum() for mark in value):
        raise PydanticCustomError("no_letter", "This needs at least one letter.")
    return value


# `Clean` has to be last in an `Annotated`: the last one runs first, and a limit after it would lose its own error.
Clean = BeforeValidator(_clean)
OneLine = AfterValidator(_one_line)

Name = Annotated[str, StringConstraints(min_length=1, max_length=80), OneLine, AfterValidator(_named), Clean]
"""A person, company or role: one line, at most 80 characters, at least one letter."""

Day = Annotated[date, BeforeValidator(_day)]
"""A full-date of RFC 3339."""

HttpsLink = Annotated[str, StringConstraints(max_length=300, pattern=r"^[!-~]+$"), BeforeValidator(_https_only), Clean]
"""A link to work of the candidate, or to what comes next: https only."""

Month = Annotated[str, StringConstraints(pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])$")]
"""A month, such as 2027-03."""
