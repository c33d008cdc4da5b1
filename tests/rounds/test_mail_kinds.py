"""The kinds of mail, as `MailKind` documents them and docs/mail.md prints them."""

import ast
import inspect
import re
from pathlib import Path

from app.rounds.mail import MailKind
from app.rounds.rules import REMINDER_DAYS

ROOT = Path(__file__).parent.parent.parent
SHAPE = re.compile(r"To: (.+)\. When: (.+)\. Held until: (.+)\.")


def documented() -> dict[str, tuple[str, ...]]:
    """Return for each documented member to whom its mail goes, when, and until when it is held."""
    (enum,) = ast.parse(inspect.getsource(MailKind)).body
    assert isinstance(enum, ast.ClassDef)
    found = {}
    for member, text in zip(enum.body, enum.body[1:], strict=False):
        if isinstance(member, ast.Assign) and isinstance(text, ast.Expr):
            (name,), words = member.targets, " ".join(ast.literal_eval(text.value).split())
            parts = SHAPE.fullmatch(words)
            assert parts, words
            assert isinstance(name, ast.Name)
            found[MailKind[name.id].value] = parts.groups()
    return found


def test_every_kind_is_documented() -> None:
    assert list(documented()) == [kind.value for kind in MailKind]


def test_mail_guide_prints_the_kinds() -> None:
    guide = (ROOT / "docs/mail.md").read_text()
    rows = [line for line in guide.splitlines() if line.startswith("| `")]
    assert rows == [f"| `{kind}` | {' | '.join(facts)} |" for kind, facts in documented().items()]


def test_days_of_reminders_are_as_documented() -> None:
    first, second = REMINDER_DAYS
    assert f"{first} days after the invitation" in documented()[MailKind.FIRST_REMINDER][1]
    assert f"{second} days after the invitation" in documented()[MailKind.SECOND_REMINDER][1]
    assert f"{first} days after answers open" in documented()[MailKind.SECOND_REMINDER][1]
