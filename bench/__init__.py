"""How fast the two answering routes are, as ratios to a bare server that does the same work in the same run."""
