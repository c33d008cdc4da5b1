"""The whole API against calls that are made up: `python -m tests.contract --cases 10000`."""

import argparse
import secrets
import sys
import tempfile
from pathlib import Path

import structlog

from app.core import migrations
from tests.contract.fuzzing import Findings, a_target, fuzz


def main() -> int:
    """Fuzz, print what was answered and what was wrong; return 1 if anything was."""
    parser = argparse.ArgumentParser(prog="python -m tests.contract", description=__doc__)
    parser.add_argument("--cases", type=int, default=10_000, help="calls, over all operations")
    parser.add_argument("--seed", type=int, default=secrets.randbits(32))
    arguments = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    with tempfile.TemporaryDirectory(prefix="debrief_fuzz_") as folder:
        url = f"sqlite:///{folder}/fuzz.sqlite3"
        migrations.upgrade(url)
        with a_target(url, Path(folder)) as target:
            count = sum(len(methods) for methods in target.document["paths"].values())
            findings, seed = Findings(), arguments.seed
            # Of some operations there are only so many different calls.
            while findings.cases < arguments.cases:
                fuzz(target, cases=-((findings.cases - arguments.cases) // count), seed=seed, findings=findings)
                seed += 1
    for name, counted in findings.statuses.items():
        told = "  ".join(f"{status}: {times}" for status, times in sorted(counted.items()))
        sys.stdout.write(f"{name:28}{told}\n")
    for fault, shown in findings.faults.items():
        sys.stdout.write(f"\n--- {fault}\n{shown}\n")
    operations, faults = len(findings.statuses), len(findings.faults)
    sys.stdout.write(f"{findings.cases} cases, {operations} operations, {faults} faults, seed {arguments.seed}\n")
    return int(bool(findings.faults))


if __name__ == "__main__":
    sys.exit(main())
