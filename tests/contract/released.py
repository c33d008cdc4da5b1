"""Has the contract lost anything since the last release? `python -m tests.contract.released`.

`openapi/released/` keeps the contract of each version. `--keep` adds today's, when its version is released.
"""

import json
import sys
from collections.abc import Sequence
from pathlib import Path

from app import __version__
from tests.contract.comparing import breaking

ROOT = Path(__file__).resolve().parents[2]
CONTRACT = "openapi/openapi.json"
RELEASED = "openapi/released"


def main(arguments: Sequence[str], root: Path = ROOT, version: str = __version__) -> int:
    """Compare the contract with the newest one released; print what breaks clients, and return 1 if anything does."""
    contract = root / CONTRACT
    if arguments == ["--keep"]:
        kept = root / RELEASED / f"{version}.json"
        kept.parent.mkdir(exist_ok=True)
        kept.write_text(contract.read_text())
        sys.stdout.write(f"Kept the contract as that of {version}.\n")
        return 0
    last = max((root / RELEASED).glob("*.json"), key=_version)
    found = breaking(json.loads(last.read_text()), json.loads(contract.read_text()))
    sys.stdout.writelines(f"{one}\n" for one in found)
    sys.stdout.write(f"{len(found)} changes since {last.stem} break clients.\n")
    return int(bool(found))


def _version(path: Path) -> tuple[int, ...]:
    return tuple(int(part) for part in path.stem.split("."))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
