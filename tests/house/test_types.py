"""Breaches that the type checker has to catch. `make check` runs it on the project itself."""

import re

from tests.house.ground import Ground, configuration

CLEAN = '''
"""Nothing is wrong here."""
from enum import StrEnum

from typing_extensions import override


class Mood(StrEnum):
    GLAD = "glad"
    SAD = "sad"


class Person:
    def greet(self, mood: Mood) -> str:
        match mood:
            case Mood.GLAD:
                return "Hello!"
            case Mood.SAD:
                return "Hello."


class Guest(Person):
    @override
    def greet(self, mood: Mood) -> str:
        return mood
'''

# The code of the error, and what must be answered with it.
BREACHES = {
    "no-untyped-def": "def greet(name):\n    return name\n",
    "type-arg": "def count(names: list) -> int:\n    return len(names)\n",
    "no-any-return": "import json\n\n\ndef read(text: str) -> int:\n    return json.loads(text)\n",
    "unused-ignore": "NAME: str = 'Ada'  # type: ignore[assignment]\n",
    "unreachable": (
        "def greet(name: str) -> str:\n    if isinstance(name, int):\n        return 'Hello'\n    return name\n"
    ),
    "explicit-override": (
        "class Person:\n    def greet(self) -> str:\n        return 'Hello'\n\n\n"
        "class Guest(Person):\n    def greet(self) -> str:\n        return 'Good evening'\n"
    ),
    "possibly-undefined": (
        "def greet(name: str) -> str:\n    if name:\n        greeting = 'Hello'\n    return greeting\n"
    ),
    "exhaustive-match": (
        "from enum import StrEnum\n\n\nclass Mood(StrEnum):\n    GLAD = 'glad'\n    SAD = 'sad'\n\n\n"
        "def show(mood: Mood) -> None:\n    match mood:\n        case Mood.GLAD:\n            print('glad')\n"
    ),
    # Without the plugin a typing mistake in the arguments of a model passes.
    "pydantic-field": "from pydantic import BaseModel\n\n\nclass Person(BaseModel):\n    name = 'Ada'\n",
}


def test_each_breach_is_caught_and_the_clean_file_passes(ground: Ground) -> None:
    (ground.path / "clean.py").write_text(CLEAN)
    for code, source in BREACHES.items():
        (ground.path / _file(code)).write_text(source)
    files = ["clean.py", *(_file(code) for code in BREACHES)]
    outcome = ground.run("mypy", "--no-color-output", "--cache-dir", ".cache", *files)
    caught: dict[str, set[str]] = {}
    for file, code in re.findall(r"^(\w+\.py):\d+: error: .*\[([\w-]+)\]$", outcome.text, re.MULTILINE):
        caught.setdefault(file, set()).add(code)
    assert "clean.py" not in caught, outcome.text
    assert {code for code in BREACHES if code in caught.get(_file(code), set())} == set(BREACHES), outcome.text


def test_everything_is_looked_at() -> None:
    mypy = configuration("mypy")
    assert set(mypy["files"]) >= {"app", "tests", "migrations"}
    # Nothing of ours is let off; what is let off is a library without types.
    for override in mypy.get("overrides", []):
        modules = [override["module"]] if isinstance(override["module"], str) else override["module"]
        assert not any(module.startswith(("app", "tests", "migrations")) for module in modules)
        assert set(override) == {"module", "ignore_missing_imports"}


def _file(code: str) -> str:
    return f"breach_{code.replace('-', '_')}.py"
