"""Bans on a second clock, a second source of randomness, and other back doors. Each ban catches a breach."""

import json
from pathlib import Path

import pytest

from tests.house.ground import ROOT, Ground, configuration, run

BREACHES = [
    "from datetime import UTC, datetime\nwhen = datetime.now(UTC)",
    "import datetime\nwhen = datetime.datetime.now(datetime.UTC)",
    "from datetime import datetime\nwhen = datetime.utcnow()",
    "from datetime import datetime\nwhen = datetime.today()",
    "from datetime import date\nwhen = date.today()",
    "import time\nwhen = time.time()",
    "import time\nwhen = time.time_ns()",
    "import random\nchance = random.random()",
    "from random import shuffle\nchance = shuffle",
    "import secrets\nchance = secrets.token_bytes(16)",
    "from secrets import token_urlsafe\nchance = token_urlsafe()",
    "import uuid\nchance = uuid.uuid1()",
    "from uuid import uuid4\nchance = uuid4()",
    "import os\nchance = os.urandom(16)",
    "import os\nsetting = os.environ['HOME']",
    "from os import environ\nsetting = environ",
    "import os\nsetting = os.getenv('HOME')",
    "from os import getenv\nsetting = getenv('HOME')",
    "from fastapi import HTTPException\nanswer = HTTPException",
    "from fastapi.exceptions import HTTPException\nanswer = HTTPException",
    "from starlette.exceptions import HTTPException\nanswer = HTTPException",
    "from fastapi import BackgroundTasks\nlater = BackgroundTasks",
    "from starlette.background import BackgroundTask\nlater = BackgroundTask",
    "from starlette.middleware.base import BaseHTTPMiddleware\nslow = BaseHTTPMiddleware",
]

# Where a ban is lifted, and why: a home of the thing itself, or code that is no part of the service.
LIFTED = {
    "app/core/clock.py",
    "app/core/randomness.py",
    "app/core/settings.py",
    "app/core/problems.py",
    "tests/**",
    "bench/**",
}


def _found(outcome_text: str) -> set[str]:
    return {Path(finding["filename"]).stem for finding in json.loads(outcome_text) if finding["code"] == "TID251"}


def test_the_bans_hold() -> None:
    outcome = run("ruff", "check", "--no-cache", "--select", "TID251", "app")
    assert outcome.good, outcome.text


def test_each_breach_is_caught(ground: Ground) -> None:
    for number, breach in enumerate(BREACHES):
        ground.plant(f"app/rounds/planted_{number}.py", breach)
    outcome = ground.run("ruff", "check", "--no-cache", "--output-format=json", "app/rounds")
    found = _found(outcome.text)
    missed = [breach for number, breach in enumerate(BREACHES) if f"planted_{number}" not in found]
    assert not missed


def test_the_bans_are_lifted_in_their_homes_only() -> None:
    per_file = configuration("ruff")["lint"]["per-file-ignores"]
    assert {place for place, rules in per_file.items() if "TID251" in rules} == LIFTED


@pytest.mark.parametrize(
    ("home", "needs"),
    [
        ("app/core/clock.py", "datetime.now("),
        ("app/core/randomness.py", "secrets."),
        ("app/core/settings.py", "BaseSettings"),
        ("app/core/problems.py", "HTTPException"),
    ],
)
def test_each_home_is_one(home: str, needs: str) -> None:
    assert needs in (ROOT / home).read_text()


def test_no_exception_is_taken_line_by_line() -> None:
    # Written in two parts, so that this file does not hold what it looks for.
    exception = "no" + "qa: TID251"
    assert not [path for path in (ROOT / "app").rglob("*.py") if exception in path.read_text()]


def test_imports_stand_at_the_top(ground: Ground) -> None:
    ground.plant("app/rounds/planted.py", "def late() -> None:\n    import json\n    json.dumps(1)")
    outcome = ground.run("ruff", "check", "--no-cache", "app/rounds/planted.py")
    assert "PLC0415" in outcome.text
