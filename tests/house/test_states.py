"""States of rounds, requests and offers change by `move` alone, along their tables, as `docs/states.md` shows them."""

import ast
from collections.abc import Iterator, Mapping
from enum import StrEnum
from pathlib import Path

import pytest

from tests.house import states
from tests.house.ground import ROOT

COLUMNS = {"state", "offer", "uptake"}
ROWS = {"ApplicationRow", "RequestRow", "RoundRow"}
# The one door, the places where rows of rounds, requests and applications are made, and code that changes the states of
# other rows: connections, webhook endpoints, deliveries and mails.
MAY = {
    ("app/core/transitions.py", "setattr"),
    ("app/applications/intake.py", "values"),
    ("app/requests/create.py", "RequestRow"),
    ("app/rounds/lifecycle.py", "RoundRow"),
    ("app/accounts/connections.py", "="),
    ("app/ats/api/connections.py", "="),
    ("app/ats/connection_state.py", "="),
    ("app/ats/sync.py", "="),
    ("app/delivery/outbox.py", "values"),
    ("app/delivery/outbox_claims.py", "values"),
    ("app/delivery/webhooks/deliveries.py", "="),
    ("app/delivery/webhooks/deliveries.py", "values"),
    ("app/delivery/webhooks/endpoints.py", "="),
    ("app/delivery/webhooks/endpoints.py", "values"),
    ("app/delivery/webhooks/events.py", "="),
}


def assignments(root: Path) -> Iterator[tuple[str, str]]:
    """Yield each place that sets one of these columns: the file, and how it is done."""
    for path in sorted((root / "app").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            kind = _assigns(node)
            if kind is not None:
                yield path.relative_to(root).as_posix(), kind


def _assigns(node: ast.AST) -> str | None:
    if isinstance(node, ast.Attribute):
        return "=" if isinstance(node.ctx, ast.Store) and node.attr in COLUMNS else None
    if not isinstance(node, ast.Call):
        return None
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    if name not in {"setattr", "values", *ROWS}:
        return None
    names = {keyword.arg for keyword in node.keywords}
    for given in node.args:
        keys = given.keys if isinstance(given, ast.Dict) else []
        names |= {key.value for key in keys if isinstance(key, ast.Constant) and isinstance(key.value, str)}
    return name if name == "setattr" or names & COLUMNS else None


def test_no_other_code_assigns_a_state() -> None:
    assert set(assignments(ROOT)) == MAY


@pytest.mark.parametrize(
    "breach",
    [
        "row.state = RoundState.RELEASED",
        "row.state, row.below_threshold = decision.state, True",
        "row.uptake: str = Uptake.OPEN",
        "for row.offer in offers:\n    pass",
        "setattr(row, 'state', RoundState.RELEASED)",
        "session.execute(update(RoundRow).values(state=RoundState.RELEASED))",
        "session.add(RoundRow(id=round_id, state=RoundState.RELEASED))",
        "session.execute(update(ApplicationRow).values({'uptake': Uptake.OPEN}))",
    ],
)
def test_another_assignment_is_caught(tmp_path: Path, breach: str) -> None:
    planted = tmp_path / "app" / "rounds" / "shortcut.py"
    planted.parent.mkdir(parents=True)
    planted.write_text(breach)
    assert [file for file, _ in assignments(tmp_path)] == ["app/rounds/shortcut.py"]


def test_the_document_shows_the_tables() -> None:
    assert states.DOCUMENT.read_text() == states.document()


@pytest.mark.parametrize(("members", "table", "first", "last"), states.DIAGRAMS)
def test_every_state_is_reached(
    members: type[StrEnum],
    table: Mapping[tuple[StrEnum | None, StrEnum], str],
    first: StrEnum | None,
    last: StrEnum | None,
) -> None:
    reached: set[StrEnum | None] = {first}
    for _ in members:
        reached |= {after for before, after in table if before in reached}
    assert reached - {None} == set(members)
    assert last is None or not any(before == last for before, _ in table)
