"""The demo is the first thing that a newcomer runs: it must work, and must not say so where it does not."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from typing_extensions import override

from app.demo.run import play
from app.demo.server import first_free
from tests.support.databases import free_port

DEMO = [sys.executable, "-m", "app.cli", "demo"]
TIMEOUT = 110
README = Path(__file__).parents[2] / "README.md"


def test_the_story_ends_as_told(tmp_path: Path) -> None:
    done = subprocess.run(
        [*DEMO, "--exit", "--port", str(free_port())],
        # What is set for a real service must not reach the demo, nor the demo its data.
        env=os.environ | {"TMPDIR": str(tmp_path), "DEBRIEF_ENVIRONMENT": "production", "DEBRIEF_DATA_DIR": "/nowhere"},
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr == ""
    said = " ".join(done.stdout.replace("│", "").split())
    for line in (
        "Ben asks, without an account",
        "200, the same bytes, counted once",
        "409, This link was used already.",
        "1 released",
        "You were never asked about it.",
        "410, This round is over",
        "the same for every address there could be",
        "he presses the button on /confirm -> 200",
        "Ben Ode asks for a minute of yours",
        "Everything happened as told",
        *quoted_in_the_readme(),
    ):
        assert line in said, line
    assert "\x1b" not in done.stdout
    assert list(tmp_path.iterdir()) == []


def quoted_in_the_readme() -> list[str]:
    """Return the lines of the story that the README shows."""
    shown = README.read_text().partition("```text\n")[2].partition("```")[0]
    lines = [" ".join(line.replace("│", "").split()) for line in shown.splitlines()]
    assert len(lines) > 8
    return [line for line in lines if line != "..."]


class Altered(httpx.BaseTransport):
    """A wire on which one kind of answer is altered: the service itself runs unchanged."""

    def __init__(
        self, matches: Callable[[httpx.Request], bool], alter: Callable[[httpx.Response], httpx.Response]
    ) -> None:
        self.matches, self.alter = matches, alter
        self.inner = httpx.HTTPTransport()

    @override
    def handle_request(self, request: httpx.Request) -> httpx.Response:
        response = self.inner.handle_request(request)
        if not self.matches(request):
            return response
        response.read()
        return self.alter(response)

    @override
    def close(self) -> None:
        self.inner.close()


def _second_look_differs() -> Callable[[httpx.Response], httpx.Response]:
    looks: list[int] = []

    def alter(response: httpx.Response) -> httpx.Response:
        looks.append(1)
        return httpx.Response(200, content=response.content + b" " * (len(looks) - 1))

    return alter


def _drop(_response: httpx.Response) -> httpx.Response:
    raise httpx.ReadError("the connection was lost")


@pytest.mark.parametrize(
    ("path", "alter", "told"),
    [
        ("/feedback", _second_look_differs(), "NOT AS TOLD: what Ben gets, before and after the answers"),
        ("/declines", lambda _: httpx.Response(201, json={"status": "declined"}), "NOT AS TOLD: status of POST"),
        ("/panels", lambda _: httpx.Response(201, json={"links": []}), "NOT AS TOLD: answer of POST"),
        ("/preview", _drop, "NOT AS TOLD: an answer of the service"),
    ],
)
def test_a_difference_ends_it_with_1(
    path: str,
    alter: Callable[[httpx.Response], httpx.Response],
    told: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    wire = Altered(lambda request: request.url.path.endswith(path), alter)

    code = play(port=free_port(), leave=True, transport=wire)

    printed = capsys.readouterr().out
    assert code == 1
    assert told in printed, printed
    assert re.search(r"^ {3}expected: .+\n {3}got: .+", printed, re.MULTILINE)
    assert "Everything happened as told" not in printed


@contextmanager
def _staying(tmp_path: Path) -> Iterator[tuple["subprocess.Popen[str]", Path]]:
    """Run the demo until it invites; end it by its own pid whatever happens."""
    printed = tmp_path / "printed.txt"
    with printed.open("w") as out:
        demo = subprocess.Popen(
            [*DEMO, "--port", str(free_port())],
            env=os.environ | {"TMPDIR": str(tmp_path)},
            stdout=out,
            stderr=subprocess.PIPE,
            text=True,
        )
    try:
        deadline = time.monotonic() + TIMEOUT
        while "# Every route\ncurl" not in printed.read_text():
            assert demo.poll() is None, printed.read_text()
            assert time.monotonic() < deadline
            time.sleep(0.1)
        yield demo, printed
    finally:
        if demo.poll() is None:
            demo.kill()
        demo.communicate(timeout=TIMEOUT)


@pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl here")
def test_every_command_that_it_offers_works(tmp_path: Path) -> None:
    with _staying(tmp_path) as (demo, printed):
        invitation = printed.read_text().partition("Your turn.")[2]
        commands = [block.partition("\n")[2] for block in invitation.split("\n# ")[1:]]
        answers = [
            subprocess.run(
                # A failed request must not look like an answer.
                command.replace("curl -s", "curl -sS --fail-with-body --noproxy '*'").replace(
                    " | python3 -m json.tool", ""
                ),
                shell=True,
                capture_output=True,
                text=True,
                timeout=TIMEOUT,
                check=False,
            )
            for command in commands
        ]

        assert len(commands) == 8
        for command, answer in zip(commands, answers, strict=True):
            assert answer.returncode == 0, (command, answer.stdout, answer.stderr)
        assert '"status":"released"' in answers[4].stdout
        assert '"channel":"phone"' in answers[5].stdout
        addresses = re.findall(r"^ {3}(http\S+)$", invitation, re.MULTILINE)
        assert len(addresses) == 7
        for address in addresses:
            shown = httpx.get(address, headers={"Accept": "text/html"}, trust_env=False)
            assert (shown.status_code, shown.headers["content-type"]) == (200, "text/html; charset=utf-8")
        demo.send_signal(signal.SIGHUP)
        assert demo.wait(TIMEOUT) == 0


@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_quietly_and_leaves_nothing(tmp_path: Path, by: signal.Signals) -> None:
    with _staying(tmp_path) as (demo, printed):
        demo.send_signal(by)
        _, complaints = demo.communicate(timeout=TIMEOUT)

    assert demo.returncode == 0
    assert complaints == ""
    assert printed.read_text().endswith("Stopped; nothing is left behind.\n")
    assert list(tmp_path.iterdir()) == [printed]
    url = re.search(r"http://[\d.]+:\d+", printed.read_text())
    assert url is not None
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{url.group()}/livez", timeout=2)


def test_a_taken_port_is_passed_over() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        assert first_free(port) > port
    assert first_free(port) == port
