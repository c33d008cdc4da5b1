"""Prometheus' text format."""

from app.core.metrics import Registry


def test_export_is_prometheus_text() -> None:
    registry = Registry()
    total = registry.counter("made_total", "What was made.")
    by_kind = registry.counter("kinds_total", "By kind.", ("kind", "size"))
    level = registry.gauge("level", "How high.")
    unknown = registry.gauge("unknown", "Never set.")
    total.add()
    by_kind.add('a "b"\\\n', "1")
    by_kind.add("a", "2")
    by_kind.add("a", "2")
    level.set(1795000000)
    unknown.set(1)
    unknown.clear()
    assert registry.text() == (
        "# HELP made_total What was made.\n# TYPE made_total counter\nmade_total 1\n"
        "# HELP kinds_total By kind.\n# TYPE kinds_total counter\n"
        'kinds_total{kind="a",size="2"} 2\nkinds_total{kind="a \\"b\\"\\\\\\n",size="1"} 1\n'
        "# HELP level How high.\n# TYPE level gauge\nlevel 1795000000\n"
    )


def test_counter_without_labels_starts_at_zero() -> None:
    registry = Registry()
    registry.counter("failed_total", "Failures.")
    registry.counter("kinds_total", "By kind.", ("kind",))
    assert registry.text().splitlines()[-1] == "failed_total 0"
