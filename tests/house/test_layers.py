"""Import contracts: layers, the boundary around answers, purity, HTTP at the edge. Each catches a breach."""

import ast
from copy import deepcopy
from typing import Any

import grimp
import pytest
from importlinter.api import read_configuration
from importlinter.contracts import acyclic_siblings, forbidden, layers, protected
from importlinter.domain.contract import Contract

from tests.house.ground import ROOT, Ground, configuration, run

LAYERS = "Layers: higher imports lower, siblings never"
CYCLES = "No cycles, in the large or in the small"
DEMO = "The demo is a client like any other: it speaks HTTP"
TERMINAL = "The client in a terminal is a client like any other, too"
ANSWERS = "Answers know no person: they import the vocabulary and the core only"
READERS = "Answers are seen by rounds and by those who show what was released"
SEALING = "Sealing knows nothing of what is sealed"
OPENERS = "Sealed records are opened by rounds, and by the manager's link"
RULES = "Rules are pure: no framework, no input or output"
FRAMEWORK = "HTTP stays at the edge: these modules know the framework"
EDGE = "HTTP stays at the edge: nothing else imports those modules"

# Which contract, where the breach is planted, and the breach.
BREACHES = [
    (LAYERS, "app/core/ids.py", "import app.vocabulary.codes"),
    (LAYERS, "app/rounds/rules.py", "import app.requests.rules"),
    (LAYERS, "app/sealing/envelope.py", "import app.answers.rules"),
    (LAYERS, "app/answers/rules.py", "import app.blinding.voprf"),
    (LAYERS, "app/requests/links.py", "import app.composition"),
    # A package without a place.
    (LAYERS, "app/gossip/__init__.py", "# New."),
    (CYCLES, "app/context.py", "import app.rounds.round_view"),
    (CYCLES, "app/core/errors.py", "def late() -> None:\n    import app.core.problems"),
    (DEMO, "app/demo/shortcut.py", "import app.rounds.jobs"),
    (TERMINAL, "app/terminal/shortcut.py", "import app.rounds.blind"),
    (TERMINAL, "app/terminal/shortcut.py", "import app.vocabulary.codes"),
    # It starts without loading a server.
    (TERMINAL, "app/terminal/http_client.py", "import app.core.db"),
    (ANSWERS, "app/answers/wording.py", "import app.accounts.auth"),
    (ANSWERS, "app/answers/wording.py", "import app.rounds.box"),
    (READERS, "app/requests/candidate_view.py", "from app.answers.models import AnswerRow"),
    (READERS, "app/composition.py", "import app.answers.rules"),
    (SEALING, "app/rounds/box.py", "import app.vocabulary.codes"),
    (SEALING, "app/sealing/envelope.py", "import app.vocabulary.codes"),
    (SEALING, "app/sealing/keystore.py", "import app.answers.schemas"),
    (OPENERS, "app/requests/candidate_view.py", "import app.rounds.box"),
    (OPENERS, "app/demo/shortcut.py", "import app.sealing.envelope"),
    (RULES, "app/rounds/rules.py", "import sqlalchemy"),
    (RULES, "app/requests/rules.py", "import httpx"),
    (RULES, "app/answers/rules.py", "import app.core.randomness"),
    (RULES, "app/requests/rules.py", "import app.core.clock"),
    # Not even through a neighbour.
    (RULES, "app/answers/schemas.py", "import app.core.settings"),
    (FRAMEWORK, "app/rounds/invitee.py", "from fastapi import Request"),
    (FRAMEWORK, "app/rounds/models.py", "import starlette.status"),
    (FRAMEWORK, "app/requests/service.py", "import fastapi"),
    (FRAMEWORK, "app/rounds/queries.py", "import fastapi"),
    (EDGE, "app/rounds/invitee.py", "import app.rounds.api.answers"),
    (EDGE, "app/requests/create.py", "import app.core.http"),
    (EDGE, "app/requests/candidate_view.py", "from app.accounts.auth import candidate"),
]

_TYPES: dict[str, type[Contract]] = {
    "acyclic_siblings": acyclic_siblings.AcyclicSiblingsContract,
    "forbidden": forbidden.ForbiddenContract,
    "layers": layers.LayersContract,
    "protected": protected.ProtectedContract,
}


def _contracts() -> dict[str, Contract]:
    options = read_configuration(str(ROOT / "pyproject.toml"))
    session: dict[str, Any] = options["session_options"]
    every: list[dict[str, Any]] = options["contracts_options"]
    return {
        one["name"]: _TYPES[one["type"]](name=one["name"], session_options=session, contract_options=one)
        for one in every
    }


CONTRACTS = _contracts()


def test_every_contract_holds() -> None:
    outcome = run("lint-imports", "--no-cache", "--no-logo")
    assert outcome.good, outcome.text
    assert " 0 broken" in outcome.text


def test_every_contract_has_a_breach_below() -> None:
    assert {contract["name"] for contract in configuration("importlinter")["contracts"]} == {
        contract for contract, _, _ in BREACHES
    }


def test_lint_imports_reads_breaches_from_source(ground: Ground) -> None:
    """All breaches at once, as text: every contract is broken. Below each of them breaks its contract alone."""
    for _, file, breach in BREACHES:
        ground.plant(file, breach)
    outcome = ground.run("lint-imports", "--no-cache", "--no-logo")
    assert not outcome.good
    kept = [name for name in CONTRACTS if f"{name} BROKEN" not in outcome.text]
    assert kept == []


@pytest.fixture(scope="module")
def imports() -> grimp.ImportGraph:
    """The imports of the application. A test changes a copy."""
    return grimp.build_graph("app", include_external_packages=True, cache_dir=None)


@pytest.mark.parametrize(("contract", "file", "breach"), BREACHES)
def test_contract_is_broken_by_one_import(imports: grimp.ImportGraph, contract: str, file: str, breach: str) -> None:
    assert _holds(contract, imports)
    planted = deepcopy(imports)
    importer = file.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    planted.add_module(importer)
    for imported in _imported_by(breach, planted.modules):
        planted.add_import(importer=importer, imported=imported)
    assert not _holds(contract, planted)


def _holds(contract: str, imports: grimp.ImportGraph) -> bool:
    return CONTRACTS[contract].check(deepcopy(imports), verbose=False).kept


def _imported_by(source: str, known: set[str]) -> set[str]:
    """Return the modules that `source` imports, as the graph names them: foreign packages without their parts."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            module = node.module or ""
            found |= {full if (full := f"{module}.{name.name}") in known else module for name in node.names}
    return {name if name.startswith("app.") else name.partition(".")[0] for name in found}


def test_every_package_has_its_place() -> None:
    placed = {
        name.strip() for layer in configuration("importlinter")["contracts"][0]["layers"] for name in layer.split("|")
    }
    found = {path.stem for path in (ROOT / "app").iterdir() if path.stem.strip("_") not in {"init", "pycache", ""}}
    assert placed == found
