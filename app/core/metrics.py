"""Metrics in Prometheus' text format (version 0.0.4).

Own code instead of the client library, which exports metrics of the process (CPU time, memory) by itself. Those could
reveal when people answer. This registry exports only what was declared by hand.
"""

from collections.abc import Iterator, Sequence

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Family:
    """One metric: a number for each combination of its labels. A counter without labels starts at 0."""

    def __init__(self, kind: str, name: str, about: str, labels: Sequence[str]) -> None:
        self._kind = kind
        self._name = name
        self._about = about
        self._labels = tuple(labels)
        self._values: dict[tuple[str, ...], float] = {} if labels or kind == "gauge" else {(): 0}

    def add(self, *labels: str) -> None:
        """Add one to a counter."""
        self._values[labels] = self._values.get(labels, 0) + 1

    def set(self, value: float, *labels: str) -> None:
        """Set a gauge."""
        self._values[labels] = value

    def clear(self) -> None:
        """Remove all values; the metric is not exported until one is set again."""
        self._values.clear()

    def lines(self) -> Iterator[str]:
        """Yield the exported lines, in a stable order."""
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
        """Declare a counter; its name ends in `_total`."""
        return self._declare(Family("counter", name, about, labels))

    def gauge(self, name: str, about: str, labels: Sequence[str] = ()) -> Family:
        """Declare a gauge. It is not exported before it is set."""
        return self._declare(Family("gauge", name, about, labels))

    def text(self) -> str:
        """Return the whole export."""
        return "".join(f"{line}\n" for family in self._families for line in family.lines())

    def _declare(self, family: Family) -> Family:
        self._families.append(family)
        return family


def _escaped(label: str) -> str:
    return label.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
