"""Numbers for whoever watches the service, in Prometheus' text format (version 0.0.4).

Sixty lines of our own, since the client library brings a global registry and numbers of the process (CPU time, memory)
that nobody has weighed against the promise: here, only what was declared by hand is ever told.
"""

from collections.abc import Iterator, Sequence

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Family:
    """One metric: a number for each combination of its labels. Without labels it has one, from the beginning."""

    def __init__(self, kind: str, name: str, about: str, labels: Sequence[str]) -> None:
        self._kind = kind
        self._name = name
        self._about = about
        self._labels = tuple(labels)
        self._values: dict[tuple[str, ...], float] = {} if labels or kind == "gauge" else {(): 0}

    def add(self, *labels: str) -> None:
        """Count one more."""
        self._values[labels] = self._values.get(labels, 0) + 1

    def set(self, value: float, *labels: str) -> None:
        """Say what it is now."""
        self._values[labels] = value

    def clear(self) -> None:
        """Say nothing, until it is known again."""
        self._values.clear()

    def lines(self) -> Iterator[str]:
        """Yield what a scraper reads, in a stable order."""
        if not self._values:
            return
        yield f"# HELP {self._name} {self._about}"
        yield f"# TYPE {self._name} {self._kind}"
        for labels, value in sorted(self._values.items()):
            named = ",".join(f'{name}="{_escaped(label)}"' for name, label in zip(self._labels, labels, strict=True))
            shown = f"{{{named}}}" if named else ""
            yield f"{self._name}{shown} {value:.15g}"


class Registry:
    """The metrics of one application, in the order in which they were declared."""

    def __init__(self) -> None:
        self._families: list[Family] = []

    def counter(self, name: str, about: str, labels: Sequence[str] = ()) -> Family:
        """Declare something that only grows; its name ends in `_total`."""
        return self._declare(Family("counter", name, about, labels))

    def gauge(self, name: str, about: str, labels: Sequence[str] = ()) -> Family:
        """Declare something that goes up and down. It is not told before it was set."""
        return self._declare(Family("gauge", name, about, labels))

    def text(self) -> str:
        """Return all of it."""
        return "".join(f"{line}\n" for family in self._families for line in family.lines())

    def _declare(self, family: Family) -> Family:
        self._families.append(family)
        return family


def _escaped(label: str) -> str:
    return label.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
