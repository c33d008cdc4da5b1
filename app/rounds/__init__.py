"""One asking of one group: the only package that sees both who was asked and what was answered."""
