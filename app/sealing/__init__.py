"""The sealed box: one fixed-size encrypted record per round, and the store of the keys that open it."""
