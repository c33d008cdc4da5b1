"""The catalogue of errors, read out of the code that raises them: `python -m tests.contract.catalogue` writes it."""

import ast
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from app.core import errors, field_errors, problem_types, problems

ROOT = Path(__file__).resolve().parents[2]
CATALOGUE = ROOT / "docs/errors.md"
# Classes that are raised, by name, with the status that each is answered with.
FAMILY = {kind.__name__: status for kind, status in problems._STATUSES.items()}
FAMILY["Locked"] = FAMILY["Unreadable"] = FAMILY["Unavailable"]
# Where the code of a fault stands among the arguments, and where its sentence.
_FIELDS = {"FieldError": (1, 2), "one": (1, 2), "PydanticCustomError": (0, 1)}
# Modules that pass a code on, which is written where they are called.
PASSING_ON = {
    "app/core/errors.py",
    "app/core/field_errors.py",
    "app/core/problem_types.py",
    "app/core/problems.py",
    "app/pages/development_mail.py",
    "app/pages/short_form.py",
    "app/pages/unsubscribe.py",
}
HEAD = """# Errors

Every "no" is a problem (RFC 9457, `application/problem+json`) with a stable `code`; `detail` and `message` are for
people, and may change. Nothing that was sent is ever repeated in one. A 422 lists its faults in `errors`, each with a
JSON pointer and a code of the second table. What to expect of codes in time is in [api-policy.md](api-policy.md).

The `type` of each problem leads to the same in JSON: `GET /problems/{code}`. Both are written by `make openapi` from
the code that raises them; what stands for `…` is filled in.
"""


@dataclass(frozen=True, order=True)
class Entry:
    """One code. `status` is None for a fault of a field."""

    code: str
    status: int | None
    sentence: str


def entries_of(source: str, name: str) -> Iterator[Entry]:
    """Yield what a module raises. Raises ValueError for a code that is not written where it is raised."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        kind = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        if kind == "Invalid":
            given = {one.arg: one.value for one in node.keywords}
            code, detail = given.get("code"), given.get("detail")
            if code is not None and detail is not None:
                yield from _written(code, detail, 422, name)
        elif kind in FAMILY and len(node.args) >= 2:
            yield from _written(node.args[0], node.args[1], FAMILY[kind], name)
        elif kind in _FIELDS and len(node.args) > _FIELDS[kind][1]:
            code_at, sentence_at = _FIELDS[kind]
            yield from _written(node.args[code_at], node.args[sentence_at], None, name)
        elif kind == "problem" and len(node.args) >= 4 and isinstance(node.args[0], ast.Constant):
            yield from _written(node.args[1], node.args[3], int(str(node.args[0].value)), name)


def entries(root: Path = ROOT) -> list[Entry]:
    """Return all codes of the application, each with one sentence for each status."""
    found = {(one.code, one.status): one for one in _of_the_framework()}
    for path in sorted((root / "app").rglob("*.py")):
        name = path.relative_to(root).as_posix()
        for one in entries_of(path.read_text(), name):
            found.setdefault((one.code, one.status), one)
    return sorted(found.values(), key=lambda one: (one.status is None, one.code, one.status or 0))


def page(found: list[Entry]) -> str:
    """Return the catalogue."""
    whole = [f"| `{one.code}` | {one.status} | {one.sentence} |" for one in found if one.status is not None]
    fields = [f"| `{one.code}` | {one.sentence} |" for one in found if one.status is None]
    return "\n".join(
        [
            HEAD,
            "## Problems\n",
            "| code | status | what it says |",
            "|---|---|---|",
            *whole,
            "\n## Faults of fields\n",
            "| code | what it says, for example |",
            "|---|---|",
            *fields,
            "",
        ]
    )


def types(found: list[Entry]) -> str:
    """Return the catalogue for the route that explains a code."""
    explained: dict[str, list[dict[str, object]]] = {}
    for one in found:
        if one.status is not None:
            title, detail = problems.title_of(one.code, one.status), one.sentence.replace("\\|", "|")
            explained.setdefault(one.code, []).append({"status": one.status, "title": title, "detail": detail})
    listed = [{"type": f"/problems/{code}", "code": code, "meanings": meant} for code, meant in explained.items()]
    return json.dumps(listed, indent=1, ensure_ascii=False) + "\n"


def _of_the_framework() -> Iterator[Entry]:
    invalid = errors.Invalid([])
    yield Entry(invalid.code, 422, invalid.detail)
    unforeseen = json.loads(bytes(problems.internal_error().body))
    yield Entry(unforeseen["code"], 500, unforeseen["detail"])
    for status, (code, detail) in problems._HTTP_ERRORS.items():
        yield Entry(code, status, detail)
    told: list[tuple[str, str]] = [*field_errors._KNOWN.values(), field_errors._OTHERWISE]
    told += [(code, message) for _, code, message in field_errors._FAMILIES]
    for code, message in told:
        yield Entry(code, None, message.format_map(_Gaps()))


class _Gaps(dict[str, str]):
    """Whatever a message asks for."""

    def __missing__(self, _name: str) -> str:
        return "…"


def _written(code: ast.expr, sentence: ast.expr, status: int | None, name: str) -> Iterator[Entry]:
    codes = list(_texts(code))
    if not codes and name not in PASSING_ON:
        raise ValueError(f"{name}:{code.lineno}: a code that is not written here: {ast.unparse(code)}")
    said = next(_texts(sentence), "")
    for one in codes:
        yield Entry(one, status, " ".join(said.split()).replace("|", "\\|"))


def _texts(node: ast.expr) -> Iterator[str]:
    """Yield what an expression may be, if it is written out."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from _texts(node.body)
        yield from _texts(node.orelse)
    elif isinstance(node, ast.JoinedStr):
        yield "".join(str(part.value) if isinstance(part, ast.Constant) else "…" for part in node.values)


if __name__ == "__main__":
    CATALOGUE.write_text(page(entries()))
    problem_types.CATALOGUE.write_text(types(entries()))
    sys.stdout.write(f"Wrote {CATALOGUE.relative_to(ROOT)}.\n")
