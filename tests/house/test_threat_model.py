"""The threat model names a test for each defence, and each of those tests exists."""

import ast
import re
from pathlib import Path

import pytest

from app.rounds import statement
from tests.house.ground import ROOT

MODEL = ROOT / "docs" / "threat-model.md"
_NAMED = re.compile(r"`(tests/[\w/]+\.py)(?:::(\w+))?`")
_ADVERSARY = re.compile(r"^### (T\d+)\. ", re.MULTILINE)
ADVERSARIES = [f"T{number}" for number in range(1, 20)]


def missing(text: str, root: Path = ROOT) -> list[str]:
    """Return the tests that are named in `text` and do not exist."""
    found = []
    for path, name in _NAMED.findall(text):
        file = root / path
        functions = set()
        if file.is_file():
            tree = ast.parse(file.read_text())
            functions = {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
        if name not in functions if name else not file.is_file():
            found.append(f"{path}::{name}")
    return found


def unproved(text: str) -> list[str]:
    """Return the adversaries without a defence, a remainder or a proof, and channels neither closed nor declared."""
    parts = _ADVERSARY.split(text)
    sections = dict(zip(parts[1::2], parts[2::2], strict=True))
    last = list(sections)[-1]
    sections[last], _, rest = sections[last].partition("\n## Channels\n")
    found = [name for name in ADVERSARIES if name not in sections]
    for name, section in sections.items():
        proof = section.partition("* **Proof:**")[2]
        if "* **Defence:**" not in section or "* **Left over:**" not in section or not _NAMED.search(proof):
            found.append(name)
    for line in rest.partition("\n## ")[0].splitlines():
        is_row = line.startswith("| ") and not line.startswith("| channel |")
        if is_row and not _NAMED.search(line) and "**Declared:**" not in line:
            found.append(line)
    return found


def test_each_named_test_exists() -> None:
    text = MODEL.read_text()
    assert missing(text) == []
    # It did look.
    assert len(_NAMED.findall(text)) > 80


def test_each_adversary_and_channel_has_its_proof() -> None:
    assert unproved(MODEL.read_text()) == []


@pytest.mark.parametrize(
    "breach",
    [
        "`tests/house/test_threat_model.py::test_that_was_deleted`",
        "`tests/house/test_that_was_moved.py::test_each_named_test_exists`",
        "`tests/house/test_that_was_moved.py`",
    ],
)
def test_a_missing_test_is_caught(breach: str) -> None:
    assert len(missing(f"{MODEL.read_text()}\n{breach}\n")) == 1


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("### T7. ", "### Others: "),
        ("* **Left over:** nothing known.\n", ""),
        ("`tests/core/test_rate_limit.py::test_the_key_lives_for_an_hour`", "a key that lives for an hour"),
        ("`make bench TIMES=1`. **Declared:** that", "`make bench TIMES=1`. That"),
    ],
)
def test_a_defence_without_proof_is_caught(old: str, new: str) -> None:
    text = MODEL.read_text()
    assert old in text
    assert unproved(text.replace(old, new)) != []


def _as_one_line(path: str) -> str:
    return " ".join((ROOT / path).read_text().split())


@pytest.mark.parametrize("path", ["docs/threat-model.md", "SECURITY.md"])
def test_it_says_what_people_are_told(path: str) -> None:
    """In the words of the form, to the letter: a promise that is told twice must not differ."""
    text = _as_one_line(path)
    for told in (statement.BLIND, statement.CAN_POINT.format(operator="")):
        assert f"“{told}”" in text


def test_the_device_is_spoken_of_as_in_the_form() -> None:
    advice = statement.HOW_IT_WORKS.partition(". ")[2]
    assert f"“{advice}”" in _as_one_line("docs/threat-model.md")


@pytest.mark.parametrize("path", ["README.md", "SECURITY.md", "docs/architecture.md"])
def test_it_is_found(path: str) -> None:
    assert re.search(r"\]\((docs/)?threat-model\.md\)", (ROOT / path).read_text())
