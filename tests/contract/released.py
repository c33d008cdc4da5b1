"""Has the contract lost anything since the last release, a git tag? `python -m tests.contract.released`."""

import json
import subprocess
import sys
from pathlib import Path

from tests.contract.comparing import breaking

ROOT = Path(__file__).resolve().parents[2]
CONTRACT = "openapi/openapi.json"


def main(root: Path = ROOT) -> int:
    """Compare the contract with the one at the last tag; print what breaks clients, and return 1 if anything does."""
    tag = _git(root, "describe", "--tags", "--abbrev=0")
    before = tag and _git(root, "show", f"{tag}:{CONTRACT}")
    if not before:
        sys.stdout.write(
            f"{'No release is tagged' if not tag else f'{tag} has no contract'}: nothing to compare with.\n"
        )
        return 0
    found = breaking(json.loads(before), json.loads((root / CONTRACT).read_text()))
    sys.stdout.writelines(f"{one}\n" for one in found)
    sys.stdout.write(f"{len(found)} changes since {tag} break clients.\n")
    return int(bool(found))


def _git(root: Path, *arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=root, capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else ""


if __name__ == "__main__":
    sys.exit(main())
