"""Mutants and their patches: deliberate mistakes, each with the level that must catch it."""

from dataclasses import dataclass
from pathlib import Path

from tests.reidentification.features import Level


@dataclass(frozen=True)
class Patch:
    """One change of one file: `old` must be there exactly once."""

    file: str
    old: str
    new: str

    def apply(self, root: Path) -> None:
        """Change the file below `root`. Raises ValueError if `old` is not there exactly once."""
        path = root / self.file
        source = path.read_text()
        if source.count(self.old) != 1:
            raise ValueError(f"{self.file} has changed: a mutant does not fit")
        path.write_text(source.replace(self.old, self.new))


@dataclass(frozen=True)
class Mutant:
    """A mistake, the level at which it must be caught, and why there."""

    name: str
    why: str
    level: Level
    patches: tuple[Patch, ...]
    database: str = "sqlite"
    links: str = "single"
    # The second half of the rounds tests the strategy that the first half has found.
    rounds: int = 50
