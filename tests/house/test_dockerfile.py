"""The image's install steps work from an empty folder, and what they install serves in production.

Docker itself is not needed: the `COPY` and `RUN` lines of the build stage are carried out in a temporary folder.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from tests.support.databases import free_port

ROOT = Path(__file__).resolve().parents[2]
DOCKERFILE = (ROOT / "Dockerfile").read_text()
STRONG = "k3V9xQ2mZ7bT5wR8nL1yC6pD4sF0gHjA"
OTHER = "Zt6Yv1Wm8Qx3Ub5Na0Ke7Rd2Lo9Pj4Ci"


def instructions(stage: int) -> list[tuple[str, str]]:
    """Return the instructions of a stage, in their order, each on one line."""
    joined = re.sub(r"\\\n\s*", "", re.sub(r"^#.*\n", "", DOCKERFILE, flags=re.MULTILINE))
    lines = [line.split(maxsplit=1) for line in joined.split("FROM ")[stage].splitlines()[1:] if line.strip()]
    return [(word, rest) for word, rest in lines]


def run(command: str, cwd: Path) -> None:
    done = subprocess.run(["sh", "-ec", command], cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command}\n{done.stdout[-2000:]}{done.stderr[-2000:]}"


def build(folder: Path) -> Path:
    """Carry out the build stage below `folder`; return the environment that the image takes from it."""
    source, opt = folder / "src", folder / "opt"
    source.mkdir()
    opt.mkdir()
    for word, rest in instructions(1):
        if word == "COPY":
            *origins, target = rest.split()
            for origin in origins:
                into = source / target / Path(origin).name if target.endswith("/") else source / target
                into.parent.mkdir(parents=True, exist_ok=True)
                if (ROOT / origin).is_dir():
                    shutil.copytree(ROOT / origin, into, ignore=shutil.ignore_patterns("__pycache__"))
                else:
                    shutil.copy(ROOT / origin, into)
        elif word == "RUN":
            # `python` is the one of the image; here it is the one that runs the tests.
            run(rest.replace("/opt/", f"{opt}/").replace("python -m", f"{sys.executable} -m"), source)
    return opt / "debrief"


def has_packages(folder: Path) -> bool:
    """Tell whether pip finds packages here. Where it doesn't, nothing can be installed, with us or without."""
    tried = subprocess.run(
        [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--require-hashes", "-r",
         str(ROOT / "requirements/build.txt"), "-d", str(folder)],
        capture_output=True, check=False,
    )  # fmt: skip
    return tried.returncode == 0


@pytest.mark.long
@pytest.mark.timeout(300)
def test_the_install_steps_make_a_service_that_is_ready(tmp_path: Path) -> None:
    if not has_packages(tmp_path / "probe"):
        untried = "pip reaches no package index here: the image's install steps were NOT tried"
        if os.environ.get("CI"):
            pytest.fail(untried)
        pytest.skip(untried)
    installed = build(tmp_path)
    data = tmp_path / "data"
    port = str(free_port())
    settings = {
        "PATH": f"{installed / 'bin'}:{os.environ['PATH']}",
        "DEBRIEF_ENVIRONMENT": "production",
        "DEBRIEF_BASE_URL": "https://debrief.example",
        "DEBRIEF_SECRET_KEY": STRONG,
        "DEBRIEF_OPERATOR_KEY": OTHER,
        "DEBRIEF_DATA_DIR": str(data),
        "DEBRIEF_PORT": port,
        "DEBRIEF_OPERATOR_NAME": "Example Hosting",
        "DEBRIEF_OPERATOR_CONTACT": "privacy@debrief.example",
        "DEBRIEF_PRIVACY_URL": "https://debrief.example/privacy",
    }

    def debrief(*arguments: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [str(installed / "bin" / "debrief"), *arguments],
            cwd=tmp_path, env=settings, capture_output=True, text=True, check=False,
        )  # fmt: skip

    assert "migrate" in debrief("--help").stdout
    refused = debrief("serve")
    assert refused.returncode == 2
    assert "Run `debrief migrate` first." in refused.stderr
    assert debrief("migrate").returncode == 0
    checked = debrief("check")
    assert checked.returncode == 0, checked.stdout
    serving = subprocess.Popen([str(installed / "bin" / "debrief"), "serve"], cwd=tmp_path, env=settings)
    try:
        assert _ready(port)
        with urlopen(f"http://127.0.0.1:{port}/static/app.css", timeout=5) as style:  # A wheel carries the pages.
            assert style.status == 200
        assert healthy(port, settings)
    finally:
        serving.terminate()
        # After ending in good order, the server lets the signal end the process.
        assert serving.wait(10) in {0, -signal.SIGTERM}
    assert not healthy(port, settings)


def healthy(port: str, settings: dict[str, str]) -> bool:
    """Carry out the image's health check."""
    (check,) = (rest for word, rest in instructions(2) if word == "HEALTHCHECK")
    (code,) = re.findall(r'"-c", "(.*)"\]$', check)
    command = [sys.executable, "-c", code.replace('\\"', '"')]
    return subprocess.run(command, env=settings, capture_output=True, check=False).returncode == 0


def _ready(port: str) -> bool:
    for _ in range(100):
        try:
            with urlopen(f"http://127.0.0.1:{port}/readyz", timeout=2) as answer:
                return bool(answer.status == 200)
        except (URLError, OSError):
            time.sleep(0.2)
    return False


def test_the_image_is_for_production_and_not_for_root() -> None:
    last = instructions(2)
    assert [rest for word, rest in last if word == "USER"] == ["10001:10001"]
    (environment,) = (rest for word, rest in last if word == "ENV")
    assert "DEBRIEF_ENVIRONMENT=production" in environment.split()
    assert not re.search(r"SECRET|OPERATOR_KEY|SMTP", DOCKERFILE)


def test_packages_are_pinned_with_hashes_and_come_from_nowhere_in_particular() -> None:
    installs = re.findall(r"pip install ([^&\n]*)", DOCKERFILE)
    assert len(installs) == 3
    assert all("--require-hashes" in line or "--no-index" in line for line in installs)
    for path in ("Dockerfile", "requirements/build.txt", "requirements/run.txt"):
        assert not re.search(
            r"index-url|extra-index|find-links|trusted-host|https?://(?!127\.0\.0\.1)", (ROOT / path).read_text()
        )
    kept = re.findall(r"^hatchling==\S+", (ROOT / "requirements/build.txt").read_text(), re.MULTILINE)
    assert kept == re.findall(r"^hatchling==\S+", (ROOT / "requirements/dev.txt").read_text(), re.MULTILINE)


def test_only_what_is_needed_gets_into_the_image() -> None:
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    admitted = {line[1:] for line in lines if line.startswith("!")}
    copied = {
        origin.partition("/")[0]
        for word, rest in instructions(1)
        if word == "COPY"
        for origin in rest.split()[:-1]
    }  # fmt: skip
    assert "*" in lines
    assert admitted == copied
