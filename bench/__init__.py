"""Benchmark of the two answering routes: ratios to a bare server that does the same work in the same run."""
