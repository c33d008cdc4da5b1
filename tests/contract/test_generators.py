"""The generators that most integrators use make clients that compile: openapi-generator, in Python and TypeScript."""

import shutil
import sys
from pathlib import Path

import pytest

from tests.contract.test_clients import CONTRACT, GENERATOR, MODULES, needs, run

OPENAPI_GENERATOR = GENERATOR.with_name("openapi-generator-cli")
pytestmark = pytest.mark.long


@pytest.fixture
def generator() -> Path:
    needs(OPENAPI_GENERATOR.exists() and shutil.which("java") is not None, "openapi-generator or Java")
    return OPENAPI_GENERATOR


def test_python_of_openapi_generator_compiles(generator: Path, tmp_path: Path) -> None:
    run([generator, "generate", "-g", "python", "-i", CONTRACT, "-o", tmp_path / "made"], tmp_path)
    assert len(list((tmp_path / "made/openapi_client/models").glob("*.py"))) > 100
    run([sys.executable, "-m", "compileall", "-q", tmp_path / "made"], tmp_path)


def test_typescript_of_openapi_generator_compiles(generator: Path, tmp_path: Path) -> None:
    needs(MODULES.exists(), "typescript")
    run([generator, "generate", "-g", "typescript-fetch", "-i", CONTRACT, "-o", tmp_path / "made"], tmp_path)
    settings = ["--noEmit", "--strict", "--target", "es2022", "--module", "esnext", "--moduleResolution", "bundler"]
    run([MODULES / ".bin/tsc", *settings, "--lib", "es2022,dom", "made/index.ts"], tmp_path)
